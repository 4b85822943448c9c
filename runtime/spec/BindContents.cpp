// Checks of stored contents that everything else relies on: permutations and the lengths of splits.
#include "runtime/spec/Evaluator.h"
#include "runtime/spec/Ops.h"

namespace quoin::spec {

/// How many positions the split expression of `node` runs over, where it is a plain variable; -1 otherwise.
static int64_t positions(const Evaluator &evaluator, const Node &node) {
  const Format &format = evaluator.format;
  const Node &value = format.nodes[node.a];
  if (value.op != Op::Var)
    return -1;
  if (format.decodeVars.size() == 2 && value.imm == format.decodeVars[0])
    return evaluator.shape.n;
  if (format.decodeVars.size() == 2 && value.imm == format.decodeVars[1])
    return evaluator.shape.k;
  for (size_t field = 0; field < format.fields.size(); ++field)
    for (size_t axis = 0; axis < format.fields[field].indices.size(); ++axis)
      if (format.fields[field].indices[axis] == value.imm)
        return evaluator.fields[field].extents[axis];
  return -1;
}

static Result<std::vector<int64_t>> rangeStarts(Evaluator &evaluator, int32_t lengths) {
  std::vector<int64_t> starts = {0};
  for (int64_t range = 0; range < evaluator.fields[lengths].count; ++range) {
    int64_t length = evaluator.readField(lengths, {&range, 1});
    if (evaluator.failed())
      return evaluator.takeFailure();
    int64_t end = 0;
    if (length < 0 || __builtin_add_overflow(starts.back(), length, &end))
      return fail("length " + std::to_string(range) + " in \"" + evaluator.format.fields[lengths].name + "\" is " +
                      std::to_string(length),
                  "lengths are at least 0");
    starts.push_back(end);
  }
  return starts;
}

Result<void> bindSplits(Evaluator &evaluator) {
  const Format &format = evaluator.format;
  for (const Node &node : format.nodes) {
    if (node.op != Op::SplitBy && node.op != Op::SplitAll)
      continue;
    int32_t lengths = int32_t(node.imm);
    const std::string &name = format.fields[lengths].name;
    if (!evaluator.splitStarts.contains(lengths)) {
      auto starts = rangeStarts(evaluator, lengths);
      if (!starts)
        return std::unexpected(starts.error());
      evaluator.splitStarts[lengths] = std::move(*starts);
    }
    const std::vector<int64_t> &starts = evaluator.splitStarts[lengths];
    if (node.op == Op::SplitBy && starts.size() - 1 != node.args.size())
      return fail("\"" + name + "\" has " + std::to_string(starts.size() - 1) + " lengths and the split has " +
                  std::to_string(node.args.size()) + " branches");
    int64_t want = positions(evaluator, node);
    if (want >= 0 && starts.back() != want)
      return fail("the lengths in \"" + name + "\" add up to " + std::to_string(starts.back()) +
                  " and must add up to " + std::to_string(want));
  }
  return {};
}

Result<std::vector<int64_t>> storedOrder(Evaluator &evaluator, int axis) {
  const Format &format = evaluator.format;
  const Permute *permute = nullptr;
  for (const Permute &candidate : format.permutes)
    if (candidate.axis == axis)
      permute = &candidate;
  if (!permute)
    return std::vector<int64_t>();
  int64_t count = axis == 0 ? evaluator.shape.n : evaluator.shape.k;
  const std::string quoted = "\"" + format.fields[permute->field].name + "\"";
  const std::string axisName = axis == 0 ? "N" : "K";
  if (evaluator.fields[permute->field].count != count)
    return fail(quoted + " orders " + std::to_string(evaluator.fields[permute->field].count) + " positions and " +
                axisName + " is " + std::to_string(count));
  std::vector<int64_t> logicalOf(size_t(count), -1);
  std::vector<bool> seen(static_cast<size_t>(count));
  for (int64_t at = 0; at < count; ++at) {
    int64_t value = evaluator.readField(permute->field, {&at, 1});
    if (evaluator.failed())
      return evaluator.takeFailure();
    if (value < 0 || value >= count)
      return fail(quoted + " holds " + std::to_string(value) + " at " + std::to_string(at) +
                  " and is no permutation of " + std::to_string(count) + " positions");
    if (seen[size_t(value)])
      return fail(quoted + " holds " + std::to_string(value) + " twice and is no permutation",
                  "it orders axis " + axisName);
    seen[size_t(value)] = true;
    logicalOf[size_t(permute->storedToLogical ? at : value)] = permute->storedToLogical ? value : at;
  }
  return logicalOf;
}

} // namespace quoin::spec

#include "runtime/spec/StreamShapes.h"

#include "runtime/spec/Evaluator.h"
#include "runtime/spec/Print.h"

namespace quoin::spec {

namespace {
/// Which sizes an expression depends on.
struct Dependence {
  bool n = false, k = false, other = false; ///< other: free sizes, stored values, variables
};
} // namespace

static Dependence dependence(const Format &format, NodeId root) {
  Dependence result;
  std::vector<bool> seen(size_t(root) + 1);
  seen.back() = true;
  // Operands precede their users, so one pass downwards meets every node after all its users.
  for (NodeId id = root; id >= 0; --id) {
    if (!seen[size_t(id)])
      continue;
    const Node &node = format.nodes[size_t(id)];
    result.n |= node.op == Op::Size && node.imm == -1;
    result.k |= node.op == Op::Size && node.imm == -2;
    result.other |= (node.op == Op::Size && node.imm >= 0) || node.op == Op::Var || node.op == Op::Read;
    for (NodeId operand : {node.a, node.b, node.c})
      if (operand >= 0)
        seen[size_t(operand)] = true;
    for (const auto *list : {&node.args, &node.cuts})
      for (NodeId operand : *list)
        seen[size_t(operand)] = true;
  }
  return result;
}

static std::optional<int64_t> valueFor(const Format &format, NodeId node, Shape shape) {
  Evaluator evaluator(format, shape, false);
  int64_t value = evaluator.eval(node);
  return evaluator.failed() ? std::nullopt : std::optional(value);
}

std::optional<std::vector<int64_t>> extentsFor(const Format &format, const Stream &stream, Shape shape) {
  if (stream.isRecord)
    return {};
  std::vector<int64_t> extents;
  for (NodeId id : stream.extents) {
    std::optional<int64_t> value;
    if (!dependence(format, id).other)
      value = valueFor(format, id, shape);
    if (!value || *value < 0)
      return {};
    extents.push_back(*value);
  }
  return extents;
}

static std::vector<int64_t> withoutOnes(std::vector<int64_t> extents) {
  std::erase(extents, 1);
  return extents;
}

static std::string inBrackets(const std::vector<int64_t> &extents) {
  std::string text;
  for (int64_t extent : extents)
    text += (text.empty() ? "" : ", ") + std::to_string(extent);
  return "[" + text + "]";
}

Result<void> checkExtents(const Format &format, const Stream &stream, Shape shape, const std::vector<int64_t> &found) {
  auto want = extentsFor(format, stream, shape);
  if (!want || withoutOnes(*want) == withoutOnes(found))
    return {};
  return fail("has extents " + inBrackets(found) + ", stream \"" + stream.name + "\" has " + inBrackets(*want) +
                  " for N = " + std::to_string(shape.n) + ", K = " + std::to_string(shape.k),
              "check --shape=N,K");
}

/// The least size from `low` to `high` at which the expression is at least `value`, `high` where it never is. A value
/// that does not fit is a large one.
static int64_t leastSize(const Format &format, NodeId id, bool isN, int64_t value, int64_t low, int64_t high) {
  while (low < high) {
    int64_t middle = low + (high - low) / 2;
    auto got = valueFor(format, id, isN ? Shape{middle, 1} : Shape{1, middle});
    if (!got || *got >= value)
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

Result<ShapeRange> rangeOfShape(const Format &format, const StoredExtents &found) {
  ShapeRange range;
  for (const Stream &stream : format.streams) {
    auto given = found.find(stream.name);
    if (stream.isRecord || given == found.end() || given->second.size() != stream.extents.size())
      continue;
    for (size_t axis = 0; axis < stream.extents.size(); ++axis) {
      NodeId id = stream.extents[axis];
      Dependence on = dependence(format, id);
      if (on.other || on.n == on.k)
        continue;
      int64_t &low = on.n ? range.nLow : range.kLow, &high = on.n ? range.nHigh : range.kHigh;
      int64_t want = given->second[axis], next = want == INT64_MAX ? want : want + 1;
      low = leastSize(format, id, on.n, want, low, high);
      high = leastSize(format, id, on.n, next, low, high + 1) - 1;
      if (low > high || valueFor(format, id, on.n ? Shape{low, 1} : Shape{1, low}) != want)
        return fail("extent " + std::to_string(axis) + " of stream \"" + stream.name + "\" is " + std::to_string(want) +
                        ", which no " + (on.n ? "N" : "K") + " that fits the other tensors gives",
                    "the format has " + printExpression(format, id) + " there");
    }
  }
  return range;
}

} // namespace quoin::spec

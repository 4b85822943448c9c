#include "lowering/RoundsAlike.h"

#include "runtime/spec/Ops.h"

#include <algorithm>
#include <set>

using namespace quoin::spec;

namespace quoin {

/// Results that are rounded to f32, sums of several terms among them. A change of sign and integers as floats are exact.
static bool rounds(const Node &node) {
  bool isArithmetic = node.op >= Op::Add && node.op <= Op::Round && node.op != Op::Neg && node.op != Op::Select &&
                      node.op != Op::ToF32 && node.op != Op::FromBits;
  return node.type == ValueType::F32 && (isArithmetic || isLoop(node.op));
}

/// Results that leave some of their operands out, whatever these are.
static bool chooses(const Node &node) {
  bool isChoice =
      node.op == Op::Select || node.op == Op::SplitAt || node.op == Op::SplitBy || node.op == Op::SplitAll;
  return node.type == ValueType::F32 && isChoice;
}

/// Nodes below `roots` that are of `kind`, but for those below codes: a code is one node, evaluated as it stands.
static std::set<NodeId> collect(bool (*kind)(const Node &), const Format &format, std::vector<NodeId> open,
                                NodeId code) {
  std::set<NodeId> seen, found;
  while (!open.empty()) {
    NodeId id = open.back();
    open.pop_back();
    if (id < 0 || id == code || !seen.insert(id).second)
      continue;
    const Node &node = format.nodes[size_t(id)];
    if (kind(node))
      found.insert(id);
    open.insert(open.end(), {node.a, node.b, node.c});
    for (const auto *list : {&node.args, &node.cuts})
      open.insert(open.end(), list->begin(), list->end());
  }
  return found;
}

bool roundsAlike(const Format &format, const PackedForm &form) {
  if (form.code < 0)
    return true; // decoded as the expression says
  auto ofDecode = [&](auto kind) { return collect(kind, format, {format.decodeValue}, form.code); };
  auto ofNumbers = [&](auto kind) { return collect(kind, format, {form.coefficient, form.bias}, -1); };
  if (!std::ranges::includes(ofNumbers(chooses), ofDecode(chooses)))
    return false;
  std::set<NodeId> decode = ofDecode(rounds), numbers = ofNumbers(rounds);
  size_t own = (form.coefficient >= 0 ? 1 : 0) + (form.hasBias() ? 1 : 0);
  return decode.size() == numbers.size() + own && std::ranges::includes(decode, numbers);
}

} // namespace quoin

#include "runtime/spec/Dependence.h"

namespace quoin::spec {

static uint8_t ofVariable(const Format &format, VarId var) {
  if (format.decodeVars.size() != 2)
    return onOthers;
  return var == format.decodeVars[0] ? onRow : var == format.decodeVars[1] ? onColumn : onOthers;
}

std::vector<bool> usedBy(const Format &format, const std::vector<NodeId> &roots) {
  std::vector<bool> used(format.nodes.size());
  auto add = [&](NodeId id) {
    if (id >= 0)
      used[size_t(id)] = true;
  };
  for (NodeId root : roots)
    add(root);
  for (NodeId id = NodeId(used.size()); id-- > 0;) { // operands come before their users
    if (!used[size_t(id)])
      continue;
    const Node &node = format.nodes[size_t(id)];
    for (NodeId operand : {node.a, node.b, node.c})
      add(operand);
    for (const auto *list : {&node.args, &node.cuts})
      for (NodeId operand : *list)
        add(operand);
  }
  return used;
}

std::vector<uint8_t> dependences(const Format &format) {
  std::vector<uint8_t> result(format.nodes.size());
  for (size_t id = 0; id < result.size(); ++id) { // operands come before their users
    const Node &node = format.nodes[id];
    for (NodeId operand : {node.a, node.b, node.c})
      result[id] |= operand >= 0 ? result[operand] : 0;
    for (const auto *list : {&node.args, &node.cuts})
      for (NodeId operand : *list)
        result[id] |= result[operand];
    if (node.op == Op::Read || node.op == Op::Temp || node.op == Op::Weight)
      result[id] |= onOthers;
    if (node.op == Op::Size)
      result[id] |= node.imm == -1 ? onRows : node.imm == -2 ? onColumns : 0;
    if (node.op == Op::Var)
      result[id] = ofVariable(format, VarId(node.imm));
  }
  return result;
}

} // namespace quoin::spec

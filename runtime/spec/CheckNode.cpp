#include "runtime/spec/Check.h"

#include "runtime/spec/Evaluator.h"
#include "runtime/spec/Ops.h"

namespace quoin::spec {

namespace {
class NodeChecker {
public:
  NodeChecker(const Format &format, NodeId id) : format(format), id(id), node(format.nodes[id]) {}
  Result<void> run();

private:
  bool operandsInRange() const;
  /// The type the node must have; nothing where its operands or what it names do not fit.
  std::optional<ValueType> expected() const;
  std::optional<ValueType> leaf() const;
  std::optional<ValueType> arithmetic() const;
  std::optional<ValueType> readType() const;
  std::optional<ValueType> loopType() const;
  std::optional<ValueType> splitType() const;
  bool has(NodeId operand, ValueType type) const { return operand >= 0 && format.nodes[operand].type == type; }
  bool isInteger(NodeId operand) const { return operand >= 0 && format.nodes[operand].type != ValueType::F32; }
  bool sameType(NodeId a, NodeId b) const { return a >= 0 && b >= 0 && format.nodes[a].type == format.nodes[b].type; }
  bool isVar(VarId var) const { return var >= 0 && size_t(var) < format.vars.size(); }
  bool integers(const std::vector<NodeId> &ids, size_t count) const;

  const Format &format;
  const NodeId id;
  const Node &node;
};
} // namespace

bool NodeChecker::operandsInRange() const {
  auto inRange = [&](NodeId operand) { return operand >= 0 && operand < id; };
  for (NodeId operand : {node.a, node.b, node.c})
    if (operand != -1 && !inRange(operand))
      return false;
  for (const auto *list : {&node.args, &node.cuts})
    for (NodeId operand : *list)
      if (!inRange(operand))
        return false;
  for (VarId var : node.vars)
    if (!isVar(var))
      return false;
  return node.var == -1 || isVar(node.var);
}

bool NodeChecker::integers(const std::vector<NodeId> &ids, size_t count) const {
  if (ids.size() != count || count > size_t(maxRank))
    return false;
  for (NodeId operand : ids)
    if (!isInteger(operand))
      return false;
  return true;
}

template <typename T> static bool isPosition(int64_t value, const std::vector<T> &items) {
  return value >= 0 && uint64_t(value) < items.size();
}

std::optional<ValueType> NodeChecker::leaf() const {
  switch (node.op) {
  case Op::Int:
    if (node.type == ValueType::F32 || (node.type == ValueType::I32 && node.imm != int32_t(node.imm)))
      return std::nullopt;
    return node.type;
  case Op::Float:
    return node.imm == int64_t(uint32_t(node.imm)) ? std::optional(ValueType::F32) : std::nullopt;
  case Op::Var:
    return isPosition(node.imm, format.vars) ? std::optional(ValueType::Index) : std::nullopt;
  default: // Size
    if (node.imm == -1 || node.imm == -2 || isPosition(node.imm, format.sizes))
      return ValueType::Index;
    return std::nullopt;
  }
}

std::optional<ValueType> NodeChecker::readType() const {
  size_t rank = 0;
  bool isFloat = false;
  switch (node.op) {
  case Op::Read:
    if (!isPosition(node.imm, format.fields))
      return std::nullopt;
    rank = format.fields[node.imm].indices.size();
    isFloat = format.fields[node.imm].type.isFloat();
    break;
  case Op::Table:
    if (!isPosition(node.imm, format.tables))
      return std::nullopt;
    rank = format.tables[node.imm].extents.size();
    isFloat = format.tables[node.imm].isFloat();
    break;
  case Op::Temp: {
    if (!isPosition(node.imm, format.encode) || format.encode[node.imm].kind != EncodeRule::Kind::Temp)
      return std::nullopt;
    const EncodeRule &rule = format.encode[node.imm];
    if (!integers(node.args, rule.vars.size()) || rule.value < 0 || rule.value >= id)
      return std::nullopt;
    return format.nodes[rule.value].type;
  }
  default: // Weight
    return integers(node.args, 1) || integers(node.args, 2) ? std::optional(ValueType::F32) : std::nullopt;
  }
  if (!integers(node.args, rank))
    return std::nullopt;
  return isFloat ? ValueType::F32 : ValueType::I32;
}

std::optional<ValueType> NodeChecker::arithmetic() const {
  const ValueType index = ValueType::Index, i32 = ValueType::I32, f32 = ValueType::F32;
  auto when = [](bool fits, ValueType type) { return fits ? std::optional(type) : std::nullopt; };
  bool same = sameType(node.a, node.b);
  ValueType first = node.a >= 0 ? format.nodes[node.a].type : index;
  switch (node.op) {
  case Op::Add:
  case Op::Sub:
  case Op::Mul:
  case Op::Min:
  case Op::Max:
    return when(same, first);
  case Op::Neg:
  case Op::Abs:
    return when(node.a >= 0, first);
  case Op::Div:
    return when(same && first == f32, f32);
  case Op::FloorDiv:
  case Op::CeilDiv:
  case Op::Mod:
    return when(same && first != f32, first);
  case Op::And:
  case Op::Or:
  case Op::Xor:
  case Op::Shl:
  case Op::Shr:
    return when(same && first == i32, i32);
  case Op::Not:
  case Op::Parity:
  case Op::Popcount:
  case Op::Clz:
    return when(has(node.a, i32), i32);
  case Op::Select:
    return when(isInteger(node.a) && sameType(node.b, node.c), node.b >= 0 ? format.nodes[node.b].type : index);
  case Op::Ldexp:
    return when(has(node.a, f32) && has(node.b, i32), f32);
  case Op::Log2:
    return when(has(node.a, f32), f32);
  case Op::ToF32:
    return when(isInteger(node.a), f32);
  case Op::ToI32:
    return when(has(node.a, f32) || has(node.a, index), i32);
  case Op::ToIndex:
    return when(has(node.a, i32), index);
  case Op::FromBits:
    return when(has(node.a, i32), f32);
  case Op::Bits:
    return when(has(node.a, f32), i32);
  case Op::Round:
    if (!has(node.a, f32) || !isPosition(node.imm, format.rounds))
      return std::nullopt;
    return format.rounds[node.imm].type.isFloat() ? f32 : i32;
  default: // comparisons
    return when(same, i32);
  }
}

std::optional<ValueType> NodeChecker::loopType() const {
  if (node.a < 0 || !isVar(node.var) || (node.b >= 0 && !has(node.b, ValueType::Index)) || node.imm < 0 ||
      node.imm > int64_t(1) << 24)
    return std::nullopt;
  if (node.op == Op::Search && !isInteger(node.a))
    return std::nullopt;
  return node.op == Op::ArgMin || node.op == Op::Search ? ValueType::Index : format.nodes[node.a].type;
}

std::optional<ValueType> NodeChecker::splitType() const {
  if (!has(node.a, ValueType::Index) || node.args.empty())
    return std::nullopt;
  for (NodeId branch : node.args)
    if (!sameType(branch, node.args[0]))
      return std::nullopt;
  if (node.vars.size() != (node.op == Op::SplitAll ? 2 : node.args.size()))
    return std::nullopt;
  if (node.op == Op::SplitAll && node.args.size() != 1)
    return std::nullopt;
  if (node.op == Op::SplitAt) {
    if (node.cuts.size() + 1 != node.args.size())
      return std::nullopt;
    for (NodeId cut : node.cuts)
      if (!has(cut, ValueType::Index))
        return std::nullopt;
  } else {
    if (!node.cuts.empty() || !isPosition(node.imm, format.fields))
      return std::nullopt;
    const Field &lengths = format.fields[node.imm];
    if (lengths.type.isFloat() || lengths.indices.size() != 1)
      return std::nullopt;
  }
  return format.nodes[node.args[0]].type;
}

std::optional<ValueType> NodeChecker::expected() const {
  switch (node.op) {
  case Op::Int:
  case Op::Float:
  case Op::Var:
  case Op::Size:
    return leaf();
  case Op::Read:
  case Op::Table:
  case Op::Temp:
  case Op::Weight:
    return readType();
  default:
    break;
  }
  if (isLoop(node.op))
    return loopType();
  if (isSplit(node.op))
    return splitType();
  // The evaluator takes a second operand for granted only where there is one.
  if (isUnary(node.op) && node.b != -1)
    return std::nullopt;
  return arithmetic();
}

Result<void> NodeChecker::run() {
  std::string name = "node " + std::to_string(id) + " (" + std::string(opName(node.op)) + ")";
  if (!operandsInRange())
    return fail(name + " refers to an operand or variable that does not come before it");
  auto type = expected();
  if (!type)
    return fail(name + " has operands of the wrong number or type");
  if (*type != node.type)
    return fail(name + " is of type " + std::string(valueTypeName(node.type)) + " and gives " +
                std::string(valueTypeName(*type)));
  return {};
}

Result<void> checkNode(const Format &format, NodeId id) { return NodeChecker(format, id).run(); }

} // namespace quoin::spec

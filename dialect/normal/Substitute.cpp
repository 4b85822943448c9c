#include "dialect/normal/Decompose.h"

#include "runtime/spec/Ops.h"

namespace quoin::normal {

using namespace quoin::spec;

namespace {

class Substitution {
public:
  Substitution(Format &format, NodeBuilder &builder, const std::unordered_map<VarId, NodeId> &values)
      : format(format), builder(builder), values(values) {}

  NodeId operator()(NodeId id) {
    if (id < 0)
      return id;
    if (auto known = done.find(id); known != done.end())
      return known->second;
    NodeId result = rebuild(id);
    done[id] = result;
    return result;
  }

private:
  std::vector<NodeId> list(const std::vector<NodeId> &ids) {
    std::vector<NodeId> result;
    for (NodeId id : ids)
      result.push_back((*this)(id));
    return result;
  }

  /// The builder infers the types again; operands of equal types cannot fail.
  NodeId rebuild(NodeId id) {
    const Node node = format.nodes[id];
    if (node.op == Op::Var) {
      auto value = values.find(VarId(node.imm));
      return value == values.end() ? id : value->second;
    }
    NodeId a = (*this)(node.a), b = (*this)(node.b), c = (*this)(node.c);
    auto args = list(node.args), cuts = list(node.cuts);
    if (a == node.a && b == node.b && c == node.c && args == node.args && cuts == node.cuts)
      return id;
    switch (node.op) {
    case Op::Read:
      return builder.read(int32_t(node.imm), args).value_or(id);
    case Op::Table:
      return builder.table(int32_t(node.imm), args).value_or(id);
    case Op::Select:
      return builder.select(a, b, c).value_or(id);
    case Op::Round: {
      const RoundTo to = format.rounds[node.imm];
      return builder.round(a, to.type, to.mode, to.saturate).value_or(id);
    }
    case Op::SplitAt:
      return builder.splitAt(a, cuts, args, node.vars).value_or(id);
    case Op::SplitBy:
      return builder.splitBy(a, int32_t(node.imm), args, node.vars).value_or(id);
    case Op::SplitAll:
      return builder.splitAll(a, int32_t(node.imm), node.vars[0], node.vars[1], args[0]).value_or(id);
    default:
      if (isLoop(node.op))
        return builder.loop(node.op, node.var, node.imm, a).value_or(id);
      if (isUnary(node.op))
        return builder.unary(node.op, a).value_or(id);
      return isBinary(node.op) ? builder.binary(node.op, a, b).value_or(id) : id;
    }
  }

  Format &format;
  NodeBuilder &builder;
  const std::unordered_map<VarId, NodeId> &values;
  std::unordered_map<NodeId, NodeId> done;
};

} // namespace

NodeId substitute(Format &format, NodeBuilder &builder, NodeId id, const std::unordered_map<VarId, NodeId> &values) {
  return Substitution(format, builder, values)(id);
}

} // namespace quoin::normal

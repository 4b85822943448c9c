// Which reads of a format may ask for bits that are not there.
#include "lowering/tile/DoubtfulReads.h"

#include "dialect/IndexCheck.h"
#include "runtime/spec/Ops.h"

#include "llvm/ADT/STLExtras.h"

using namespace quoin::spec;

namespace quoin {

namespace {
class Finder {
public:
  Finder(const Format &format, std::vector<bool> &doubtful)
      : format(format), doubtful(doubtful), variables(format.vars.size()), conditional(format.nodes.size()),
        turning(format.nodes.size()) {}

  /// Binders come after what they bind, so doubt about a variable reaches its users in the next round.
  void run() {
    findConditional();
    findTurning();
    for (bool changed = true; changed;) {
      changed = false;
      for (NodeId id = 0; id < NodeId(format.nodes.size()); ++id) {
        if (!doubtful[id] && follows(id))
          changed = doubtful[id] = true;
        changed |= bindsDoubt(format.nodes[id]);
      }
    }
  }

  bool isDoubtfulRead(NodeId id) const {
    const Node &node = format.nodes[id];
    if (node.op != Op::Read)
      return false;
    const Field &field = format.fields[node.imm];
    return conditional[id] || any(node.args) || any(field.extents) || any(format.streams[field.stream].extents) ||
           llvm::any_of(field.slices, [&](const Slice &slice) { return doubtful[slice.offset]; });
  }

private:
  bool any(const std::vector<NodeId> &nodes) const {
    return llvm::any_of(nodes, [&](NodeId id) { return doubtful[id]; });
  }

  /// Variables of which not all values were tried.
  std::vector<bool> findLong() const {
    std::vector<bool> found(format.vars.size());
    auto add = [&](const std::vector<VarId> &vars, const std::vector<NodeId> &extents) {
      for (size_t i = 0; i < vars.size() && i < extents.size(); ++i)
        found[vars[i]] = format.nodes[extents[i]].op != Op::Int;
    };
    for (const Field &field : format.fields)
      add(field.indices, field.extents);
    for (const Stream &stream : format.streams)
      add(stream.defaultVars, stream.extents);
    for (const Node &node : format.nodes)
      if (isSplit(node.op))
        for (VarId var : node.vars)
          found[var] = true;
    if (format.decodeVars.size() == 2)
      for (VarId var : format.decodeVars)
        found[var] = true;
    return found;
  }

  /// Nodes that turn on a condition somewhere along a long variable: their ends do not show what they are between.
  void findTurning() {
    std::vector<bool> longVariables = findLong(), isLong(format.nodes.size());
    std::vector<NodeId> remainder(format.nodes.size(), none);
    for (NodeId id = 0; id < NodeId(format.nodes.size()); ++id) { // operands come before their users
      const Node &node = format.nodes[id];
      auto add = [&](NodeId operand) {
        if (operand < 0)
          return;
        isLong[id] = isLong[id] || isLong[operand];
        if (remainder[operand] != none)
          remainder[id] = remainder[id] == none || remainder[id] == remainder[operand] ? remainder[operand] : several;
      };
      for (NodeId operand : {node.a, node.b, node.c})
        add(operand);
      for (NodeId operand : node.args)
        add(operand);
      if (node.op == Op::Var)
        isLong[id] = longVariables[node.imm];
      const bool divides = llvm::is_contained({Op::FloorDiv, Op::CeilDiv, Op::Mod}, node.op) ||
                           (node.op == Op::Mul && isLong[node.a] && isLong[node.b]);
      const bool wraps = node.type == ValueType::I32;
      turning[id] = isLong[id] && node.type != ValueType::F32 &&
                    (wraps || !isSteady(node.op) || (divides && remainder[id] == several));
      if (node.op != Op::Mod || !isLong[id])
        continue;
      // The check of indices goes through whole periods of these.
      const Node &period = format.nodes[node.b];
      turning[id] = turning[id] || period.op != Op::Int || period.imm > longestPeriod;
      remainder[id] = remainder[id] == none ? id : several;
    }
  }

  static constexpr NodeId none = -1, several = -2; ///< remainders that a node is made of, one being its own number

  bool follows(NodeId id) const {
    const Node &node = format.nodes[id];
    if (turning[id])
      return true;
    if (node.op == Op::Read || node.op == Op::SplitBy || node.op == Op::SplitAll)
      return true;
    if (node.op == Op::Size)
      return node.imm >= 0;
    if (node.op == Op::Var)
      return variables[node.imm];
    return llvm::any_of(std::array{node.a, node.b, node.c}, [&](NodeId id) { return id >= 0 && doubtful[id]; }) ||
           any(node.args) || any(node.cuts);
  }

  /// The ranges of a split are known only where it splits a variable at places of sizes.
  bool bindsDoubt(const Node &node) {
    if (!isSplit(node.op) ||
        (node.op == Op::SplitAt && format.nodes[node.a].op == Op::Var && !doubtful[node.a] && !any(node.cuts)))
      return false;
    bool changed = false;
    for (VarId variable : node.vars)
      if (!variables[variable])
        changed = variables[variable] = true;
    return changed;
  }

  /// Marks what `id` is made of, itself included.
  void mark(NodeId id, std::vector<bool> &marked) const {
    if (id < 0 || marked[id])
      return;
    marked[id] = true;
    const Node &node = format.nodes[id];
    for (NodeId operand : {node.a, node.b, node.c})
      mark(operand, marked);
    for (const auto *list : {&node.args, &node.cuts})
      for (NodeId operand : *list)
        mark(operand, marked);
  }

  /// What only encode rules are made of: no code is made of them.
  std::vector<bool> findEncodeOnly() const {
    std::vector<bool> encode(format.nodes.size()), decode(format.nodes.size());
    for (const EncodeRule &rule : format.encode)
      mark(rule.value, encode);
    mark(format.decodeValue, decode);
    for (size_t id = 0; id < encode.size(); ++id)
      encode[id] = encode[id] && !decode[id];
    return encode;
  }

  /// Code evaluates both branches of a select, and the one not meant may read anywhere.
  void findConditional() {
    std::vector<bool> encodeOnly = findEncodeOnly();
    for (NodeId id = NodeId(format.nodes.size()) - 1; id >= 0; --id) {
      if (encodeOnly[id])
        continue;
      const Node &node = format.nodes[id];
      auto mark = [&](NodeId operand, bool isBranch) {
        if (operand >= 0 && (isBranch || conditional[id]))
          conditional[operand] = true;
      };
      mark(node.a, false);
      mark(node.b, node.op == Op::Select);
      mark(node.c, node.op == Op::Select);
      for (const auto *list : {&node.args, &node.cuts})
        for (NodeId operand : *list)
          mark(operand, false);
    }
  }

  const Format &format;
  std::vector<bool> &doubtful;
  std::vector<bool> variables;
  std::vector<bool> conditional;
  std::vector<bool> turning;
};
} // namespace

DoubtfulReads::DoubtfulReads(const Format &format) : values(format.nodes.size()), reads(format.nodes.size()) {
  Finder finder(format, values);
  finder.run();
  for (NodeId id = 0; id < NodeId(format.nodes.size()); ++id)
    reads[id] = finder.isDoubtfulRead(id);
}

} // namespace quoin

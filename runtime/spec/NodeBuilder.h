// Builds typed expression nodes into a Format: equal nodes become one, types are inferred, and the implicit conversions
// of docs/language.md are inserted.
#pragma once

#include "runtime/spec/Format.h"
#include "runtime/spec/Result.h"

#include <unordered_map>

namespace quoin::spec {

/// Appends to `format.nodes`, `format.vars` and `format.rounds` alone; nodes already there are found again. Nothing
/// else may append nodes while a builder is in use. Every NodeId passed in must be a node of the format (a
/// precondition); what a user can get wrong (types, number of indices, unknown fields) comes back as an Error.
class NodeBuilder {
public:
  explicit NodeBuilder(Format &format);

  VarId newVar(std::string name);

  /// A literal. One of type Index takes the type of the operand it meets; I32 values keep their low 32 bits.
  NodeId intConst(int64_t value, ValueType type = ValueType::Index);
  NodeId floatConst(float value);
  NodeId var(VarId var);
  /// -1: N, -2: K, else position in Format::sizes.
  NodeId size(int which);

  /// Unary ops of Ops.h. The negative of a literal is a literal.
  Result<NodeId> unary(Op op, NodeId a);
  /// Binary ops of Ops.h: index with i32 gives index, an integer meets f32 as f32; bit operations take their operands
  /// modulo 2^32.
  Result<NodeId> binary(Op op, NodeId a, NodeId b);
  /// `condition` is an integer, true where not 0; the branches get one type.
  Result<NodeId> select(NodeId condition, NodeId a, NodeId b);
  /// Result f32 for a float target, i32 for an integer one.
  Result<NodeId> round(NodeId a, ScalarType type, Rounding mode = Rounding::NearestEven, bool saturate = false);

  /// A field read; `indices` are integers, one per index of the field.
  Result<NodeId> read(int32_t field, std::vector<NodeId> indices);
  Result<NodeId> table(int32_t table, std::vector<NodeId> indices);
  /// A temp of the encoder: `rule` is a position in Format::encode whose value is already set.
  Result<NodeId> temp(int32_t rule, std::vector<NodeId> indices);
  /// x[i] or x[n, k].
  Result<NodeId> weight(std::vector<NodeId> indices);

  /// Sum ... Search over var in 0..extent-1.
  Result<NodeId> loop(Op op, VarId var, int64_t extent, NodeId body);
  /// The same with an extent by an expression, for encode rules; one made of literals becomes a constant extent.
  Result<NodeId> loopOver(Op op, VarId var, NodeId extent, NodeId body);

  /// One more branch than cuts; one variable a branch. Branches get one type.
  Result<NodeId> splitAt(NodeId value, std::vector<NodeId> cuts, std::vector<NodeId> branches, std::vector<VarId> vars);
  /// `lengths` is an integer field of one index.
  Result<NodeId> splitBy(NodeId value, int32_t lengths, std::vector<NodeId> branches, std::vector<VarId> vars);
  Result<NodeId> splitAll(NodeId value, int32_t lengths, VarId range, VarId position, NodeId branch);

  /// `id` as `type`: integers to f32, index to i32 (wrapping), i32 to index. f32 to an integer is an error: it is
  /// written out as round or i32.
  Result<NodeId> convert(NodeId id, ValueType type);
  /// Value of an integer node made of literals alone; nothing where it has variables, sizes or reads, or overflows.
  std::optional<int64_t> constant(NodeId id) const;
  ValueType type(NodeId id) const { return format.nodes[id].type; }

private:
  NodeId add(Node node);
  NodeId convertOp(Op op, ValueType type, NodeId a);
  bool isLiteral(NodeId id) const;
  Result<void> unify(std::vector<NodeId *> operands);
  Result<void> integers(const std::vector<NodeId> &indices, const std::string &what) const;
  Result<void> lengthsField(int32_t lengths) const;

  Format &format;
  std::unordered_multimap<size_t, NodeId> known;
};

/// Adds the implicit field of planar stream `stream` (its name, extents and type; whole elements, row-major) to the
/// format and sets Stream::field. Fails where the element is wider than 32 bits.
Result<int32_t> addImplicitField(NodeBuilder &builder, Format &format, int32_t stream);

} // namespace quoin::spec

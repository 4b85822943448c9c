#include "runtime/spec/NodeBuilder.h"

#include "runtime/spec/Arithmetic.h"
#include "runtime/spec/Ops.h"

#include <bit>

namespace quoin::spec {

/// Loops longer than this are a mistake: the interpreter walks them.
static constexpr int64_t maxLoop = int64_t(1) << 24;

static size_t hashNode(const Node &node) {
  size_t hash = 0;
  auto mix = [&](uint64_t value) { hash = (hash ^ value) * 0x9E3779B97F4A7C15ull + (hash >> 29); };
  mix(uint64_t(node.op) << 8 | uint64_t(node.type));
  mix(uint64_t(uint32_t(node.a)) << 32 | uint32_t(node.b));
  mix(uint64_t(uint32_t(node.c)) << 32 | uint32_t(node.var));
  mix(uint64_t(node.imm));
  for (const auto *list : {&node.args, &node.cuts, &node.vars})
    for (int32_t id : *list)
      mix(uint32_t(id));
  return hash;
}

NodeBuilder::NodeBuilder(Format &format) : format(format) {
  for (size_t id = 0; id < format.nodes.size(); ++id)
    known.emplace(hashNode(format.nodes[id]), NodeId(id));
}

NodeId NodeBuilder::add(Node node) {
  size_t hash = hashNode(node);
  auto [begin, end] = known.equal_range(hash);
  for (auto it = begin; it != end; ++it)
    if (format.nodes[it->second] == node)
      return it->second;
  NodeId id = NodeId(format.nodes.size());
  format.nodes.push_back(std::move(node));
  known.emplace(hash, id);
  return id;
}

VarId NodeBuilder::newVar(std::string name) {
  format.vars.push_back(std::move(name));
  return VarId(format.vars.size() - 1);
}

NodeId NodeBuilder::intConst(int64_t value, ValueType type) {
  Node node{.op = Op::Int, .type = type};
  node.imm = type == ValueType::I32 ? int32_t(uint32_t(value)) : value;
  return add(std::move(node));
}

NodeId NodeBuilder::floatConst(float value) {
  Node node{.op = Op::Float, .type = ValueType::F32};
  node.imm = std::bit_cast<uint32_t>(value);
  return add(std::move(node));
}

NodeId NodeBuilder::var(VarId var) {
  Node node{.op = Op::Var, .type = ValueType::Index};
  node.imm = var;
  return add(std::move(node));
}

NodeId NodeBuilder::size(int which) {
  Node node{.op = Op::Size, .type = ValueType::Index};
  node.imm = which;
  return add(std::move(node));
}

bool NodeBuilder::isLiteral(NodeId id) const {
  return format.nodes[id].op == Op::Int && format.nodes[id].type == ValueType::Index;
}

NodeId NodeBuilder::convertOp(Op op, ValueType type, NodeId a) {
  Node node{.op = op, .type = type, .a = a};
  return add(std::move(node));
}

Result<NodeId> NodeBuilder::convert(NodeId id, ValueType to) {
  ValueType from = type(id);
  if (from == to)
    return id;
  if (from == ValueType::F32)
    return fail("an f32 value stands where an integer is needed", "write round(x, si32) or i32(x)");
  if (isLiteral(id) && to == ValueType::F32)
    return floatConst(float(format.nodes[id].imm));
  if (isLiteral(id))
    return intConst(format.nodes[id].imm, to);
  if (to == ValueType::F32)
    return convertOp(Op::ToF32, to, id);
  return convertOp(to == ValueType::I32 ? Op::ToI32 : Op::ToIndex, to, id);
}

static bool fitsI32(int64_t value) { return value == int32_t(value); }

/// Brings operands to one type: f32 if any is, else index if any is (literals that fit aside), else i32.
Result<void> NodeBuilder::unify(std::vector<NodeId *> operands) {
  bool anyF32 = false, anyI32 = false, anyIndex = false;
  for (NodeId *id : operands) {
    anyF32 |= type(*id) == ValueType::F32;
    anyI32 |= type(*id) == ValueType::I32;
    anyIndex |= type(*id) == ValueType::Index && !(isLiteral(*id) && fitsI32(format.nodes[*id].imm));
  }
  ValueType to = anyF32 ? ValueType::F32 : anyI32 && !anyIndex ? ValueType::I32 : ValueType::Index;
  for (NodeId *id : operands) {
    auto converted = convert(*id, to);
    if (!converted)
      return std::unexpected(converted.error());
    *id = *converted;
  }
  return {};
}

static std::string quoted(Op op) { return "\"" + std::string(opName(op)) + "\""; }

Result<NodeId> NodeBuilder::unary(Op op, NodeId a) {
  if (!isUnary(op))
    return fail(quoted(op) + " does not take one operand");
  const Node node = format.nodes[a];
  switch (op) {
  case Op::Neg:
    if (isLiteral(a))
      return intConst(int64_t(0 - uint64_t(node.imm)));
    if (node.op == Op::Float)
      return floatConst(-std::bit_cast<float>(uint32_t(node.imm)));
    return convertOp(op, node.type, a);
  case Op::Abs:
    return convertOp(op, node.type, a);
  case Op::ToF32:
  case Op::ToIndex:
    return convert(a, op == Op::ToF32 ? ValueType::F32 : ValueType::Index);
  case Op::ToI32:
    return node.type == ValueType::F32 ? Result<NodeId>(convertOp(op, ValueType::I32, a)) : convert(a, ValueType::I32);
  case Op::Log2:
  case Op::Bits: {
    auto operand = convert(a, ValueType::F32);
    return operand ? Result<NodeId>(convertOp(op, op == Op::Bits ? ValueType::I32 : ValueType::F32, *operand))
                   : operand;
  }
  default: { // Not, Parity, Popcount, Clz, FromBits
    if (node.type == ValueType::F32)
      return fail(quoted(op) + " takes an integer and is given an f32 value", "bits(f) gives the bits of a float");
    auto operand = convert(a, ValueType::I32);
    return operand ? Result<NodeId>(convertOp(op, op == Op::FromBits ? ValueType::F32 : ValueType::I32, *operand))
                   : operand;
  }
  }
}

Result<NodeId> NodeBuilder::binary(Op op, NodeId a, NodeId b) {
  if (!isBinary(op))
    return fail(quoted(op) + " does not take two operands");
  bool anyF32 = type(a) == ValueType::F32 || type(b) == ValueType::F32;
  ValueType result;
  switch (op) {
  case Op::And:
  case Op::Or:
  case Op::Xor:
  case Op::Shl:
  case Op::Shr: {
    if (anyF32)
      return fail(quoted(op) + " takes integers and is given an f32 value", "bits(f) gives the bits of a float");
    auto left = convert(a, ValueType::I32), right = convert(b, ValueType::I32);
    a = *left, b = *right; // integers always convert
    result = ValueType::I32;
    break;
  }
  case Op::Ldexp: {
    auto left = convert(a, ValueType::F32), right = convert(b, ValueType::I32);
    if (!right)
      return fail("the exponent of \"ldexp\" is an f32 value", "write ldexp(f, i) with an integer i");
    a = *left, b = *right;
    result = ValueType::F32;
    break;
  }
  default:
    if (op == Op::Div && !anyF32)
      return fail("\"/\" divides f32 values and is given integers", "write floordiv or ceildiv, or f32(a) / b");
    if ((op == Op::FloorDiv || op == Op::CeilDiv || op == Op::Mod) && anyF32)
      return fail(quoted(op) + " takes integers and is given an f32 value", "\"/\" divides f32 values");
    if (auto ok = unify({&a, &b}); !ok)
      return std::unexpected(ok.error());
    result = op >= Op::Eq && op <= Op::Ge ? ValueType::I32 : type(a);
  }
  Node node{.op = op, .type = result, .a = a, .b = b};
  return add(std::move(node));
}

Result<NodeId> NodeBuilder::select(NodeId condition, NodeId a, NodeId b) {
  if (type(condition) == ValueType::F32)
    return fail("the condition of \"select\" is an f32 value", "compare it: select(x < 0.0, a, b)");
  if (auto ok = unify({&a, &b}); !ok)
    return std::unexpected(ok.error());
  Node node{.op = Op::Select, .type = type(a), .a = condition, .b = a, .c = b};
  return add(std::move(node));
}

Result<NodeId> NodeBuilder::round(NodeId a, ScalarType target, Rounding mode, bool saturate) {
  auto operand = convert(a, ValueType::F32);
  if (!operand)
    return operand;
  RoundTo to{target, mode, saturate};
  size_t position = 0;
  while (position < format.rounds.size() && !(format.rounds[position] == to))
    ++position;
  if (position == format.rounds.size())
    format.rounds.push_back(to);
  Node node{.op = Op::Round, .type = target.isFloat() ? ValueType::F32 : ValueType::I32, .a = *operand};
  node.imm = int64_t(position);
  return add(std::move(node));
}

Result<void> NodeBuilder::integers(const std::vector<NodeId> &indices, const std::string &what) const {
  for (NodeId id : indices)
    if (type(id) == ValueType::F32)
      return fail("an index of \"" + what + "\" is an f32 value", "indices are integers");
  return {};
}

static std::unexpected<Error> wrongCount(const std::string &name, size_t want, size_t got) {
  return fail("\"" + name + "\" has " + std::to_string(want) + " indices and is read with " + std::to_string(got));
}

Result<NodeId> NodeBuilder::read(int32_t field, std::vector<NodeId> indices) {
  if (field < 0 || size_t(field) >= format.fields.size())
    return fail("there is no field number " + std::to_string(field));
  const Field &target = format.fields[field];
  if (indices.size() != target.indices.size())
    return wrongCount(target.name, target.indices.size(), indices.size());
  if (auto ok = integers(indices, target.name); !ok)
    return std::unexpected(ok.error());
  Node node{.op = Op::Read, .type = target.type.isFloat() ? ValueType::F32 : ValueType::I32};
  node.imm = field;
  node.args = std::move(indices);
  return add(std::move(node));
}

Result<NodeId> NodeBuilder::table(int32_t table, std::vector<NodeId> indices) {
  if (table < 0 || size_t(table) >= format.tables.size())
    return fail("there is no table number " + std::to_string(table));
  const Table &target = format.tables[table];
  if (indices.size() != target.extents.size())
    return wrongCount(target.name, target.extents.size(), indices.size());
  if (auto ok = integers(indices, target.name); !ok)
    return std::unexpected(ok.error());
  Node node{.op = Op::Table, .type = target.isFloat() ? ValueType::F32 : ValueType::I32};
  node.imm = table;
  node.args = std::move(indices);
  return add(std::move(node));
}

Result<NodeId> NodeBuilder::temp(int32_t rule, std::vector<NodeId> indices) {
  if (rule < 0 || size_t(rule) >= format.encode.size() || format.encode[rule].kind != EncodeRule::Kind::Temp)
    return fail("encode rule " + std::to_string(rule) + " is not a temp");
  const EncodeRule &target = format.encode[rule];
  if (indices.size() != target.vars.size())
    return wrongCount(target.name, target.vars.size(), indices.size());
  if (auto ok = integers(indices, target.name); !ok)
    return std::unexpected(ok.error());
  Node node{.op = Op::Temp, .type = type(target.value)};
  node.imm = rule;
  node.args = std::move(indices);
  return add(std::move(node));
}

Result<NodeId> NodeBuilder::weight(std::vector<NodeId> indices) {
  if (indices.size() != 1 && indices.size() != 2)
    return fail("\"x\" is read with " + std::to_string(indices.size()) + " indices", "write x[i] or x[n, k]");
  if (auto ok = integers(indices, "x"); !ok)
    return std::unexpected(ok.error());
  Node node{.op = Op::Weight, .type = ValueType::F32};
  node.args = std::move(indices);
  return add(std::move(node));
}

static Result<void> checkLoop(Op op, ValueType body) {
  if (!isLoop(op))
    return fail(quoted(op) + " is not a loop");
  if (op == Op::Search && body == ValueType::F32)
    return fail("the condition of \"search\" is an f32 value", "compare it: search(v: 16, t[v] >= x)");
  return {};
}

static Node loopNode(Op op, VarId var, ValueType bodyType, NodeId body) {
  ValueType type = op == Op::ArgMin || op == Op::Search ? ValueType::Index : bodyType;
  return Node{.op = op, .type = type, .a = body, .var = var};
}

Result<NodeId> NodeBuilder::loop(Op op, VarId var, int64_t extent, NodeId body) {
  if (auto ok = checkLoop(op, type(body)); !ok)
    return std::unexpected(ok.error());
  if (extent < 0 || extent > maxLoop)
    return fail(quoted(op) + " runs over " + std::to_string(extent) + " values",
                "a loop has at most " + std::to_string(maxLoop));
  Node node = loopNode(op, var, type(body), body);
  node.imm = extent;
  return add(std::move(node));
}

Result<NodeId> NodeBuilder::loopOver(Op op, VarId var, NodeId extent, NodeId body) {
  if (auto ok = checkLoop(op, type(body)); !ok)
    return std::unexpected(ok.error());
  if (auto value = constant(extent))
    return loop(op, var, *value, body);
  auto index = convert(extent, ValueType::Index);
  if (!index)
    return index;
  Node node = loopNode(op, var, type(body), body);
  node.b = *index;
  return add(std::move(node));
}

static Result<void> checkBranches(size_t branches, size_t vars) {
  if (branches == 0 || branches != vars)
    return fail("a split has " + std::to_string(branches) + " branches and " + std::to_string(vars) + " variables");
  return {};
}

static std::vector<NodeId *> pointers(std::vector<NodeId> &ids) {
  std::vector<NodeId *> result;
  for (NodeId &id : ids)
    result.push_back(&id);
  return result;
}

Result<NodeId> NodeBuilder::splitAt(NodeId value, std::vector<NodeId> cuts, std::vector<NodeId> branches,
                                    std::vector<VarId> vars) {
  if (auto ok = checkBranches(branches.size(), vars.size()); !ok)
    return std::unexpected(ok.error());
  if (cuts.size() + 1 != branches.size())
    return fail("a split at " + std::to_string(cuts.size()) + " cuts has " + std::to_string(branches.size()) +
                    " branches",
                "it has one branch more than cuts");
  auto index = convert(value, ValueType::Index);
  if (!index)
    return index;
  for (NodeId &cut : cuts) {
    auto converted = convert(cut, ValueType::Index);
    if (!converted)
      return converted;
    cut = *converted;
  }
  if (auto ok = unify(pointers(branches)); !ok)
    return std::unexpected(ok.error());
  Node node{.op = Op::SplitAt, .type = type(branches[0]), .a = *index};
  node.args = std::move(branches), node.cuts = std::move(cuts), node.vars = std::move(vars);
  return add(std::move(node));
}

Result<void> NodeBuilder::lengthsField(int32_t lengths) const {
  if (lengths < 0 || size_t(lengths) >= format.fields.size())
    return fail("there is no field number " + std::to_string(lengths));
  const Field &field = format.fields[lengths];
  if (field.type.isFloat() || field.indices.size() != 1)
    return fail("\"" + field.name + "\" cannot hold the lengths of a split",
                "it must be an integer stream of one extent");
  return {};
}

Result<NodeId> NodeBuilder::splitBy(NodeId value, int32_t lengths, std::vector<NodeId> branches,
                                    std::vector<VarId> vars) {
  if (auto ok = checkBranches(branches.size(), vars.size()); !ok)
    return std::unexpected(ok.error());
  if (auto ok = lengthsField(lengths); !ok)
    return std::unexpected(ok.error());
  auto index = convert(value, ValueType::Index);
  if (!index)
    return index;
  if (auto ok = unify(pointers(branches)); !ok)
    return std::unexpected(ok.error());
  Node node{.op = Op::SplitBy, .type = type(branches[0]), .a = *index};
  node.imm = lengths;
  node.args = std::move(branches), node.vars = std::move(vars);
  return add(std::move(node));
}

Result<NodeId> NodeBuilder::splitAll(NodeId value, int32_t lengths, VarId range, VarId position, NodeId branch) {
  if (auto ok = lengthsField(lengths); !ok)
    return std::unexpected(ok.error());
  auto index = convert(value, ValueType::Index);
  if (!index)
    return index;
  Node node{.op = Op::SplitAll, .type = type(branch), .a = *index};
  node.imm = lengths;
  node.args = {branch}, node.vars = {range, position};
  return add(std::move(node));
}

std::optional<int64_t> NodeBuilder::constant(NodeId id) const {
  // Operands come first, so one pass over the nodes replaces a recursion that shared operands would make exponential.
  std::vector<std::optional<int64_t>> values(size_t(id) + 1);
  for (NodeId at = 0; at <= id; ++at) {
    const Node &node = format.nodes[at];
    bool overflow = false;
    if (node.type == ValueType::F32)
      continue;
    if (node.op == Op::Int)
      values[at] = node.imm;
    else if (node.op == Op::Select && values[node.a])
      values[at] = values[*values[node.a] ? node.b : node.c];
    else if (isUnary(node.op) && values[node.a])
      values[at] = integerOp(node.op, type(node.a), *values[node.a], 0, overflow);
    else if (isBinary(node.op) && values[node.a] && values[node.b])
      values[at] = integerOp(node.op, type(node.a), *values[node.a], *values[node.b], overflow);
    if (overflow)
      values[at].reset();
  }
  return values[id];
}

Result<int32_t> addImplicitField(NodeBuilder &builder, Format &format, int32_t stream) {
  const Stream source = format.streams[stream];
  if (source.type.width > 32)
    return fail("the elements of \"" + source.name + "\" are wider than 32 bits");
  Field field;
  field.name = source.name;
  field.type = source.type;
  field.stream = stream;
  field.extents = source.extents;
  NodeId position = builder.intConst(0);
  for (size_t axis = 0; axis < source.extents.size(); ++axis) {
    VarId index = builder.newVar("i" + std::to_string(axis));
    field.indices.push_back(index);
    if (axis == 0) {
      position = builder.var(index);
      continue;
    }
    auto row = builder.binary(Op::Mul, position, source.extents[axis]);
    auto next = row ? builder.binary(Op::Add, *row, builder.var(index)) : row;
    if (!next)
      return std::unexpected(next.error());
    position = *next;
  }
  auto offset = builder.binary(Op::Mul, position, builder.intConst(source.type.width));
  if (!offset)
    return std::unexpected(offset.error());
  field.slices = {{source.type.width, *offset}};
  format.fields.push_back(std::move(field));
  format.streams[stream].field = int32_t(format.fields.size() - 1);
  return format.streams[stream].field;
}

} // namespace quoin::spec

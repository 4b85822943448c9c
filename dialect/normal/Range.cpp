#include "dialect/normal/Range.h"

#include <algorithm>
#include <array>
#include <unordered_map>

namespace quoin::normal {

using namespace quoin::spec;

using Ranges = std::unordered_map<NodeId, std::optional<Interval>>;
static std::optional<Interval> rangeOf(const Format &format, NodeId id, Ranges &known);

static Interval typeRange(const ScalarType &type) {
  if (type.kind == ScalarType::Kind::SInt)
    return {-(int64_t(1) << (type.width - 1)), (int64_t(1) << (type.width - 1)) - 1};
  if (type.width >= 32) // read as i32
    return {INT32_MIN, INT32_MAX};
  return {0, (int64_t(1) << type.width) - 1};
}

static std::optional<Interval> tableRange(const Table &table) {
  if (table.values.empty())
    return std::nullopt;
  Interval range{INT32_MAX, INT32_MIN};
  for (uint32_t value : table.values)
    range = {std::min<int64_t>(range.lo, int32_t(value)), std::max<int64_t>(range.hi, int32_t(value))};
  return range;
}

static Interval join(Interval a, Interval b) { return {std::min(a.lo, b.lo), std::max(a.hi, b.hi)}; }

static Interval corners(Interval a, Interval b, auto op) {
  std::array<int64_t, 4> all = {op(a.lo, b.lo), op(a.lo, b.hi), op(a.hi, b.lo), op(a.hi, b.hi)};
  return {*std::min_element(all.begin(), all.end()), *std::max_element(all.begin(), all.end())};
}

static std::optional<Interval> ofTwo(const Node &node, Interval a, Interval b) {
  bool shiftInside = b.lo >= 0 && b.hi <= 31;
  switch (node.op) {
  case Op::Add:
    return Interval{a.lo + b.lo, a.hi + b.hi};
  case Op::Sub:
    return Interval{a.lo - b.hi, a.hi - b.lo};
  case Op::Mul:
    return corners(a, b, [](int64_t x, int64_t y) { return x * y; });
  case Op::Min:
    return Interval{std::min(a.lo, b.lo), std::min(a.hi, b.hi)};
  case Op::Max:
    return Interval{std::max(a.lo, b.lo), std::max(a.hi, b.hi)};
  case Op::And:
    if (a.lo >= 0 || b.lo >= 0)
      return Interval{0, a.lo < 0 ? b.hi : b.lo < 0 ? a.hi : std::min(a.hi, b.hi)};
    return Interval{INT32_MIN, INT32_MAX};
  case Op::Shl:
    return shiftInside ? std::optional(corners(a, b, [](int64_t x, int64_t y) { return x * (int64_t(1) << y); }))
                       : std::nullopt;
  case Op::Shr:
    return a.lo >= 0 ? Interval{shiftInside ? a.lo >> b.hi : 0, shiftInside ? a.hi >> b.lo : a.hi}
                     : Interval{INT32_MIN, INT32_MAX};
  case Op::FloorDiv:
    return b.lo > 0 ? std::optional(Interval{std::min<int64_t>(a.lo, 0), std::max<int64_t>(a.hi, 0)}) : std::nullopt;
  case Op::Mod:
    return b.lo > 0 ? std::optional(Interval{0, b.hi - 1}) : std::nullopt;
  default:
    return std::nullopt;
  }
}

static std::optional<Interval> compute(const Format &format, NodeId id, Ranges &known) {
  const Node &node = format.nodes[id];
  switch (node.op) {
  case Op::Int:
    return Interval{node.imm, node.imm};
  case Op::Read: {
    const Field &field = format.fields[node.imm];
    return field.type.isFloat() ? std::nullopt : std::optional(typeRange(field.type));
  }
  case Op::Table:
    return format.tables[node.imm].isFloat() ? std::nullopt : tableRange(format.tables[node.imm]);
  case Op::Var:
    return Interval{0, INT32_MAX};
  case Op::Round: {
    const ScalarType &type = format.rounds[node.imm].type;
    return type.isFloat() ? std::nullopt : std::optional(typeRange(type));
  }
  case Op::Eq:
  case Op::Ne:
  case Op::Lt:
  case Op::Le:
  case Op::Gt:
  case Op::Ge:
  case Op::Parity:
    return Interval{0, 1};
  case Op::Popcount:
  case Op::Clz:
    return Interval{0, 32};
  case Op::ToIndex:
    return rangeOf(format, node.a, known);
  case Op::ToI32:
    return format.nodes[node.a].type == ValueType::F32 ? Interval{INT32_MIN, INT32_MAX}
                                                       : rangeOf(format, node.a, known);
  case Op::Neg: {
    auto a = rangeOf(format, node.a, known);
    return a ? std::optional(Interval{-a->hi, -a->lo}) : a;
  }
  case Op::Select: {
    auto b = rangeOf(format, node.b, known), c = rangeOf(format, node.c, known);
    return b && c ? std::optional(join(*b, *c)) : std::nullopt;
  }
  case Op::SplitAt: {
    auto all = rangeOf(format, node.args[0], known);
    for (NodeId branch : node.args) {
      auto each = rangeOf(format, branch, known);
      all = all && each ? std::optional(join(*all, *each)) : std::nullopt;
    }
    return all;
  }
  case Op::Sum: {
    auto a = rangeOf(format, node.a, known);
    return a && node.imm <= INT32_MAX ? std::optional(Interval{a->lo * node.imm, a->hi * node.imm}) : std::nullopt;
  }
  default:
    break;
  }
  if (node.a < 0 || node.b < 0 || node.c >= 0)
    return std::nullopt;
  auto a = rangeOf(format, node.a, known), b = rangeOf(format, node.b, known);
  return a && b ? ofTwo(node, *a, *b) : std::nullopt;
}

static std::optional<Interval> rangeOf(const Format &format, NodeId id, Ranges &known) {
  if (auto found = known.find(id); found != known.end())
    return found->second;
  auto range = compute(format, id, known);
  if (range && (range->lo < INT32_MIN || range->hi > INT32_MAX))
    range.reset();
  return known[id] = range;
}

std::optional<Interval> integerRange(const Format &format, NodeId id) {
  Ranges known;
  return rangeOf(format, id, known);
}

} // namespace quoin::normal

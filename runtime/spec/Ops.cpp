#include "runtime/spec/Ops.h"

#include <array>
#include <utility>

namespace quoin::spec {

// In the order of the enumeration.
static constexpr std::array<std::string_view, 53> opNames = {
    "int",      "float",  "var",     "size",     "read",      "table",    "temp",     "weight",   "add",
    "sub",      "mul",    "div",     "floordiv", "ceildiv",   "mod",      "neg",      "and",      "or",
    "xor",      "not",    "shl",     "shr",      "parity",    "popcount", "clz",      "eq",       "ne",
    "lt",       "le",     "gt",      "ge",       "select",    "min",      "max",      "abs",      "ldexp",
    "log2",     "to_f32", "to_i32",  "to_index", "from_bits", "bits",     "round",    "sum",      "max_over",
    "min_over", "absmax", "signmax", "argmin",   "search",    "split_at", "split_by", "split_all"};
static_assert(opNames.size() == size_t(Op::SplitAll) + 1, "one name an operation");

static constexpr std::array<std::string_view, 3> typeNames = {"index", "i32", "f32"};
static constexpr std::array<std::string_view, 5> roundingNames = {"rne", "rna", "rtz", "floor", "ceil"};

template <typename Enum, size_t count>
static std::optional<Enum> find(const std::array<std::string_view, count> &names, std::string_view name) {
  for (size_t i = 0; i < count; ++i)
    if (names[i] == name)
      return Enum(i);
  return std::nullopt;
}

std::string_view opName(Op op) { return opNames[size_t(op)]; }
std::optional<Op> opFromName(std::string_view name) { return find<Op>(opNames, name); }

std::string_view valueTypeName(ValueType type) { return typeNames[size_t(type)]; }
std::optional<ValueType> valueTypeFromName(std::string_view name) { return find<ValueType>(typeNames, name); }

std::string_view roundingName(Rounding mode) { return roundingNames[size_t(mode)]; }
std::optional<Rounding> roundingFromName(std::string_view name) { return find<Rounding>(roundingNames, name); }

bool isUnary(Op op) {
  switch (op) {
  case Op::Neg:
  case Op::Not:
  case Op::Parity:
  case Op::Popcount:
  case Op::Clz:
  case Op::Abs:
  case Op::Log2:
  case Op::ToF32:
  case Op::ToI32:
  case Op::ToIndex:
  case Op::FromBits:
  case Op::Bits:
    return true;
  default:
    return false;
  }
}

bool isBinary(Op op) {
  switch (op) {
  case Op::Add:
  case Op::Sub:
  case Op::Mul:
  case Op::Div:
  case Op::FloorDiv:
  case Op::CeilDiv:
  case Op::Mod:
  case Op::And:
  case Op::Or:
  case Op::Xor:
  case Op::Shl:
  case Op::Shr:
  case Op::Eq:
  case Op::Ne:
  case Op::Lt:
  case Op::Le:
  case Op::Gt:
  case Op::Ge:
  case Op::Min:
  case Op::Max:
  case Op::Ldexp:
    return true;
  default:
    return false;
  }
}

bool isSteady(Op op) {
  switch (op) {
  case Op::Int:
  case Op::Var:
  case Op::Size:
  case Op::Add:
  case Op::Sub:
  case Op::Mul:
  case Op::Neg:
  case Op::FloorDiv:
  case Op::CeilDiv:
  case Op::Mod:
  case Op::SplitAt:
  case Op::ToIndex:
    return true;
  default:
    return false;
  }
}

} // namespace quoin::spec

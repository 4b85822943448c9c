// What each operation of the language does to plain values: total functions, one place for evaluator and constant
// folding.
#pragma once

#include "runtime/spec/Format.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>

namespace quoin::spec {

/// Values travel as int64: index as it is, i32 sign-extended, f32 as its bits zero-extended.
inline int64_t fromFloat(float value) { return std::bit_cast<uint32_t>(value); }
inline float asFloat(int64_t value) { return std::bit_cast<float>(uint32_t(value)); }
inline int64_t wrap32(int64_t value) { return int32_t(uint32_t(value)); }

/// Quotient rounded down; 0 for a zero divisor. `overflow` is set for the one quotient that does not fit.
inline int64_t floorDiv(int64_t a, int64_t b, bool &overflow) {
  if (b == 0)
    return 0;
  if (b == -1)
    return __builtin_sub_overflow(int64_t(0), a, &a) ? (overflow = true, 0) : a;
  int64_t quotient = a / b;
  return quotient - (a % b != 0 && (a < 0) != (b < 0));
}

/// Remainder of floorDiv; 0 for a zero divisor.
inline int64_t floorMod(int64_t a, int64_t b) {
  if (b == 0 || b == -1)
    return 0;
  int64_t rest = a % b;
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

inline int64_t ceilDiv(int64_t a, int64_t b, bool &overflow) {
  int64_t quotient = floorDiv(a, b, overflow);
  return quotient + (b != 0 && floorMod(a, b) != 0);
}

/// shl and shr of docs/language.md: counts outside 0..31 give 0, shr is logical.
inline int64_t shiftLeft(int64_t a, int64_t count) {
  return count < 0 || count > 31 ? 0 : wrap32(int64_t(uint32_t(a) << count));
}
inline int64_t shiftRight(int64_t a, int64_t count) {
  return count < 0 || count > 31 ? 0 : wrap32(int64_t(uint32_t(a) >> count));
}

/// i32(f): toward zero, saturating, NaN gives 0.
inline int64_t truncateToI32(float value) {
  if (std::isnan(value))
    return 0;
  if (value >= 2147483648.0f)
    return INT32_MAX;
  return value <= -2147483648.0f ? INT32_MIN : int32_t(value);
}

/// Operations whose operands are integers of type `operands` (Index or I32). `overflow` is set, and 0 returned, where
/// an index result does not fit 64 bits; i32 results wrap.
inline int64_t integerOp(Op op, ValueType operands, int64_t a, int64_t b, bool &overflow) {
  int64_t result = 0;
  bool lost = false;
  switch (op) {
  case Op::Add:
    lost = __builtin_add_overflow(a, b, &result);
    break;
  case Op::Sub:
    lost = __builtin_sub_overflow(a, b, &result);
    break;
  case Op::Mul:
    lost = __builtin_mul_overflow(a, b, &result);
    break;
  case Op::Neg:
    lost = __builtin_sub_overflow(int64_t(0), a, &result);
    break;
  case Op::Abs:
    lost = a < 0 ? __builtin_sub_overflow(int64_t(0), a, &result) : (result = a, false);
    break;
  case Op::FloorDiv:
    result = floorDiv(a, b, lost);
    break;
  case Op::CeilDiv:
    result = ceilDiv(a, b, lost);
    break;
  case Op::Mod:
    return floorMod(a, b);
  case Op::Min:
    return a < b ? a : b;
  case Op::Max:
    return a > b ? a : b;
  case Op::Eq:
    return a == b;
  case Op::Ne:
    return a != b;
  case Op::Lt:
    return a < b;
  case Op::Le:
    return a <= b;
  case Op::Gt:
    return a > b;
  case Op::Ge:
    return a >= b;
  case Op::And:
    return a & b;
  case Op::Or:
    return a | b;
  case Op::Xor:
    return a ^ b;
  case Op::Not:
    return ~a;
  case Op::Shl:
    return shiftLeft(a, b);
  case Op::Shr:
    return shiftRight(a, b);
  case Op::Parity:
    return std::popcount(uint32_t(a)) & 1;
  case Op::Popcount:
    return std::popcount(uint32_t(a));
  case Op::Clz:
    return std::countl_zero(uint32_t(a));
  case Op::ToI32:
    return wrap32(a);
  case Op::ToIndex:
    return a;
  default:
    return 0;
  }
  if (operands == ValueType::I32)
    return wrap32(result);
  overflow |= lost;
  return lost ? 0 : result;
}

/// min and max give the second operand where either is NaN (and where they are equal, which tells -0 from +0).
inline float minFloat(float a, float b) { return a < b ? a : b; }
inline float maxFloat(float a, float b) { return a > b ? a : b; }

/// log2 over the reals, rounded to f32 by way of a wider type.
inline float log2Float(float value) { return float(std::log2((long double)value)); }

/// Operations on f32 that give f32; each rounds once.
inline float floatOp(Op op, float a, float b) {
  switch (op) {
  case Op::Add:
    return a + b;
  case Op::Sub:
    return a - b;
  case Op::Mul:
    return a * b;
  case Op::Div:
    return a / b;
  case Op::Neg:
    return -a;
  case Op::Abs:
    return std::fabs(a);
  case Op::Min:
    return minFloat(a, b);
  case Op::Max:
    return maxFloat(a, b);
  case Op::Log2:
    return log2Float(a);
  default:
    return std::numeric_limits<float>::quiet_NaN();
  }
}

/// A loop's value after one term more, both of `type`; of the first one `acc` does not matter. For the loops that fold:
/// Sum, MaxOver, MinOver, AbsMax and SignMax.
inline int64_t foldTerm(Op op, ValueType type, bool isFirst, int64_t acc, int64_t term, bool &overflow) {
  bool isFloat = type == ValueType::F32;
  if (op == Op::AbsMax)
    term = isFloat ? fromFloat(std::fabs(asFloat(term))) : integerOp(Op::Abs, type, term, 0, overflow);
  if (isFirst)
    return term;
  switch (op) {
  case Op::Sum:
    return isFloat ? fromFloat(asFloat(acc) + asFloat(term)) : integerOp(Op::Add, type, acc, term, overflow);
  case Op::MinOver:
    return isFloat ? fromFloat(minFloat(asFloat(acc), asFloat(term))) : acc < term ? acc : term;
  case Op::SignMax:
    if (isFloat)
      return std::fabs(asFloat(term)) > std::fabs(asFloat(acc)) ? term : acc;
    // Magnitudes as unsigned numbers: the least integer has one too.
    return (term < 0 ? 0 - uint64_t(term) : uint64_t(term)) > (acc < 0 ? 0 - uint64_t(acc) : uint64_t(acc)) ? term
                                                                                                            : acc;
  default: // MaxOver, AbsMax
    return isFloat ? fromFloat(maxFloat(asFloat(acc), asFloat(term))) : acc > term ? acc : term;
  }
}

/// Comparisons of f32: 0 or 1, false (Ne: true) with NaN.
inline int64_t compareFloat(Op op, float a, float b) {
  switch (op) {
  case Op::Eq:
    return a == b;
  case Op::Ne:
    return a != b;
  case Op::Lt:
    return a < b;
  case Op::Le:
    return a <= b;
  case Op::Gt:
    return a > b;
  default:
    return a >= b;
  }
}

} // namespace quoin::spec

// Conversion of f32 to a stored type: exact integer arithmetic on the significand, one rounding.
#include "runtime/spec/Type.h"

#include <bit>
#include <cmath>

namespace quoin::spec {

using Special = ScalarType::Special;

/// Whether a magnitude with lower neighbour `quotient` and a remainder goes up. `half` is -1, 0 or 1: the remainder
/// against one half; the remainder is not zero.
static bool roundsUp(uint64_t quotient, int half, bool negative, Rounding mode) {
  switch (mode) {
  case Rounding::NearestEven:
    return half > 0 || (half == 0 && (quotient & 1));
  case Rounding::NearestAway:
    return half >= 0;
  case Rounding::TowardZero:
    return false;
  case Rounding::Floor:
    return negative;
  case Rounding::Ceil:
    return !negative;
  }
  return false;
}

/// significand / 2^shift rounded to an integer; significand below 2^24.
static uint64_t shiftRounded(uint64_t significand, int shift, bool negative, Rounding mode) {
  if (shift <= 0)
    return significand << -shift;
  uint64_t quotient = shift > 40 ? 0 : significand >> shift;
  uint64_t rest = shift > 40 ? significand : significand & ((uint64_t(1) << shift) - 1);
  if (rest == 0)
    return quotient;
  uint64_t middle = uint64_t(1) << (shift > 40 ? 40 : shift - 1);
  int half = rest < middle ? -1 : rest == middle ? 0 : 1;
  return quotient + roundsUp(quotient, half, negative, mode);
}

static uint32_t encodeInt(const ScalarType &type, float value, Rounding mode) {
  if (std::isnan(value))
    return 0;
  uint32_t mask = type.width == 32 ? ~0u : (1u << type.width) - 1;
  bool isSigned = type.kind == ScalarType::Kind::SInt;
  int64_t high = isSigned ? mask >> 1 : mask;
  int64_t low = isSigned ? -high - 1 : 0;
  double exact = value, down = std::floor(exact);
  // Beyond 2^33 every type here saturates, and below it the difference to the floor is exact.
  if (std::fabs(exact) > 8589934592.0)
    return uint32_t(exact > 0 ? high : low) & mask;
  double rest = exact - down;
  bool negative = exact < 0;
  int64_t result = int64_t(down);
  if (rest != 0) {
    // Rounding is defined on magnitudes: for negative values the lower neighbour in magnitude is the upper one.
    double fromZero = negative ? 1 - rest : rest;
    int64_t nearZero = negative ? result + 1 : result;
    int half = fromZero < 0.5 ? -1 : fromZero == 0.5 ? 0 : 1;
    bool away = roundsUp(uint64_t(nearZero < 0 ? -nearZero : nearZero), half, negative, mode);
    result = nearZero + (away ? (negative ? -1 : 1) : 0);
  }
  result = result < low ? low : result > high ? high : result;
  return uint32_t(result) & mask;
}

namespace {
/// Codes of a float type's ends, without sign.
struct Ends {
  uint32_t largest;  ///< largest finite magnitude
  uint32_t infinity; ///< magnitude of overflow: infinity, else NaN, else the largest finite
  uint32_t nan;      ///< whole code of NaN but for the sign (FNUZ: the sign is part of it)
};
} // namespace

static Ends endsOf(const ScalarType &type) {
  uint32_t signBit = type.hasSign ? 1u << (type.width - 1) : 0;
  uint32_t all = type.hasSign ? signBit - 1 : 0xFF;
  switch (type.special) {
  case Special::IEEE: {
    uint32_t infinity = signBit - (1u << type.mantissa);
    return {infinity - 1, infinity, infinity | 1u << (type.mantissa - 1)};
  }
  case Special::FN:
  case Special::E8M0:
    return {all - 1, all, all};
  case Special::FNUZ:
    return {all, signBit, signBit};
  case Special::Finite:
    break;
  }
  return {all, all, all};
}

/// Magnitude of a finite positive value, rounded; may exceed the largest finite code.
static uint64_t encodeMagnitude(const ScalarType &type, uint32_t bits, bool negative, Rounding mode) {
  int biased = int(bits >> 23);
  uint64_t significand = biased ? (bits & 0x7FFFFF) | 0x800000 : bits & 0x7FFFFF;
  if (significand == 0)
    return 0;
  int scale = (biased ? biased : 1) - 150; // value = significand * 2^scale
  int exponent = scale + std::bit_width(significand) - 1;
  int lowest = type.special == Special::E8M0 ? -type.bias : 1 - type.bias;
  int floorExponent = exponent < lowest ? lowest : exponent;
  uint64_t quotient = shiftRounded(significand, floorExponent - type.mantissa - scale, negative, mode);
  // A quotient that reached the next power of two carries into the exponent by itself; E8M0 has no code below 0.
  int64_t code = (int64_t(floorExponent + type.bias - 1) << type.mantissa) + int64_t(quotient);
  return code < 0 ? 0 : uint64_t(code);
}

uint32_t encodeScalar(const ScalarType &type, float value, Rounding mode, bool saturate) {
  if (!type.isFloat())
    return encodeInt(type, value, mode);
  uint32_t bits = std::bit_cast<uint32_t>(value);
  if (type.width == 32 && !saturate)
    return bits;
  bool negative = bits >> 31;
  uint32_t signBit = type.hasSign && negative ? 1u << (type.width - 1) : 0;
  Ends ends = endsOf(type);
  bits &= 0x7FFFFFFF;
  if (bits > 0x7F800000) { // NaN
    if (type.special == Special::Finite)
      return ends.largest;
    return type.special == Special::FNUZ ? ends.nan : ends.nan | signBit;
  }
  if (!type.hasSign && negative && bits != 0)
    return ends.nan;
  bool infinite = bits == 0x7F800000;
  uint64_t magnitude = infinite ? 0 : encodeMagnitude(type, bits, negative, mode);
  if (infinite || magnitude > ends.largest) {
    bool towardZero = mode == Rounding::TowardZero || mode == (negative ? Rounding::Ceil : Rounding::Floor);
    if (saturate || (towardZero && !infinite))
      return ends.largest | signBit;
    return type.special == Special::FNUZ ? ends.nan : ends.infinity | signBit;
  }
  if (type.special == Special::FNUZ && magnitude == 0)
    return 0;
  return uint32_t(magnitude) | signBit;
}

} // namespace quoin::spec

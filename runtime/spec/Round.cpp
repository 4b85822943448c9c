// Conversion of f32 to a stored type: exact integer arithmetic on the significand, one rounding.
#include "runtime/spec/Type.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace quoin::spec {

using Special = ScalarType::Special;

/// significand / 2^shift rounded to an integer, a magnitude: the sign decides where floor and ceil go. significand is
/// below 2^24, shift at least -39.
static uint64_t shiftRounded(uint64_t significand, int shift, bool negative, Rounding mode) {
  if (shift <= 0)
    return significand << -shift;
  shift = std::min(shift, 26); // less than half of one in any case
  uint64_t most = (uint64_t(1) << shift) - 1, half = most / 2 + 1, up = 0;
  switch (mode) {
  case Rounding::NearestEven:
    up = half - 1 + (significand >> shift & 1);
    break;
  case Rounding::NearestAway:
    up = half;
    break;
  case Rounding::TowardZero:
    break;
  case Rounding::Floor:
    up = negative ? most : 0;
    break;
  case Rounding::Ceil:
    up = negative ? 0 : most;
    break;
  }
  return (significand + up) >> shift;
}

namespace {
/// A finite magnitude: significand * 2^scale, significand below 2^24.
struct Magnitude {
  explicit Magnitude(uint32_t bits) {
    int biased = int(bits >> 23 & 0xFF);
    significand = (bits & 0x7FFFFF) | (biased ? 0x800000 : 0);
    scale = std::max(biased, 1) - 150;
  }
  uint64_t significand;
  int scale;
};
} // namespace

static uint32_t encodeInt(const ScalarType &type, float value, Rounding mode) {
  if (std::isnan(value))
    return 0;
  uint32_t mask = type.width == 32 ? ~0u : (1u << type.width) - 1;
  bool isSigned = type.kind == ScalarType::Kind::SInt, negative = std::signbit(value);
  int64_t high = isSigned ? mask >> 1 : mask;
  int64_t low = isSigned ? -high - 1 : 0;
  int64_t result = negative ? low : high;
  if (std::fabs(value) < 0x1p33f) { // beyond it every type here saturates
    Magnitude magnitude(std::bit_cast<uint32_t>(value));
    auto rounded = int64_t(shiftRounded(magnitude.significand, -magnitude.scale, negative, mode));
    result = std::clamp(negative ? -rounded : rounded, low, high);
  }
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
  auto [significand, scale] = Magnitude(bits); // value = significand * 2^scale
  if (significand == 0)
    return 0;
  int exponent = scale + std::bit_width(significand) - 1;
  int lowest = type.special == Special::E8M0 ? -type.bias : 1 - type.bias;
  int floorExponent = std::max(exponent, lowest);
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

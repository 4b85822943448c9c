#include "runtime/spec/Type.h"

#include <array>
#include <bit>
#include <charconv>

namespace quoin::spec {

using Special = ScalarType::Special;

namespace {
struct NamedFloat {
  std::string_view name;
  ScalarType type;
};
} // namespace

static constexpr ScalarType floatType(uint8_t width, uint8_t mantissa, int16_t bias, Special special) {
  return {ScalarType::Kind::Float, width, mantissa, bias, special != Special::E8M0, special};
}

static constexpr std::array<NamedFloat, 14> namedFloats = {{
    {"f16", floatType(16, 10, 15, Special::IEEE)},
    {"bf16", floatType(16, 7, 127, Special::IEEE)},
    {"f32", floatType(32, 23, 127, Special::IEEE)},
    {"f8E5M2", floatType(8, 2, 15, Special::IEEE)},
    {"f8E5M2FNUZ", floatType(8, 2, 16, Special::FNUZ)},
    {"f8E4M3FN", floatType(8, 3, 7, Special::FN)},
    {"f8E4M3FNUZ", floatType(8, 3, 8, Special::FNUZ)},
    {"f8E4M3B11FNUZ", floatType(8, 3, 11, Special::FNUZ)},
    {"f8E4M3", floatType(8, 3, 7, Special::IEEE)},
    {"f8E3M4", floatType(8, 4, 3, Special::IEEE)},
    {"f6E3M2FN", floatType(6, 2, 3, Special::Finite)},
    {"f6E2M3FN", floatType(6, 3, 1, Special::Finite)},
    {"f4E2M1FN", floatType(4, 1, 1, Special::Finite)},
    {"f8E8M0FNU", floatType(8, 0, 127, Special::E8M0)},
}};

std::optional<ScalarType> ScalarType::parse(std::string_view name) {
  for (const NamedFloat &named : namedFloats)
    if (named.name == name)
      return named.type;
  if (name.size() < 3 || name.size() > 4 || name[1] != 'i' || (name[0] != 'u' && name[0] != 's') || name[2] == '0')
    return std::nullopt;
  unsigned width = 0;
  auto [end, error] = std::from_chars(name.data() + 2, name.data() + name.size(), width);
  if (error != std::errc() || end != name.data() + name.size() || width < 1 || width > 32)
    return std::nullopt;
  return ScalarType{name[0] == 'u' ? Kind::UInt : Kind::SInt, uint8_t(width)};
}

std::string ScalarType::name() const {
  if (!isFloat())
    return (kind == Kind::UInt ? "ui" : "si") + std::to_string(width);
  for (const NamedFloat &named : namedFloats)
    if (named.type == *this)
      return std::string(named.name);
  return "float of " + std::to_string(width) + " bits";
}

int32_t ScalarType::decodeInt(uint32_t code) const {
  unsigned unused = 32 - width;
  return kind == Kind::SInt ? int32_t(code << unused) >> unused : int32_t(code);
}

/// The float of a code without its sign bit, special codes apart.
static float finiteMagnitude(const ScalarType &type, uint32_t magnitude) {
  int exponent = int(magnitude >> type.mantissa);
  uint32_t fraction = magnitude & ((1u << type.mantissa) - 1);
  bool normal = exponent > 0 || type.special == Special::E8M0;
  uint32_t significand = normal ? fraction | 1u << type.mantissa : fraction;
  int scale = (normal ? exponent : 1) - type.bias - type.mantissa;
  double power = std::bit_cast<double>(uint64_t(scale + 1023) << 52);
  return float(double(significand) * power); // exact: every type here is a subset of f32
}

float ScalarType::decodeFloat(uint32_t code) const {
  if (special == Special::E8M0)
    return code == 0xFF ? std::bit_cast<float>(0x7FC00000u) : finiteMagnitude(*this, code);
  if (width == 32)
    return std::bit_cast<float>(code);
  uint32_t signBit = 1u << (width - 1);
  uint32_t sign = code & signBit ? 0x80000000u : 0;
  uint32_t magnitude = code & (signBit - 1);
  uint32_t exponentOnes = signBit - (1u << mantissa); // exponent all ones, mantissa 0
  if (special == Special::IEEE && magnitude >= exponentOnes) {
    uint32_t payload = magnitude - exponentOnes;
    uint32_t bits = payload ? 0x7FC00000u | payload << (23 - mantissa) : 0x7F800000u;
    return std::bit_cast<float>(sign | bits);
  }
  if (special == Special::FN && magnitude == signBit - 1)
    return std::bit_cast<float>(sign | 0x7FC00000u);
  if (special == Special::FNUZ && code == signBit)
    return std::bit_cast<float>(0x7FC00000u);
  float value = finiteMagnitude(*this, magnitude);
  return sign ? -value : value;
}

} // namespace quoin::spec

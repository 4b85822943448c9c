#include "test/exhaustive/Expected.h"

#include "runtime/spec/Ops.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/APSInt.h"

#include <bit>
#include <cmath>
#include <limits>

using llvm::APFloat;
using quoin::spec::Rounding;
using quoin::spec::ScalarType;

namespace quoin::exhaustive {

static constexpr uint32_t signBit = 0x80000000u, infinity = 0x7F800000u;

static const llvm::fltSemantics &semanticsOf(const ScalarType &type) {
  std::string name = type.name();
  return name == "f16"             ? APFloat::IEEEhalf()
         : name == "bf16"          ? APFloat::BFloat()
         : name == "f8E5M2"        ? APFloat::Float8E5M2()
         : name == "f8E5M2FNUZ"    ? APFloat::Float8E5M2FNUZ()
         : name == "f8E4M3FN"      ? APFloat::Float8E4M3FN()
         : name == "f8E4M3FNUZ"    ? APFloat::Float8E4M3FNUZ()
         : name == "f8E4M3B11FNUZ" ? APFloat::Float8E4M3B11FNUZ()
         : name == "f8E4M3"        ? APFloat::Float8E4M3()
         : name == "f8E3M4"        ? APFloat::Float8E3M4()
         : name == "f6E3M2FN"      ? APFloat::Float6E3M2FN()
         : name == "f6E2M3FN"      ? APFloat::Float6E2M3FN()
         : name == "f4E2M1FN"      ? APFloat::Float4E2M1FN()
         : name == "f8E8M0FNU"     ? APFloat::Float8E8M0FNU()
                                   : APFloat::IEEEsingle();
}

static llvm::RoundingMode modeOf(Rounding mode) {
  switch (mode) {
  case Rounding::NearestEven:
    return APFloat::rmNearestTiesToEven;
  case Rounding::NearestAway:
    return APFloat::rmNearestTiesToAway;
  case Rounding::TowardZero:
    return APFloat::rmTowardZero;
  case Rounding::Floor:
    return APFloat::rmTowardNegative;
  case Rounding::Ceil:
    break;
  }
  return APFloat::rmTowardPositive;
}

std::string Conversion::spelling() const {
  return type.name() + ", " + std::string(spec::roundingName(mode)) + (saturate ? ", sat" : "");
}

std::vector<Conversion> conversionsOf(const ScalarType &type) {
  std::vector<Conversion> all;
  for (bool saturate : {false, true})
    for (Rounding mode :
         {Rounding::NearestEven, Rounding::NearestAway, Rounding::TowardZero, Rounding::Floor, Rounding::Ceil})
      if (type.isFloat() || !saturate)
        all.push_back({type, mode, saturate});
  return all;
}

std::vector<std::string> convertedTypes() {
  return {"f4E2M1FN",      "f6E2M3FN", "f6E3M2FN",   "f8E3M4",    "f8E4M3", "f8E4M3FN", "f8E4M3FNUZ",
          "f8E4M3B11FNUZ", "f8E5M2",   "f8E5M2FNUZ", "f8E8M0FNU", "bf16",   "f16",      "si1",
          "ui1",           "si5",      "si8",        "ui8",       "si16"};
}

static uint32_t integerCode(const Conversion &conversion, const APFloat &value) {
  bool isSigned = conversion.type.kind == ScalarType::Kind::SInt, isExact;
  llvm::APSInt result(conversion.type.width, !isSigned);
  value.convertToInteger(result, modeOf(conversion.mode), &isExact); // saturates
  return uint32_t(result.getZExtValue());
}

/// Overflow that APFloat does not know as the language means it: infinities where there are none, and saturation.
static uint32_t pastEnd(const ScalarType &type, bool negative, bool saturate) {
  const llvm::fltSemantics &semantics = semanticsOf(type);
  if (saturate || !APFloat::semanticsHasNaN(semantics))
    return uint32_t(APFloat::getLargest(semantics, negative).bitcastToAPInt().getZExtValue());
  APFloat past =
      APFloat::semanticsHasInf(semantics) ? APFloat::getInf(semantics, negative) : APFloat::getNaN(semantics, negative);
  return uint32_t(past.bitcastToAPInt().getZExtValue());
}

uint32_t expectedCode(const Conversion &conversion, uint32_t bits) {
  const ScalarType &type = conversion.type;
  APFloat value(std::bit_cast<float>(bits));
  if (!type.isFloat())
    return integerCode(conversion, value);
  bool negative = value.isNegative();
  if (!type.hasSign && negative) // no negative numbers; minus zero is the least number there is
    return value.isZero() ? 0 : 0xFF;
  if (value.isInfinity())
    return pastEnd(type, negative, conversion.saturate);
  bool losesInfo;
  const llvm::fltSemantics &semantics = semanticsOf(type);
  value.convert(semantics, modeOf(conversion.mode), &losesInfo);
  if (!value.isFinite())
    return pastEnd(type, negative, conversion.saturate);
  return uint32_t(value.bitcastToAPInt().getZExtValue());
}

bool isExpectedOfNan(const ScalarType &type, uint32_t code) {
  if (!type.isFloat())
    return code == 0;
  const llvm::fltSemantics &semantics = semanticsOf(type);
  if (!APFloat::semanticsHasNaN(semantics))
    return code == APFloat::getLargest(semantics).bitcastToAPInt().getZExtValue();
  return APFloat(semantics, llvm::APInt(type.width, code)).isNaN();
}

float expectedValue(const ScalarType &type, uint32_t code) {
  APFloat value(semanticsOf(type), llvm::APInt(type.width, code));
  if (value.isNaN())
    return std::numeric_limits<float>::quiet_NaN();
  bool losesInfo;
  value.convert(APFloat::IEEEsingle(), APFloat::rmNearestTiesToEven, &losesInfo);
  return value.convertToFloat();
}

namespace {
class RunFinder {
public:
  explicit RunFinder(const Conversion &conversion) : conversion(conversion) {}

  /// Runs that begin after `low`, up to `high`, where these give `lowCode` and `highCode`.
  void between(uint32_t low, uint32_t lowCode, uint32_t high, uint32_t highCode) {
    if (lowCode == highCode)
      return;
    if (high - low == 1) {
      runs.push_back({high, highCode});
      return;
    }
    uint32_t middle = low + (high - low) / 2, code = expectedCode(conversion, middle);
    between(low, lowCode, middle, code);
    between(middle, code, high, highCode);
  }

  std::vector<Run> runs;

private:
  const Conversion &conversion;
};
} // namespace

std::vector<Run> expectedRuns(const Conversion &conversion, bool negative) {
  RunFinder finder(conversion);
  uint32_t zero = negative ? signBit : 0, end = zero | infinity;
  finder.runs.push_back({zero, expectedCode(conversion, zero)});
  finder.between(zero, finder.runs.front().code, end, expectedCode(conversion, end));
  return std::move(finder.runs);
}

} // namespace quoin::exhaustive

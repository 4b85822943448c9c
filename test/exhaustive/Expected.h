// What every f32 becomes when it is converted to a stored type, by llvm::APFloat.
#pragma once

#include "runtime/spec/Type.h"

#include <string>
#include <vector>

namespace quoin::exhaustive {

/// One way to convert: a type, a rounding mode, and whether overflow saturates.
struct Conversion {
  spec::ScalarType type;
  spec::Rounding mode;
  bool saturate;
  /// As `round` spells it: "f8E4M3FN, rne, sat".
  std::string spelling() const;
};

/// Every conversion of `type`: five modes, for floats without and with saturation.
std::vector<Conversion> conversionsOf(const spec::ScalarType &type);

/// Names of the types that are gone through: all floats but f32, and integers of several widths.
std::vector<std::string> convertedTypes();

/// Code of a number, by APFloat; `bits` are of an f32 that is no NaN.
uint32_t expectedCode(const Conversion &conversion, uint32_t bits);

/// Whether `code` is what a NaN becomes: a NaN, the positive largest where the type has none, 0 for integers.
bool isExpectedOfNan(const spec::ScalarType &type, uint32_t code);

/// The exact f32 value of a code of a float type, by APFloat; NaN has one spelling.
float expectedValue(const spec::ScalarType &type, uint32_t code);

/// Inputs from `first` on, to the next run's first, give `code`.
struct Run {
  uint32_t first, code;
};
/// All inputs of one sign up to infinity, ascending in magnitude. APFloat is asked at both ends of every run; in
/// between it needs not be: rounding is monotonic.
std::vector<Run> expectedRuns(const Conversion &conversion, bool negative);

} // namespace quoin::exhaustive

// X as a kernel declares that it sees it: quantized by the rule of int8 activations, or rounded to a float type. Plain
// loops; nothing here knows how kernels are made.
#pragma once

#include "runtime/manifest.h"

#include <cstdint>
#include <span>
#include <vector>

namespace quoin {

struct DeclaredX {
  int64_t m = 0, k = 0;
  int64_t group = 0;           ///< columns that a scale covers, the last one of a row fewer; 0: floats, no scales
  std::vector<int16_t> codes;  ///< -127..127, [m, k]; as int16, for which processors have dot products
  std::vector<float> scales;   ///< [m, groups]; NaN where the group held a NaN or an infinity
  std::vector<double> factors; ///< what W is multiplied with, [m, k]

  int64_t groups() const { return group ? (k + group - 1) / group : 0; }
  /// A group of the row held a NaN or an infinity.
  bool hasNanRow(int64_t row) const;
  /// Every factor is an integer. Of quantized ones: every scale is 1.
  bool allIntegers() const;
};

/// Nearest value of "f32", "f16" or "bf16", ties to even; beyond the largest one infinity.
float roundedTo(const std::string &type, float value);

/// int8: per group s = amax/127, q = round to nearest even of x * min(127/amax, FLT_MAX), all in f32. amax = 0 gives
/// zeros; a NaN or an infinity gives the scale NaN and codes 0. Factors are q * s, for f32 sums rounded to f32 and then
/// to their type of X. Floats: X rounded to that type.
DeclaredX declareX(std::span<const float> x, int64_t m, int64_t k, const ManifestKernel &kernel);

} // namespace quoin

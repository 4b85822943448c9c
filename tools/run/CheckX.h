// Activations for checks: ordinary rows, and rows with everything that quantizing must get right.
#pragma once

#include "tools/run/Declared.h"
#include "tools/run/RandomStreams.h"

namespace quoin {

/// X [m, k]. Mixed: most rows ordinary, some with zero groups, subnormal, huge, NaN or infinite elements. Ones:
/// integers with a 127 in each group, so that every scale is 1. Special: ordinary rows.
std::vector<float> randomX(int64_t m, int64_t k, int64_t group, ScaleCase scales, std::mt19937_64 &random);

/// Appends the ordinary rows of a Mixed X, and the same rows after quantizing.
void appendPlainRows(std::span<const float> x, const QuantizedX &xq, std::vector<float> &plain,
                     std::vector<float> &quantized);

} // namespace quoin

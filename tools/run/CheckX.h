// Activations for checks: ordinary rows, and rows with everything that quantizing must get right.
#pragma once

#include "tools/run/DeclaredX.h"
#include "tools/run/RandomStreams.h"

namespace quoin {

/// X [m, k] for activations of a group (as in the manifest). Mixed: most rows ordinary, some with zero groups,
/// subnormal, huge, NaN or infinite elements. Ones: integers, with a 127 in each group where there are some, so that
/// every scale is 1. Special: ordinary rows.
std::vector<float> randomX(int64_t m, int64_t k, int64_t xGroup, ScaleCase scales, std::mt19937_64 &random);

/// Appends the ordinary rows of a Mixed X, and the same rows as the kernel sees them.
void appendPlainRows(std::span<const float> x, const DeclaredX &declared, std::vector<float> &plain,
                     std::vector<float> &seen);

} // namespace quoin

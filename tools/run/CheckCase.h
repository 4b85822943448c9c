// One shape and one set of weights: every entry of a kernel between guard pages, against what it declares.
#pragma once

#include "tools/run/Declared.h"
#include "tools/run/Guard.h"
#include "tools/run/RandomStreams.h"

namespace quoin {

/// What one case multiplies.
struct CheckInput {
  spec::Shape shape;
  std::vector<int64_t> batches; ///< values of M, ascending
  ScaleCase scales = ScaleCase::Mixed;
  uint64_t seed = 0;
};

struct CheckTally {
  int64_t calls = 0, elements = 0; ///< elements of Y compared
  double worstShare = 0;           ///< largest error over its bound
  std::vector<float> x, seenX;     ///< rows without special values, as given and as the kernel sees them
  double signal = 0, noise = 0;    ///< of W and of what rounded terms lack of it
};

/// Fails with the first element that differs. `launches`: all must give the same bits.
Outcome<void> checkCase(const quoin_kernel &kernel, const spec::Format &format, const CheckInput &input,
                        std::span<const quoin_launch *const> launches, CodeCoverage &coverage, CheckTally &tally);

} // namespace quoin

// Which shapes, numbers of rows of X and kinds of values a check goes through.
#pragma once

#include "tools/run/RandomStreams.h"

namespace quoin {

/// What one case multiplies.
struct CheckInput {
  spec::Shape shape;
  std::vector<int64_t> batches; ///< values of M, ascending
  ScaleCase scales = ScaleCase::Mixed;
  uint64_t seed = 0;
};

/// What N and K must be multiples of.
struct Steps {
  int64_t n = 1, k = 1;
  auto operator<=>(const Steps &) const = default;
};

/// Cases for kernels of these steps: a full sweep of shapes that all of them take, and for each finer step some that
/// only it takes, so that K is cut there.
std::vector<CheckInput> sweep(std::vector<Steps> kernels, uint64_t seed);

/// The same kinds of values at one shape.
std::vector<CheckInput> sweepOne(spec::Shape shape, int64_t m, uint64_t seed);

} // namespace quoin

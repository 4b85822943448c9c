#include "tools/run/CheckSweep.h"

#include <algorithm>
#include <numeric>

namespace quoin {

static int64_t roundedUp(int64_t value, int64_t step) { return (value + step - 1) / step * step; }

/// An odd multiple: where several steps make a block, the last block is cut.
static int64_t oddMultiple(int64_t value, int64_t step) { return (value / step | 1) * step; }

static std::vector<int64_t> upTo(int64_t last) {
  std::vector<int64_t> batches(size_t(last + 1));
  std::iota(batches.begin(), batches.end(), 0);
  return batches;
}

/// Rows of W beside and across panels, panels in blocks of panels; one block of K, several, many. Every M up to the
/// largest that schedules tell apart is met at few weights, large ones at moderate shapes: the references are plain
/// loops.
static std::vector<CheckInput> fullSweep(Steps steps) {
  auto rows = [&](int64_t count) { return roundedUp(count, steps.n); };
  int64_t fewColumns = roundedUp(96, steps.k), someColumns = oddMultiple(512, steps.k);
  int64_t manyRows = std::clamp<int64_t>((1 << 15) / fewColumns, 80, 600);
  using enum ScaleCase;
  return {{{rows(1), steps.k}, upTo(33), Mixed},
          {{rows(16), 3 * steps.k}, upTo(33), Mixed},
          {{rows(7), roundedUp(2048, steps.k)}, {1, 2, 3, 5, 8, 16, 17, 24, 33}, Mixed},
          {{rows(33), oddMultiple(640, steps.k)}, {1, 4, 6, 7, 13, 17, 25, 33}, Mixed},
          {{rows(80), someColumns}, {1, 2, 5, 12, 31, 64, 100, 127, 256}, Mixed},
          {{rows(144), oddMultiple(256, steps.k)}, {1, 3, 9, 17, 33, 130, 512}, Mixed},
          {{rows(manyRows), fewColumns}, {1, 2, 17, 29, 65}, Mixed},
          {{rows(1), roundedUp(8192, steps.k)}, {1, 2, 17, 33}, Mixed},
          {{rows(16), 3 * steps.k}, {1, 5, 33}, Ones},
          {{rows(33), oddMultiple(640, steps.k)}, {1, 5, 33}, Ones},
          {{rows(80), someColumns}, {1, 6, 64}, Ones},
          {{rows(1), roundedUp(8192, steps.k)}, {1, 5, 33}, Ones},
          {{rows(1), steps.k}, {1, 2, 17}, Special},
          {{rows(16), 3 * steps.k}, {1, 2, 17}, Special},
          {{rows(33), oddMultiple(640, steps.k)}, {1, 2, 17, 24}, Special}};
}

/// Shapes of `fine` that are none of `coarse`, but for rounding where both are the same.
static std::vector<CheckInput> cutShapes(Steps fine, Steps coarse) {
  auto rows = [&](int64_t count) { return roundedUp(count, fine.n); };
  int64_t below = std::max(coarse.k - fine.k, fine.k);
  using enum ScaleCase;
  return {{{rows(5), fine.k}, {1, 2, 3, 17}, Mixed},
          {{rows(17), 3 * coarse.k + fine.k}, {1, 2, 3, 5, 8, 17, 33}, Mixed},
          {{rows(33), 2 * coarse.k + below}, {1, 6, 24, 33}, Mixed},
          {{rows(17), coarse.k + below}, {1, 5, 17}, Ones},
          {{rows(33), coarse.k + fine.k}, {1, 2, 17}, Special}};
}

static void number(std::vector<CheckInput> &inputs, uint64_t seed) {
  for (CheckInput &input : inputs)
    input.seed = seed, seed += 1000;
}

std::vector<CheckInput> sweep(std::vector<Steps> kernels, uint64_t seed) {
  std::sort(kernels.begin(), kernels.end());
  kernels.erase(std::unique(kernels.begin(), kernels.end()), kernels.end());
  Steps all;
  for (Steps steps : kernels)
    all = {std::lcm(all.n, steps.n), std::lcm(all.k, steps.k)};
  std::vector<CheckInput> inputs = fullSweep(all);
  for (Steps steps : kernels)
    if (steps != all) {
      std::vector<CheckInput> more = cutShapes(steps, all);
      inputs.insert(inputs.end(), more.begin(), more.end());
    }
  number(inputs, seed);
  return inputs;
}

std::vector<CheckInput> sweepOne(spec::Shape shape, int64_t m, uint64_t seed) {
  std::vector<CheckInput> inputs = {
      {shape, {m}, ScaleCase::Mixed}, {shape, {m}, ScaleCase::Ones}, {shape, {m}, ScaleCase::Special}};
  number(inputs, seed);
  return inputs;
}

} // namespace quoin

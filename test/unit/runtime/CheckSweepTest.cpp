// What a check goes through.
#include "tools/run/CheckSweep.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <set>

using namespace quoin;

TEST(CheckSweep, shapesFitSomeKernel) {
  std::set<uint64_t> seeds;
  bool cut = false;
  std::vector<CheckInput> inputs = sweep({{1, 128}, {1, 128}, {4, 32}}, 7);
  for (const CheckInput &input : inputs) {
    auto [n, k] = input.shape;
    EXPECT_TRUE(k % 128 == 0 || (k % 32 == 0 && n % 4 == 0)) << n << " " << k;
    EXPECT_TRUE(seeds.insert(input.seed).second);
    cut |= k % 128 != 0;
  }
  EXPECT_TRUE(cut) << "the finer kernel meets K that only it takes";
  EXPECT_TRUE(seeds.contains(7));
}

TEST(CheckSweep, everySmallMAndLargeOnes) {
  std::set<int64_t> batches;
  for (const CheckInput &input : sweep({{1, 32}}, 1))
    if (input.scales == ScaleCase::Mixed)
      batches.insert(input.batches.begin(), input.batches.end());
  for (int64_t m = 0; m <= 33; ++m)
    EXPECT_TRUE(batches.contains(m)) << m;
  for (int64_t m : {64, 100, 127, 256, 512})
    EXPECT_TRUE(batches.contains(m)) << m;
}

// The references are plain loops: a sweep may not grow with the steps beyond what they take.
TEST(CheckSweep, weightsStayFew) {
  for (int64_t step : {1, 32, 128, 256}) {
    int64_t weights = 0;
    for (const CheckInput &input : sweep({{1, step}}, 1))
      weights += input.shape.n * input.shape.k;
    EXPECT_LT(weights, 500000) << step;
  }
}

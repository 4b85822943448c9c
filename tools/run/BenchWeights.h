// Weights that a benchmark rotates through, so that each call reads them from memory as a model's layers are.
#pragma once

#include "runtime/weights.h"
#include "tools/run/RandomStreams.h"

namespace quoin {

class BenchWeights {
public:
  /// Random weights of one shape, copied until they fill `bytes`, or half of the memory available where that is less;
  /// at least one copy.
  static Outcome<BenchWeights> make(const quoin_bundle &bundle, const quoin_kernel &kernel, spec::Shape shape,
                                    uint64_t bytes, const quoin_launch *launch);
  BenchWeights(BenchWeights &&other) noexcept;
  BenchWeights &operator=(BenchWeights &&) = delete;
  ~BenchWeights();

  const std::vector<WeightsPtr> &copies() const { return views; }
  /// All copies, one after the other.
  std::span<const uint8_t> area() const { return {memory, areaBytes}; }
  size_t storedBytes() const { return stored; } ///< of one, as the checkpoint stores it
  size_t packedBytes() const { return packed; } ///< of one, as the kernel reads it

private:
  BenchWeights() = default;
  std::vector<WeightsPtr> views;
  uint8_t *memory = nullptr;
  size_t areaBytes = 0, mappedBytes = 0, stored = 0, packed = 0;
};

} // namespace quoin

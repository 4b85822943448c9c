// Weights in the form that a kernel layout wants, with what they were packed for.
#pragma once

#include "runtime/bundle.h"
#include "runtime/spec/Evaluate.h"

#include <memory>
#include <string>
#include <string_view>

struct AlignedFree {
  void operator()(void *memory) const;
};

/// What quoin_weights stands for. Not changed after it was made.
struct quoin_weights {
  std::unique_ptr<uint8_t, AlignedFree> owned; ///< null for views
  const uint8_t *data = nullptr;               ///< null for layout "stored"
  std::vector<void *> streams;                 ///< layout "stored": the caller's, in the order of streamNames
  std::vector<int64_t> streamBytes;            ///< likewise their lengths
  std::vector<std::string> streamNames;        ///< likewise
  size_t bytes = 0;
  int64_t n = 0, k = 0;
  std::string layoutId, format;
};

namespace quoin {

using WeightsPtr = std::unique_ptr<quoin_weights>;

/// Streams in the order of the manifest; null data of no bytes only where the caller says so.
struct OrderedStreams {
  std::vector<void *> data;
  std::vector<int64_t> bytes;
};

/// Those that are there, by name.
spec::StreamBytes asBytes(const ManifestKernel &kernel, const OrderedStreams &streams);

/// From named ones in any order.
Outcome<OrderedStreams> orderStreams(const quoin_kernel &kernel, std::span<const quoin_stream> streams);

/// Packs, or for layout "stored" refers to the streams.
Outcome<WeightsPtr> packWeights(const quoin_kernel &kernel, int64_t n, int64_t k, std::span<const quoin_stream> streams,
                                const quoin_launch *launch);
/// Layout "stored": `streams` in the order of the manifest.
Outcome<WeightsPtr> viewStreams(const quoin_kernel &kernel, int64_t n, int64_t k, OrderedStreams streams);
Outcome<WeightsPtr> viewWeights(const quoin_kernel &kernel, int64_t n, int64_t k, const void *packed, size_t bytes);
/// `bytes` is a whole packed file.
Outcome<WeightsPtr> readWeights(const quoin_kernel &kernel, std::span<const uint8_t> bytes);
Outcome<WeightsPtr> readWeightsFile(const quoin_kernel &kernel, const std::string &path);
Outcome<void> saveWeights(const quoin_weights &weights, const std::string &path);
Outcome<void> unpackWeights(const quoin_kernel &kernel, const quoin_weights &weights, std::span<void *const> data);

/// Refuses weights that were packed for another layout, or for a shape other than n, k.
Outcome<void> checkWeights(const quoin_kernel &kernel, const quoin_weights &weights, int64_t n, int64_t k);

/// True when the bytes begin like a packed file.
bool isPackedFile(std::span<const uint8_t> bytes);

} // namespace quoin

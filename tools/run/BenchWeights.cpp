#include "tools/run/BenchWeights.h"

#include "tools/run/Memory.h"
#include "tools/run/WeightsInput.h"

#include <algorithm>
#include <cstring>
#include <sys/mman.h>
#include <utility>

namespace quoin {

BenchWeights::BenchWeights(BenchWeights &&other) noexcept
    : views(std::move(other.views)), memory(std::exchange(other.memory, nullptr)), areaBytes(other.areaBytes),
      mappedBytes(other.mappedBytes), stored(other.stored), packed(other.packed) {}

BenchWeights::~BenchWeights() {
  if (memory)
    munmap(memory, mappedBytes);
}

static size_t roundedUp(size_t bytes, size_t multiple) { return (bytes + multiple - 1) / multiple * multiple; }

/// One block of memory for one set of weights: the packed bytes, or all streams one after the other.
struct Block {
  std::vector<uint8_t> bytes;
  std::vector<size_t> streamOffsets; ///< layout "stored", in the kernel's order; SIZE_MAX: absent
  std::vector<int64_t> streamBytes;  ///< likewise, 0: absent
};

static Block makeBlock(const quoin_kernel &kernel, const quoin_weights &weights, const spec::OwnedStreams &streams) {
  Block block;
  if (weights.data) {
    block.bytes.assign(weights.data, weights.data + weights.bytes);
  } else {
    for (const char *name : kernel.streamNames) {
      auto it = streams.find(name);
      block.streamOffsets.push_back(it == streams.end() ? SIZE_MAX : block.bytes.size());
      block.streamBytes.push_back(it == streams.end() ? 0 : int64_t(it->second.size()));
      if (it != streams.end())
        block.bytes.insert(block.bytes.end(), it->second.begin(), it->second.end());
      block.bytes.resize(roundedUp(block.bytes.size(), 64));
    }
  }
  block.bytes.resize(roundedUp(block.bytes.size(), 64));
  return block;
}

static Outcome<WeightsPtr> viewOf(const quoin_kernel &kernel, spec::Shape shape, const Block &block, uint8_t *at,
                                  size_t packed) {
  if (kernel.manifest->isPacked())
    return viewWeights(kernel, shape.n, shape.k, at, packed);
  OrderedStreams streams{.data = {}, .bytes = block.streamBytes};
  for (size_t offset : block.streamOffsets)
    streams.data.push_back(offset == SIZE_MAX ? nullptr : at + offset);
  return viewStreams(kernel, shape.n, shape.k, std::move(streams));
}

Outcome<BenchWeights> BenchWeights::make(const quoin_bundle &bundle, const quoin_kernel &kernel, spec::Shape shape,
                                         uint64_t bytes, const quoin_launch *launch) {
  auto format = formatOf(bundle, kernel);
  if (!format)
    return std::unexpected(format.error());
  std::mt19937_64 random(1);
  auto streams = randomStreams(*format, shape, ScaleCase::Mixed, OptionalStreams::Absent, random);
  if (!streams)
    return std::unexpected(streams.error());
  auto weights = packWeights(kernel, shape.n, shape.k, asStreams(kernel, asBytes(*streams)), launch);
  if (!weights)
    return std::unexpected(weights.error());
  Block block = makeBlock(kernel, **weights, *streams);
  BenchWeights result;
  for (const auto &[name, data] : *streams)
    result.stored += data.size();
  result.packed = (*weights)->data ? (*weights)->bytes : block.bytes.size();
  uint64_t target = std::min(bytes, availableMemory() / 2);
  size_t count = size_t(std::max<uint64_t>((target + block.bytes.size() - 1) / block.bytes.size(), 1));
  if (target < bytes && count > 1)
    count = size_t(std::max<uint64_t>(target / block.bytes.size(), 1));
  result.areaBytes = count * block.bytes.size();
  result.mappedBytes = roundedUp(result.areaBytes, 2u << 20);
  void *area = mmap(nullptr, result.mappedBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (area == MAP_FAILED)
    return failWith(QUOIN_OUT_OF_MEMORY, "cannot get " + std::to_string(result.mappedBytes) + " bytes for weights",
                    "use a smaller shape");
  madvise(area, result.mappedBytes, MADV_HUGEPAGE); // advice: a refusal changes nothing
  result.memory = static_cast<uint8_t *>(area);
  for (size_t i = 0; i < count; ++i) {
    uint8_t *at = result.memory + i * block.bytes.size();
    std::memcpy(at, block.bytes.data(), block.bytes.size());
    auto view = viewOf(kernel, shape, block, at, result.packed);
    if (!view)
      return std::unexpected(view.error());
    result.views.push_back(std::move(*view));
  }
  return result;
}

} // namespace quoin

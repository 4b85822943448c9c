#include "tools/run/CheckCase.h"

#include "runtime/kernel_sizes.h"
#include "tools/run/CheckProducts.h"
#include "tools/run/CheckStorage.h"
#include "tools/run/WeightsInput.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace quoin {

std::string CallSite::describe(const char *entry) const {
  return fmt::format("\"{}\" of {} at M = {}, N = {}, K = {}, {}, operands at the {} of their pages", entry,
                     kernel.image->isa, m, shape.n, shape.k, launch.name,
                     placement == Placement::AtEnd ? "end" : "start");
}

void CallSite::announceEntry(const char *entry) const {
  announce("kernel \"" + kernel.manifest->name + "\", " + describe(entry) + ",");
}

std::unexpected<Failure> CallSite::differs(const char *entry, const std::string &what) const {
  return userError(fmt::format("kernel \"{}\": {} ({})", kernel.manifest->name, what, describe(entry)),
                   "the compiled kernel is wrong; report it with this command");
}

Outcome<void> CallSite::untouched(std::initializer_list<const GuardedBuffer *> buffers, const char *entry) const {
  for (const GuardedBuffer *buffer : buffers)
    if (!buffer->surroundingsIntact())
      return differs(entry, fmt::format("{} wrote beside its operands", entry));
  return {};
}

std::vector<GuardedBuffer> guardStreams(const quoin_kernel &kernel, const spec::OwnedStreams &streams,
                                        Placement placement, OrderedStreams &ordered) {
  std::vector<GuardedBuffer> buffers;
  for (const char *name : kernel.streamNames) {
    auto it = streams.find(name);
    if (it == streams.end()) {
      ordered.data.push_back(nullptr);
      ordered.bytes.push_back(0);
      continue;
    }
    buffers.emplace_back(name, it->second.size(), 1, placement);
    std::copy(it->second.begin(), it->second.end(), buffers.back().data());
    ordered.data.push_back(buffers.back().data());
    ordered.bytes.push_back(int64_t(it->second.size()));
  }
  return buffers;
}

static Outcome<CaseWeights> makeWeights(const spec::Format &format, const CheckInput &input, CodeCoverage &coverage) {
  std::mt19937_64 random(input.seed);
  bool hasOptional = std::any_of(format.streams.begin(), format.streams.end(), [](auto &s) { return s.optional; });
  OptionalStreams optional = hasOptional ? OptionalStreams(random() % 3) : OptionalStreams::Absent;
  auto streams = randomStreams(format, input.shape, input.scales, optional, random, &coverage);
  if (!streams)
    return std::unexpected(streams.error());
  return CaseWeights{format, input, optional, std::move(*streams), {}};
}

static Outcome<void> decodeWeights(CaseWeights &weights) {
  auto bound = spec::BoundFormat::bind(weights.format, weights.input.shape, asBytes(weights.streams));
  auto decoded = bound ? bound->decodeAll() : std::unexpected(bound.error());
  if (!decoded)
    return located(fmt::format("format \"{}\" at N = {}, K = {}", weights.format.name, weights.input.shape.n,
                               weights.input.shape.k),
                   decoded.error());
  weights.values = std::move(*decoded);
  return {};
}

static bool multiplies(const CheckedKernel &kernel) { return kernel.manifest().op == "matmul"; }

static Outcome<void> checkProducts(CheckedKernel &kernel, const CaseWeights &weights, StorageCheck &storage,
                                   CheckLaunches launches) {
  auto products = ProductCheck::make(kernel, weights, launches);
  if (!products)
    return std::unexpected(products.error());
  for (const quoin_kernel *image : kernel.images)
    if (auto good = products->run(*image, storage.packedBytes(kernel.manifest())); !good)
      return good;
  return {};
}

static Outcome<void> checkKernel(CheckedKernel &kernel, CaseWeights &weights, StorageCheck &storage,
                                 CheckLaunches launches) {
  auto [n, k] = weights.input.shape;
  if (!checkShape(kernel.manifest(), n, k))
    return {};
  bool decodes = multiplies(kernel) || kernel.images.front()->decode;
  if (decodes && weights.values.empty())
    if (auto decoded = decodeWeights(weights); !decoded)
      return decoded;
  for (const quoin_kernel *image : kernel.images)
    if (auto good = storage.run(*image, kernel.tally); !good)
      return good;
  ++kernel.tally.cases;
  return multiplies(kernel) ? checkProducts(kernel, weights, storage, launches) : Outcome<void>();
}

Outcome<void> checkCase(const spec::Format &format, const CheckInput &input, std::span<CheckedKernel> kernels,
                        CheckLaunches launches, CodeCoverage &coverage) {
  auto weights = makeWeights(format, input, coverage);
  if (!weights)
    return std::unexpected(weights.error());
  std::optional<StorageCheck> storage(std::in_place, *weights, launches);
  for (bool products : {false, true}) {
    if (products && weights->optional == OptionalStreams::Shuffled) { // products are made for what the defaults imply
      weights->optional = OptionalStreams::Absent;
      weights->values.clear();
      std::erase_if(weights->streams, [&](auto &stream) { return format.findStream(stream.first)->optional; });
      storage.emplace(*weights, launches);
    }
    for (CheckedKernel &kernel : kernels)
      if (multiplies(kernel) == products)
        if (auto good = checkKernel(kernel, *weights, *storage, launches); !good)
          return good;
  }
  return {};
}

} // namespace quoin

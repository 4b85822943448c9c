#include "runtime/weights.h"

#include "runtime/PackedFormat.h"
#include "runtime/call.h"
#include "runtime/file.h"
#include "runtime/kernel_sizes.h"
#include "runtime/sha256.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <sys/mman.h>

void AlignedFree::operator()(void *memory) const { std::free(memory); }

namespace quoin {

static constexpr size_t weightAlignment = 64;

static std::unexpected<Failure> badPacked(std::string message, std::string hint) {
  return failWith(QUOIN_BAD_PACKED, std::move(message), std::move(hint));
}

static constexpr char repack[] = "pack the weights again with quoin-run pack and this bundle";

/// Memory for packed weights, on huge pages where the system has them: a call streams all of it.
static std::unique_ptr<uint8_t, AlignedFree> allocate(size_t bytes) {
  constexpr size_t hugePage = 2u << 20;
  size_t alignment = bytes >= hugePage ? hugePage : weightAlignment;
  size_t rounded = (std::max<size_t>(bytes, 1) + alignment - 1) / alignment * alignment;
  auto *memory = static_cast<uint8_t *>(std::aligned_alloc(alignment, rounded));
  if (!memory)
    throw std::bad_alloc();
  if (bytes >= hugePage)
    madvise(memory, rounded, MADV_HUGEPAGE); // advice: a refusal changes nothing
  return std::unique_ptr<uint8_t, AlignedFree>(memory);
}

static WeightsPtr make(const quoin_kernel &kernel, int64_t n, int64_t k, size_t bytes) {
  auto weights = std::make_unique<quoin_weights>();
  weights->bytes = bytes;
  weights->n = n;
  weights->k = k;
  weights->layoutId = kernel.manifest->layoutId;
  weights->format = kernel.manifest->format;
  return weights;
}

Outcome<OrderedStreams> orderStreams(const quoin_kernel &kernel, std::span<const quoin_stream> streams) {
  const std::vector<std::string> &names = kernel.manifest->streams;
  OrderedStreams ordered{std::vector<void *>(names.size()), std::vector<int64_t>(names.size())};
  std::vector<bool> given(names.size(), false);
  for (const quoin_stream &stream : streams) {
    auto it = stream.name ? std::find(names.begin(), names.end(), stream.name) : names.end();
    if (it == names.end())
      return failWith(QUOIN_INVALID_ARGUMENT,
                      "kernel \"" + kernel.manifest->name + "\" has no stream \"" +
                          std::string(stream.name ? stream.name : "") + "\"",
                      "use the names that quoin_kernel_info lists");
    size_t index = size_t(it - names.begin());
    if (given[index])
      return failWith(QUOIN_INVALID_ARGUMENT, "stream \"" + *it + "\" is given twice", "pass each stream once");
    given[index] = true;
    ordered.data[index] = const_cast<void *>(stream.data);
    ordered.bytes[index] = stream.data ? int64_t(stream.bytes) : 0;
  }
  for (size_t i = 0; i < names.size(); ++i)
    if (!given[i])
      return failWith(QUOIN_INVALID_ARGUMENT, "stream \"" + names[i] + "\" is missing",
                      "pass it, with null data where an optional stream is absent");
  return ordered;
}

spec::StreamBytes asBytes(const ManifestKernel &kernel, const OrderedStreams &streams) {
  auto isOptional = [&](const std::string &name) {
    return std::ranges::any_of(kernel.weights->streams, [&](const spec::Stream &stream) {
      return stream.name == name && stream.optional;
    });
  };
  spec::StreamBytes bytes;
  for (size_t i = 0; i < streams.data.size(); ++i) {
    auto *data = static_cast<const uint8_t *>(streams.data[i]);
    if (data || !isOptional(kernel.streams[i])) // one of no bytes may have no buffer
      bytes[kernel.streams[i]] = {data, data ? size_t(streams.bytes[i]) : 0};
  }
  return bytes;
}

Outcome<WeightsPtr> packWeights(const quoin_kernel &kernel, int64_t n, int64_t k, std::span<const quoin_stream> streams,
                                const quoin_launch *launch) {
  auto ordered = orderStreams(kernel, streams);
  if (!ordered)
    return std::unexpected(ordered.error());
  if (!kernel.manifest->isPacked())
    return viewStreams(kernel, n, k, std::move(*ordered));
  if (auto ready = requireEntry(kernel, kernel.pack, "pack"); !ready)
    return std::unexpected(ready.error());
  if (auto good = checkStreams(*kernel.manifest, n, k, asBytes(*kernel.manifest, *ordered)); !good)
    return std::unexpected(good.error());
  auto bytes = packedBytes(*kernel.manifest, n, k);
  if (!bytes)
    return std::unexpected(bytes.error());
  WeightsPtr weights = make(kernel, n, k, *bytes);
  weights->owned = allocate(*bytes);
  weights->data = weights->owned.get();
  quoin_kernel_args args{};
  args.streams = ordered->data.data();
  args.stream_bytes = ordered->bytes.data();
  args.packed = weights->owned.get();
  args.n = n;
  args.k = k;
  int64_t refused = 0;
  args.refused = &refused;
  runPanels(kernel.pack, args, {0, n, kernel.manifest->panelRows, 0}, launch);
  if (auto good = requireOrder(kernel, refused); !good)
    return std::unexpected(good.error());
  return weights;
}

Outcome<WeightsPtr> viewStreams(const quoin_kernel &kernel, int64_t n, int64_t k, OrderedStreams streams) {
  if (auto good = checkStreams(*kernel.manifest, n, k, asBytes(*kernel.manifest, streams)); !good)
    return std::unexpected(good.error());
  WeightsPtr weights = make(kernel, n, k, 0);
  weights->streams = std::move(streams.data);
  weights->streamBytes = std::move(streams.bytes);
  weights->streamNames = kernel.manifest->streams;
  return weights;
}

Outcome<WeightsPtr> viewWeights(const quoin_kernel &kernel, int64_t n, int64_t k, const void *packed, size_t bytes) {
  auto wanted = packedBytes(*kernel.manifest, n, k);
  if (!wanted)
    return std::unexpected(wanted.error());
  if (!packed || reinterpret_cast<uintptr_t>(packed) % weightAlignment)
    return failWith(QUOIN_INVALID_ARGUMENT, "the packed weights are null or not 64-byte aligned",
                    "allocate them with aligned_alloc(64, ...)");
  if (bytes != *wanted)
    return failWith(QUOIN_INVALID_ARGUMENT,
                    "the packed weights have " + std::to_string(bytes) + " bytes, the shape needs " +
                        std::to_string(*wanted),
                    "ask quoin_kernel_packed_bytes");
  WeightsPtr weights = make(kernel, n, k, bytes);
  weights->data = static_cast<const uint8_t *>(packed);
  return weights;
}

bool isPackedFile(std::span<const uint8_t> bytes) {
  return bytes.size() >= 8 && std::memcmp(bytes.data(), QUOIN_PACKED_MAGIC, 8) == 0;
}

/// Text of a zero-padded field, or nothing when bytes follow the padding.
template <size_t size> static std::optional<std::string> paddedText(const char (&field)[size]) {
  size_t length = strnlen(field, size);
  for (size_t i = length; i < size; ++i)
    if (field[i])
      return {};
  return std::string(field, length);
}

template <size_t size> static void setPadded(char (&field)[size], std::string_view text) {
  std::memset(field, 0, size);
  std::memcpy(field, text.data(), std::min(size, text.size()));
}

static Sha256Digest packedHash(PackedHeader header, std::span<const uint8_t> data) {
  std::memset(header.sha256, 0, sizeof(header.sha256));
  Sha256 hash;
  hash.update({reinterpret_cast<const uint8_t *>(&header), sizeof(header)});
  hash.update(data);
  return hash.finish();
}

static Outcome<void> checkPackedHeader(const quoin_kernel &kernel, const PackedHeader &header,
                                       std::span<const uint8_t> data) {
  if (header.version != QUOIN_PACKED_VERSION)
    return badPacked("the packed weights have version " + std::to_string(header.version) +
                         ", this runtime reads version " + std::to_string(QUOIN_PACKED_VERSION),
                     repack);
  if (header.bytes != data.size())
    return badPacked("the packed weights have " + std::to_string(data.size()) + " bytes, their header says " +
                         std::to_string(header.bytes),
                     "the file was cut or extended; copy or pack it again");
  Sha256Digest digest = packedHash(header, data);
  if (std::memcmp(digest.data(), header.sha256, digest.size()) != 0)
    return badPacked("the SHA-256 of the packed weights is not the one in their header", "the file is damaged; copy or "
                                                                                         "pack it again");
  auto layoutId = paddedText(header.layout_id), format = paddedText(header.format);
  if (!layoutId || !format || header.reserved ||
      std::any_of(std::begin(header.padding), std::end(header.padding), [](uint8_t byte) { return byte != 0; }))
    return badPacked("the header of the packed weights has bytes where zeros belong", repack);
  if (*layoutId != kernel.manifest->layoutId)
    return badPacked("the weights are packed for layout \"" + *layoutId + "\" (format \"" + *format + "\"), kernel \"" +
                         kernel.manifest->name + "\" wants layout \"" + kernel.manifest->layoutId + "\"",
                     repack);
  if (*format != kernel.manifest->format.substr(0, sizeof(header.format)))
    return badPacked("the weights are packed from format \"" + *format + "\", kernel \"" + kernel.manifest->name +
                         "\" is for \"" + kernel.manifest->format + "\"",
                     repack);
  return {};
}

Outcome<WeightsPtr> readWeights(const quoin_kernel &kernel, std::span<const uint8_t> bytes) {
  PackedHeader header;
  if (!kernel.manifest->isPacked())
    return badPacked("kernel \"" + kernel.manifest->name + "\" does not use packed weights", "pass the stored streams");
  if (!isPackedFile(bytes) || bytes.size() < sizeof(header))
    return badPacked("the file does not begin as packed weights do", "pass a file written by quoin-run pack");
  std::memcpy(&header, bytes.data(), sizeof(header));
  std::span<const uint8_t> data = bytes.subspan(sizeof(header));
  if (auto good = checkPackedHeader(kernel, header, data); !good)
    return std::unexpected(good.error());
  auto wanted = packedBytes(*kernel.manifest, header.n, header.k);
  if (!wanted)
    return std::unexpected(wanted.error());
  if (*wanted != data.size())
    return badPacked("the packed weights of N = " + std::to_string(header.n) + ", K = " + std::to_string(header.k) +
                         " have " + std::to_string(data.size()) + " bytes, the kernel's layout needs " +
                         std::to_string(*wanted),
                     repack);
  WeightsPtr weights = make(kernel, header.n, header.k, data.size());
  weights->owned = allocate(data.size());
  std::copy(data.begin(), data.end(), weights->owned.get());
  weights->data = weights->owned.get();
  return weights;
}

Outcome<WeightsPtr> readWeightsFile(const quoin_kernel &kernel, const std::string &path) {
  auto bytes = readFile(path, UINT64_MAX);
  if (!bytes)
    return std::unexpected(bytes.error());
  auto weights = readWeights(kernel, *bytes);
  if (!weights) {
    Failure failure = weights.error();
    failure.error.message = "\"" + path + "\": " + failure.error.message;
    return std::unexpected(failure);
  }
  return weights;
}

Outcome<void> saveWeights(const quoin_weights &weights, const std::string &path) {
  if (!weights.data)
    return failWith(QUOIN_NOT_FOUND, "the weights are not packed: their kernel works on the stored streams",
                    "keep the streams' own files");
  PackedHeader header{};
  std::memcpy(header.magic, QUOIN_PACKED_MAGIC, sizeof(header.magic));
  header.version = QUOIN_PACKED_VERSION;
  setPadded(header.layout_id, weights.layoutId);
  setPadded(header.format, weights.format);
  header.n = weights.n;
  header.k = weights.k;
  header.bytes = weights.bytes;
  std::span<const uint8_t> data(weights.data, weights.bytes);
  Sha256Digest digest = packedHash(header, data);
  std::copy(digest.begin(), digest.end(), header.sha256);
  const std::span<const uint8_t> parts[] = {{reinterpret_cast<const uint8_t *>(&header), sizeof(header)}, data};
  return writeFile(path, parts);
}

Outcome<void> checkWeights(const quoin_kernel &kernel, const quoin_weights &weights, int64_t n, int64_t k) {
  const ManifestKernel &manifest = *kernel.manifest;
  if (!weights.data != !manifest.isPacked() || (!weights.data && weights.streamNames != manifest.streams))
    return badPacked(std::string("the weights are ") + (weights.data ? "packed" : "streams as they are stored") +
                         ", kernel \"" + manifest.name + "\" wants " +
                         (manifest.isPacked() ? "packed ones" : "its own streams"),
                     "make them for this kernel");
  if (weights.layoutId != manifest.layoutId || weights.format != manifest.format)
    return badPacked("the weights are packed for layout \"" + weights.layoutId + "\" of format \"" + weights.format +
                         "\", kernel \"" + manifest.name + "\" wants layout \"" + manifest.layoutId + "\" of \"" +
                         manifest.format + "\"",
                     repack);
  if (weights.n != n || weights.k != k)
    return failWith(QUOIN_BAD_SHAPE,
                    "the weights are packed for N = " + std::to_string(weights.n) +
                        ", K = " + std::to_string(weights.k) + ", the call has N = " + std::to_string(n) +
                        ", K = " + std::to_string(k),
                    "pass the shape of the weights");
  return {};
}

Outcome<void> unpackWeights(const quoin_kernel &kernel, const quoin_weights &weights, std::span<void *const> data) {
  if (auto ready = requireEntry(kernel, kernel.unpack, "unpack"); !ready)
    return std::unexpected(ready.error());
  if (auto good = checkWeights(kernel, weights, weights.n, weights.k); !good)
    return std::unexpected(good.error());
  if (!weights.data)
    return failWith(QUOIN_NOT_FOUND, "the weights are not packed: their kernel works on the stored streams",
                    "use the streams themselves");
  if (data.size() != kernel.manifest->streams.size())
    return failWith(QUOIN_INVALID_ARGUMENT,
                    std::to_string(data.size()) + " streams are given, kernel \"" + kernel.manifest->name + "\" has " +
                        std::to_string(kernel.manifest->streams.size()),
                    "pass one pointer a stream");
  for (size_t i = 0; i < data.size(); ++i)
    if (!data[i] && !kernel.manifest->weights->streams[i].optional)
      return failWith(QUOIN_INVALID_ARGUMENT, "stream \"" + kernel.manifest->streams[i] + "\" has nowhere to go",
                      "only optional streams may be null");
  quoin_kernel_args args{};
  args.weights = weights.data;
  args.streams = data.data();
  args.n = weights.n;
  args.k = weights.k;
  runPanels(kernel.unpack, args, {0, weights.n, kernel.manifest->panelRows, 0}, nullptr);
  return {};
}

} // namespace quoin

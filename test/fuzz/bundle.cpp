// Hostile bundles: the loader, and all that may be asked of what it accepts. The first byte of an input says what the
// rest is; hash and marks are put right, so that it is the rest that is looked at:
//   even: a manifest, for one or two images (bit 1) that do nothing but return. Their kernels are called.
//   odd: a whole file. It is loaded and asked for sizes; its code may be anything and is not called.
#include "runtime/bundle.h"
#include "JsonMutator.h"
#include "Require.h"
#include "quoin/runtime.h"
#include "runtime/PackedFormat.h"
#include "runtime/kernel_sizes.h"
#include "test/unit/runtime/BundleMarks.h"

#include <cstdlib>
#include <memory>

using namespace quoin;
using namespace quoin::fuzz;
using namespace quoin::test;

extern "C" size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t maxSize);

// Where memory came from is not noted, which would cost more than the loader does; ASAN_OPTIONS=malloc_context_size=30
// with the input of a finding tells. What is freed is kept for many inputs, not for thousands.
extern "C" const char *__asan_default_options() {
  return "detect_stack_use_after_return=0:malloc_context_size=0:quarantine_size_mb=4:"
         "max_malloc_fill_size=0:intercept_memcmp=0";
}

/// What entry points of a section were made for, from the library's own reading of the manifest.
static std::vector<ImageMark> marksOf(const Manifest &manifest, size_t section) {
  std::vector<ImageMark> marks;
  for (const ManifestKernel &kernel : manifest.kernels)
    for (const ManifestImage &image : kernel.images)
      for (const auto &[entry, offset] : image.entries)
        if (image.section == section) {
          auto digest = entryMark(image.identity, entry);
          ImageMark &mark = marks.emplace_back();
          std::copy(digest.begin(), digest.end(), mark.mark);
          mark.offset = offset;
        }
  return marks;
}

static std::vector<uint8_t> wholeFile(std::string_view text, const Manifest &manifest, size_t sectionCount) {
  BundleHeader header{};
  std::memcpy(header.magic, QUOIN_BUNDLE_MAGIC, sizeof(header.magic));
  header.version = QUOIN_BUNDLE_VERSION;
  header.kernel_abi = QUOIN_KERNEL_ABI;
  header.section_count = uint32_t(sectionCount);
  header.manifest_offset = sizeof(header) + sectionCount * sizeof(BundleSection);
  header.manifest_bytes = text.size();
  std::vector<uint8_t> file(header.manifest_offset);
  file.insert(file.end(), text.begin(), text.end());
  for (size_t i = 0; i < sectionCount; ++i) {
    file.resize((file.size() + 63) / 64 * 64);
    std::vector<uint8_t> image = sealImage(std::vector<uint8_t>(256, 0xc3), marksOf(manifest, i)); // ret
    BundleSection section{QUOIN_SECTION_CPU_IMAGE, 0, file.size(), image.size()};
    std::memcpy(file.data() + sizeof(header) + i * sizeof(section), &section, sizeof(section));
    file.insert(file.end(), image.begin(), image.end());
  }
  header.file_bytes = file.size();
  std::memcpy(file.data(), &header, sizeof(header));
  rehashBundle(file);
  return file;
}

struct Free {
  void operator()(void *memory) const { std::free(memory); }
};
using Buffer = std::unique_ptr<void, Free>;
static Buffer buffer(size_t bytes) { return Buffer(std::aligned_alloc(64, (bytes + 63) / 64 * 64 + 64)); }

static constexpr size_t small = 1 << 14; // buffers that are larger are not made

/// Both phases on weights that were accepted, and these saved in a file's form and read back.
static void multiply(const quoin_kernel *kernel, quoin_weights *weights, int64_t m, int64_t n, int64_t k) {
  size_t xqBytes = 0, scratchBytes = 0;
  quoin_error error;
  if (quoin_kernel_xq_bytes(kernel, m, k, &xqBytes, &error) || xqBytes > small ||
      quoin_kernel_scratch_bytes(kernel, 1, &scratchBytes, &error) || scratchBytes > small)
    return;
  std::vector<float> x(size_t(m * k)), y(size_t(m * n));
  Buffer xq = buffer(xqBytes), scratch = buffer(scratchBytes);
  quoin_call call{};
  call.m = call.m_end = m, call.n = call.n_end = n, call.k = call.ldx = k;
  call.x = x.data(), call.y = y.data(), call.ldy = n;
  call.xq = xq.get(), call.xq_bytes = xqBytes;
  call.scratch = scratch.get(), call.scratch_bytes = scratchBytes;
  call.weights = weights;
  quoin_quantize(kernel, &call, &error);
  quoin_matmul(kernel, &call, &error);
}

static void readBack(const quoin_kernel *kernel, const quoin_weights *weights) {
  size_t bytes = 0;
  int64_t n = 0, k = 0;
  const void *data = quoin_weights_data(weights, &bytes, &n, &k);
  if (!data)
    return;
  std::vector<uint8_t> file(sizeof(PackedHeader) + bytes);
  PackedHeader header{};
  quoin_kernel_info info;
  quoin_kernel_get_info(kernel, &info);
  std::memcpy(header.magic, QUOIN_PACKED_MAGIC, sizeof(header.magic));
  header.version = QUOIN_PACKED_VERSION;
  header.n = n, header.k = k, header.bytes = bytes;
  std::memcpy(header.layout_id, info.layout_id, std::min(sizeof(header.layout_id), std::strlen(info.layout_id)));
  std::memcpy(header.format, info.format, std::min(sizeof(header.format), std::strlen(info.format)));
  std::memcpy(file.data(), &header, sizeof(header));
  std::memcpy(file.data() + sizeof(header), data, bytes);
  Sha256Digest digest = sha256(file);
  std::memcpy(file.data() + offsetof(PackedHeader, sha256), digest.data(), digest.size());
  quoin_weights *read = nullptr;
  if (quoin_weights_create_from_memory(kernel, file.data(), file.size(), &read, nullptr) != QUOIN_OK)
    require(false); // what was written is read
  quoin_weights_release(read);
}

static void callKernel(const quoin_kernel *kernel, int64_t n, int64_t k) {
  const ManifestKernel &manifest = *kernel->manifest;
  auto sizes = spec::streamSizes(*manifest.weights, {n, k});
  size_t packed = 0;
  if (!sizes || n * k > int64_t(small) ||
      (manifest.isPacked() && (quoin_kernel_packed_bytes(kernel, n, k, &packed, nullptr) || packed > small)))
    return;
  std::vector<std::vector<uint8_t>> bytes;
  std::vector<quoin_stream> streams;
  for (const std::string &name : manifest.streams) {
    int64_t size = sizes->at(name);
    if (size > int64_t(small))
      return;
    bytes.emplace_back(size_t(size) + 1);
    streams.push_back({name.c_str(), bytes.back().data(), size_t(size)});
  }
  quoin_weights *weights = nullptr;
  if (quoin_weights_create_from_streams(kernel, n, k, streams.data(), streams.size(), nullptr, &weights, nullptr) ==
      QUOIN_OK) {
    multiply(kernel, weights, 3, n, k);
    readBack(kernel, weights);
    std::vector<void *> to;
    for (auto &stream : bytes)
      to.push_back(stream.data());
    quoin_weights_unpack(kernel, weights, to.data(), to.size(), nullptr);
    quoin_weights_release(weights);
  }
  std::vector<float> w(size_t(n * k));
  quoin_call call{};
  call.n = call.n_end = n, call.k = call.ldy = k;
  call.y = w.data();
  quoin_decode(kernel, &call, streams.data(), streams.size(), nullptr);
}

static void ask(const quoin_kernel *kernel, bool calls) {
  quoin_kernel_info info;
  quoin_kernel_get_info(kernel, &info);
  size_t bytes;
  for (int64_t factor : {int64_t(1), int64_t(3), INT64_MAX / 2}) {
    int64_t n = 0, k = 0;
    if (__builtin_mul_overflow(factor, info.n_multiple, &n) || __builtin_mul_overflow(factor, info.k_multiple, &k))
      n = k = INT64_MAX;
    quoin_kernel_packed_bytes(kernel, n, k, &bytes, nullptr);
    quoin_kernel_xq_bytes(kernel, factor, k, &bytes, nullptr);
    quoin_kernel_scratch_bytes(kernel, factor, &bytes, nullptr);
    if (calls && factor < 4 && n <= 1024 && k <= 4096)
      callKernel(kernel, n, k);
  }
}

/// Loads a file whose kernels are called if `calls`.
static void load(std::span<const uint8_t> file, bool calls) {
  quoin_bundle *bundle = nullptr;
  quoin_error error;
  if (quoin_bundle_create_from_memory(file.data(), file.size(), nullptr, &bundle, &error) != QUOIN_OK) {
    require(error.message[0]); // a refusal says why
    return;
  }
  for (size_t i = 0; i < std::min<size_t>(quoin_bundle_kernel_count(bundle), 4); ++i)
    ask(quoin_bundle_kernel(bundle, i), calls);
  quoin_bundle_release(bundle);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0)
    return 0;
  if (data[0] % 2) {
    std::vector<uint8_t> file(data + 1, data + size);
    if (file.size() >= sizeof(BundleHeader))
      rehashBundle(file);
    load(file, /*calls=*/false);
    return 0;
  }
  std::string_view text(reinterpret_cast<const char *>(data + 1), size - 1);
  auto manifest = parseManifest(text);
  if (!manifest)
    requireSentence(manifest.error());
  else
    load(wholeFile(text, *manifest, data[0] & 2 ? 2 : 1), /*calls=*/true);
  return 0;
}

/// One input in sixteen is changed as bytes, and so is a whole file.
static bool isChangedAsBytes(const uint8_t *data, size_t size, unsigned seed) {
  return size < 2 || data[0] % 2 || seed % 16 == 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t maxSize, unsigned seed) {
  if (isChangedAsBytes(data, size, seed))
    return LLVMFuzzerMutate(data, size, maxSize);
  maxSize = std::max(size, std::min<size_t>(maxSize, 2048)); // what is longer is slower, and says the same
  char *text = reinterpret_cast<char *>(data + 1);
  size_t changed = mutateJson(text, size - 1, maxSize - 1, text, size - 1, seed);
  return changed ? changed + 1 : LLVMFuzzerMutate(data, size, maxSize);
}

extern "C" size_t LLVMFuzzerCustomCrossOver(const uint8_t *data, size_t size, const uint8_t *other, size_t otherSize,
                                            uint8_t *out, size_t maxSize, unsigned seed) {
  maxSize = std::min<size_t>(maxSize, 2048);
  size = std::min(size, maxSize);
  std::copy_n(data, size, out);
  if (size < 2 || otherSize < 2 || data[0] % 2 || other[0] % 2)
    return size;
  size_t changed = mutateJson(reinterpret_cast<char *>(out + 1), size - 1, maxSize - 1,
                              reinterpret_cast<const char *>(other + 1), otherSize - 1, seed);
  return changed ? changed + 1 : size;
}

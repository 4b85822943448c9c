// Hostile bundles: the loader, and all that may be asked of what it accepts. The first byte of an input says what the
// rest is; hash and marks are put right, so that it is the rest that is looked at:
//   even: a manifest, for one or two images (bit 1) that do nothing but return. Their kernels are called.
//   odd: a whole file. It is loaded and asked for sizes; its code may be anything and is not called.
#include "quoin/runtime.h"
#include "runtime/PackedFormat.h"
#include "runtime/bundle.h"
#include "runtime/kernel_sizes.h"
#include "test/unit/runtime/BundleMarks.h"

#include <cstdlib>
#include <memory>
#include <random>

using namespace quoin;
using namespace quoin::test;
using Json = nlohmann::json;

extern "C" size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t maxSize);

static std::vector<uint8_t> wholeFile(const std::string &manifest, size_t sectionCount) {
  BundleHeader header{};
  std::memcpy(header.magic, QUOIN_BUNDLE_MAGIC, sizeof(header.magic));
  header.version = QUOIN_BUNDLE_VERSION;
  header.kernel_abi = QUOIN_KERNEL_ABI;
  header.section_count = uint32_t(sectionCount);
  header.manifest_offset = sizeof(header) + sectionCount * sizeof(BundleSection);
  header.manifest_bytes = manifest.size();
  std::vector<uint8_t> file(header.manifest_offset);
  file.insert(file.end(), manifest.begin(), manifest.end());
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

static constexpr size_t small = 1 << 16; // buffers that are larger are not made

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
    std::abort(); // what was written is read
  quoin_weights_release(read);
}

static void callKernel(const quoin_kernel *kernel, int64_t n, int64_t k) {
  const ManifestKernel &manifest = *kernel->manifest;
  auto sizes = spec::streamSizes(*manifest.weights, {n, k});
  size_t packed = 0;
  if (!sizes || n * k > int64_t(small) || (manifest.isPacked() && (quoin_kernel_packed_bytes(kernel, n, k, &packed, nullptr) || packed > small)))
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
  if (quoin_weights_create_from_streams(kernel, n, k, streams.data(), streams.size(), nullptr, &weights, nullptr) == QUOIN_OK) {
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

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0)
    return 0;
  bool isManifest = data[0] % 2 == 0;
  std::vector<uint8_t> file(data + 1, data + size);
  if (isManifest)
    file = wholeFile(std::string(file.begin(), file.end()), data[0] & 2 ? 2 : 1);
  else if (file.size() >= sizeof(BundleHeader))
    rehashBundle(file);
  quoin_bundle *bundle = nullptr;
  quoin_error error;
  if (quoin_bundle_create_from_memory(file.data(), file.size(), nullptr, &bundle, &error) != QUOIN_OK) {
    if (!error.message[0])
      std::abort(); // a refusal says why
    return 0;
  }
  for (size_t i = 0; i < std::min<size_t>(quoin_bundle_kernel_count(bundle), 4); ++i)
    ask(quoin_bundle_kernel(bundle, i), isManifest);
  quoin_bundle_release(bundle);
  return 0;
}

/// Every value below `json`, itself included.
static void collect(Json &json, std::vector<Json *> &values) {
  values.push_back(&json);
  if (json.is_structured())
    for (Json &child : json)
      collect(child, values);
}

/// A manifest with one value changed into another that may mean something.
static std::string changeValue(const std::string &text, std::mt19937 &random) {
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded())
    return text;
  std::vector<Json *> values;
  collect(json, values);
  auto pick = [&](size_t count) { return std::uniform_int_distribution<size_t>(0, count - 1)(random); };
  Json &chosen = *values[pick(values.size())];
  static constexpr int64_t numbers[] = {-2, -1, 0, 1, 2, 3, 7, 8, 16, 31, 32, 33, 64, 127, 255, 256, 4096, INT32_MAX, 1ll << 31, 1ll << 32, INT64_MAX, INT64_MIN};
  if (chosen.is_number_integer() && pick(3))
    chosen = pick(2) ? numbers[pick(std::size(numbers))] : int64_t(uint64_t(chosen.get<int64_t>()) + pick(9) - 4);
  else if (chosen.is_array() && !chosen.empty() && pick(2))
    pick(2) ? chosen.push_back(chosen[pick(chosen.size())]) : void(chosen.erase(pick(chosen.size())));
  else if (chosen.is_object() && !chosen.empty() && pick(2))
    chosen.erase(std::next(chosen.begin(), ptrdiff_t(pick(chosen.size()))));
  else
    chosen = Json(*values[pick(values.size())]); // one from elsewhere
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t maxSize, unsigned seed) {
  std::mt19937 random(seed);
  if (size == 0 || data[0] % 2 || random() % 4 == 0)
    return LLVMFuzzerMutate(data, size, maxSize);
  std::string text = changeValue(std::string(data + 1, data + size), random);
  if (text.size() + 1 > maxSize)
    return LLVMFuzzerMutate(data, size, maxSize);
  std::copy(text.begin(), text.end(), data + 1);
  return text.size() + 1;
}

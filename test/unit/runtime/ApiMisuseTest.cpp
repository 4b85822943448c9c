// The C API called wrongly: every mistake has a status and a sentence, and none is undefined.
#include "quoin/runtime.h"

#include "TestBundle.h"

#include <cstdlib>
#include <gtest/gtest.h>
#include <memory>
#include <set>

using namespace quoin;
using namespace quoin::test;

namespace {

/// A bundle of one kernel, which is made of TestBundle's with parts of its JSON replaced.
class Loaded {
public:
  explicit Loaded(std::initializer_list<std::pair<std::string, std::string>> changes = {},
                  const std::string &format = blockFormat()) {
    std::string json = kernelJson("k", imageJson("base", "[]"));
    for (const auto &[from, to] : changes) {
      EXPECT_NE(json.find(from), std::string::npos) << from;
      json.replace(json.find(from), from.size(), to);
    }
    std::vector<uint8_t> file = TestBundle(manifestJson(json, format)).bytes();
    EXPECT_EQ(quoin_bundle_create_from_memory(file.data(), file.size(), nullptr, &bundle, &error), QUOIN_OK)
        << error.message;
  }
  ~Loaded() { quoin_bundle_release(bundle); }
  Loaded(const Loaded &) = delete;

  const quoin_kernel *kernel() const { return quoin_bundle_kernel(bundle, 0); }

  quoin_bundle *bundle = nullptr;
  quoin_error error{};
};

struct Free {
  void operator()(void *block) const { std::free(block); }
};
using Block = std::unique_ptr<void, Free>;

/// One row of X and eight of W, of 32 columns.
struct Call : quoin_call {
  explicit Call(const quoin_kernel *kernel) : quoin_call{} {
    quoin_kernel_xq_bytes(kernel, 1, 32, &xq_bytes, nullptr);
    quantized.reset(std::aligned_alloc(64, xq_bytes));
    m = m_end = 1, n = n_end = 8, k = ldx = 32, ldy = 32;
    x = floats.data(), y = floats.data(), xq = quantized.get();
  }
  std::vector<float> floats = std::vector<float>(8 * 32);
  Block quantized;
};

} // namespace

TEST(ApiMisuse, everyStatusHasANameOfItsOwn) {
  std::set<std::string> names;
  for (int status = QUOIN_OK; status <= QUOIN_BAD_MODEL; ++status)
    names.insert(quoin_status_name(quoin_status(status)));
  EXPECT_EQ(names.size(), size_t(QUOIN_BAD_MODEL) + 1);
  EXPECT_FALSE(names.contains("unknown status"));
  EXPECT_STREQ(quoin_status_name(quoin_status(15)), "unknown status");
  EXPECT_STREQ(quoin_status_name(QUOIN_UNSUPPORTED), "unsupported on this machine");
}

TEST(ApiMisuse, nullsAreNamed) {
  Loaded loaded;
  const quoin_kernel *kernel = loaded.kernel(), *found = nullptr;
  const quoin_tensor *tensor = nullptr;
  quoin_weights *weights = nullptr;
  quoin_error error{};
  size_t bytes = 0;
  auto refused = [&](quoin_status status, const char *argument) {
    EXPECT_EQ(status, QUOIN_INVALID_ARGUMENT) << argument;
    EXPECT_EQ(std::string(error.message), "argument \"" + std::string(argument) + "\" is null");
  };
  refused(quoin_bundle_find_kernel(loaded.bundle, nullptr, &found, &error), "name");
  refused(quoin_kernel_packed_bytes(kernel, 8, 32, nullptr, &error), "out_bytes");
  refused(quoin_kernel_xq_bytes(nullptr, 8, 32, &bytes, &error), "kernel");
  refused(quoin_kernel_scratch_bytes(nullptr, 1, &bytes, &error), "kernel");
  refused(quoin_pool_create(1, 0, nullptr, &error), "out");
  refused(quoin_weights_create_from_streams(kernel, 8, 32, nullptr, 1, nullptr, &weights, &error), "streams");
  refused(quoin_weights_create_from_file(kernel, nullptr, &weights, &error), "path");
  refused(quoin_weights_create_from_memory(kernel, nullptr, 0, &weights, &error), "bytes");
  refused(quoin_weights_create_view(nullptr, 8, 32, nullptr, 0, &weights, &error), "kernel");
  refused(quoin_weights_save(nullptr, "never-made.packed", &error), "weights");
  refused(quoin_weights_unpack(kernel, nullptr, nullptr, 0, &error), "weights");
  refused(quoin_model_create_from_file(nullptr, nullptr, &error), "path");
  refused(quoin_model_find_tensor(nullptr, "w", &tensor, &error), "model");
  refused(quoin_decode(kernel, nullptr, nullptr, 0, &error), "call");
}

TEST(ApiMisuse, nullsThatMeanNothing) {
  quoin_kernel_info info;
  std::memset(&info, 0xFF, sizeof(info));
  quoin_kernel_get_info(nullptr, &info);
  EXPECT_EQ(info.name, nullptr);
  EXPECT_EQ(info.stream_count, 0u);
  quoin_kernel_get_info(nullptr, nullptr);
  EXPECT_EQ(quoin_pool_launch(nullptr).parts, 1);
  EXPECT_STREQ(quoin_bundle_manifest(nullptr, nullptr), "");
  EXPECT_EQ(quoin_bundle_kernel_count(nullptr), 0u);
  EXPECT_EQ(quoin_model_tensor_count(nullptr), 0u);
  size_t bytes = 7;
  int64_t n = 7, k = 7;
  EXPECT_EQ(quoin_weights_data(nullptr, &bytes, &n, &k), nullptr);
  EXPECT_EQ(bytes + size_t(n) + size_t(k), 0u);
}

TEST(ApiMisuse, bundlesBeyondTheLimitAreNotRead) {
  quoin_bundle *bundle = nullptr;
  quoin_error error{};
  uint8_t byte = 0; // of a size that nobody has
  EXPECT_EQ(quoin_bundle_create_from_memory(&byte, SIZE_MAX, nullptr, &bundle, &error), QUOIN_BAD_BUNDLE);
  EXPECT_TRUE(std::string(error.message).starts_with("the bundle has 18446744073709551615 bytes, more than the limit"))
      << error.message;
}

TEST(ApiMisuse, quantizeChecksItsOperands) {
  Loaded loaded;
  auto error = [&](auto edit) {
    Call call(loaded.kernel());
    edit(call);
    EXPECT_NE(quoin_quantize(loaded.kernel(), &call, &loaded.error), QUOIN_OK);
    return std::string(loaded.error.message);
  };
  EXPECT_EQ(error([](Call &c) { c.k = 33; }), "K = 33 is no positive multiple of 32, as kernel \"k\" needs");
  EXPECT_EQ(error([](Call &c) { c.x = nullptr; }), "\"x\" is null or not 4-byte aligned");
  EXPECT_EQ(error([](Call &c) { c.ldx = 31; }), "row stride 31 of \"x\" is less than its 32 columns");
  EXPECT_EQ(error([](Call &c) { c.ldx = INT64_MAX / 2; }), "\"x\" does not fit 63 bits");
  EXPECT_EQ(error([](Call &c) { c.m_end = 2; }), "rows 0..2 of X leave M = 1");
  EXPECT_EQ(error([](Call &c) { c.m_begin = -1; }), "rows -1..1 of X leave M = 1");
  EXPECT_EQ(error([](Call &c) { c.xq = nullptr; }), "\"xq\" is null or not 64-byte aligned");
}

TEST(ApiMisuse, shapesThatTheKernelCannotHave) {
  Loaded loaded({{"\"n_multiple\":1", "\"n_multiple\":4"}});
  size_t bytes = 0;
  EXPECT_EQ(quoin_kernel_packed_bytes(loaded.kernel(), 6, 32, &bytes, &loaded.error), QUOIN_BAD_SHAPE);
  EXPECT_STREQ(loaded.error.message, "N = 6 is no multiple of 4, as kernel \"k\" needs");
  EXPECT_EQ(quoin_kernel_xq_bytes(loaded.kernel(), 1, 0, &bytes, &loaded.error), QUOIN_BAD_SHAPE);
  alignas(64) uint8_t packed[72] = {};
  quoin_weights *weights = nullptr;
  EXPECT_EQ(quoin_weights_create_view(loaded.kernel(), 4, 48, packed, 72, &weights, &loaded.error), QUOIN_BAD_SHAPE);
  EXPECT_EQ(weights, nullptr);

  Call call(loaded.kernel());
  quoin_stream stream = {"block", packed, 72};
  call.n = call.n_end = 6;
  EXPECT_EQ(quoin_decode(loaded.kernel(), &call, &stream, 1, &loaded.error), QUOIN_BAD_SHAPE);
  call.n = call.n_end = 4, call.n_begin = 1;
  EXPECT_EQ(quoin_decode(loaded.kernel(), &call, &stream, 1, &loaded.error), QUOIN_INVALID_ARGUMENT);
  EXPECT_STREQ(loaded.error.message, "rows 1..4 of W are no range of panels of 4 in N = 4");
  call.n_begin = 0;
  EXPECT_EQ(quoin_decode(loaded.kernel(), &call, &stream, 0, &loaded.error), QUOIN_INVALID_ARGUMENT);
  EXPECT_STREQ(loaded.error.message, "stream \"block\" is missing");
}

TEST(ApiMisuse, kernelsWithoutTheEntry) {
  Loaded loaded({{",\"unpack\":0", ""}, {",\"decode\":0", ""}});
  std::vector<uint8_t> stored(8 * 18);
  quoin_stream stream = {"block", stored.data(), stored.size()};
  Call call(loaded.kernel());
  EXPECT_EQ(quoin_decode(loaded.kernel(), &call, &stream, 1, &loaded.error), QUOIN_NOT_FOUND);
  EXPECT_STREQ(loaded.error.message, "kernel \"k\" has no entry \"decode\"");
  quoin_weights *weights = nullptr;
  ASSERT_EQ(quoin_weights_create_from_streams(loaded.kernel(), 8, 32, &stream, 1, nullptr, &weights, &loaded.error),
            QUOIN_OK)
      << loaded.error.message;
  void *to = stored.data();
  EXPECT_EQ(quoin_weights_unpack(loaded.kernel(), weights, &to, 1, &loaded.error), QUOIN_NOT_FOUND);
  EXPECT_STREQ(loaded.error.message, "kernel \"k\" has no entry \"unpack\"");
  quoin_weights_release(weights);
}

TEST(ApiMisuse, unpackTakesOnePointerAStream) {
  Loaded loaded;
  std::vector<uint8_t> stored(8 * 18);
  quoin_stream stream = {"block", stored.data(), stored.size()};
  quoin_weights *weights = nullptr;
  ASSERT_EQ(quoin_weights_create_from_streams(loaded.kernel(), 8, 32, &stream, 1, nullptr, &weights, &loaded.error),
            QUOIN_OK);
  void *to[2] = {stored.data(), stored.data()};
  EXPECT_EQ(quoin_weights_unpack(loaded.kernel(), weights, to, 2, &loaded.error), QUOIN_INVALID_ARGUMENT);
  EXPECT_STREQ(loaded.error.message, "2 streams are given, kernel \"k\" has 1");
  Loaded other({{"\"layout_id\":\"abcd\"", "\"layout_id\":\"efgh\""}});
  EXPECT_EQ(quoin_weights_unpack(other.kernel(), weights, to, 1, &other.error), QUOIN_BAD_PACKED);
  quoin_weights_release(weights);
}

TEST(ApiMisuse, kernelsOfAnotherMachineLoadAndDoNotRun) {
  std::string other = imageJson("neon", "[]", 0, "\"arch\":\"aarch64\",");
#if defined(__aarch64__)
  other = imageJson("base", "[]");
#endif
  Loaded loaded({{imageJson("base", "[]"), other}});
  std::vector<uint8_t> stored(8 * 18);
  quoin_stream stream = {"block", stored.data(), stored.size()};
  quoin_weights *weights = nullptr;
  EXPECT_EQ(quoin_weights_create_from_streams(loaded.kernel(), 8, 32, &stream, 1, nullptr, &weights, &loaded.error),
            QUOIN_UNSUPPORTED);
  EXPECT_STREQ(loaded.error.message, "no image of kernel \"k\" runs on this machine");
  EXPECT_NE(std::string(loaded.error.hint).find("it has images for \""), std::string::npos) << loaded.error.hint;
  Call call(loaded.kernel());
  EXPECT_EQ(quoin_quantize(loaded.kernel(), &call, &loaded.error), QUOIN_UNSUPPORTED);
  EXPECT_EQ(quoin_matmul(loaded.kernel(), &call, &loaded.error), QUOIN_UNSUPPORTED);
}

TEST(ApiMisuse, ordersThatTheKernelRefuses) {
  Loaded loaded({{"\"pack\":48", "\"pack\":64"}});
  std::vector<uint8_t> stored(8 * 18);
  quoin_stream stream = {"block", stored.data(), stored.size()};
  quoin_weights *weights = nullptr;
  EXPECT_EQ(quoin_weights_create_from_streams(loaded.kernel(), 8, 32, &stream, 1, nullptr, &weights, &loaded.error),
            QUOIN_INVALID_ARGUMENT);
  EXPECT_TRUE(std::string(loaded.error.message).ends_with("kernel \"k\" packs groups of consecutive columns only"))
      << loaded.error.message;
  EXPECT_EQ(weights, nullptr);
}

TEST(ApiMisuse, packedWeightsForAKernelOfStoredStreams) {
  Loaded packs, stored({{"\"packed\"", "\"stored\""}, {"\"layout_id\":\"abcd\",", ""}});
  std::vector<uint8_t> bytes(18);
  quoin_stream stream = {"block", bytes.data(), bytes.size()};
  quoin_weights *weights = nullptr, *read = nullptr;
  ASSERT_EQ(quoin_weights_create_from_streams(packs.kernel(), 1, 32, &stream, 1, nullptr, &weights, &packs.error),
            QUOIN_OK);
  std::string path = testing::TempDir() + "for-another-kernel.packed";
  ASSERT_EQ(quoin_weights_save(weights, path.c_str(), &packs.error), QUOIN_OK) << packs.error.message;
  EXPECT_EQ(quoin_weights_create_from_file(stored.kernel(), path.c_str(), &read, &stored.error), QUOIN_BAD_PACKED);
  EXPECT_EQ(std::string(stored.error.message), "\"" + path + "\": kernel \"k\" does not use packed weights");
  std::remove(path.c_str());
  quoin_weights_release(weights);
}

// The C API as a caller sees it, on a bundle of hand-written kernels.
#include "quoin/runtime.h"

#include "TestBundle.h"
#include "runtime/PackedFormat.h"

#include <atomic>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>
#include <memory>

using namespace quoin;
using namespace quoin::test;

class Api : public testing::Test {
protected:
  void SetUp() override {
    std::vector<uint8_t> file = TestBundle().bytes();
    ASSERT_EQ(quoin_bundle_create_from_memory(file.data(), file.size(), nullptr, &bundle, &error), QUOIN_OK)
        << error.message;
    kernel = quoin_bundle_kernel(bundle, 0);
    ASSERT_NE(kernel, nullptr);
  }
  void TearDown() override { quoin_bundle_release(bundle); }

  quoin_weights *pack(int64_t n, int64_t k, uint8_t mark = 77) {
    std::vector<uint8_t> stored(size_t(n * k / 32 * 18), mark);
    quoin_stream stream = {"block", stored.data(), stored.size()};
    quoin_weights *weights = nullptr;
    EXPECT_EQ(quoin_weights_create_from_streams(kernel, n, k, &stream, 1, nullptr, &weights, &error), QUOIN_OK)
        << error.message;
    return weights;
  }

  quoin_bundle *bundle = nullptr;
  const quoin_kernel *kernel = nullptr;
  quoin_error error{};
};

TEST_F(Api, informs) {
  quoin_kernel_info info;
  quoin_kernel_get_info(kernel, &info);
  EXPECT_STREQ(info.op, "matmul");
  EXPECT_STREQ(info.isa, "base");
  ASSERT_EQ(info.stream_count, 1u);
  EXPECT_STREQ(info.streams[0], "block");
  EXPECT_EQ(info.panel_rows, 4);
  EXPECT_STREQ(quoin_status_name(QUOIN_BAD_PACKED), "bad packed weights");
  EXPECT_EQ(quoin_bundle_kernel(bundle, 1), nullptr);
  size_t bytes;
  EXPECT_NE(std::string(quoin_bundle_manifest(bundle, &bytes)).find("example_4bit"), std::string::npos);
  EXPECT_GT(bytes, 0u);
}

TEST_F(Api, sizes) {
  size_t bytes = 0;
  EXPECT_EQ(quoin_kernel_packed_bytes(kernel, 5, 64, &bytes, &error), QUOIN_OK);
  EXPECT_EQ(bytes, 2u * 2 * 72); // two panels of four rows, two groups
  EXPECT_EQ(quoin_kernel_xq_bytes(kernel, 3, 64, &bytes, &error), QUOIN_OK);
  EXPECT_EQ(bytes, 3u * 128); // 64 codes + 2 scales + 2 sums = 80, rounded up
  EXPECT_EQ(quoin_kernel_scratch_bytes(kernel, 3, &bytes, &error), QUOIN_OK);
  EXPECT_EQ(bytes, 3u * 128);
  EXPECT_EQ(quoin_kernel_xq_bytes(kernel, 0, 64, &bytes, &error), QUOIN_OK);
  EXPECT_EQ(bytes, 0u);
}

/// The sizes of another kernel of the same entries.
static size_t sizeWith(const std::string &from, const std::string &to, int64_t rows, int64_t k, bool packed) {
  std::string json = kernelJson("k", imageJson("base", "[]"));
  json.replace(json.find(from), from.size(), to);
  json.replace(json.find("\"k_multiple\":32"), 15, "\"k_multiple\":1");
  std::vector<uint8_t> file = TestBundle(manifestJson(json, byteFormat())).bytes();
  quoin_bundle *bundle = nullptr;
  quoin_error error;
  EXPECT_EQ(quoin_bundle_create_from_memory(file.data(), file.size(), nullptr, &bundle, &error), QUOIN_OK)
      << error.message;
  const quoin_kernel *kernel = quoin_bundle_kernel(bundle, 0);
  size_t bytes = SIZE_MAX;
  quoin_status status = packed ? quoin_kernel_packed_bytes(kernel, rows, k, &bytes, &error)
                               : quoin_kernel_xq_bytes(kernel, rows, k, &bytes, &error);
  EXPECT_EQ(status == QUOIN_OK, bytes != SIZE_MAX);
  quoin_bundle_release(bundle);
  return bytes;
}

TEST(Sizes, packedPanels) {
  EXPECT_EQ(sizeWith("\"panel_bytes\":0", "\"panel_bytes\":16", 5, 64, true), 2u * (16 + 2 * 72));
  EXPECT_EQ(sizeWith("\"panel_bytes\":0", "\"panel_bytes\":16", 4, 33, true), 16u + 2 * 72) << "a short last block";
  EXPECT_EQ(sizeWith("\"block\":32", "\"block\":1", 4, 33, true), 33u * 72);
  EXPECT_EQ(sizeWith("\"block\":32", "\"block\":1", INT64_MAX, 1ll << 56, true), SIZE_MAX) << "more than 63 bits";
}

TEST(Sizes, quantizedRows) {
  auto parts = [](const char *list, int64_t k) {
    return sizeWith("[{\"columns\":32,\"bytes\":8}]", list, 3, k, false);
  };
  EXPECT_EQ(parts("[]", 64), 3u * 64);
  EXPECT_EQ(parts("[]", 65), 3u * 128) << "codes of whole blocks: 96, rounded up";
  EXPECT_EQ(parts("[{\"columns\":0,\"bytes\":8}]", 64), 3u * 128) << "once a row";
  EXPECT_EQ(parts("[{\"columns\":128,\"bytes\":4},{\"columns\":16,\"bytes\":2}]", 640), 3u * 768)
      << "640 + 5 * 4 + 40 * 2 = 740, rounded up";
  EXPECT_EQ(parts("[{\"columns\":1,\"bytes\":2147483648}]", 1ll << 33), SIZE_MAX) << "more than 63 bits";
}

TEST_F(Api, sizesThatCannotBe) {
  size_t bytes = 0;
  EXPECT_EQ(quoin_kernel_packed_bytes(kernel, 5, 48, &bytes, &error), QUOIN_BAD_SHAPE);
  EXPECT_NE(std::string(error.message).find("K = 48 is no multiple of 32"), std::string::npos) << error.message;
  EXPECT_EQ(quoin_kernel_packed_bytes(kernel, 0, 64, &bytes, &error), QUOIN_BAD_SHAPE);
  EXPECT_EQ(quoin_kernel_packed_bytes(kernel, INT64_MAX, INT64_MAX - 31, &bytes, &error), QUOIN_BAD_SHAPE);
  EXPECT_EQ(quoin_kernel_xq_bytes(kernel, INT64_MAX, 1024, &bytes, &error), QUOIN_BAD_SHAPE);
  EXPECT_EQ(quoin_kernel_xq_bytes(kernel, -1, 1024, &bytes, &error), QUOIN_BAD_SHAPE);
  EXPECT_EQ(quoin_kernel_scratch_bytes(kernel, 0, &bytes, &error), QUOIN_INVALID_ARGUMENT);
  EXPECT_EQ(quoin_kernel_scratch_bytes(kernel, INT64_MAX, &bytes, &error), QUOIN_BAD_SHAPE);
}

TEST_F(Api, nullsAreRefused) {
  EXPECT_EQ(quoin_bundle_create_from_file(nullptr, nullptr, &bundle, &error), QUOIN_INVALID_ARGUMENT);
  EXPECT_EQ(quoin_bundle_create_from_memory(nullptr, 0, nullptr, &bundle, nullptr), QUOIN_INVALID_ARGUMENT);
  EXPECT_EQ(quoin_matmul(kernel, nullptr, &error), QUOIN_INVALID_ARGUMENT);
  EXPECT_EQ(quoin_quantize(nullptr, nullptr, &error), QUOIN_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "argument \"kernel\" is null");
  quoin_bundle_release(nullptr);
  quoin_weights_release(nullptr);
  quoin_pool_release(nullptr);
}

TEST_F(Api, streamsAreNamed) {
  uint8_t stored[18] = {};
  quoin_weights *weights = nullptr;
  quoin_stream wrong = {"other", stored, 18}, right = {"block", stored, 18}, twice[2] = {right, right};
  EXPECT_EQ(quoin_weights_create_from_streams(kernel, 1, 32, &wrong, 1, nullptr, &weights, &error),
            QUOIN_INVALID_ARGUMENT);
  EXPECT_EQ(quoin_weights_create_from_streams(kernel, 1, 32, twice, 2, nullptr, &weights, &error),
            QUOIN_INVALID_ARGUMENT);
  EXPECT_EQ(quoin_weights_create_from_streams(kernel, 1, 32, &right, 0, nullptr, &weights, &error),
            QUOIN_INVALID_ARGUMENT);
  EXPECT_NE(std::string(error.message).find("\"block\" is missing"), std::string::npos);
}

TEST_F(Api, streamsHaveTheirExactSize) {
  std::vector<uint8_t> stored(5 * 2 * 18 + 1);
  std::vector<float> w(5 * 64);
  quoin_weights *weights = nullptr;
  for (size_t bytes : {size_t(0), size_t(179), size_t(181)}) {
    quoin_stream stream = {"block", stored.data(), bytes};
    EXPECT_EQ(quoin_weights_create_from_streams(kernel, 5, 64, &stream, 1, nullptr, &weights, &error),
              QUOIN_INVALID_ARGUMENT);
    EXPECT_NE(std::string(error.message).find("bytes and needs 180"), std::string::npos) << error.message;
    quoin_call call{};
    call.n = call.n_end = 5, call.k = call.ldy = 64, call.y = w.data();
    EXPECT_EQ(quoin_decode(kernel, &call, &stream, 1, &error), QUOIN_INVALID_ARGUMENT);
  }
  quoin_stream none = {"block", nullptr, 180};
  EXPECT_EQ(quoin_weights_create_from_streams(kernel, 5, 64, &none, 1, nullptr, &weights, &error),
            QUOIN_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "stream \"block\" is missing");
  EXPECT_EQ(weights, nullptr);
  quoin_weights *packed = pack(5, 64);
  void *nowhere = nullptr;
  EXPECT_EQ(quoin_weights_unpack(kernel, packed, &nowhere, 1, &error), QUOIN_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "stream \"block\" has nowhere to go");
  quoin_weights_release(packed);
}

TEST_F(Api, packedFilesComeBack) {
  std::string path = testing::TempDir() + "weights.packed";
  quoin_weights *weights = pack(6, 64, 99);
  ASSERT_EQ(quoin_weights_save(weights, path.c_str(), &error), QUOIN_OK) << error.message;
  quoin_weights *read = nullptr;
  ASSERT_EQ(quoin_weights_create_from_file(kernel, path.c_str(), &read, &error), QUOIN_OK) << error.message;
  size_t bytes;
  int64_t n, k;
  const void *data = quoin_weights_data(read, &bytes, &n, &k);
  EXPECT_EQ(bytes, 2u * 2 * 72);
  EXPECT_EQ(n, 6);
  EXPECT_EQ(k, 64);
  EXPECT_EQ(*static_cast<const uint8_t *>(data), 99); // the tiny packer copies the first byte
  EXPECT_EQ(reinterpret_cast<uintptr_t>(data) % 64, 0u);
  quoin_weights_release(weights);
  quoin_weights_release(read);
  std::remove(path.c_str());
}

static std::vector<uint8_t> packedFile(Api &, quoin_weights *weights) {
  std::string path = testing::TempDir() + "packed.bin";
  EXPECT_EQ(quoin_weights_save(weights, path.c_str(), nullptr), QUOIN_OK);
  std::ifstream in(path, std::ios::binary);
  std::vector<uint8_t> bytes{std::istreambuf_iterator<char>(in), {}};
  std::remove(path.c_str());
  return bytes;
}

TEST_F(Api, damagedPackedFilesAreRefused) {
  quoin_weights *weights = pack(4, 32);
  std::vector<uint8_t> file = packedFile(*this, weights);
  quoin_weights_release(weights);
  ASSERT_EQ(file.size(), sizeof(PackedHeader) + 72);
  quoin_weights *read = nullptr;
  for (size_t at = 0; at < file.size(); ++at) {
    file[at] ^= 16;
    EXPECT_EQ(quoin_weights_create_from_memory(kernel, file.data(), file.size(), &read, &error), QUOIN_BAD_PACKED)
        << at;
    file[at] ^= 16;
  }
  for (size_t length = 0; length < file.size(); ++length) {
    std::vector<uint8_t> cut(file.begin(), file.begin() + ptrdiff_t(length));
    cut.reserve(1); // non-null data for the empty file
    EXPECT_EQ(quoin_weights_create_from_memory(kernel, cut.data(), length, &read, &error), QUOIN_BAD_PACKED) << length;
  }
}

// With a hash that is right: other layouts, formats and shapes.
TEST_F(Api, foreignPackedFilesAreRefused) {
  quoin_weights *weights = pack(4, 32);
  std::vector<uint8_t> file = packedFile(*this, weights);
  quoin_weights_release(weights);
  auto change = [&](auto &&edit) {
    std::vector<uint8_t> changed = file;
    PackedHeader header;
    std::memcpy(&header, changed.data(), sizeof(header));
    edit(header);
    std::memset(header.sha256, 0, 32);
    std::memcpy(changed.data(), &header, sizeof(header));
    Sha256Digest digest = sha256(changed);
    std::memcpy(changed.data() + offsetof(PackedHeader, sha256), digest.data(), 32);
    quoin_weights *read = nullptr;
    EXPECT_NE(quoin_weights_create_from_memory(kernel, changed.data(), changed.size(), &read, &error), QUOIN_OK);
    return std::string(error.message);
  };
  EXPECT_NE(change([](PackedHeader &h) { h.layout_id[0] = 'x'; }).find("\"xbcd\""), std::string::npos);
  EXPECT_NE(change([](PackedHeader &h) { h.format[0] = 'X'; }).find("Xxample_4bit"), std::string::npos);
  EXPECT_NE(change([](PackedHeader &h) { h.n = 5; }).find("needs 144"), std::string::npos);
  EXPECT_NE(change([](PackedHeader &h) { h.n = INT64_MAX; }).size(), 0u);
  EXPECT_NE(change([](PackedHeader &h) { h.k = -32; }).find("K = -32"), std::string::npos);
  EXPECT_NE(change([](PackedHeader &h) { h.version = 2; }).find("version 2"), std::string::npos);
  EXPECT_NE(change([](PackedHeader &h) { h.bytes = UINT64_MAX; }).find("18446744073709551615"), std::string::npos);
  EXPECT_NE(change([](PackedHeader &h) { h.reserved = 1; }).find("zeros"), std::string::npos);
  EXPECT_NE(change([](PackedHeader &h) { h.padding[3] = 1; }).find("zeros"), std::string::npos);
  EXPECT_NE(change([](PackedHeader &h) { h.layout_id[10] = 'x'; }).find("zeros"), std::string::npos);
}

/// Operands of a call to the tiny matmul.
struct Operands {
  Operands(const quoin_kernel *kernel, quoin_weights *weights, int64_t n, int64_t parts) {
    quoin_kernel_xq_bytes(kernel, 1, 32, &call.xq_bytes, nullptr);
    quoin_kernel_scratch_bytes(kernel, parts, &call.scratch_bytes, nullptr);
    xq.reset(std::aligned_alloc(64, call.xq_bytes));
    scratch.reset(std::aligned_alloc(64, call.scratch_bytes));
    y.assign(size_t(n), -1.0f);
    x.assign(32, 0.0f);
    call.m = 1, call.n = n, call.k = 32;
    call.x = x.data(), call.ldx = 32, call.m_end = 1;
    call.xq = xq.get(), call.scratch = scratch.get();
    call.weights = weights, call.y = y.data(), call.ldy = n, call.n_end = n;
  }
  struct Free {
    void operator()(void *p) const { std::free(p); }
  };
  std::unique_ptr<void, Free> xq, scratch;
  std::vector<float> x, y;
  quoin_call call{};
};

static int bitsOf(float value) {
  int bits;
  std::memcpy(&bits, &value, 4);
  return bits;
}

TEST_F(Api, rowsAreSharedOutByPanels) {
  quoin_weights *weights = pack(18, 32);
  quoin_pool *pool = nullptr;
  ASSERT_EQ(quoin_pool_create(3, 0, &pool, &error), QUOIN_OK);
  quoin_launch launch = quoin_pool_launch(pool);
  Operands operands(kernel, weights, 18, 3);
  operands.call.launch = &launch;
  ASSERT_EQ(quoin_quantize(kernel, &operands.call, &error), QUOIN_OK) << error.message;
  ASSERT_EQ(quoin_matmul(kernel, &operands.call, &error), QUOIN_OK) << error.message;
  // Five panels over three parts: rows 0..8, 8..16, 16..18; the tiny kernel writes n_end at n_begin.
  EXPECT_EQ(bitsOf(operands.y[0]), 8);
  EXPECT_EQ(bitsOf(operands.y[8]), 16);
  EXPECT_EQ(bitsOf(operands.y[16]), 18);
  for (size_t i : {1, 4, 7, 9, 12, 17})
    EXPECT_EQ(operands.y[i], -1.0f) << i;
  quoin_pool_release(pool);
  quoin_weights_release(weights);
}

TEST_F(Api, callsAreChecked) {
  quoin_weights *weights = pack(8, 32), *other = pack(8, 64);
  auto message = [&](auto &&edit) {
    Operands operands(kernel, weights, 8, 1);
    edit(operands.call);
    EXPECT_NE(quoin_matmul(kernel, &operands.call, &error), QUOIN_OK);
    return std::string(error.message);
  };
  EXPECT_NE(message([&](quoin_call &c) { c.weights = other; }).find("K = 64"), std::string::npos);
  EXPECT_NE(message([](quoin_call &c) { c.weights = nullptr; }).find("\"weights\""), std::string::npos);
  EXPECT_NE(message([](quoin_call &c) { c.ldy = 7; }).find("row stride 7"), std::string::npos);
  EXPECT_NE(message([](quoin_call &c) { c.n_begin = 2; }).find("no range of panels"), std::string::npos);
  EXPECT_NE(message([](quoin_call &c) { c.n_end = 9; }).find("no range of panels"), std::string::npos);
  EXPECT_NE(message([](quoin_call &c) { c.xq_bytes -= 1; }).find("\"xq\" has"), std::string::npos);
  EXPECT_NE(message([](quoin_call &c) { c.xq = static_cast<char *>(c.xq) + 4; }).find("64-byte"), std::string::npos);
  EXPECT_NE(message([](quoin_call &c) { c.scratch = nullptr; }).find("\"scratch\""), std::string::npos);
  EXPECT_NE(message([](quoin_call &c) { c.m = -1; }).find("M = -1"), std::string::npos);
  EXPECT_NE(message([](quoin_call &c) { c.y = nullptr; }).find("\"y\""), std::string::npos);
  Operands none(kernel, weights, 8, 1);
  none.call.m = 0;
  none.call.y = nullptr;
  none.call.xq = nullptr;
  EXPECT_EQ(quoin_matmul(kernel, &none.call, &error), QUOIN_OK) << "M = 0 is legal";
  quoin_weights_release(weights);
  quoin_weights_release(other);
}

TEST_F(Api, weightsOfAnotherLayoutAreRefused) {
  std::vector<uint8_t> file = TestBundle(manifestJson(kernelJson("k", imageJson("base", "[]"), "ffff"))).bytes();
  quoin_bundle *second = nullptr;
  ASSERT_EQ(quoin_bundle_create_from_memory(file.data(), file.size(), nullptr, &second, &error), QUOIN_OK);
  quoin_weights *weights = pack(8, 32);
  Operands operands(kernel, weights, 8, 1);
  EXPECT_EQ(quoin_matmul(quoin_bundle_kernel(second, 0), &operands.call, &error), QUOIN_BAD_PACKED);
  EXPECT_NE(std::string(error.message).find("\"ffff\""), std::string::npos);
  quoin_weights_release(weights);
  quoin_bundle_release(second);
}

// A kernel of layout "stored" works on the caller's streams: nothing is packed, and there is nothing to save.
TEST_F(Api, storedLayoutsReferToTheStreams) {
  std::string json = kernelJson("k", imageJson("base", "[]"));
  json.replace(json.find("\"packed\""), 8, "\"stored\"");
  json.erase(json.find("\"layout_id\":\"abcd\","), 19);
  std::vector<uint8_t> file = TestBundle(manifestJson(json)).bytes();
  quoin_bundle *stored = nullptr;
  ASSERT_EQ(quoin_bundle_create_from_memory(file.data(), file.size(), nullptr, &stored, &error), QUOIN_OK)
      << error.message;
  const quoin_kernel *inPlace = quoin_bundle_kernel(stored, 0);
  std::vector<uint8_t> bytes(8 * 18);
  quoin_stream stream = {"block", bytes.data(), bytes.size()};
  quoin_weights *weights = nullptr;
  ASSERT_EQ(quoin_weights_create_from_streams(inPlace, 8, 32, &stream, 1, nullptr, &weights, &error), QUOIN_OK)
      << error.message;
  EXPECT_EQ(quoin_weights_data(weights, nullptr, nullptr, nullptr), nullptr);
  EXPECT_EQ(quoin_weights_save(weights, "never-made.packed", &error), QUOIN_NOT_FOUND);
  size_t size;
  EXPECT_EQ(quoin_kernel_packed_bytes(inPlace, 8, 32, &size, &error), QUOIN_NOT_FOUND);
  uint8_t *unpacked = bytes.data();
  EXPECT_EQ(quoin_weights_unpack(inPlace, weights, reinterpret_cast<void **>(&unpacked), 1, &error), QUOIN_NOT_FOUND);
  quoin_weights *packed = pack(8, 32);
  Operands mixed(inPlace, packed, 8, 1);
  EXPECT_EQ(quoin_matmul(inPlace, &mixed.call, &error), QUOIN_BAD_PACKED) << "packed weights, stored kernel";
  mixed.call.weights = weights;
  EXPECT_EQ(quoin_matmul(kernel, &mixed.call, &error), QUOIN_BAD_PACKED) << "streams, packing kernel";
  quoin_weights_release(packed);
  Operands operands(inPlace, weights, 8, 1);
  EXPECT_EQ(quoin_matmul(inPlace, &operands.call, &error), QUOIN_OK) << error.message;
  EXPECT_EQ(bitsOf(operands.y[0]), 8);
  operands.y.resize(8 * 32);
  operands.call.y = operands.y.data();
  operands.call.ldy = 31;
  EXPECT_EQ(quoin_decode(inPlace, &operands.call, &stream, 1, &error), QUOIN_INVALID_ARGUMENT);
  operands.call.ldy = 32;
  EXPECT_EQ(quoin_decode(inPlace, &operands.call, &stream, 1, &error), QUOIN_OK) << error.message;
  quoin_weights_release(weights);
  quoin_bundle_release(stored);
}

TEST_F(Api, viewsMustFit) {
  alignas(64) uint8_t packed[128 + 64] = {};
  quoin_weights *view = nullptr;
  EXPECT_EQ(quoin_weights_create_view(kernel, 4, 32, packed, 72, &view, &error), QUOIN_OK);
  EXPECT_EQ(quoin_weights_data(view, nullptr, nullptr, nullptr), packed);
  quoin_weights_release(view);
  EXPECT_EQ(quoin_weights_create_view(kernel, 4, 32, packed + 8, 72, &view, &error), QUOIN_INVALID_ARGUMENT);
  EXPECT_EQ(quoin_weights_create_view(kernel, 4, 32, packed, 71, &view, &error), QUOIN_INVALID_ARGUMENT);
}

TEST(Pool, everyIndexOnceForEveryLaunch) {
  for (int threads : {1, 2, 5}) {
    quoin_pool *pool = nullptr;
    ASSERT_EQ(quoin_pool_create(threads, 1, &pool, nullptr), QUOIN_OK);
    quoin_launch launch = quoin_pool_launch(pool);
    EXPECT_EQ(launch.parts, threads);
    for (int64_t count : {0, 1, 2, 3, 17}) {
      for (int repeat = 0; repeat < 200; ++repeat) {
        std::vector<std::atomic<int>> seen(static_cast<size_t>(count));
        auto mark = [](void *argument, int64_t index) {
          ++(*static_cast<std::vector<std::atomic<int>> *>(argument))[size_t(index)];
        };
        launch.parallel_for(launch.context, count, mark, &seen);
        for (auto &times : seen)
          ASSERT_EQ(times, 1);
      }
    }
    quoin_pool_release(pool);
  }
  quoin_pool *none = nullptr;
  EXPECT_EQ(quoin_pool_create(0, 0, &none, nullptr), QUOIN_INVALID_ARGUMENT);
  EXPECT_EQ(quoin_pool_create(1025, 0, &none, nullptr), QUOIN_INVALID_ARGUMENT);
}

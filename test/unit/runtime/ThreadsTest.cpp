// One bundle, its kernels and weights in the hands of many threads at once. Built with -fsanitize=thread by the suite
// "threads" of scripts/run-tests.py, it also shows that the runtime itself never races.
#include "FakeBundle.h"
#include "quoin/runtime.h"
#include "runtime/cpu_features.h"

#include <barrier>
#include <cstdlib>
#include <gtest/gtest.h>
#include <thread>

using namespace quoin;
using namespace quoin::test;

namespace {

constexpr int threadCount = 64, rounds = 4;
constexpr int64_t m = 64, n = 4 * threadCount, k = 64;

struct Free {
  void operator()(void *memory) const { std::free(memory); }
};
using Aligned = std::unique_ptr<void, Free>;
Aligned aligned(size_t bytes) { return Aligned(std::aligned_alloc(64, (bytes + 63) / 64 * 64 + 64)); }

/// What the threads share: handles that are const, and outputs of which each does its own rows.
struct Shared {
  std::vector<uint8_t> file, stored;
  quoin_bundle *bundle = nullptr;
  const quoin_kernel *kernel = nullptr;
  quoin_weights *weights = nullptr;
  quoin_pool *pool = nullptr;
  std::vector<float> x = std::vector<float>(m * k), y = std::vector<float>(m * n);
  Aligned xq;
  size_t xqBytes = 0, scratchBytes = 0;
  quoin_error error{};

  Shared() : stored(size_t(n * k / 32 * 18), 0x3c) {
    std::string path = writeFake();
    file = fileBytes(path);
    std::filesystem::remove(path);
    EXPECT_EQ(quoin_bundle_create_from_memory(file.data(), file.size(), nullptr, &bundle, &error), QUOIN_OK)
        << error.message;
    kernel = quoin_bundle_kernel(bundle, 0);
    EXPECT_EQ(quoin_pool_create(4, 0, &pool, &error), QUOIN_OK) << error.message;
    weights = pack(kernel);
    EXPECT_EQ(quoin_kernel_xq_bytes(kernel, m, k, &xqBytes, &error), QUOIN_OK);
    EXPECT_EQ(quoin_kernel_scratch_bytes(kernel, 4, &scratchBytes, &error), QUOIN_OK);
    xq = aligned(xqBytes);
    for (size_t i = 0; i < x.size(); ++i)
      x[i] = float(int(i % 19) - 9);
  }
  ~Shared() {
    quoin_weights_release(weights);
    quoin_pool_release(pool);
    quoin_bundle_release(bundle);
  }

  quoin_weights *pack(const quoin_kernel *with) const {
    quoin_stream stream = {"block", stored.data(), stored.size()};
    quoin_weights *made = nullptr;
    quoin_error problem;
    EXPECT_EQ(quoin_weights_create_from_streams(with, n, k, &stream, 1, nullptr, &made, &problem), QUOIN_OK)
        << problem.message;
    return made;
  }

  quoin_call call() {
    quoin_call all{};
    all.m = m, all.n = n, all.k = k;
    all.x = x.data(), all.ldx = k;
    all.xq = xq.get(), all.xq_bytes = xqBytes;
    all.weights = weights;
    all.y = y.data(), all.ldy = n;
    all.m_end = m, all.n_end = n;
    return all;
  }
};

/// A thread's own handles on the same file, from load to release.
void useOwnBundle(const Shared &shared) {
  quoin_bundle *bundle = nullptr;
  quoin_error error;
  ASSERT_EQ(quoin_bundle_create_from_memory(shared.file.data(), shared.file.size(), nullptr, &bundle, &error), QUOIN_OK)
      << error.message;
  const quoin_kernel *kernel = nullptr;
  EXPECT_EQ(quoin_bundle_find_kernel(bundle, "MATMUL_example_int8:32", &kernel, &error), QUOIN_OK);
  quoin_kernel_info info;
  quoin_kernel_get_info(kernel, &info);
  EXPECT_STREQ(info.isa, "avx-fma");
  quoin_weights *weights = shared.pack(kernel);
  quoin_bundle_release(bundle);
  quoin_weights_release(weights); // which may outlive it
}

/// Rows of X, then, when all have done theirs, rows of W.
void multiplyShare(Shared &shared, int64_t index, std::barrier<> &phase) {
  Aligned scratch = aligned(shared.scratchBytes);
  quoin_launch launch = quoin_pool_launch(shared.pool);
  quoin_error error;
  for (int round = 0; round < rounds; ++round) {
    quoin_call call = shared.call();
    call.m_begin = index * m / threadCount, call.m_end = (index + 1) * m / threadCount;
    EXPECT_EQ(quoin_quantize(shared.kernel, &call, &error), QUOIN_OK) << error.message;
    phase.arrive_and_wait();
    call.n_begin = 4 * index, call.n_end = 4 * (index + 1);
    call.scratch = scratch.get(), call.scratch_bytes = shared.scratchBytes;
    call.launch = index % 2 ? &launch : nullptr;
    EXPECT_EQ(quoin_matmul(shared.kernel, &call, &error), QUOIN_OK) << error.message;
    if (round == 0)
      useOwnBundle(shared);
    phase.arrive_and_wait();
  }
}

TEST(Threads, shareEverythingThatIsConst) {
  if (!hasFeature("avx") || !hasFeature("fma") || !hasFeature("f16c"))
    GTEST_SKIP() << "the kernels written by hand need AVX, FMA and F16C";
  Shared shared;
  std::vector<float> alone(shared.y.size());
  {
    Aligned scratch = aligned(shared.scratchBytes);
    quoin_call call = shared.call();
    call.y = alone.data();
    call.scratch = scratch.get(), call.scratch_bytes = shared.scratchBytes;
    ASSERT_EQ(quoin_quantize(shared.kernel, &call, &shared.error), QUOIN_OK) << shared.error.message;
    ASSERT_EQ(quoin_matmul(shared.kernel, &call, &shared.error), QUOIN_OK) << shared.error.message;
  }
  std::fill(shared.y.begin(), shared.y.end(), -1.0f);
  std::barrier phase(threadCount);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < threadCount; ++i)
      threads.emplace_back([&shared, &phase, i] { multiplyShare(shared, i, phase); });
  }
  EXPECT_EQ(shared.y, alone);
}

TEST(Threads, launchesOnOnePoolWaitForEachOther) {
  quoin_pool *pool = nullptr;
  quoin_error error;
  ASSERT_EQ(quoin_pool_create(8, 1, &pool, &error), QUOIN_OK) << error.message;
  std::vector<int64_t> sums(16);
  {
    std::vector<std::jthread> callers;
    for (int64_t &sum : sums)
      callers.emplace_back([&sum, pool] {
        quoin_launch launch = quoin_pool_launch(pool);
        std::vector<int64_t> parts(200);
        launch.parallel_for(
            launch.context, 200, [](void *to, int64_t i) { (*static_cast<std::vector<int64_t> *>(to))[size_t(i)] = i; },
            &parts);
        for (int64_t part : parts)
          sum += part;
      });
  }
  for (int64_t sum : sums)
    EXPECT_EQ(sum, 199 * 200 / 2);
  quoin_pool_release(pool);
}

} // namespace

// Memory and system calls that fail: at every place where the runtime asks for them it answers with a status, gives
// back what it held, and tries again later. The program replaces operator new, and the linker wraps the system's
// functions.
#include "TestBundle.h"
#include "quoin/runtime.h"

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
#include <filesystem>
#include <functional>
#include <gtest/gtest.h>
#include <malloc.h>
#include <new>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace quoin;
using namespace quoin::test;

/// Counts requests down; those that come when it is at 0 fail, the first one alone or all from there.
struct Injector {
  std::atomic<int64_t> left{-1}; ///< -1: none fails
  bool forever = false;
  std::atomic<int64_t> failures{0};

  bool fails() {
    int64_t now = left.load();
    if (now < 0)
      return false;
    if (now > 0)
      return left.store(now - 1), false;
    if (!forever)
      left.store(-1);
    return ++failures, true;
  }
};

static Injector memory, calls;
static std::atomic<int64_t> liveBytes{0}, peakBytes{0};

static void count(void *block, int64_t sign) {
  int64_t now = liveBytes += sign * int64_t(malloc_usable_size(block));
  for (int64_t peak = peakBytes; now > peak && !peakBytes.compare_exchange_weak(peak, now);)
    ;
}

void *operator new(size_t size) {
  void *block = memory.fails() ? nullptr : std::malloc(size ? size : 1);
  if (!block)
    throw std::bad_alloc();
  count(block, 1);
  return block;
}
void operator delete(void *block) noexcept {
  if (block)
    count(block, -1);
  std::free(block);
}
void operator delete(void *block, size_t) noexcept { operator delete(block); }

extern "C" {
void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size) {
  return memory.fails() ? nullptr : __real_aligned_alloc(alignment, size);
}
#define WRAP(TYPE, NAME, FAILED, PARAMETERS, ARGUMENTS)                                                                \
  TYPE __real_##NAME PARAMETERS;                                                                                       \
  TYPE __wrap_##NAME PARAMETERS {                                                                                      \
    if (!calls.fails())                                                                                                \
      return __real_##NAME ARGUMENTS;                                                                                  \
    errno = EIO;                                                                                                       \
    return FAILED;                                                                                                     \
  }
WRAP(FILE *, fopen, nullptr, (const char *path, const char *mode), (path, mode))
WRAP(FILE *, fdopen, nullptr, (int file, const char *mode), (file, mode))
WRAP(size_t, fread, 0, (void *to, size_t size, size_t n, FILE *file), (to, size, n, file))
WRAP(size_t, fwrite, 0, (const void *from, size_t size, size_t n, FILE *file), (from, size, n, file))
WRAP(int, fstat, -1, (int file, struct stat *status), (file, status))
WRAP(int, rename, -1, (const char *from, const char *to), (from, to))
WRAP(int, mprotect, -1, (void *pages, size_t bytes, int protection), (pages, bytes, protection))
WRAP(void *, mmap, MAP_FAILED, (void *at, size_t bytes, int protection, int flags, int file, off_t offset),
     (at, bytes, protection, flags, file, offset))

// The C++ library makes the threads, so this one stands before the system's for all of the process.
int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *argument) {
  using Create = int (*)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
  static const auto real = reinterpret_cast<Create>(dlsym(RTLD_NEXT, "pthread_create"));
  return calls.fails() ? EAGAIN : real(thread, attributes, body, argument);
}
}

namespace {

/// Everything that asks for memory or files, from a bundle's file to packed weights read back.
struct Scene {
  std::string bundlePath = testing::TempDir() + "fault-" + std::to_string(getpid()) + ".quoin";
  std::string packedPath = testing::TempDir() + "fault-" + std::to_string(getpid()) + ".packed";
  quoin_error error{};

  Scene() {
    std::vector<uint8_t> bytes = TestBundle().bytes();
    FILE *file = std::fopen(bundlePath.c_str(), "wb");
    EXPECT_EQ(std::fwrite(bytes.data(), 1, bytes.size(), file), bytes.size());
    std::fclose(file);
  }
  ~Scene() {
    std::remove(bundlePath.c_str());
    std::remove(packedPath.c_str());
  }

  quoin_status run() {
    quoin_bundle *bundle = nullptr;
    quoin_status status = quoin_bundle_create_from_file(bundlePath.c_str(), nullptr, &bundle, &error);
    if (status == QUOIN_OK)
      status = useBundle(bundle);
    quoin_bundle_release(bundle);
    return status;
  }

  quoin_status useBundle(const quoin_bundle *bundle) {
    const quoin_kernel *kernel = nullptr;
    if (auto status = quoin_bundle_find_kernel(bundle, "matmul_EXAMPLE_4bit_int8:32", &kernel, &error))
      return status;
    std::array<uint8_t, 4 * 2 * 18> stored{};
    quoin_stream stream = {"block", stored.data(), stored.size()};
    quoin_weights *weights = nullptr, *read = nullptr;
    quoin_status status = quoin_weights_create_from_streams(kernel, 4, 64, &stream, 1, nullptr, &weights, &error);
    if (status == QUOIN_OK)
      status = quoin_weights_save(weights, packedPath.c_str(), &error);
    if (status == QUOIN_OK)
      status = quoin_weights_create_from_file(kernel, packedPath.c_str(), &read, &error);
    if (status == QUOIN_OK) {
      void *to = stored.data();
      status = quoin_weights_unpack(kernel, read, &to, 1, &error);
    }
    quoin_weights_release(weights);
    quoin_weights_release(read);
    return status;
  }
};

/// Lets the n-th request fail, for every n there is; returns how many there were.
int64_t failEach(Injector &injector, bool forever, const std::function<void(int64_t n)> &attempt) {
  for (int64_t n = 0;; ++n) {
    injector.failures = 0;
    injector.forever = forever;
    injector.left = n;
    attempt(n);
    injector.left = -1;
    if (injector.failures == 0)
      return n;
  }
}

class Faults : public testing::TestWithParam<bool> {};

TEST_P(Faults, everyAllocationMayFail) {
  Scene scene;
  ASSERT_EQ(scene.run(), QUOIN_OK) << scene.error.message; // what is made once is there
  int64_t before = liveBytes;
  int64_t requests = failEach(memory, GetParam(), [&](int64_t n) {
    quoin_status status = scene.run();
    memory.left = -1;
    EXPECT_EQ(status, memory.failures ? QUOIN_OUT_OF_MEMORY : QUOIN_OK) << n << ": " << scene.error.message;
    EXPECT_STREQ(scene.error.message, memory.failures ? "memory is exhausted" : "") << n;
    EXPECT_EQ(liveBytes, before) << n;
  });
  EXPECT_GT(requests, 500);
  EXPECT_EQ(scene.run(), QUOIN_OK);
}

TEST_P(Faults, everySystemCallMayFail) {
  Scene scene;
  int64_t requests = failEach(calls, GetParam(), [&](int64_t n) {
    quoin_status status = scene.run();
    calls.left = -1;
    bool expected = status == QUOIN_OK || status == QUOIN_IO_ERROR || status == QUOIN_OUT_OF_MEMORY;
    EXPECT_TRUE(expected) << n << ": " << scene.error.message;
    EXPECT_EQ(status == QUOIN_OK, calls.failures == 0) << n;
    EXPECT_TRUE(!calls.failures || scene.error.message[0]) << n;
  });
  EXPECT_GE(requests, 10); // open, stat, read, pages, protection; open, write twice, rename; open, stat, read
  EXPECT_EQ(scene.run(), QUOIN_OK);
}

/// Threads of this process; one that has been joined may stay listed for a moment, so `limit` is waited for.
int64_t threadsAlive(int64_t limit = INT64_MAX) {
  using Folder = std::filesystem::directory_iterator;
  int64_t alive = INT64_MAX;
  for (int tries = 0; tries < 5000; ++tries, usleep(1000))
    if (alive = std::distance(Folder("/proc/self/task"), Folder()); alive <= limit)
      break;
  return alive;
}

TEST_P(Faults, everyThreadMayFailToStart) {
  const int64_t before = threadsAlive(); // a sanitizer may have one of its own
  int64_t requests = failEach(calls, GetParam(), [&](int64_t n) {
    quoin_pool *pool = nullptr;
    quoin_error error{};
    quoin_status status = quoin_pool_create(4, 0, &pool, &error);
    EXPECT_EQ(status, calls.failures ? QUOIN_OUT_OF_MEMORY : QUOIN_OK) << n;
    EXPECT_STREQ(error.message, calls.failures ? "the system refused a resource" : "") << n;
    EXPECT_EQ(pool == nullptr, calls.failures != 0) << n;
    quoin_pool_release(pool);
    EXPECT_EQ(threadsAlive(before), before) << n;
  });
  EXPECT_EQ(requests, 3); // the caller is the fourth
}

INSTANTIATE_TEST_SUITE_P(Once, Faults, testing::Values(false));
INSTANTIATE_TEST_SUITE_P(FromThereOn, Faults, testing::Values(true));

/// Peak of what is allocated while `bytes` are loaded, beside what was before.
int64_t peakOfLoading(const std::vector<uint8_t> &bytes) {
  auto load = [&] {
    quoin_bundle *bundle = nullptr;
    quoin_bundle_create_from_memory(bytes.data(), bytes.size(), nullptr, &bundle, nullptr);
    quoin_bundle_release(bundle);
  };
  load(); // what is made once is there
  int64_t before = liveBytes;
  peakBytes = before;
  load();
  EXPECT_EQ(liveBytes, before);
  return peakBytes - before;
}

// A file of n bytes costs at most 64 n + 1 MiB to load or to refuse, whatever sizes it speaks of.
TEST(Memory, isBoundedByTheFilesSize) {
  auto repeated = [](const std::string &part, size_t count) {
    std::string text;
    for (size_t i = 0; i < count; ++i)
      text += (i ? "," : "") + part;
    return text;
  };
  constexpr size_t many = 20000;
  std::string kernel = kernelJson("k", imageJson("base", "[]"));
  const std::string manifests[] = {
      TestBundle().manifest,
      "[" + repeated("[]", many) + "]",
      "[" + repeated("{}", many) + "]",
      "[" + repeated("0", many) + "]",
      "[" + repeated("\"\"", many) + "]",
      "[" + repeated("{\"a\":[]}", many) + "]",
      "{\"kernels\":[" + repeated("{}", 4096) + "]}",
      manifestJson(repeated(kernel, 50)),
      manifestJson(kernel, "{\"nodes\":[" + repeated("{}", many) + "]}"),
      manifestJson(kernel, "{\"nodes\":[" + repeated("{\"op\":\"int\",\"type\":\"index\"}", many) + "]}"),
      std::string(many, '['),
      std::string(many, '"'),
  };
  for (const std::string &manifest : manifests) {
    std::vector<uint8_t> file = TestBundle(manifest).bytes();
    EXPECT_LE(peakOfLoading(file), int64_t(64 * file.size()) + (1 << 20)) << manifest.substr(0, 40);
  }
}

TEST(Memory, isBoundedWhateverTheHeaderSays) {
  const std::vector<uint8_t> good = TestBundle().bytes();
  for (size_t at = 0; at + 4 <= sizeof(BundleHeader) + sizeof(BundleSection); at += 4)
    for (uint32_t value : {0u, 0x7fffffffu, 0xffffffffu}) {
      std::vector<uint8_t> file = good;
      std::memcpy(file.data() + at, &value, sizeof(value));
      TestBundle::rehash(file);
      EXPECT_LE(peakOfLoading(file), int64_t(64 * file.size()) + (1 << 20)) << at;
    }
}

} // namespace

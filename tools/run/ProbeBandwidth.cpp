#include "tools/run/Probe.h"

#include "runtime/cpu_features.h"

#include <chrono>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace quoin {

/// Far enough ahead to cover memory's latency at the rate one core reads.
static constexpr size_t prefetchBytes = 1024;

/// Keeps a result alive without storing it.
template <typename T> static void use(const T &value) { __asm__ volatile("" : : "m"(value)); }

#if defined(__x86_64__)

__attribute__((target("avx2"))) static void readPlain(const uint8_t *data, size_t bytes) {
  __m256i a = _mm256_setzero_si256(), b = a;
  for (size_t at = 0; at + 64 <= bytes; at += 64) {
    a = _mm256_or_si256(a, _mm256_loadu_si256(reinterpret_cast<const __m256i *>(data + at)));
    b = _mm256_or_si256(b, _mm256_loadu_si256(reinterpret_cast<const __m256i *>(data + at + 32)));
  }
  use(_mm256_or_si256(a, b));
}

__attribute__((target("avx2"))) static void readAhead(const uint8_t *data, size_t bytes) {
  __m256i a = _mm256_setzero_si256(), b = a;
  for (size_t at = 0; at + 64 <= bytes; at += 64) {
    _mm_prefetch(reinterpret_cast<const char *>(data + at + prefetchBytes), _MM_HINT_T0); // never faults
    a = _mm256_or_si256(a, _mm256_loadu_si256(reinterpret_cast<const __m256i *>(data + at)));
    b = _mm256_or_si256(b, _mm256_loadu_si256(reinterpret_cast<const __m256i *>(data + at + 32)));
  }
  use(_mm256_or_si256(a, b));
}

static bool hasWideLoads() { return hasFeature("avx2"); }

#else

static void readPlain(const uint8_t *, size_t) {}
static void readAhead(const uint8_t *, size_t) {}
static bool hasWideLoads() { return false; }

#endif

/// Where there are no wide loads: 64 bytes a step in machine words.
static void readWords(const uint8_t *data, size_t bytes, bool prefetch) {
  uint64_t sum[8] = {};
  for (size_t at = 0; at + 64 <= bytes; at += 64) {
    if (prefetch)
      __builtin_prefetch(data + at + prefetchBytes);
    uint64_t words[8];
    std::memcpy(words, data + at, 64);
    for (int i = 0; i < 8; ++i)
      sum[i] |= words[i];
  }
  use(sum[0] | sum[1] | sum[2] | sum[3] | sum[4] | sum[5] | sum[6] | sum[7]);
}

double readOnce(std::span<const uint8_t> bytes, bool prefetch, const quoin_launch &launch) {
  int64_t parts = partsOf(&launch);
  size_t share = bytes.size() / size_t(parts) / 64 * 64;
  bool wide = hasWideLoads();
  auto start = std::chrono::steady_clock::now();
  runParts(&launch, parts, [&](int64_t part) {
    const uint8_t *data = bytes.data() + size_t(part) * share;
    size_t length = part + 1 == parts ? bytes.size() - size_t(part) * share : share;
    if (!wide)
      readWords(data, length, prefetch);
    else if (prefetch)
      readAhead(data, length);
    else
      readPlain(data, length);
  });
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

} // namespace quoin

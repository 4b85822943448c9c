// Each probe is a loop of instructions in assembly, so that no compiler changes what is measured. Accumulators and
// temporaries are many enough that throughput, not latency, is the limit; inputs stay in registers.
#include "tools/run/Probe.h"

#include "runtime/cpu_features.h"

#include <algorithm>
#include <chrono>

namespace quoin {

struct DotProbe {
  const char *name;
  int64_t productsPerRound;
  void (*run)(int64_t rounds);
};

#if defined(__x86_64__)

/// vpdpbusd on 64 products each; 16 chains cover its latency on two ports.
__attribute__((target("avx512f"))) static void vnni512(int64_t rounds) {
#define STEP(n) "vpdpbusd %%zmm31, %%zmm30, %%zmm" #n "\n\t"
  __asm__ volatile("1:\n\t" STEP(0) STEP(1) STEP(2) STEP(3) STEP(4) STEP(5) STEP(6) STEP(7) STEP(8) STEP(9) STEP(10)
                       STEP(11) STEP(12) STEP(13) STEP(14) STEP(15) "dec %0\n\tjnz 1b\n\tvzeroupper\n\t"
                   : "+r"(rounds)
                   :
                   : "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",
                     "xmm11", "xmm12", "xmm13", "xmm14", "xmm15", "xmm30", "xmm31");
#undef STEP
}

/// The same on 32 products, in the encoding of AVX-VNNI.
__attribute__((target("avx2"))) static void vnni256(int64_t rounds) {
#define STEP(n) "%{vex%} vpdpbusd %%ymm15, %%ymm14, %%ymm" #n "\n\t"
  __asm__ volatile("1:\n\t" STEP(0) STEP(1) STEP(2) STEP(3) STEP(4) STEP(5) STEP(6) STEP(7) STEP(8) STEP(9) STEP(10)
                       STEP(11) "dec %0\n\tjnz 1b\n\tvzeroupper\n\t"
                   : "+r"(rounds)
                   :
                   : "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",
                     "xmm11", "xmm14", "xmm15");
#undef STEP
}

/// 32 products: vpmaddubsw to pairs in 16 bits, vpmaddwd by ones to fours in 32 bits, vpaddd to the accumulator.
__attribute__((target("avx2"))) static void bytesToWords(int64_t rounds) {
#define STEP(t, a)                                                                                                     \
  "vpmaddubsw %%ymm15, %%ymm14, %%ymm" #t "\n\t"                                                                       \
  "vpmaddwd %%ymm13, %%ymm" #t ", %%ymm" #t "\n\t"                                                                     \
  "vpaddd %%ymm" #t ", %%ymm" #a ", %%ymm" #a "\n\t"
  __asm__ volatile("1:\n\t" STEP(0, 6) STEP(1, 7) STEP(2, 8) STEP(3, 9) STEP(4, 10) STEP(5, 11) STEP(0, 6)
                       STEP(1, 7) "dec %0\n\tjnz 1b\n\tvzeroupper\n\t"
                   : "+r"(rounds)
                   :
                   : "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",
                     "xmm11", "xmm13", "xmm14", "xmm15");
#undef STEP
}

/// 256 products: eight vpmaddubsw added in 16 bits by seven vpaddw, then one vpmaddwd and one vpaddd. Four of them side
/// by side, step by step: of the orders tried on a Zen 4 the fastest.
__attribute__((target("avx2"))) static void wordsInBetween(int64_t rounds) {
#define FOUR(step) step(0, 5) step(1, 6) step(2, 7) step(3, 8)
#define FIRST(t, s) "vpmaddubsw %%ymm15, %%ymm14, %%ymm" #s "\n\t"
#define MULTIPLY(t, s) "vpmaddubsw %%ymm15, %%ymm14, %%ymm" #t "\n\t"
#define ADD(t, s) "vpaddw %%ymm" #t ", %%ymm" #s ", %%ymm" #s "\n\t"
#define WIDEN(t, s) "vpmaddwd %%ymm13, %%ymm" #s ", %%ymm" #s "\n\t"
#define SUM(s, a) "vpaddd %%ymm" #s ", %%ymm" #a ", %%ymm" #a "\n\t"
#define STEP FOUR(MULTIPLY) FOUR(ADD)
  __asm__ volatile("1:\n\t" FOUR(FIRST) STEP STEP STEP STEP STEP STEP STEP FOUR(WIDEN) SUM(5, 9) SUM(6, 10) SUM(7, 11)
                       SUM(8, 12) "dec %0\n\tjnz 1b\n\tvzeroupper\n\t"
                   : "+r"(rounds)
                   :
                   : "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",
                     "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
#undef STEP
#undef SUM
#undef WIDEN
#undef ADD
#undef MULTIPLY
#undef FIRST
#undef FOUR
}

/// Twelve chains of one multiply-add. Zeros: what is left in registers could be numbers that take longer.
#define TWELVE_CHAINS(name, features, instruction, r)                                                                  \
  __attribute__((target(features))) static void name(int64_t rounds) {                                                 \
    __asm__ volatile("vzeroall\n\t1:\n\t" STEP(instruction, r, 0) STEP(instruction, r, 1) STEP(instruction, r, 2)      \
                         STEP(instruction, r, 3) STEP(instruction, r, 4) STEP(instruction, r, 5)                       \
                             STEP(instruction, r, 6) STEP(instruction, r, 7) STEP(instruction, r, 8)                   \
                                 STEP(instruction, r, 9) STEP(instruction, r, 10) STEP(instruction, r, 11)             \
                                     "dec %0\n\tjnz 1b\n\tvzeroupper\n\t"                                            \
                     : "+r"(rounds)                                                                                    \
                     :                                                                                                 \
                     : "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",  \
                       "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");                                                   \
  }
#define STEP(instruction, r, n) instruction " %%" r "15, %%" r "14, %%" r #n "\n\t"
TWELVE_CHAINS(fma512, "avx512f", "vfmadd231ps", "zmm")
TWELVE_CHAINS(fma256, "avx2,fma", "vfmadd231ps", "ymm")
TWELVE_CHAINS(bf16Pairs512, "avx512f", "vdpbf16ps", "zmm")
#undef STEP
#undef TWELVE_CHAINS

static DotProbe chooseFloatProbe(DotClass dotClass) {
  if (dotClass == DotClass::Bf16Pairs && hasFeature("avx512bf16"))
    return {"vdpbf16ps zmm", 12 * 32, bf16Pairs512};
  if (hasFeature("avx512f"))
    return {"vfmadd231ps zmm", 12 * 16, fma512};
  if (hasFeature("fma") && hasFeature("avx2"))
    return {"vfmadd231ps ymm", 12 * 8, fma256};
  return {"", 0, nullptr};
}

static DotProbe chooseProbe(DotClass dotClass) {
  if (dotClass == DotClass::Floats || dotClass == DotClass::Bf16Pairs)
    return chooseFloatProbe(dotClass);
  if (hasFeature("avx512vnni"))
    return {"vpdpbusd zmm", 16 * 64, vnni512};
  if (hasFeature("avxvnni"))
    return {"vpdpbusd ymm", 12 * 32, vnni256};
  if (!hasFeature("avx2"))
    return {"", 0, nullptr};
  if (dotClass == DotClass::Narrow)
    return {"8 vpmaddubsw + 7 vpaddw + vpmaddwd + vpaddd ymm", 4 * 256, wordsInBetween};
  return {"vpmaddubsw + vpmaddwd + vpaddd ymm", 8 * 32, bytesToWords};
}

#else

static DotProbe chooseProbe(DotClass) { return {"", 0, nullptr}; }

#endif

DotLimit measureDot(DotClass dotClass, const quoin_launch &launch) {
  DotProbe probe = chooseProbe(dotClass);
  if (!probe.run)
    return {"", 0};
  constexpr int64_t products = 256 << 20; // some milliseconds for each part
  constexpr int runs = 25;                // others may hold a core for most of them
  int64_t parts = partsOf(&launch), rounds = products / probe.productsPerRound;
  double best = 0;
  for (int i = 0; i < runs; ++i) {
    auto start = std::chrono::steady_clock::now();
    runParts(&launch, parts, [&](int64_t) { probe.run(rounds); });
    double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    best = std::max(best, 2.0 * double(rounds * probe.productsPerRound * parts) / seconds * 1e-9);
  }
  return {probe.name, best};
}

} // namespace quoin

#include "runtime/cpu_features.h"

#include <array>
#include <cstdint>
#include <cstring>

#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

namespace quoin {

// Registers that the system must save for a feature to be usable (bits of XCR0).
enum OsState : uint8_t { NoState, Ymm, Zmm, Tiles };
enum Register : uint8_t { Eax, Ebx, Ecx, Edx };

struct X86Feature {
  const char *name;
  uint32_t leaf, subleaf;
  Register reg;
  uint8_t bit;
  OsState state;
};

// Bits as in the processors' manuals (Intel SDM volume 2A "CPUID", AMD APM volume 3 appendix E).
static constexpr X86Feature x86Features[] = {
    {"x87", 1, 0, Edx, 0, NoState},
    {"cx8", 1, 0, Edx, 8, NoState},
    {"cmov", 1, 0, Edx, 15, NoState},
    {"mmx", 1, 0, Edx, 23, NoState},
    {"fxsr", 1, 0, Edx, 24, NoState},
    {"sse", 1, 0, Edx, 25, NoState},
    {"sse2", 1, 0, Edx, 26, NoState},
    {"sse3", 1, 0, Ecx, 0, NoState},
    {"pclmul", 1, 0, Ecx, 1, NoState},
    {"ssse3", 1, 0, Ecx, 9, NoState},
    {"fma", 1, 0, Ecx, 12, Ymm},
    {"cx16", 1, 0, Ecx, 13, NoState},
    {"sse4.1", 1, 0, Ecx, 19, NoState},
    {"sse4.2", 1, 0, Ecx, 20, NoState},
    {"crc32", 1, 0, Ecx, 20, NoState},
    {"movbe", 1, 0, Ecx, 22, NoState},
    {"popcnt", 1, 0, Ecx, 23, NoState},
    {"aes", 1, 0, Ecx, 25, NoState},
    {"xsave", 1, 0, Ecx, 26, NoState},
    {"avx", 1, 0, Ecx, 28, Ymm},
    {"f16c", 1, 0, Ecx, 29, Ymm},
    {"bmi", 7, 0, Ebx, 3, NoState},
    {"avx2", 7, 0, Ebx, 5, Ymm},
    {"bmi2", 7, 0, Ebx, 8, NoState},
    {"avx512f", 7, 0, Ebx, 16, Zmm},
    {"avx512dq", 7, 0, Ebx, 17, Zmm},
    {"adx", 7, 0, Ebx, 19, NoState},
    {"avx512ifma", 7, 0, Ebx, 21, Zmm},
    {"avx512cd", 7, 0, Ebx, 28, Zmm},
    {"sha", 7, 0, Ebx, 29, NoState},
    {"avx512bw", 7, 0, Ebx, 30, Zmm},
    {"avx512vl", 7, 0, Ebx, 31, Zmm},
    {"avx512vbmi", 7, 0, Ecx, 1, Zmm},
    {"avx512vbmi2", 7, 0, Ecx, 6, Zmm},
    {"gfni", 7, 0, Ecx, 8, NoState},
    {"vaes", 7, 0, Ecx, 9, Ymm},
    {"vpclmulqdq", 7, 0, Ecx, 10, Ymm},
    {"avx512vnni", 7, 0, Ecx, 11, Zmm},
    {"avx512bitalg", 7, 0, Ecx, 12, Zmm},
    {"avx512vpopcntdq", 7, 0, Ecx, 14, Zmm},
    {"avx512vp2intersect", 7, 0, Edx, 8, Zmm},
    {"avx512fp16", 7, 0, Edx, 23, Zmm},
    {"amx-tile", 7, 0, Edx, 24, Tiles},
    {"amx-int8", 7, 0, Edx, 25, Tiles},
    {"avxvnni", 7, 1, Eax, 4, Ymm},
    {"avx512bf16", 7, 1, Eax, 5, Zmm},
    {"avxifma", 7, 1, Eax, 23, Ymm},
    {"avxvnniint8", 7, 1, Edx, 4, Ymm},
    {"avxneconvert", 7, 1, Edx, 5, Ymm},
    {"avxvnniint16", 7, 1, Edx, 10, Ymm},
    {"sahf", 0x80000001u, 0, Ecx, 0, NoState},
    {"lzcnt", 0x80000001u, 0, Ecx, 5, NoState},
    {"prfchw", 0x80000001u, 0, Ecx, 8, NoState},
    {"64bit", 0x80000001u, 0, Edx, 29, NoState},
};

struct ArmFeature {
  const char *name;
  uint8_t word, bit; // of AT_HWCAP (0) and AT_HWCAP2 (1), as Linux numbers them
};

static constexpr ArmFeature armFeatures[] = {
    {"neon", 0, 1}, {"fullfp16", 0, 10}, {"dotprod", 0, 20}, {"sve", 0, 22},
    {"sve2", 1, 1}, {"i8mm", 1, 13},     {"bf16", 1, 14},
};

#if defined(__x86_64__)

static uint64_t savedStates() {
  unsigned a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & (1u << 27))) // OSXSAVE: XGETBV may be executed
    return 0;
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return uint64_t(high) << 32 | low;
}

/// Linux lets a process use tile registers once it has asked (Documentation/arch/x86/xstate.rst).
static bool mayUseTiles() {
#if defined(__linux__)
  constexpr long requestPermission = 0x1023, tileData = 18;
  static const bool isAllowed = syscall(SYS_arch_prctl, requestPermission, tileData) == 0;
  return isAllowed;
#else
  return false;
#endif
}

static bool detect(const X86Feature &feature) {
  unsigned regs[4] = {};
  if (!__get_cpuid_count(feature.leaf, feature.subleaf, &regs[0], &regs[1], &regs[2], &regs[3]))
    return false;
  if (feature.leaf == 7 && feature.subleaf > 0) { // a subleaf above the maximum repeats other data on some processors
    unsigned a, b, c, d;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || a < feature.subleaf)
      return false;
  }
  if (!(regs[feature.reg] >> feature.bit & 1))
    return false;
  constexpr uint64_t ymm = 0x6, zmm = 0xe6, tiles = 0x60000;
  uint64_t needed = feature.state == Tiles ? tiles : feature.state == Zmm ? zmm : feature.state == Ymm ? ymm : 0;
  return (savedStates() & needed) == needed && (feature.state != Tiles || mayUseTiles());
}

static bool present(size_t index) {
  static const auto table = [] {
    std::array<bool, std::size(x86Features)> found{};
    for (size_t i = 0; i < found.size(); ++i)
      found[i] = detect(x86Features[i]);
    return found;
  }();
  return table[index];
}

std::string_view hostArchitecture() { return "x86_64"; }

bool hasFeature(std::string_view name) {
  for (size_t i = 0; i < std::size(x86Features); ++i)
    if (name == x86Features[i].name)
      return present(i);
  return false;
}

std::vector<std::string_view> hostFeatures() {
  std::vector<std::string_view> names;
  for (size_t i = 0; i < std::size(x86Features); ++i)
    if (present(i))
      names.push_back(x86Features[i].name);
  return names;
}

std::string hostModelName() {
  unsigned regs[12];
  if (__get_cpuid_max(0x80000000u, nullptr) < 0x80000004u)
    return "";
  for (unsigned i = 0; i < 3; ++i)
    __get_cpuid(0x80000002u + i, &regs[4 * i], &regs[4 * i + 1], &regs[4 * i + 2], &regs[4 * i + 3]);
  char text[sizeof(regs) + 1] = {};
  std::memcpy(text, regs, sizeof(regs));
  std::string name = text;
  name.erase(name.find_last_not_of(' ') + 1);
  name.erase(0, name.find_first_not_of(' '));
  return name;
}

#else

static bool present(const ArmFeature &feature) {
#if defined(__aarch64__) && defined(__linux__)
  return getauxval(feature.word ? AT_HWCAP2 : AT_HWCAP) >> feature.bit & 1;
#else
  return false;
#endif
}

std::string_view hostArchitecture() {
#if defined(__aarch64__)
  return "aarch64";
#else
  return "other";
#endif
}

bool hasFeature(std::string_view name) {
  for (const ArmFeature &feature : armFeatures)
    if (name == feature.name)
      return present(feature);
  return false;
}

std::vector<std::string_view> hostFeatures() {
  std::vector<std::string_view> names;
  for (const ArmFeature &feature : armFeatures)
    if (present(feature))
      names.push_back(feature.name);
  return names;
}

std::string hostModelName() { return ""; }

#endif

bool isKnownFeature(std::string_view name) {
  for (const X86Feature &feature : x86Features)
    if (name == feature.name)
      return true;
  for (const ArmFeature &feature : armFeatures)
    if (name == feature.name)
      return true;
  return false;
}

} // namespace quoin

// libFuzzer's coverage for code compiled by GCC: a counter for each block, in a table that libFuzzer reads beside its
// own.
#include <cstddef>
#include <cstdint>

static constexpr size_t tableBytes = 1 << 16;
__attribute__((section("__libfuzzer_extra_counters"))) uint8_t quoinFuzzCounters[tableBytes];

extern "C" const char __executable_start; // the linker's: addresses mean the same in every run

/// Called at the start of every block, in the place of libFuzzer's own, which does nothing.
extern "C" __attribute__((no_sanitize_coverage, no_sanitize("address", "undefined"))) void
__wrap___sanitizer_cov_trace_pc() {
  uintptr_t block = uintptr_t(__builtin_return_address(0)) - uintptr_t(&__executable_start);
  uint8_t &counter = quoinFuzzCounters[block * 0x9e3779b97f4a7c15 >> 48];
  counter += counter < UINT8_MAX;
}

// What the tests of readers of hostile files share: memory that is counted and fails, and system calls that fail.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <new>

namespace quoin::test {

/// While one lives, operator new is counted, and the call number `failAt` (from 0) throws. One at a time, one thread.
class Allocations {
public:
  explicit Allocations(size_t failAt = SIZE_MAX);
  ~Allocations();
  Allocations(const Allocations &) = delete;

  size_t calls() const;
  int64_t liveBytes() const; ///< allocated less freed since the beginning
  int64_t peakBytes() const; ///< the most of them at any time
};

/// While one lives, the call number `failAt` (from 0) of open, fstat, mmap, fopen and fread fails as if the system did.
class SystemCalls {
public:
  explicit SystemCalls(size_t failAt);
  ~SystemCalls();
  SystemCalls(const SystemCalls &) = delete;

  bool failed() const; ///< the call number `failAt` was reached
};

/// Memory that a reader may take for a file: a multiple of its size, and a little for its error message.
constexpr int64_t allowedBytes(size_t fileBytes) { return int64_t(16 * fileBytes + 4096); }

/// Runs `parse` with every allocation failing once: each must end in std::bad_alloc and leave nothing allocated.
/// Returns how many allocations a whole run makes; SIZE_MAX after a leak.
size_t failEachAllocation(const std::function<void()> &parse);

} // namespace quoin::test

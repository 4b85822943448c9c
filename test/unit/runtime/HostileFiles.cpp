#include "HostileFiles.h"

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <malloc.h>
#include <sys/mman.h>
#include <sys/stat.h>

namespace {
struct Counter {
  bool active = false;
  size_t calls = 0, failAt = SIZE_MAX;
  int64_t live = 0, peak = 0;
};
Counter memory, kernel;
} // namespace

void *operator new(size_t size) {
  if (memory.active && memory.calls++ == memory.failAt)
    throw std::bad_alloc();
  void *got = std::malloc(std::max<size_t>(size, 1));
  if (!got)
    throw std::bad_alloc();
  if (memory.active) {
    memory.live += int64_t(malloc_usable_size(got));
    memory.peak = std::max(memory.peak, memory.live);
  }
  return got;
}
void operator delete(void *pointer) noexcept {
  if (memory.active && pointer)
    memory.live -= int64_t(malloc_usable_size(pointer));
  std::free(pointer);
}
void operator delete(void *pointer, size_t) noexcept { operator delete(pointer); }

/// Whether this call of the system is to fail.
static bool fails() {
  if (!kernel.active || kernel.calls++ != kernel.failAt)
    return false;
  errno = EIO;
  return true;
}

// The linker puts these in the place of the system's (--wrap).
extern "C" {
int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return fails() ? -1 : __real_open(path, flags, mode);
}
int __real_fstat(int file, struct stat *status);
int __wrap_fstat(int file, struct stat *status) { return fails() ? -1 : __real_fstat(file, status); }
void *__real_mmap(void *at, size_t size, int protection, int flags, int file, off_t offset);
void *__wrap_mmap(void *at, size_t size, int protection, int flags, int file, off_t offset) {
  return fails() ? MAP_FAILED : __real_mmap(at, size, protection, flags, file, offset);
}
FILE *__real_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode) { return fails() ? nullptr : __real_fopen(path, mode); }
size_t __real_fread(void *to, size_t size, size_t count, FILE *file);
size_t __wrap_fread(void *to, size_t size, size_t count, FILE *file) {
  return fails() ? 0 : __real_fread(to, size, count, file);
}
}

namespace quoin::test {

Allocations::Allocations(size_t failAt) { memory = {true, 0, failAt, 0, 0}; }
Allocations::~Allocations() { memory.active = false; }
size_t Allocations::calls() const { return memory.calls; }
int64_t Allocations::liveBytes() const { return memory.live; }
int64_t Allocations::peakBytes() const { return memory.peak; }

SystemCalls::SystemCalls(size_t failAt) { kernel = {true, 0, failAt, 0, 0}; }
SystemCalls::~SystemCalls() { kernel.active = false; }
bool SystemCalls::failed() const { return kernel.calls > kernel.failAt; }

size_t failEachAllocation(const std::function<void()> &parse) {
  for (size_t failAt = 0;; ++failAt) {
    Allocations allocations(failAt);
    bool threw = false;
    try {
      parse();
    } catch (const std::bad_alloc &) {
      threw = true;
    }
    if (allocations.liveBytes() != 0 || threw != (allocations.calls() > failAt))
      return SIZE_MAX;
    if (!threw)
      return failAt;
  }
}

} // namespace quoin::test

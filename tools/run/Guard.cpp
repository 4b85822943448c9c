#include "tools/run/Guard.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <new>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>

namespace quoin {

// What a signal handler may read: plain memory, changed only between kernel calls.
struct GuardRecord {
  const char *name;
  const uint8_t *pages, *begin;
  size_t pageBytes, bytes;
};
static std::array<GuardRecord, 64> records;
static char announcement[512];

static size_t pageSize() { return size_t(sysconf(_SC_PAGESIZE)); }

GuardedBuffer::GuardedBuffer(const char *name, size_t bytes, size_t alignment, Placement placement)
    : name(name), bytes(bytes) {
  size_t page = pageSize();
  pageBytes = std::max<size_t>((bytes + alignment + page - 1) / page, 1) * page;
  void *memory = mmap(nullptr, pageBytes + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED)
    throw std::bad_alloc();
  pages = static_cast<uint8_t *>(memory) + page;
  if (mprotect(pages, pageBytes, PROT_READ | PROT_WRITE) != 0) {
    munmap(memory, pageBytes + 2 * page);
    throw std::bad_alloc();
  }
  std::memset(pages, pattern, pageBytes);
  begin = placement == Placement::AtStart ? pages : pages + (pageBytes - bytes) / alignment * alignment;
  for (GuardRecord &record : records)
    if (!record.pages) {
      record = {name, pages, begin, pageBytes, bytes};
      break;
    }
}

GuardedBuffer::GuardedBuffer(GuardedBuffer &&other) noexcept
    : name(other.name), pages(std::exchange(other.pages, nullptr)), begin(other.begin), pageBytes(other.pageBytes),
      bytes(other.bytes) {}

GuardedBuffer::~GuardedBuffer() {
  if (!pages)
    return;
  for (GuardRecord &record : records)
    if (record.pages == pages)
      record = {};
  munmap(pages - pageSize(), pageBytes + 2 * pageSize());
}

void GuardedBuffer::freeze() {
  if (mprotect(pages, pageBytes, PROT_READ) != 0)
    throw std::bad_alloc();
}

bool GuardedBuffer::surroundingsIntact() const {
  auto intact = [](const uint8_t *from, const uint8_t *to) {
    return std::all_of(from, to, [](uint8_t byte) { return byte == GuardedBuffer::pattern; });
  };
  return intact(pages, begin) && intact(begin + bytes, pages + pageBytes);
}

static constexpr char wrongKernel[] = "the kernel is wrong, report it with this command";

/// Only async-signal-safe calls, except snprintf of integers and strings, which glibc makes safe in practice.
static void onFault(int signal, siginfo_t *info, void *) {
  char text[1024];
  const auto *address = static_cast<const uint8_t *>(info->si_addr);
  int length = 0;
  for (const GuardRecord &record : records) {
    size_t page = 4096;
    if (signal != SIGSEGV || !record.pages || address < record.pages - page ||
        address >= record.pages + record.pageBytes + page)
      continue;
    bool before = address < record.begin, inside = !before && address < record.begin + record.bytes;
    if (inside)
      length = std::snprintf(text, sizeof(text), "quoin-run: error: %s wrote to its input \"%s\"; %s\n", announcement,
                             record.name, wrongKernel);
    else
      length = std::snprintf(
          text, sizeof(text), "quoin-run: error: %s touched memory %ld bytes %s operand \"%s\" of %zu bytes; %s\n",
          announcement,
          long(before ? record.begin - address : address - record.begin) - long(before ? 0 : record.bytes),
          before ? "before" : "behind the end of", record.name, record.bytes, wrongKernel);
  }
  if (length == 0)
    length = std::snprintf(text, sizeof(text), "quoin-run: error: %s ended with signal %d at address %p; %s\n",
                           announcement, signal, info->si_addr, wrongKernel);
  (void)!write(2, text, size_t(std::min<int>(length, sizeof(text) - 1)));
  _exit(1);
}

void installFaultReports() {
  struct sigaction action = {};
  action.sa_sigaction = onFault;
  action.sa_flags = SA_SIGINFO;
  for (int signal : {SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE})
    sigaction(signal, &action, nullptr);
}

void announce(const std::string &what) { std::snprintf(announcement, sizeof(announcement), "%s", what.c_str()); }

} // namespace quoin

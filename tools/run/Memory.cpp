#include "tools/run/Memory.h"

#include <algorithm>
#include <fstream>
#include <string>

namespace quoin {

static uint64_t readNumber(const char *path, uint64_t otherwise) {
  std::ifstream in(path);
  uint64_t value;
  return in >> value ? value : otherwise; // a limit of "max" is no number
}

uint64_t availableMemory() {
  uint64_t available = UINT64_MAX;
  std::ifstream in("/proc/meminfo");
  for (std::string name, unit; in >> name;) {
    uint64_t kibibytes;
    if (name == "MemAvailable:" && in >> kibibytes)
      available = kibibytes * 1024;
    std::getline(in, unit);
  }
  uint64_t limit = readNumber("/sys/fs/cgroup/memory.max", UINT64_MAX);
  uint64_t used = readNumber("/sys/fs/cgroup/memory.current", 0);
  if (limit != UINT64_MAX)
    available = std::min(available, limit > used ? limit - used : 0);
  return available == UINT64_MAX ? 1u << 30 : available;
}

} // namespace quoin

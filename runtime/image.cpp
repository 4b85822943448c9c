#include "runtime/image.h"

#include <cerrno>
#include <cstring>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>

namespace quoin {

static std::unexpected<Failure> refused(const char *what) {
  return failWith(QUOIN_OUT_OF_MEMORY, std::string("cannot ") + what + " pages for an image: " + std::strerror(errno),
                  "check the memory limit, and that the system lets processes make executable pages");
}

Outcome<ExecutableImage> ExecutableImage::map(std::span<const uint8_t> code) {
  size_t page = size_t(sysconf(_SC_PAGESIZE));
  size_t bytes = (code.size() + page - 1) / page * page;
  void *pages = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED)
    return refused("get");
  ExecutableImage image(static_cast<uint8_t *>(pages), bytes);
  std::memcpy(pages, code.data(), code.size());
  if (mprotect(pages, bytes, PROT_READ | PROT_EXEC) != 0)
    return refused("protect");
  __builtin___clear_cache(reinterpret_cast<char *>(pages), reinterpret_cast<char *>(pages) + bytes);
  return image;
}

ExecutableImage::ExecutableImage(ExecutableImage &&other) noexcept
    : pages(std::exchange(other.pages, nullptr)), bytes(other.bytes) {}

ExecutableImage::~ExecutableImage() {
  if (pages)
    munmap(pages, bytes);
}

} // namespace quoin

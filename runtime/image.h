// Executable pages: never writable and executable at the same time.
#pragma once

#include "runtime/failure.h"

#include <cstdint>
#include <span>

namespace quoin {

/// One mapped CPU image. Only bytes whose hash was verified may be mapped.
class ExecutableImage {
public:
  /// Copies `code` into fresh writable pages, then makes these readable and executable.
  static Outcome<ExecutableImage> map(std::span<const uint8_t> code);
  ExecutableImage(ExecutableImage &&other) noexcept;
  ExecutableImage &operator=(ExecutableImage &&) = delete;
  ~ExecutableImage();

  const uint8_t *base() const { return pages; }

private:
  ExecutableImage(uint8_t *pages, size_t bytes) : pages(pages), bytes(bytes) {}
  uint8_t *pages;
  size_t bytes;
};

} // namespace quoin

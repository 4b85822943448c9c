// Files written byte by byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace quoin::test {

/// A file under construction, little-endian.
struct FileBytes {
  std::vector<uint8_t> bytes;

  template <typename T> FileBytes &number(T value) {
    for (size_t i = 0; i < sizeof(T); ++i)
      bytes.push_back(uint8_t(uint64_t(value) >> (8 * i)));
    return *this;
  }
  FileBytes &text(const std::string &value) {
    bytes.insert(bytes.end(), value.begin(), value.end());
    return *this;
  }
  /// A text after its length in 64 bits.
  FileBytes &sized(const std::string &value) { return number<uint64_t>(value.size()).text(value); }
};

} // namespace quoin::test

// Bit ranges of a byte buffer. Bit b is bit b mod 8 of byte b div 8.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace quoin::spec {

/// `width` (1..32) bits from bit `bit` on, low bits first. The range must lie in the buffer of `bytes` bytes.
inline uint32_t loadBits(const uint8_t *data, int64_t bytes, int64_t bit, int width) {
  int64_t first = bit >> 3;
  int64_t span = ((bit & 7) + width + 7) >> 3;
  uint64_t word = 0;
  if constexpr (std::endian::native == std::endian::little) {
    if (first + 8 <= bytes) {
      std::memcpy(&word, data + first, 8);
      span = 0;
    }
  }
  for (int64_t i = 0; i < span; ++i)
    word |= uint64_t(data[first + i]) << (8 * i);
  return uint32_t(word >> (bit & 7) & ((uint64_t(1) << width) - 1));
}

/// Replaces `width` (1..32) bits from bit `bit` on by the low bits of `value`.
inline void storeBits(uint8_t *data, int64_t bit, int width, uint32_t value) {
  while (width > 0) {
    int shift = int(bit & 7), count = width < 8 - shift ? width : 8 - shift;
    uint8_t mask = uint8_t(((1u << count) - 1) << shift);
    uint8_t &byte = data[bit >> 3];
    byte = uint8_t((byte & ~mask) | ((value << shift) & mask));
    bit += count, width -= count, value >>= count;
  }
}

} // namespace quoin::spec

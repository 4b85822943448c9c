// SHA-256 (FIPS 180-4), incremental.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

namespace quoin {

using Sha256Digest = std::array<uint8_t, 32>;

class Sha256 {
public:
  void update(std::span<const uint8_t> bytes);
  /// Ends the message; the object must not be updated afterwards.
  Sha256Digest finish();

private:
  void block(const uint8_t *bytes);

  std::array<uint32_t, 8> state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                   0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<uint8_t, 64> pending{};
  uint64_t total = 0;
};

Sha256Digest sha256(std::span<const uint8_t> bytes);

/// Lower-case hexadecimal.
std::string hex(std::span<const uint8_t> bytes);

} // namespace quoin

// GGUF files, versions 2 and 3, little-endian: checked whole, then used where they lie.
#pragma once

#include "runtime/failure.h"

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace quoin {

/// A tensor of a file; refers to the file's bytes.
struct GgufTensor {
  std::string_view name; ///< UTF-8, 1 to 63 bytes, unlike any other of the file
  uint32_t type = 0;     ///< the number of its block type in ggml
  uint32_t rank = 0;
  std::array<int64_t, 4> extents{}; ///< the first `rank` of them, elements of a row first, each at least 1
  std::span<const uint8_t> data;    ///< exactly the bytes that type and extents need
};

/// The tensors of a file that is right in every part, in the order of the file. Its counts, lengths, types, names,
/// alignment and offsets are checked before they are used, and memory stays below a small multiple of the file's size.
/// Tensors must not overlap; gaps between them are legal. Metadata is checked and, but for the alignment, ignored.
/// Errors (QUOIN_BAD_MODEL) name the tensor or key and the byte offset. `bytes` outlives what is returned.
Outcome<std::vector<GgufTensor>> parseGguf(std::span<const uint8_t> bytes);

} // namespace quoin

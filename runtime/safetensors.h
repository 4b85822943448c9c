// safetensors files: checked whole, then used where they lie.
#pragma once

#include "runtime/failure.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace quoin {

/// An element type of such files.
struct SafetensorsType {
  const char *name; ///< in the file, as "F16"
  unsigned bits;
  const char *element; ///< the same as a format's text spells it, as "f16"; "" where it has no word for it
};

struct SafetensorsTensor {
  std::string name; ///< UTF-8 without zero bytes, unlike any other of the file
  const SafetensorsType *type = nullptr;
  std::vector<int64_t> extents;  ///< slowest first; none for a scalar
  std::span<const uint8_t> data; ///< in the file; exactly the bytes that type and extents need
};

/// The tensors of a file that is right in every part, in the order of their data. The header's length, its JSON, every
/// name, type, extent and offset are checked before they are used; the data of the tensors must cover the rest of the
/// file without holes and overlaps. Memory stays below a small multiple of the file's size. Errors (QUOIN_BAD_MODEL)
/// name the tensor or the byte offset. `bytes` outlives what is returned.
Outcome<std::vector<SafetensorsTensor>> parseSafetensors(std::span<const uint8_t> bytes);

} // namespace quoin

// From an ELF object to a flat image: position-independent bytes without relocations, and where its functions start.
#pragma once

#include "runtime/spec/Result.h"

#include <cstdint>
#include <map>
#include <string>

namespace quoin {

struct Image {
  std::string bytes;                       ///< code and constants, 64-byte aligned from its start
  std::map<std::string, uint64_t> entries; ///< global functions: name to offset
};

/// Lays out the allocated sections of a freestanding object one after another and resolves its relocations, all of
/// which must be relative between them. Undefined symbols, writable data and absolute addresses are errors.
Result<Image> linkImage(const std::string &object);

} // namespace quoin

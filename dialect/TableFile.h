// Tables that are too long for a text: files of raw elements, found by name and checked by hash.
#pragma once

#include "runtime/spec/Result.h"
#include "runtime/spec/Type.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace quoin {

/// Folders to look in, in order: `first`, those of the environment variable QUOIN_PATH, `share/quoin/data` beside the
/// running program's folder, and the data folder of the build.
std::vector<std::string> tableDirectories(const std::vector<std::string> &first);

struct TableFile {
  bool found = false;
  std::vector<uint32_t> values; ///< i32 bits for integer types, f32 bits for floats
};

/// Reads `count` little-endian elements of `type` (8, 16 or 32 bits) from the first file of that name. `found` is false
/// where no folder has it; a file of another size or another SHA-256 is an Error. Reads files and keeps nothing.
Result<TableFile> readTableFile(const std::string &name, const std::string &sha256, const spec::ScalarType &type,
                                int64_t count, const std::vector<std::string> &directories);

/// The file that readTableFile reads; nothing where no folder has it, or the name is none.
std::optional<std::string> findTableFile(const std::string &name, const std::vector<std::string> &directories);

} // namespace quoin

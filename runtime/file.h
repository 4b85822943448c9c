// Whole files in and out, with memory bounded by the file's size.
#pragma once

#include "runtime/failure.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace quoin {

/// Reads a regular file of at most `maxBytes`; a file that changes its size meanwhile is an error.
Outcome<std::vector<uint8_t>> readFile(const std::string &path, uint64_t maxBytes);

/// An error where `output`, given with `option`, is one of the files `inputs`: by path, symbolic link or hard link.
/// Inputs that are no regular files are none to lose.
Outcome<void> keepInputs(const std::string &option, const std::string &output, const std::vector<std::string> &inputs);

/// Writes `parts` one after the other to a temporary file beside `path` and renames it, so that no half file is left.
Outcome<void> writeFile(const std::string &path, std::span<const std::span<const uint8_t>> parts);

} // namespace quoin

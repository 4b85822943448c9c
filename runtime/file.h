// Whole files in and out, with memory bounded by the file's size, and files mapped where they lie.
#pragma once

#include "runtime/failure.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace quoin {

/// Reads a regular file of at most `maxBytes`; a file that changes its size meanwhile is an error.
Outcome<std::vector<uint8_t>> readFile(const std::string &path, uint64_t maxBytes);

/// The bytes of a regular file, mapped read-only: nothing is read before it is used, and the page cache is shared. The
/// bytes stay where they are when the object moves. A file that is cut while it is mapped ends the process with SIGBUS,
/// as the system defines it; replacing it by renaming another one onto its name is safe.
class MappedFile {
public:
  static Outcome<MappedFile> open(const std::string &path);
  MappedFile(MappedFile &&other) noexcept;
  MappedFile &operator=(MappedFile &&other) noexcept;
  ~MappedFile();

  std::span<const uint8_t> bytes() const { return {data, size}; }

private:
  MappedFile(const uint8_t *data, size_t size) : data(data), size(size) {}
  const uint8_t *data; ///< null for an empty file
  size_t size;
};

/// An error where `output`, given with `option` for what is no text, names no file: "" or "-".
Outcome<void> checkOutput(const std::string &option, const std::string &output);

/// An error where `output`, given with `option`, names no file or one of the files `inputs`: by path, symbolic link or
/// hard link. Inputs that are no regular files are none to lose.
Outcome<void> keepInputs(const std::string &option, const std::string &output, const std::vector<std::string> &inputs);

/// Writes `parts` one after the other to a new file beside `path` and renames it, so that no half file is left. A file
/// that is there is replaced with its permissions kept, where links lead to it in its own place; a device or pipe is
/// written directly.
Outcome<void> writeFile(const std::string &path, std::span<const std::span<const uint8_t>> parts);

} // namespace quoin

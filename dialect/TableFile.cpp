#include "dialect/TableFile.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/SHA256.h"

#include <bit>

using namespace llvm;

namespace quoin {

std::vector<std::string> tableDirectories(const std::vector<std::string> &first) {
  std::vector<std::string> result = first;
  if (auto path = sys::Process::GetEnv("QUOIN_PATH")) {
    SmallVector<StringRef> parts;
    StringRef(*path).split(parts, sys::EnvPathSeparator, -1, /*KeepEmpty=*/false);
    for (StringRef part : parts)
      result.push_back(part.str());
  }
  static int anchor;
  std::string program = sys::fs::getMainExecutable(nullptr, &anchor);
  if (!program.empty()) {
    SmallString<256> data(sys::path::parent_path(sys::path::parent_path(program)));
    sys::path::append(data, "share", "quoin", "data");
    result.push_back(data.str().str());
  }
  result.push_back(QUOIN_DATA_DIR);
  return result;
}

static uint32_t elementBits(const spec::ScalarType &type, const char *bytes) {
  uint32_t code = type.width == 8    ? uint8_t(*bytes)
                  : type.width == 16 ? support::endian::read16le(bytes)
                                     : support::endian::read32le(bytes);
  return type.isFloat() ? std::bit_cast<uint32_t>(type.decodeFloat(code)) : uint32_t(type.decodeInt(code));
}

static bool isPlainFileName(const std::string &name) {
  return !name.empty() && !sys::path::is_absolute(name) && !StringRef(name).contains("..");
}

std::optional<std::string> findTableFile(const std::string &name, const std::vector<std::string> &directories) {
  if (!isPlainFileName(name))
    return {};
  for (const std::string &directory : directories) {
    SmallString<256> path(directory);
    sys::path::append(path, name);
    if (sys::fs::is_regular_file(path)) // a pipe would be waited for
      return path.str().str();
  }
  return {};
}

Result<TableFile> readTableFile(const std::string &name, const std::string &sha256, const spec::ScalarType &type,
                                int64_t count, const std::vector<std::string> &directories) {
  if (type.width != 8 && type.width != 16 && type.width != 32)
    return fail("elements of type " + type.name() + " are no whole bytes, so they cannot come from a file");
  if (!isPlainFileName(name))
    return fail("\"" + name + "\" is no plain file name", "a table's file is looked up in the path");
  std::optional<std::string> path = findTableFile(name, directories);
  if (!path)
    return TableFile{};
  auto file = MemoryBuffer::getFile(*path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!file)
    return fail("file \"" + *path + "\" cannot be read: " + file.getError().message());
  StringRef bytes = (*file)->getBuffer();
  int64_t want = count * (type.width / 8);
  if (int64_t(bytes.size()) != want)
    return fail("file \"" + *path + "\" has " + std::to_string(bytes.size()) + " bytes and the table needs " +
                std::to_string(want));
  auto hash = SHA256::hash(ArrayRef(reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()));
  std::string hex = toHex(ArrayRef<uint8_t>(hash), /*LowerCase=*/true);
  if (!StringRef(sha256).equals_insensitive(hex))
    return fail("file \"" + *path + "\" has the SHA-256 " + hex + " and the text asks for " + sha256);
  TableFile result{true, {}};
  result.values.reserve(size_t(count));
  for (int64_t j = 0; j < count; ++j)
    result.values.push_back(elementBits(type, bytes.data() + j * (type.width / 8)));
  return result;
}

} // namespace quoin

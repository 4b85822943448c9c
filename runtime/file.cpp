#include "runtime/file.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace quoin {

static std::unexpected<Failure> ioFailure(const std::string &what, const std::string &path, const char *hint) {
  return failWith(QUOIN_IO_ERROR, "cannot " + what + " \"" + path + "\": " + std::strerror(errno), hint);
}

static std::unexpected<Failure> noRegularFile(const std::string &path) {
  return failWith(QUOIN_IO_ERROR, "\"" + path + "\" is not a regular file", "pass a file");
}

static constexpr const char *checkPath = "check the path and its permissions";

using FileHandle = std::unique_ptr<std::FILE, int (*)(std::FILE *)>;

namespace {
struct Descriptor {
  int number;
  explicit Descriptor(int number) : number(number) {}
  Descriptor(Descriptor &&other) noexcept : number(std::exchange(other.number, -1)) {}
  ~Descriptor() {
    if (number >= 0)
      close(number);
  }
};
} // namespace

static Outcome<Descriptor> openRegular(const std::string &path, struct stat &status) {
  // Not blocking, so that a pipe without a writer is refused rather than waited for.
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.number < 0 || fstat(file.number, &status) != 0)
    return ioFailure("open", path, checkPath);
  if (!S_ISREG(status.st_mode))
    return noRegularFile(path);
  return file;
}

Outcome<std::vector<uint8_t>> readFile(const std::string &path, uint64_t maxBytes) {
  struct stat status;
  auto opened = openRegular(path, status);
  if (!opened)
    return std::unexpected(opened.error());
  FileHandle file(fdopen(opened->number, "rb"), std::fclose);
  if (!file)
    return ioFailure("open", path, checkPath);
  opened->number = -1; // closed with the stream
  if (uint64_t(status.st_size) > maxBytes)
    return failWith(QUOIN_IO_ERROR,
                    "\"" + path + "\" has " + std::to_string(status.st_size) + " bytes, more than the limit of " +
                        std::to_string(maxBytes),
                    "check that this is the file you mean");
  std::vector<uint8_t> bytes(size_t(status.st_size));
  size_t got = bytes.empty() ? 0 : std::fread(bytes.data(), 1, bytes.size(), file.get());
  if (std::ferror(file.get()))
    return ioFailure("read", path, "check the device");
  if (got != bytes.size() || std::fgetc(file.get()) != EOF)
    return failWith(QUOIN_IO_ERROR, "\"" + path + "\" changed while it was read", "try again when nobody writes to it");
  return bytes;
}

Outcome<MappedFile> MappedFile::open(const std::string &path) {
  struct stat status;
  auto file = openRegular(path, status);
  if (!file)
    return std::unexpected(file.error());
  if (status.st_size == 0)
    return MappedFile(nullptr, 0);
  void *data = mmap(nullptr, size_t(status.st_size), PROT_READ, MAP_PRIVATE, file->number, 0);
  if (data == MAP_FAILED)
    return ioFailure("map", path, "check the limits of the process's address space");
  return MappedFile(static_cast<const uint8_t *>(data), size_t(status.st_size));
}

MappedFile::MappedFile(MappedFile &&other) noexcept
    : data(std::exchange(other.data, nullptr)), size(std::exchange(other.size, 0)) {}

MappedFile &MappedFile::operator=(MappedFile &&other) noexcept {
  std::swap(data, other.data);
  std::swap(size, other.size);
  return *this;
}

MappedFile::~MappedFile() {
  if (data)
    munmap(const_cast<uint8_t *>(data), size);
}

Outcome<void> checkOutput(const std::string &option, const std::string &output) {
  if (output.empty())
    return failWith(QUOIN_INVALID_ARGUMENT, option + " \"\" names no file", "give a name");
  if (output == "-")
    return failWith(QUOIN_INVALID_ARGUMENT, option + " \"-\" is standard output, where only text goes",
                    "name a file; ./- is one of that name");
  return {};
}

Outcome<void> keepInputs(const std::string &option, const std::string &output, const std::vector<std::string> &inputs) {
  if (auto named = checkOutput(option, output); !named)
    return named;
  struct stat there, status;
  if (stat(output.c_str(), &there) != 0 || !S_ISREG(there.st_mode))
    return {};
  for (const std::string &input : inputs)
    if (stat(input.c_str(), &status) == 0 && status.st_dev == there.st_dev && status.st_ino == there.st_ino)
      return failWith(QUOIN_INVALID_ARGUMENT,
                      option + " \"" + output + "\" would overwrite the input \"" + input + "\"", "name another file");
  return {};
}

/// A new file in the folder of `path` and its name; no other file and no link that somebody planted is opened. Null
/// with errno where there can be none.
static std::pair<FileHandle, std::string> createBeside(const std::string &path, mode_t mode) {
  const std::string stem = path.substr(0, path.rfind('/') + 1) + ".partial-" + std::to_string(getpid()) + "-";
  for (int attempt = 0;; ++attempt) { // what other threads and ended processes have is left alone
    std::string name = stem + std::to_string(attempt);
    Descriptor file(::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
    if (file.number < 0 && errno == EEXIST && attempt < 1000)
      continue;
    FileHandle handle(file.number < 0 ? nullptr : fdopen(file.number, "wb"), std::fclose);
    if (handle)
      file.number = -1; // closed with the stream
    else if (file.number >= 0)
      std::remove(name.c_str());
    return {std::move(handle), std::move(name)};
  }
}

/// The file that a path's links lead to, or the path where there is none yet.
static std::string behindLinks(const std::string &path) {
  std::unique_ptr<char, decltype(&std::free)> real(realpath(path.c_str(), nullptr), std::free);
  return real ? real.get() : path;
}

static bool writeParts(FileHandle file, std::span<const std::span<const uint8_t>> parts) {
  bool good = true;
  for (std::span<const uint8_t> part : parts)
    good = good && (part.empty() || std::fwrite(part.data(), 1, part.size(), file.get()) == part.size());
  return std::fclose(file.release()) == 0 && good;
}

Outcome<void> writeFile(const std::string &path, std::span<const std::span<const uint8_t>> parts) {
  struct stat status;
  const bool exists = stat(path.c_str(), &status) == 0;
  if (exists && !S_ISREG(status.st_mode)) { // a device or pipe is written directly
    FileHandle file(std::fopen(path.c_str(), "wb"), std::fclose);
    if (!file || !writeParts(std::move(file), parts))
      return ioFailure("write", path, "check the free space and permissions");
    return {};
  }
  const std::string place = behindLinks(path);
  auto [file, temporary] = createBeside(place, exists ? status.st_mode & 0777 : 0666);
  if (!file)
    return ioFailure("write", path, "check the directory and its permissions");
  if (writeParts(std::move(file), parts) && std::rename(temporary.c_str(), place.c_str()) == 0)
    return {};
  auto failure = ioFailure("write", path, "check the free space");
  std::remove(temporary.c_str());
  return failure;
}

} // namespace quoin

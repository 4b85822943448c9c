#include "tools/format/Streams.h"

#include "runtime/file.h"
#include "runtime/npy.h"

#include <fmt/format.h>

namespace quoin::tool {

using namespace quoin::spec;

/// Larger files than this are not read at once.
static constexpr uint64_t maxFileBytes = uint64_t(1) << 36;

static std::string streamNames(const Format &format) {
  std::string names;
  for (const Stream &stream : format.streams)
    names += (names.empty() ? "" : ", ") + stream.name + (stream.optional ? " (optional)" : "");
  return names;
}

Result<std::map<std::string, std::string>> parseStreams(const Format &format, const std::vector<std::string> &texts,
                                                        const char *option) {
  std::map<std::string, std::string> files;
  for (const std::string &text : texts) {
    size_t equals = text.find('=');
    std::string name = equals == std::string::npos ? "" : text.substr(0, equals), file = text;
    if (!name.empty() && format.findStream(name))
      file = text.substr(equals + 1);
    else if (format.streams.size() == 1 && (name.empty() || name.find('/') != std::string::npos))
      name = format.streams[0].name; // the whole text is the file; one with "=" in its name needs a "./"
    else
      return fail(fmt::format("\"{} {}\" does not say which stream of \"{}\" it is", option, text, format.name),
                  fmt::format("write {} STREAM=FILE with one of: {}", option, streamNames(format)));
    if (file.empty())
      return fail(fmt::format("\"{} {}\" names no file", option, text), fmt::format("write {} {}=FILE", option, name));
    if (!files.emplace(name, file).second)
      return fail(fmt::format("stream \"{}\" is given twice: \"{}\" and \"{}\"", name, files[name], file),
                  "one file holds a whole stream");
  }
  return files;
}

Result<OwnedStreams> readStreams(const std::map<std::string, std::string> &files, const Format &format, Shape shape) {
  OwnedStreams streams;
  for (const auto &[name, file] : files) {
    auto bytes = readFile(file, maxFileBytes);
    if (!bytes)
      return std::unexpected(bytes.error().error);
    if (!isNpy(*bytes)) {
      streams[name] = std::move(*bytes);
      continue;
    }
    auto array = parseNpy(*bytes);
    if (!array)
      return fail(fmt::format("\"{}\": {}", file, array.error().error.message), array.error().error.hint);
    if (const Stream *stream = format.findStream(name))
      if (auto good = checkArray(*array, format, *stream, shape); !good)
        return fail(fmt::format("\"{}\": {}", file, good.error().error.message), good.error().error.hint);
    streams[name] = std::move(array->data);
  }
  return streams;
}

Result<void> writeStreams(const OwnedStreams &streams, const std::map<std::string, std::string> &files) {
  for (const auto &[name, bytes] : streams)
    if (!files.count(name))
      return fail(fmt::format("stream \"{}\" has no file to go to", name), fmt::format("add --out {}=FILE", name));
  for (const auto &[name, file] : files) {
    auto found = streams.find(name);
    if (found == streams.end())
      return fail(fmt::format("the encode rules leave stream \"{}\" absent", name),
                  fmt::format("leave out --out {}={}", name, file));
    std::span<const uint8_t> part = found->second;
    if (auto written = writeFile(file, {&part, 1}); !written)
      return std::unexpected(written.error().error);
  }
  return {};
}

StreamBytes viewOf(const OwnedStreams &streams) {
  StreamBytes view;
  for (const auto &[name, bytes] : streams)
    view[name] = bytes;
  return view;
}

} // namespace quoin::tool

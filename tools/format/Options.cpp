#include "tools/format/Options.h"

#include "runtime/file.h"
#include "tools/manual/DescribeOptions.h"

#include <charconv>
#include <fmt/format.h>
#include <sstream>

namespace quoin::tool {

namespace po = boost::program_options;

Options::Options(std::string command, std::string positional, std::string description)
    : command(std::move(command)), positional(std::move(positional)), description(std::move(description)),
      options("options", 110) {
  options.add_options()("help,h", "print this help")("path", po::value<std::vector<std::string>>()->value_name("DIR"),
                                                     "look for formats in DIR first; may repeat");
}

Report Options::help() const {
  std::string usage = "quoin-format " + command + (positional.empty() ? "" : " ") + positional;
  if (describes)
    return {describeCommand(usage, description, options)};
  std::ostringstream text;
  text << "usage: " << usage << " [options]\n\n"
       << description << "\n\n"
       << options;
  return {text.str()};
}

/// Boost's messages, in our quotes.
static std::string rephrase(std::string text) {
  for (char &each : text)
    each = each == '\'' ? '"' : each;
  while (!text.empty() && text.back() == '.')
    text.pop_back();
  return text;
}

Result<void> Options::parse(const Arguments &arguments, size_t maxPlain) {
  describes = arguments == Arguments{describeArgument};
  if (describes)
    return {};
  po::options_description everything;
  everything.add(options).add_options()("plain", po::value<std::vector<std::string>>());
  po::positional_options_description places;
  places.add("plain", -1);
  try {
    // No guessing: an option that is the beginning of another one is a typing error.
    int style = po::command_line_style::default_style & ~po::command_line_style::allow_guessing;
    po::store(po::command_line_parser(arguments).options(everything).positional(places).style(style).run(), values);
    po::notify(values);
  } catch (const po::error &error) {
    return fail(rephrase(error.what()), fmt::format("quoin-format {} --help lists the options", command));
  }
  plain = all("plain");
  if (wantsHelp())
    return {};
  if (plain.size() > maxPlain)
    return fail(fmt::format("\"{}\" is one argument too many", plain[maxPlain]),
                fmt::format("usage: quoin-format {} {}", command, positional));
  return {};
}

std::vector<std::string> Options::all(const char *name) const {
  return has(name) ? get<std::vector<std::string>>(name) : std::vector<std::string>{};
}

Result<Library> Options::library() const {
  if (auto folders = checkFolders(all("path")); !folders)
    return std::unexpected(folders.error());
  Library library(all("path"));
  if (plain.size() > 1 && plain[1].starts_with("@"))
    return fail(fmt::format("\"{}\" stands where a file is expected", plain[1]),
                fmt::format("usage: quoin-format {} {}", command, positional));
  if (plain.size() > 1)
    if (auto added = library.addFile(plain[1]); !added)
      return std::unexpected(added.error());
  return library;
}

Result<FoundFormat> Options::format(Library &library) const {
  if (plain.empty())
    return fail("no format is named", fmt::format("usage: quoin-format {} {}", command, positional));
  return library.find(plain[0]);
}

Result<void> Options::keepInputs(const std::string &option, const std::string &output, const FoundFormat &found,
                                 std::vector<std::string> inputs) const {
  inputs.insert(inputs.end(), found.files.begin(), found.files.end());
  inputs.insert(inputs.end(), plain.begin(), plain.end());
  if (auto kept = quoin::keepInputs(option, output, inputs); !kept)
    return std::unexpected(kept.error().error);
  return {};
}

Result<spec::Shape> parseShape(const std::string &text) {
  static constexpr const char *hint = "write --shape=N,K with the number of rows and columns of W";
  spec::Shape shape;
  const char *end = text.data() + text.size();
  auto n = std::from_chars(text.data(), end, shape.n);
  if (n.ec != std::errc{} || n.ptr == end || *n.ptr != ',')
    return fail(fmt::format("\"{}\" is no shape", text), hint);
  auto k = std::from_chars(n.ptr + 1, end, shape.k);
  if (k.ec != std::errc{} || k.ptr != end)
    return fail(fmt::format("\"{}\" is no shape", text), hint);
  if (shape.n < 1 || shape.k < 1)
    return fail(fmt::format("N = {}, K = {} is an empty shape", shape.n, shape.k), "both must be at least 1");
  int64_t bytes;
  if (__builtin_mul_overflow(shape.n, shape.k, &bytes) || __builtin_mul_overflow(bytes, int64_t(4), &bytes))
    return fail(fmt::format("N = {}, K = {} has more weights than 64 bits can count", shape.n, shape.k), hint);
  return shape;
}

} // namespace quoin::tool

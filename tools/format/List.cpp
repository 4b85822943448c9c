#include "tools/format/Options.h"

#include "dialect/Diagram.h"
#include "dialect/NormalForm.h"

#include <algorithm>
#include <fmt/format.h>
#include <tuple>

namespace quoin::tool {

using namespace quoin::spec;

/// Bits per weight where N and K are large, and the kind.
static std::pair<std::string, std::string> facts(Library &library, const std::string &name) {
  auto found = library.find(name);
  if (!found)
    return {"-", "-"};
  auto shape = largeShape(found->format);
  auto bits = shape ? bitsPerWeight(found->format, *shape, diagramSizes(found->format, *shape))
                    : Result<double>(std::unexpected(shape.error()));
  auto form = normalForm(found->format);
  return {bits ? fmt::format("{:.4g}", *bits) : "-", form ? kindName(form->kind) : "-"};
}

/// A family's pattern with each parameter replaced by a number.
static std::string exampleName(std::string pattern) {
  for (size_t open; (open = pattern.find('{')) != std::string::npos;) {
    size_t close = pattern.find('}', open);
    if (close == std::string::npos)
      break;
    pattern.replace(open, close - open + 1, open < 2 ? "4" : "128");
  }
  return pattern;
}

/// The comment's first sentence, cut to a line.
static std::string headline(const std::string &comment) {
  std::string text = comment.substr(0, comment.find(". "));
  return text.size() > 100 ? text.substr(0, 97) + "..." : text;
}

static std::string line(Library &library, const ListedFormat &format, size_t width) {
  std::string bits = "-", kind = "missing", description = format.reason;
  if (format.isFamily)
    kind = "family", description = "names such as " + exampleName(format.name);
  else if (format.available)
    std::tie(bits, kind) = facts(library, format.name), description = headline(format.comment);
  return fmt::format("{:<{}}  {:>7}  {:<15}  {}\n", format.name, width, bits, kind, description);
}

Result<Report> list(const Arguments &arguments) {
  Options options("list", "[FILE.mlir]", "Lists the formats of FILE, of the path and of the library built in.");
  if (auto ok = options.parse(arguments, 1); !ok)
    return std::unexpected(ok.error());
  if (options.wantsHelp())
    return options.help();
  options.plain.insert(options.plain.begin(), ""); // the file stands where other commands have it second
  auto library = options.library();
  if (!library)
    return std::unexpected(library.error());
  auto formats = library->list();
  size_t width = 8;
  for (const ListedFormat &format : formats)
    width = std::max(width, format.name.size());
  std::string text = fmt::format("{:<{}}  {:>7}  {:<15}  {}\n", "format", width, "bits", "kind", "description");
  for (const ListedFormat &format : formats)
    text += line(*library, format, width);
  return Report{text};
}

} // namespace quoin::tool

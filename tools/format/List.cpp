#include "tools/format/Options.h"

#include "dialect/Diagram.h"
#include "dialect/NormalForm.h"

#include <algorithm>
#include <fmt/format.h>

namespace quoin::tool {

using namespace quoin::spec;

/// Bits per weight where N and K are large, and the kind.
static std::pair<std::string, std::string> facts(Library &library, const std::string &name) {
  auto found = library.find(name);
  if (!found)
    return {"-", "-"};
  auto shape = largeShape(found->format);
  auto bits = shape ? bitsPerWeight(found->format, *shape, diagramSizes(found->format))
                    : Result<double>(std::unexpected(shape.error()));
  auto form = normalForm(found->format);
  return {bits ? fmt::format("{:.4g}", *bits) : "-", form ? kindName(form->kind) : "-"};
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
  for (const ListedFormat &format : formats) {
    auto [bits, kind] =
        format.available ? facts(*library, format.name) : std::pair<std::string, std::string>{"-", "missing"};
    text += fmt::format("{:<{}}  {:>7}  {:<15}  {}\n", format.name, width, bits, kind,
                        format.available ? format.comment : format.reason);
  }
  return Report{text};
}

} // namespace quoin::tool

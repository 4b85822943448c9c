#include "tools/format/Options.h"
#include "tools/format/Targets.h"

#include "dialect/Diagram.h"
#include "dialect/NormalForm.h"
#include "runtime/file.h"

#include <fmt/format.h>

namespace quoin::tool {

namespace po = boost::program_options;
using namespace quoin::spec;

static std::string sizesText(const Format &format) {
  auto shape = largeShape(format);
  if (!shape)
    return "bits per weight: " + shape.error().message + "\n";
  auto sizes = diagramSizes(format, *shape);
  auto bits = bitsPerWeight(format, *shape, sizes);
  if (!bits)
    return "bits per weight: " + bits.error().message + "\n";
  std::string at = fmt::format("N = {}, K = {}", shape->n, shape->k);
  for (const auto &[name, size] : sizes)
    at += fmt::format(", {} = {}", name, size);
  return fmt::format("bits per weight: {:.6g}{}\n", *bits, format.hasTile ? "" : " at " + at);
}

static std::string identityText(const Format &format) {
  std::string text;
  for (const auto &[key, value] : format.identity)
    text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", key, value);
  for (const Stream &stream : format.streams)
    if (!stream.suffix.empty())
      text += fmt::format("{}{} is tensor \"*.{}\"", text.empty() ? "" : ", ", stream.name, stream.suffix);
  return text.empty() ? "" : "identity: " + text + "\n";
}

static Result<std::string> formatText(Library &library, FoundFormat &found) {
  Format &format = found.format;
  std::string text =
      fmt::format("@{} from {}\n{}{}\n", format.name, found.origin, sizesText(format), identityText(format));
  auto diagram = diagramText(format);
  if (!diagram)
    return diagram;
  auto form = normalForm(format);
  if (!form)
    return std::unexpected(form.error());
  return text + *diagram + "\nnormal form: " + describe(*form, format) + "\n" + targetsText(library, format, *form) +
         "\n" + found.source + "\n";
}

static std::string policyText(PolicyOp policy) {
  std::string text;
  llvm::raw_string_ostream os(text);
  policy->print(os);
  return text + "\n";
}

Result<Report> show(const Arguments &arguments) {
  Options options("show", "@NAME [FILE.mlir]",
                  "Shows a format: fields, bit map, bits per weight, normal form, text. Or the rules of a policy.");
  options.add()("svg", po::value<std::string>()->value_name("F"),
                "write the bit diagram to F as SVG; - for the diagram alone on standard output");
  if (auto ok = options.parse(arguments, 2); !ok)
    return std::unexpected(ok.error());
  if (options.wantsHelp())
    return options.help();
  auto library = options.library();
  if (!library)
    return std::unexpected(library.error());
  auto found = options.format(*library);
  if (!found) {
    if (options.plain.empty() || options.has("svg"))
      return std::unexpected(found.error());
    auto policy = library->findPolicy(options.plain[0]);
    return policy ? Result<Report>(Report{policyText(*policy)}) : std::unexpected(found.error());
  }
  if (options.has("svg")) {
    std::string file = options.get<std::string>("svg");
    if (auto kept = options.keepInputs("--svg", file, *found, {}); file != "-" && !kept)
      return std::unexpected(kept.error());
    auto svg = diagramSvg(found->format);
    if (!svg)
      return std::unexpected(svg.error());
    if (file == "-")
      return Report{*svg};
    std::span<const uint8_t> part(reinterpret_cast<const uint8_t *>(svg->data()), svg->size());
    if (auto written = writeFile(file, {&part, 1}); !written)
      return std::unexpected(written.error().error);
  }
  auto text = formatText(*library, *found);
  return text ? Result<Report>(Report{*text}) : std::unexpected(text.error());
}

} // namespace quoin::tool

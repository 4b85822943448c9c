#include "tools/format/Options.h"

#include "dialect/TextLimits.h"
#include "runtime/file.h"
#include "runtime/spec/Type.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace quoin::tool {

namespace po = boost::program_options;

namespace {

struct Starter {
  std::string name;
  int64_t bits = 4, group = 32;
  spec::ScalarType scale;
  bool zero = false, codebook = false;

  int64_t levels() const { return int64_t(1) << bits; }
};

/// "4-bit integers, one f16 scale and one integer zero".
std::string summary(const Starter &starter) {
  std::string codes = starter.codebook ? fmt::format("{}-bit positions in a list of levels", starter.bits)
                                       : fmt::format("{}-bit integers", starter.bits);
  return fmt::format("{}, one {} scale{}", codes, starter.scale.name(), starter.zero ? " and one integer zero" : "");
}

std::string header(const Starter &starter, int64_t recordBytes, int64_t codeStart) {
  std::string text =
      fmt::format(R"(// {summary} for each {group} weights along K.
//
// This text is the whole format: quoin-format verify @{name} FILE checks it, quoin-compile makes kernels for it.
// A tile is the block of W[N, K] that one record of storage describes; groups run along K.
quoin.format @{name} tile [1, {group}] {{
  // One stream: an array of records of so many bytes.
)",
                  fmt::arg("summary", summary(starter)), fmt::arg("group", starter.group),
                  fmt::arg("name", starter.name));
  int64_t used = codeStart + starter.bits * starter.group;
  text += fmt::format("  stream block record {}{}\n", recordBytes, used == recordBytes * 8 ? "" : " spare");
  if (used != recordBytes * 8)
    text += fmt::format("  // \"spare\" above: {} bits at the end of the record belong to no field.\n",
                        recordBytes * 8 - used);
  text += fmt::format("  // A field starts at a bit offset of the record; bit b is bit b mod 8 of byte b div 8.\n"
                      "  field d : {} in block at 0\n",
                      starter.scale.name());
  if (starter.zero)
    text += fmt::format("  // The code that means 0.0.\n  field z : ui{} in block at {}\n", starter.bits,
                        starter.scale.width);
  text += fmt::format("  // The codes, low bits first. With an index space, the offset is an expression of the index.\n"
                      "  field q[i: {}] : ui{} in block at {} + {} * i\n",
                      starter.group, starter.bits, codeStart, starter.bits);
  return text;
}

/// Levels from -1 to 1 at equal distances, eight a line.
std::string levelList(const Starter &starter) {
  std::string text;
  for (int64_t i = 0; i < starter.levels(); ++i) {
    float level = float(2.0 * double(i) / double(starter.levels() - 1) - 1.0);
    text += fmt::format("{}{:#}", i == 0 ? "\n    " : i % 8 ? ", " : ",\n    ", level);
  }
  return text;
}

std::string codebookRules(const Starter &starter) {
  bool isBinary = starter.bits == 1; // of two levels, the largest weight's would be too far for all others
  return fmt::format(R"(  // What each code means, before the scale. Put your own levels here, in any order.
  table level[{levels}] : f32 = [{list}
  ]
  // The value of weight i of the tile: everything else follows from this line.
  decode (i) = level[q[i]] * d

  // How weights x become codes. Rules run in this order; a field encoded before reads as it is stored. The scale takes
  // {unit} to the level 1.0; argmin is the first code whose value is nearest.
  encode d = {scale}
  encode q[i] = argmin(c: {levels}, abs(level[c] * d - x[i]))
)",
                     fmt::arg("unit", isBinary ? "the mean magnitude" : "the weight of largest magnitude"),
                     fmt::arg("scale", isBinary ? fmt::format("sum(i: {0}, abs(x[i])) / {0}.0", starter.group)
                                                : fmt::format("absmax(i: {}, x[i])", starter.group)),
                     fmt::arg("levels", starter.levels()), fmt::arg("list", levelList(starter)),
                     fmt::arg("group", starter.group));
}

std::string symmetricRules(const Starter &starter) {
  int64_t half = int64_t(1) << (starter.bits - 1), top = 2 * half - 1;
  if (starter.bits == 1)
    return fmt::format(R"(  // The value of weight i of the tile: everything else follows from this line.
  decode (i) = (2 * q[i] - 1) * d

  // How weights x become codes. Rules run in this order; a field encoded before reads as it is stored.
  encode d = sum(i: {group}, abs(x[i])) / {group}.0
  encode q[i] = x[i] >= 0.0
)",
                       fmt::arg("group", starter.group));
  return fmt::format(R"(  // The value of weight i of the tile: everything else follows from this line.
  decode (i) = (q[i] - {half}) * d

  // How weights x become codes. Rules run in this order; a field encoded before reads as it is stored. A temp is an
  // intermediate: the weight of largest magnitude, which gets the code furthest from zero, and the inverse scale.
  temp m = signmax(i: {group}, x[i])
  encode d = m / -{half}.0
  temp id = select(d == 0.0, 0.0, 1.0 / d)
  encode q[i] = max(0, min({top}, round(x[i] * id, si16) + {half}))
)",
                     fmt::arg("half", half), fmt::arg("top", top), fmt::arg("group", starter.group));
}

std::string zeroRules(const Starter &starter) {
  int64_t top = (int64_t(1) << starter.bits) - 1;
  return fmt::format(R"(  // The value of weight i of the tile: everything else follows from this line.
  decode (i) = (q[i] - z) * d

  // How weights x become codes. Rules run in this order; a field encoded before reads as it is stored. A temp is an
  // intermediate: the range of the weights, widened to hold 0, and the inverse scale.
  temp lo = min(0.0, min(i: {group}, x[i]))
  temp hi = max(0.0, max(i: {group}, x[i]))
  encode d = (hi - lo) / {top}.0
  temp id = select(d == 0.0, 0.0, 1.0 / d)
  encode z = max(0, min({top}, round(-lo * id, si16)))
  encode q[i] = max(0, min({top}, round(x[i] * id, si16) + z))
)",
                     fmt::arg("top", top), fmt::arg("group", starter.group));
}

std::string starterText(const Starter &starter) {
  int64_t codeStart = starter.scale.width + (starter.zero ? starter.bits : 0);
  int64_t recordBytes = (codeStart + starter.bits * starter.group + 7) / 8;
  std::string rules = starter.codebook ? codebookRules(starter)
                      : starter.zero   ? zeroRules(starter)
                                       : symmetricRules(starter);
  return header(starter, recordBytes, codeStart) + rules + "}\n";
}

bool isWord(const std::string &name) {
  auto letter = [](char each) { return (each >= 'a' && each <= 'z') || (each >= 'A' && each <= 'Z') || each == '_'; };
  bool ok = !name.empty() && letter(name[0]);
  for (char each : name)
    ok &= letter(each) || (each >= '0' && each <= '9');
  return ok;
}

/// Types that can hold a scale of either sign.
constexpr const char *scaleTypes[] = {"f16", "bf16", "f32", "f8E4M3FN", "f8E5M2"};

Result<Starter> readStarter(const Options &options) {
  if (options.plain.empty())
    return fail("the new format has no name", "usage: quoin-format new @NAME [options]");
  Starter starter;
  starter.name = options.plain[0].substr(options.plain[0].starts_with("@"));
  starter.bits = options.get<int64_t>("bits");
  starter.group = options.get<int64_t>("group");
  starter.zero = options.has("zero");
  starter.codebook = options.has("codebook");
  std::string scale = options.get<std::string>("scale");
  if (starter.name.size() >= maxWordBytes)
    return fail(fmt::format("the name of {} characters is too long", starter.name.size()),
                fmt::format("texts hold names of fewer than {}", maxWordBytes));
  if (!isWord(starter.name))
    return fail(fmt::format("\"{}\" is no name of a format", options.plain[0]), "use letters, digits and underscores");
  if (starter.bits < 1 || starter.bits > 8)
    return fail(fmt::format("--bits={} is not between 1 and 8", starter.bits),
                "wider integers need a text of their own");
  if (starter.group < 1 || starter.group > 65536)
    return fail(fmt::format("--group={} is not between 1 and 65536", starter.group), "one record holds one group");
  if (std::find(std::begin(scaleTypes), std::end(scaleTypes), scale) == std::end(scaleTypes))
    return fail(fmt::format("--scale={} is no type for a scale", scale),
                fmt::format("use one of {}", fmt::join(scaleTypes, ", ")));
  if (starter.zero && starter.codebook)
    return fail("--zero and --codebook exclude each other", "one of the levels may be 0.0");
  starter.scale = *spec::ScalarType::parse(scale);
  return starter;
}

} // namespace

Result<Report> startText(const Arguments &arguments) {
  Options options("new", "@NAME", "Writes a commented text of a new format, which verifies as it stands.");
  options.add()("bits", po::value<int64_t>()->value_name("B")->default_value(4), "bits of a code, 1 to 8")(
      "group", po::value<int64_t>()->value_name("G")->default_value(32), "weights that share a scale")(
      "scale",
      po::value<std::string>()
          ->value_name(fmt::format("{}", fmt::join(scaleTypes, "|")))
          ->default_value("f16"),
      "type of the scale")("zero", "store an integer zero with each scale")(
      "codebook", "codes are positions in a list of levels")("out,o", po::value<std::string>()->value_name("FILE"),
                                                             "new file; standard output for - or if not given");
  if (auto ok = options.parse(arguments, 1); !ok)
    return std::unexpected(ok.error());
  if (options.wantsHelp())
    return options.help();
  Result<Starter> starter = readStarter(options);
  if (!starter)
    return std::unexpected(starter.error());
  std::string text = starterText(*starter);
  if (!options.has("out") || options.get<std::string>("out") == "-")
    return Report{text};
  std::string file = options.get<std::string>("out");
  if (auto named = checkOutput("-o", file); !named)
    return std::unexpected(named.error().error);
  if (std::error_code none; std::filesystem::is_regular_file(file, none))
    return fail(fmt::format("\"{}\" is there already", file), "name another file, or remove it");
  std::span<const uint8_t> part(reinterpret_cast<const uint8_t *>(text.data()), text.size());
  if (auto written = writeFile(file, {&part, 1}); !written)
    return std::unexpected(written.error().error);
  return Report{fmt::format("wrote {}; check it with: quoin-format verify @{} {}\n", file, starter->name, file)};
}

} // namespace quoin::tool

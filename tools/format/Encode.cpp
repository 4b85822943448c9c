#include "tools/format/Options.h"
#include "tools/format/Streams.h"

#include "runtime/npy.h"

#include <filesystem>
#include <fmt/format.h>
#include <map>

namespace quoin::tool {

namespace po = boost::program_options;
using namespace quoin::spec;

static Result<Shape> shapeOf(const FloatMatrix &w, const Options &options) {
  Shape shape{w.rows, w.columns};
  if (!options.has("shape"))
    return shape;
  auto given = parseShape(options.get<std::string>("shape"));
  if (given && (given->n != shape.n || given->k != shape.k))
    return fail(
        fmt::format("--shape={},{} is not the shape of W, which is {} x {}", given->n, given->k, shape.n, shape.k));
  return given;
}

/// Says where numbers went in or came back that are none; the encode rules' scales overflow, as a rule.
static std::string describeLost(std::span<const float> weights, std::span<const float> decoded, Shape shape) {
  auto count = [&](std::span<const float> values, const char *what) {
    auto bad = [](float value) { return !std::isfinite(value); };
    auto first = std::find_if(values.begin(), values.end(), bad);
    if (first == values.end())
      return std::string();
    int64_t at = first - values.begin();
    return fmt::format("{} {} NaN or infinity, the first at row {}, column {}\n",
                       std::count_if(first, values.end(), bad), what, at / shape.k, at % shape.k);
  };
  return count(weights, "of the weights are") + count(decoded, "of the weights decode as");
}

Result<Report> encode(const Arguments &arguments) {
  Options options(
      "encode", "@NAME [FILE.mlir]",
      "Encodes W by the format's encode rules; prints bits per weight and signal to quantization noise (SQNR).");
  options.add()("in", po::value<std::string>()->value_name("W.npy"), "W as float32 [N, K]")(
      "out,o", po::value<std::vector<std::string>>()->value_name("STREAM=FILE"),
      "where a stream goes; may repeat")("shape", po::value<std::string>()->value_name("N,K"), "checked against W");
  if (auto ok = options.parse(arguments, 2); !ok)
    return std::unexpected(ok.error());
  if (options.wantsHelp())
    return options.help();
  auto library = options.library();
  if (!library)
    return std::unexpected(library.error());
  auto found = options.format(*library);
  if (!found)
    return std::unexpected(found.error());
  const Format &format = found->format;
  if (format.encode.empty())
    return fail(fmt::format("\"{}\" has no encode rules", format.name), "its text says how to decode only");
  if (!options.has("in"))
    return fail("no W is given", "add --in W.npy");
  auto files = parseStreams(format, options.all("out"), "--out");
  if (!files)
    return std::unexpected(files.error());
  std::map<std::filesystem::path, std::string> streamAt;
  for (const auto &[stream, file] : *files) {
    auto place = std::filesystem::weakly_canonical(std::filesystem::absolute(file).parent_path()) /
                 std::filesystem::path(file).filename();
    if (auto [other, isNew] = streamAt.try_emplace(place, stream); !isNew)
      return fail(fmt::format("--out gives streams \"{}\" and \"{}\" the file \"{}\"", other->second, stream, file),
                  "a file holds one stream");
    if (auto kept = options.keepInputs("--out", file, *found, {options.get<std::string>("in")}); !kept)
      return std::unexpected(kept.error());
  }
  auto w = readNpyMatrix(options.get<std::string>("in"));
  if (!w)
    return std::unexpected(w.error().error);
  auto shape = shapeOf(*w, options);
  if (!shape)
    return std::unexpected(shape.error());
  auto streams = spec::encode(format, *shape, w->values);
  if (!streams)
    return std::unexpected(streams.error());
  auto bound = BoundFormat::bind(format, *shape, viewOf(*streams));
  auto back = bound ? bound->decodeAll() : Result<std::vector<float>>(std::unexpected(bound.error()));
  if (!back)
    return std::unexpected(back.error());
  if (!files->empty())
    if (auto written = writeStreams(*streams, *files); !written)
      return std::unexpected(written.error());
  double bytes = 0;
  for (const auto &[name, content] : *streams)
    bytes += double(content.size());
  return Report{fmt::format("{:.6g} bits per weight, SQNR {:.2f} dB\n{}", 8 * bytes / double(w->values.size()),
                            sqnr(w->values, *back), describeLost(w->values, *back, *shape))};
}

} // namespace quoin::tool

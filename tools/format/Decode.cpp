#include "tools/format/Options.h"
#include "tools/format/Streams.h"

#include "runtime/npy.h"
#include "runtime/spec/Bits.h"

#include <cmath>
#include <fmt/format.h>

namespace quoin::tool {

namespace po = boost::program_options;
using namespace quoin::spec;

/// Where a value came from: "block: byte 20 bit 4, 4 bits = 0x7".
static std::string provenanceText(BoundFormat &bound, const OwnedStreams &streams, int64_t n, int64_t k) {
  auto ranges = bound.provenance(n, k);
  if (!ranges)
    return "";
  std::string text;
  for (const BitRange &range : *ranges) {
    const std::string &name = bound.format().streams[range.stream].name;
    const std::vector<uint8_t> &bytes = streams.at(name);
    text += fmt::format("\n  read from {}: byte {} bit {}, {} bits = {:#x}", name, range.bit / 8, range.bit % 8,
                        range.width, loadBits(bytes.data(), int64_t(bytes.size()), range.bit, range.width));
  }
  return text;
}

static bool same(float a, float b) { return a == b || (std::isnan(a) && std::isnan(b)); }

static Result<Report> compare(BoundFormat &bound, const OwnedStreams &streams, const std::vector<float> &values,
                              const std::string &file) {
  Shape shape = bound.shape();
  auto want = readNpyMatrix(file);
  if (!want)
    return std::unexpected(want.error().error);
  if (want->rows != shape.n || want->columns != shape.k)
    return fail(fmt::format("\"{}\" is {} x {}, and W is {} x {}", file, want->rows, want->columns, shape.n, shape.k));
  int64_t wrong = 0, first = -1;
  for (int64_t i = 0; i < int64_t(values.size()); ++i)
    if (!same(values[i], want->values[i])) {
      first = first < 0 ? i : first;
      ++wrong;
    }
  if (wrong == 0)
    return Report{fmt::format("all {} weights equal \"{}\"\n", values.size(), file)};
  int64_t n = first / shape.k, k = first % shape.k;
  return fail(fmt::format(
      "{} of {} weights differ from \"{}\"; the first is W[{}, {}] = {:.9g}, which should be {:.9g}{}", wrong,
      values.size(), file, n, k, values[first], want->values[first], provenanceText(bound, streams, n, k)));
}

Result<Report> decode(const Arguments &arguments) {
  Options options("decode", "@NAME [FILE.mlir]", "Decodes streams to W as float32 [N, K] by the evaluator.");
  options.add()("shape", po::value<std::string>()->value_name("N,K"), "rows and columns of W")(
      "in", po::value<std::vector<std::string>>()->value_name("STREAM=FILE"),
      "a stream, raw or .npy; may repeat")("out,o", po::value<std::string>()->value_name("W.npy"), "where W goes")(
      "compare", po::value<std::string>()->value_name("REF.npy"),
      "compare W with REF, and name the first wrong weight and the stored bits it was read from");
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
  if (!options.has("shape"))
    return fail("the shape of W is not given", "add --shape=N,K");
  if (!options.has("out") && !options.has("compare"))
    return fail("nothing is to be done with W", "add -o W.npy or --compare=REF.npy");
  auto shape = parseShape(options.get<std::string>("shape"));
  if (!shape)
    return std::unexpected(shape.error());
  if (auto ok = checkShape(format, *shape); !ok)
    return std::unexpected(ok.error());
  auto files = parseStreams(format, options.all("in"), "--in");
  if (!files)
    return std::unexpected(files.error());
  std::vector<std::string> inputs;
  for (const auto &[stream, file] : *files)
    inputs.push_back(file);
  if (options.has("compare"))
    inputs.push_back(options.get<std::string>("compare"));
  if (options.has("out"))
    if (auto kept = options.keepInputs("-o", options.get<std::string>("out"), *found, inputs); !kept)
      return std::unexpected(kept.error());
  auto streams = readStreams(*files, format, *shape);
  if (!streams)
    return std::unexpected(streams.error());
  auto bound = BoundFormat::bind(format, *shape, viewOf(*streams));
  if (!bound)
    return std::unexpected(bound.error());
  auto values = bound->decodeAll();
  if (!values)
    return std::unexpected(values.error());
  if (options.has("out")) {
    int64_t extents[] = {shape->n, shape->k};
    if (auto written = writeNpy(options.get<std::string>("out"), extents, *values); !written)
      return std::unexpected(written.error().error);
  }
  if (options.has("compare"))
    return compare(*bound, *streams, *values, options.get<std::string>("compare"));
  return Report{};
}

} // namespace quoin::tool

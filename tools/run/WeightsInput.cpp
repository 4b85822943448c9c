#include "tools/run/WeightsInput.h"

#include "runtime/file.h"
#include "runtime/npy.h"
#include "runtime/text.h"
#include "tools/run/ModelInput.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace quoin {

std::vector<quoin_stream> asStreams(const quoin_kernel &kernel, const spec::StreamBytes &streams) {
  std::vector<quoin_stream> list;
  for (const char *name : kernel.streamNames) {
    auto it = streams.find(name);
    list.push_back(it == streams.end() ? quoin_stream{name, nullptr, 0}
                                       : quoin_stream{name, it->second.data(), it->second.size()});
  }
  return list;
}

spec::StreamBytes asBytes(const spec::OwnedStreams &streams) {
  static constexpr uint8_t nothing = 0; // an empty stream is not a missing one, which has no address
  spec::StreamBytes bytes;
  for (const auto &[name, data] : streams)
    bytes.emplace(name, data.empty() ? std::span(&nothing, 0) : std::span(data));
  return bytes;
}

Outcome<std::optional<spec::Shape>> weightsShape(const CommandLine &line) {
  if (!line.has("shape"))
    return std::optional<spec::Shape>();
  auto sizes = parseShape(line.text("shape"), 2, "N,K");
  if (!sizes)
    return std::unexpected(sizes.error());
  return std::optional(spec::Shape{(*sizes)[0], (*sizes)[1]});
}

/// Raw bytes of a stream: a file's own, or the data of a .npy, whose extents are checked where the shape is known.
static Outcome<std::vector<uint8_t>> readStream(const std::string &path, const spec::Format &format,
                                                const std::string &name, std::optional<spec::Shape> shape) {
  auto bytes = readFile(path, UINT64_MAX);
  if (!bytes || !isNpy(*bytes))
    return bytes;
  auto array = parseNpy(*bytes);
  if (!array)
    return located("\"" + path + "\"", array.error().error);
  if (const spec::Stream *stream = shape ? format.findStream(name) : nullptr)
    if (auto good = checkArray(*array, format, *stream, *shape); !good)
      return located("\"" + path + "\"", good.error().error);
  return std::move(array->data);
}

static Outcome<std::pair<std::string, std::string>> splitInput(const quoin_kernel &kernel, const std::string &input) {
  const std::vector<std::string> &names = kernel.manifest->streams;
  size_t equals = input.find('=');
  std::string name = input.substr(0, equals);
  if (equals != std::string::npos && std::find(names.begin(), names.end(), name) != names.end())
    return std::pair(name, input.substr(equals + 1));
  if (names.size() == 1 && (equals == std::string::npos || std::filesystem::exists(input)))
    return std::pair(names[0], input);
  return userError(fmt::format("--weights={} names no stream of kernel \"{}\"", input, kernel.manifest->name),
                   fmt::format("write STREAM=FILE with a stream of {}", fmt::join(names, ", ")));
}

/// The streams given as files of their own.
static Outcome<spec::OwnedStreams> readStreams(const quoin_kernel &kernel, const spec::Format &format,
                                               std::optional<spec::Shape> shape, const std::vector<std::string> &inputs) {
  spec::OwnedStreams streams;
  for (const std::string &input : inputs) {
    if (splitModel(input))
      continue;
    auto split = splitInput(kernel, input);
    if (!split)
      return std::unexpected(split.error());
    auto bytes = readStream(split->second, format, split->first, shape);
    if (!bytes)
      return std::unexpected(bytes.error());
    if (!streams.emplace(split->first, std::move(*bytes)).second)
      return userError(fmt::format("--weights gives stream \"{}\" twice", split->first), "give each stream once");
  }
  return streams;
}

/// Adds what a model says to `streams` and `shape`.
static Outcome<MappedFile> addModel(const ModelInput &input, const spec::Format &format, const quoin_kernel &kernel,
                                    const spec::OwnedStreams &given, spec::StreamBytes &streams,
                                    std::optional<spec::Shape> &shape) {
  auto model = readModel(input, format, *kernel.manifest, shape, given);
  if (!model)
    return std::unexpected(model.error());
  for (const auto &[name, bytes] : model->streams)
    if (!streams.emplace(name, bytes).second)
      return userError(fmt::format("--weights gives stream \"{}\" twice", name), "give each stream once");
  if (model->shape && shape && (model->shape->n != shape->n || model->shape->k != shape->k))
    return userError(fmt::format("\"{}\" has N = {}, K = {} for {}, --shape={},{}", input.path, model->shape->n,
                                 model->shape->k, inQuotes(input.tensor), shape->n, shape->k),
                     "leave --shape out");
  if (!shape)
    shape = model->shape;
  return std::move(model->file);
}

/// A single input that is a packed file, if it is one.
static Outcome<WeightsPtr> readPacked(const quoin_kernel &kernel, std::optional<spec::Shape> shape,
                                      const std::vector<std::string> &inputs) {
  const std::string &path = inputs[0];
  if (inputs.size() > 1 || path.find('=') != std::string::npos || splitModel(path))
    return WeightsPtr();
  auto bytes = readFile(path, UINT64_MAX);
  if (!bytes)
    return std::unexpected(bytes.error());
  if (!isPackedFile(*bytes))
    return WeightsPtr();
  auto weights = readWeights(kernel, *bytes);
  if (!weights)
    return located("\"" + path + "\"", weights.error().error);
  if (auto good = shape ? checkWeights(kernel, **weights, shape->n, shape->k) : Outcome<void>(); !good)
    return located("\"" + path + "\"", good.error().error);
  return weights;
}

Outcome<LoadedWeights> loadWeights(const quoin_bundle &bundle, const quoin_kernel &kernel,
                                   std::optional<spec::Shape> shape, const std::vector<std::string> &inputs,
                                   const quoin_launch *launch) {
  LoadedWeights loaded;
  if (inputs.empty())
    return userError("no weights are given", "give --weights STREAM=FILE, once a stream");
  auto packed = readPacked(kernel, shape, inputs);
  if (!packed)
    return std::unexpected(packed.error());
  loaded.weights = std::move(*packed);
  if (loaded.weights)
    return loaded;
  auto format = formatOf(bundle, kernel);
  if (!format)
    return std::unexpected(format.error());
  auto stored = readStreams(kernel, *format, shape, inputs);
  if (!stored)
    return std::unexpected(stored.error());
  loaded.stored = std::move(*stored);
  spec::StreamBytes streams = asBytes(loaded.stored);
  for (const std::string &input : inputs)
    if (auto model = splitModel(input)) {
      auto file = addModel(*model, *format, kernel, loaded.stored, streams, shape);
      if (!file)
        return std::unexpected(file.error());
      loaded.models.push_back(std::move(*file));
    }
  if (!shape)
    return userError("the weights do not tell N and K", "give --shape=N,K");
  // Binding checks every size before generated code reads a byte.
  auto bound = spec::BoundFormat::bind(*format, *shape, streams);
  if (!bound)
    return located("--weights", bound.error());
  auto weights = packWeights(kernel, shape->n, shape->k, asStreams(kernel, streams), launch);
  if (!weights)
    return std::unexpected(weights.error());
  loaded.weights = std::move(*weights);
  return loaded;
}

} // namespace quoin

#include "tools/run/WeightsInput.h"

#include "runtime/file.h"
#include "runtime/npy.h"

#include <fmt/format.h>

#include <algorithm>

namespace quoin {

std::vector<quoin_stream> asStreams(const quoin_kernel &kernel, const spec::OwnedStreams &streams) {
  std::vector<quoin_stream> list;
  for (const char *name : kernel.streamNames) {
    auto it = streams.find(name);
    list.push_back(it == streams.end() ? quoin_stream{name, nullptr, 0}
                                       : quoin_stream{name, it->second.data(), it->second.size()});
  }
  return list;
}

spec::StreamBytes asBytes(const spec::OwnedStreams &streams) {
  spec::StreamBytes bytes;
  for (const auto &[name, data] : streams)
    bytes.emplace(name, data);
  return bytes;
}

/// Models hold many tensors; their readers are not part of this tool.
static Outcome<void> refuseModels(const std::string &input) {
  for (const char *kind : {".gguf", ".safetensors"}) {
    size_t at = input.find(kind);
    if (at != std::string::npos)
      return userError(fmt::format("--weights={}: quoin-run does not read {} files", input, kind + 1),
                       "give each stream of the tensor as a file of raw bytes or as .npy");
  }
  return {};
}

/// Raw bytes of a stream: a file's own, or the data of a .npy.
static Outcome<std::vector<uint8_t>> readStream(const std::string &path) {
  auto bytes = readFile(path, UINT64_MAX);
  if (!bytes || !isNpy(*bytes))
    return bytes;
  auto array = parseNpy(*bytes);
  if (!array)
    return located("\"" + path + "\"", array.error().error);
  return std::move(array->data);
}

static Outcome<std::pair<std::string, std::string>> splitInput(const quoin_kernel &kernel, const std::string &input) {
  const std::vector<std::string> &names = kernel.manifest->streams;
  size_t equals = input.find('=');
  std::string name = input.substr(0, equals);
  if (equals != std::string::npos && std::find(names.begin(), names.end(), name) != names.end())
    return std::pair(name, input.substr(equals + 1));
  if (names.size() == 1)
    return std::pair(names[0], input);
  return userError(fmt::format("--weights={} names no stream of kernel \"{}\"", input, kernel.manifest->name),
                   fmt::format("write STREAM=FILE with a stream of {}", fmt::join(names, ", ")));
}

static Outcome<spec::OwnedStreams> readStreams(const quoin_kernel &kernel, const std::vector<std::string> &inputs) {
  spec::OwnedStreams streams;
  for (const std::string &input : inputs) {
    if (auto good = refuseModels(input); !good)
      return std::unexpected(good.error());
    auto split = splitInput(kernel, input);
    if (!split)
      return std::unexpected(split.error());
    auto bytes = readStream(split->second);
    if (!bytes)
      return std::unexpected(bytes.error());
    if (!streams.emplace(split->first, std::move(*bytes)).second)
      return userError(fmt::format("--weights gives stream \"{}\" twice", split->first), "give each stream once");
  }
  return streams;
}

/// A single input that is a packed file, if it is one.
static Outcome<WeightsPtr> readPacked(const quoin_kernel &kernel, spec::Shape shape, const std::string &path) {
  auto bytes = readFile(path, UINT64_MAX);
  if (!bytes)
    return std::unexpected(bytes.error());
  if (!isPackedFile(*bytes))
    return WeightsPtr();
  auto weights = readWeights(kernel, *bytes);
  if (!weights)
    return located("\"" + path + "\"", weights.error().error);
  if (auto good = checkWeights(kernel, **weights, shape.n, shape.k); !good)
    return located("\"" + path + "\"", good.error().error);
  return weights;
}

Outcome<LoadedWeights> loadWeights(const quoin_bundle &bundle, const quoin_kernel &kernel, spec::Shape shape,
                                   const std::vector<std::string> &inputs, const quoin_launch *launch) {
  LoadedWeights loaded;
  if (inputs.empty())
    return userError("no weights are given", "give --weights STREAM=FILE, once a stream");
  if (inputs.size() == 1 && inputs[0].find('=') == std::string::npos && refuseModels(inputs[0])) {
    auto packed = readPacked(kernel, shape, inputs[0]);
    if (!packed)
      return std::unexpected(packed.error());
    loaded.weights = std::move(*packed);
    if (loaded.weights)
      return loaded;
  }
  auto streams = readStreams(kernel, inputs);
  if (!streams)
    return std::unexpected(streams.error());
  loaded.stored = std::move(*streams);
  auto format = formatOf(bundle, kernel);
  if (!format)
    return std::unexpected(format.error());
  // Binding checks every size before generated code reads a byte.
  auto bound = spec::BoundFormat::bind(*format, shape, asBytes(loaded.stored));
  if (!bound)
    return located("--weights", bound.error());
  auto weights = packWeights(kernel, shape.n, shape.k, asStreams(kernel, loaded.stored), launch);
  if (!weights)
    return std::unexpected(weights.error());
  loaded.weights = std::move(*weights);
  return loaded;
}

} // namespace quoin

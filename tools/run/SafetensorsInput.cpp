// Tensors of a safetensors file as the streams of a format: PREFIX.SUFFIX, or PREFIX.STREAM where no suffix is
// declared.
#include "runtime/safetensors.h"
#include "runtime/spec/StreamShapes.h"
#include "runtime/text.h"
#include "tools/run/Command.h"
#include "tools/run/ModelInput.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace quoin {

using Found = std::map<std::string, const SafetensorsTensor *>; ///< by stream

static std::string tensorName(const ModelInput &input, const spec::Stream &stream) {
  const std::string &ending = stream.suffix.empty() ? stream.name : stream.suffix;
  return input.tensor.empty() ? ending : input.tensor + "." + ending;
}

static Outcome<Found> findTensors(const ModelInput &input, const spec::Format &format,
                                  const std::vector<SafetensorsTensor> &tensors, const spec::OwnedStreams &given) {
  Found found;
  for (const spec::Stream &stream : format.streams) {
    if (given.contains(stream.name))
      continue;
    std::string name = tensorName(input, stream);
    auto tensor = std::find_if(tensors.begin(), tensors.end(), [&](auto &each) { return each.name == name; });
    if (tensor != tensors.end())
      found[stream.name] = &*tensor;
    else if (!stream.optional)
      return userError(
          fmt::format("\"{}\" has no tensor {} for stream \"{}\"", input.path, inQuotes(name), stream.name),
          fmt::format("check the prefix, or give --weights {}=FILE as well", stream.name));
  }
  return found;
}

/// Integers are bits that the format gives a meaning, so signs of words make no difference; floats are exact.
static bool sameType(const SafetensorsType &type, const spec::Stream &stream) {
  auto found = spec::ScalarType::parse(type.element);
  if (!found)
    return false;
  if (stream.isRecord)
    return !found->isFloat() && found->width == 8;
  if (stream.type.isFloat())
    return *found == stream.type;
  return !found->isFloat() && found->width == stream.type.width;
}

static Outcome<void> checkTypes(const spec::Format &format, const Found &found) {
  for (const auto &[name, tensor] : found) {
    const spec::Stream &stream = *format.findStream(name);
    if (!sameType(*tensor->type, stream))
      return userError(fmt::format("tensor {} has the type \"{}\", stream \"{}\" has {}", inQuotes(tensor->name),
                                   tensor->type->name, name, stream.isRecord ? "bytes" : stream.type.name()),
                       "take a kernel of the tensor's format");
  }
  return {};
}

static Outcome<void> checkExtents(const spec::Format &format, const Found &found, spec::Shape shape) {
  for (const auto &[name, tensor] : found)
    if (auto good = spec::checkExtents(format, *format.findStream(name), shape, tensor->extents); !good)
      return userError(fmt::format("tensor {} {}", inQuotes(tensor->name), good.error().message),
                       good.error().hint + ", or take a kernel of the tensor's format");
  return {};
}

/// Records one row of tiles a line: [N / rows, K / columns * record].
static std::optional<spec::Shape> shapeOfRecords(const spec::Format &format, const Found &found) {
  for (const auto &[name, tensor] : found) {
    const spec::Stream &stream = *format.findStream(name);
    spec::Shape shape;
    if (stream.isRecord && tensor->extents.size() == 2 && tensor->extents[1] % stream.recordBytes == 0 &&
        !__builtin_mul_overflow(tensor->extents[0], format.tileRows, &shape.n) &&
        !__builtin_mul_overflow(tensor->extents[1] / stream.recordBytes, format.tileCols, &shape.k))
      return shape;
  }
  return {};
}

/// The one multiple of `unit` in the range, if there is one alone.
static std::optional<int64_t> onlyMultiple(int64_t low, int64_t high, int64_t unit) {
  int64_t first = (low + unit - 1) / unit * unit; // low is below 2^48, units below 2^32
  if (first > high || high - first >= unit)
    return {};
  return first;
}

/// N and K as far as the tensors tell.
static Outcome<std::optional<spec::Shape>> shapeOf(const spec::Format &format, const ManifestKernel &kernel,
                                                   const Found &found) {
  if (auto records = shapeOfRecords(format, found))
    return records;
  spec::StoredExtents extents;
  for (const auto &[name, tensor] : found)
    extents[name] = tensor->extents;
  auto range = rangeOfShape(format, extents);
  if (!range)
    return userError(range.error().message, range.error().hint);
  auto n = onlyMultiple(range->nLow, range->nHigh, kernel.nMultiple);
  auto k = onlyMultiple(range->kLow, range->kHigh, kernel.kMultiple);
  if (!n || !k)
    return std::optional<spec::Shape>();
  return std::optional(spec::Shape{*n, *k});
}

Outcome<ModelStreams> readSafetensorsTensors(const ModelInput &input, const spec::Format &format,
                                             const ManifestKernel &kernel, std::optional<spec::Shape> shape,
                                             const spec::OwnedStreams &given) {
  auto file = MappedFile::open(input.path);
  if (!file)
    return std::unexpected(file.error());
  const std::string where = "\"" + input.path + "\"";
  auto tensors = parseSafetensors(file->bytes());
  if (!tensors)
    return located(where, tensors.error().error);
  auto found = findTensors(input, format, *tensors, given);
  if (!found)
    return std::unexpected(found.error());
  if (auto good = checkTypes(format, *found); !good)
    return located(where, good.error().error);
  if (!shape) {
    auto told = shapeOf(format, kernel, *found);
    if (!told)
      return located(where, told.error().error);
    shape = *told;
  }
  if (shape)
    if (auto good = checkExtents(format, *found, *shape); !good)
      return located(where, good.error().error);
  ModelStreams result{std::move(*file), {}, shape};
  for (const auto &[name, tensor] : *found)
    result.streams[name] = tensor->data;
  return result;
}

} // namespace quoin

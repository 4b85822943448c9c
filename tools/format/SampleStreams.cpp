#include "tools/format/SampleStreams.h"

#include "dialect/Diagram.h"
#include "runtime/spec/Bits.h"

#include <cmath>
#include <random>

namespace quoin::tool {

using namespace quoin::spec;

std::vector<float> sampleWeights(Shape shape) {
  std::mt19937 random(20);
  std::normal_distribution<float> normal;
  std::vector<float> values(size_t(shape.n * shape.k));
  for (int64_t i = 0; i < int64_t(values.size()); ++i)
    values[i] = normal(random) * std::ldexp(0.02f, int(i / shape.k % 5));
  return values;
}

Result<Shape> workShape(const Format &format) {
  if (!format.hasTile)
    for (Shape shape : {Shape{5, 520}, {6, 512}, {8, 384}})
      if (checkShape(format, shape))
        return shape;
  return diagramShape(format);
}

static Result<OwnedStreams> filledStreams(const Format &format, Shape shape, bool random) {
  auto sizes = streamSizes(format, shape, {}, diagramSizes(format, shape));
  if (!sizes)
    return std::unexpected(sizes.error());
  std::mt19937 generator(21);
  OwnedStreams streams;
  for (const Stream &stream : format.streams) {
    auto size = sizes->find(stream.name);
    if (stream.optional || size == sizes->end())
      continue;
    auto &bytes = streams[stream.name];
    bytes.resize(size_t(size->second));
    for (uint8_t &byte : bytes)
      byte = random ? uint8_t(generator()) : 0;
  }
  return streams;
}

Result<OwnedStreams> sampleStreams(const Format &format, Shape shape) {
  if (!format.encode.empty())
    return encode(format, shape, sampleWeights(shape));
  auto noise = filledStreams(format, shape, true);
  if (!noise)
    return noise;
  StreamBytes view;
  for (const auto &[name, bytes] : *noise)
    view[name] = bytes;
  auto bound = BoundFormat::bind(format, shape, view);
  return bound && bound->decodeAll() ? noise : filledStreams(format, shape, false);
}

void FieldPlaces::store(std::vector<uint8_t> &bytes, int64_t element, uint32_t code) const {
  for (int bit = 0; bit < width; ++bit)
    if (int64_t place = bits[element * width + bit]; place >= 0)
      storeBits(bytes.data(), place, 1, code >> bit & 1);
}

/// Places in one record or planar stream; records repeat them.
static void addPlaces(const Format &format, const BitMap &map, int64_t streamBits, std::vector<FieldPlaces> &all) {
  std::map<int32_t, FieldPlaces> byField;
  for (size_t bit = 0; bit < map.owners.size(); ++bit) {
    const BitOwner &owner = map.owners[bit];
    if (owner.field < 0)
      continue;
    FieldPlaces &places = byField[owner.field];
    places.field = owner.field;
    places.width = format.fields[owner.field].type.width;
    size_t at = size_t(owner.element * places.width + owner.bit);
    if (places.bits.size() <= at)
      places.bits.resize(size_t(owner.element + 1) * places.width, -1);
    places.bits[at] = int64_t(bit);
  }
  int64_t period = int64_t(map.owners.size());
  for (auto &[id, places] : byField) {
    std::vector<int64_t> first = places.bits;
    for (int64_t start = period; period > 0 && start + period <= streamBits; start += period)
      for (int64_t bit : first)
        places.bits.push_back(bit < 0 ? bit : bit + start);
    all.push_back(std::move(places));
  }
}

Result<std::vector<FieldPlaces>> fieldPlaces(const Format &format, Shape shape, const OwnedStreams &streams) {
  std::vector<FieldPlaces> all;
  for (size_t stream = 0; stream < format.streams.size(); ++stream) {
    auto bytes = streams.find(format.streams[stream].name);
    if (bytes == streams.end())
      continue;
    auto map = mapBits(format, int32_t(stream), shape, diagramSizes(format, shape));
    if (!map)
      return std::unexpected(map.error());
    addPlaces(format, *map, int64_t(bytes->second.size()) * 8, all);
  }
  return all;
}

} // namespace quoin::tool

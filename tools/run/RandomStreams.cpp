#include "tools/run/RandomStreams.h"

#include "runtime/spec/Type.h"
#include "tools/run/WeightsInput.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>

namespace quoin {

using spec::ScalarType;

/// Where the bits of one element of a field lie in its record or planar stream, low bits first.
struct Piece {
  int64_t bit;
  int width;
};
using ElementPieces = std::vector<Piece>;

/// All elements of a field's index space; in a record stream those of one record.
struct FieldMap {
  std::vector<ElementPieces> elements;
  int64_t records = 1, recordBits = 0;
};

/// Bits of a record or of a planar stream that fields claimed.
class ClaimedBits {
public:
  void claim(const FieldMap &map) {
    each(map, [&](size_t bit) {
      bits.resize(std::max(bits.size(), bit + 1));
      bits[bit] = true;
      return false;
    });
  }
  bool overlaps(const FieldMap &map) const {
    return each(map, [&](size_t bit) { return bit < bits.size() && bits[bit]; });
  }

private:
  template <typename Visit> static bool each(const FieldMap &map, Visit visit) {
    for (const ElementPieces &pieces : map.elements)
      for (const Piece &piece : pieces)
        for (int i = 0; i < piece.width; ++i)
          if (visit(size_t(piece.bit + i)))
            return true;
    return false;
  }

  std::vector<bool> bits;
};

static uint32_t readBits(const std::vector<uint8_t> &bytes, const ElementPieces &pieces, int64_t base) {
  uint32_t code = 0;
  int at = 0;
  for (const Piece &piece : pieces)
    for (int i = 0; i < piece.width; ++i, ++at) {
      int64_t bit = base + piece.bit + i;
      code |= uint32_t(bytes[size_t(bit / 8)] >> (bit % 8) & 1) << at;
    }
  return code;
}

static void writeBits(std::vector<uint8_t> &bytes, const ElementPieces &pieces, int64_t base, uint32_t code) {
  int at = 0;
  for (const Piece &piece : pieces)
    for (int i = 0; i < piece.width; ++i, ++at) {
      int64_t bit = base + piece.bit + i;
      uint8_t mask = uint8_t(1u << bit % 8);
      uint8_t &byte = bytes[size_t(bit / 8)];
      byte = uint8_t((byte & ~mask) | (code >> at & 1 ? mask : 0));
    }
}

/// Advances a row-major index; false after the last one.
static bool advance(std::vector<int64_t> &index, const std::vector<int64_t> &extents) {
  for (size_t axis = index.size(); axis-- > 0;) {
    if (++index[axis] < extents[axis])
      return true;
    index[axis] = 0;
  }
  return false;
}

static Outcome<ElementPieces> piecesAt(spec::BoundFormat &bound, const spec::Field &field,
                                       const std::vector<int64_t> &index, int64_t streamBits) {
  std::vector<std::pair<spec::VarId, int64_t>> vars;
  for (size_t axis = 0; axis < index.size(); ++axis)
    vars.emplace_back(field.indices[axis], index[axis]);
  ElementPieces pieces;
  bool perBit = field.bitVar >= 0;
  for (int part = 0; part < (perBit ? field.type.width : int(field.slices.size())); ++part) {
    const spec::Slice &slice = field.slices[perBit ? 0 : size_t(part)];
    auto here = vars;
    if (perBit)
      here.emplace_back(field.bitVar, part);
    auto offset = bound.evaluate(slice.offset, here, 0);
    if (!offset)
      return located("field \"" + field.name + "\"", offset.error());
    if (*offset < 0 || *offset > streamBits - slice.width)
      return userError(fmt::format("field \"{}\" lies at bit {} of {}", field.name, *offset, streamBits),
                       "verify the format with quoin-format verify");
    pieces.push_back({*offset, slice.width});
  }
  return pieces;
}

static Outcome<FieldMap> mapField(spec::BoundFormat &bound, size_t number, int64_t streamBytes) {
  const spec::Format &format = bound.format();
  const spec::Field &field = format.fields[number];
  const spec::Stream &stream = format.streams[size_t(field.stream)];
  FieldMap map;
  int64_t bits = streamBytes * 8;
  if (stream.field == int32_t(number)) { // the implicit field of a planar stream: whole elements, one after the other
    for (int64_t bit = 0; bit + field.type.width <= bits; bit += field.type.width)
      map.elements.push_back({{bit, field.type.width}});
    return map;
  }
  if (stream.isRecord) {
    map.recordBits = bits = stream.recordBytes * 8;
    map.records = streamBytes / stream.recordBytes;
  }
  std::vector<int64_t> extents;
  for (spec::NodeId node : field.extents) {
    auto extent = bound.evaluate(node, {}, 0);
    if (!extent)
      return located("field \"" + field.name + "\"", extent.error());
    extents.push_back(*extent);
  }
  if (std::any_of(extents.begin(), extents.end(), [](int64_t extent) { return extent <= 0; }))
    return map;
  std::vector<int64_t> index(extents.size(), 0);
  do {
    auto pieces = piecesAt(bound, field, index, bits);
    if (!pieces)
      return std::unexpected(pieces.error());
    map.elements.push_back(std::move(*pieces));
  } while (advance(index, extents));
  return map;
}

static uint32_t finiteCode(const ScalarType &type, std::mt19937_64 &random) {
  for (int attempt = 0; attempt < 64; ++attempt) {
    uint32_t code = uint32_t(random()) & uint32_t((uint64_t(1) << type.width) - 1);
    if (std::isfinite(type.decodeFloat(code)))
      return code;
  }
  return 0;
}

static uint32_t scaleCode(const ScalarType &type, ScaleCase scales, std::mt19937_64 &random) {
  auto encode = [&](float value) {
    return spec::encodeScalar(type, type.hasSign ? value : std::fabs(value), spec::Rounding::NearestEven, true);
  };
  uint64_t draw = random();
  uint64_t kind = draw & 255;
  if (scales == ScaleCase::Ones)
    return encode(1.0f);
  if (scales == ScaleCase::Special && kind < 32) {
    constexpr float values[] = {INFINITY, -INFINITY, NAN};
    return spec::encodeScalar(type, values[draw >> 8 & 1 ? 2 : draw >> 9 & 1], spec::Rounding::NearestEven, false);
  }
  if (kind < 40)
    return encode(0.0f);
  bool hasSubnormals = type.mantissa > 0 && type.special != ScalarType::Special::E8M0;
  if (kind < 48 && hasSubnormals) // exponent field zero, any other mantissa than zero, either sign
    return uint32_t(1 + (draw >> 16) % ((uint64_t(1) << type.mantissa) - 1)) |
           (type.hasSign ? uint32_t(draw >> 8 & 1) << (type.width - 1) : 0);
  float magnitude = std::ldexp(1.0f + float(draw >> 40) * 0x1p-24f, int(draw >> 32 & 7) - 7);
  return encode(kind < 110 ? -magnitude : magnitude);
}

static void fillFloats(const spec::Field &field, const FieldMap &map, std::vector<uint8_t> &bytes, int64_t weights,
                       ScaleCase scales, std::mt19937_64 &random) {
  // A small float for each weight is a code of the weight; what there is less of scales many.
  bool isCode = field.type.width <= 8 && int64_t(map.elements.size()) * map.records >= weights;
  for (int64_t record = 0; record < map.records; ++record)
    for (const ElementPieces &pieces : map.elements)
      writeBits(bytes, pieces, record * map.recordBits,
                isCode ? finiteCode(field.type, random) : scaleCode(field.type, scales, random));
}

static void recordCodes(const spec::Field &field, const FieldMap &map, const std::vector<uint8_t> &bytes,
                        CodeCoverage &coverage) {
  CodeCoverage::Seen &seen = coverage.fields[field.name];
  seen.codes.resize(size_t(1) << field.type.width);
  for (int64_t record = 0; record < map.records; ++record)
    for (const ElementPieces &pieces : map.elements) {
      seen.codes[readBits(bytes, pieces, record * map.recordBits)] = true;
      ++seen.samples;
    }
}

std::string CodeCoverage::incompleteField() const {
  for (const auto &[name, seen] : fields) {
    bool enough = seen.samples >= int64_t(64 * seen.codes.size());
    if (enough && std::find(seen.codes.begin(), seen.codes.end(), false) != seen.codes.end())
      return name;
  }
  return "";
}

static void writePermutation(const spec::Field &field, std::vector<uint8_t> &bytes, std::mt19937_64 &random) {
  size_t count = bytes.size() * 8 / field.type.width;
  std::vector<uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0u);
  std::shuffle(order.begin(), order.end(), random);
  for (size_t i = 0; i < count; ++i)
    writeBits(bytes, {{int64_t(i) * field.type.width, field.type.width}}, 0, order[i]);
}

Outcome<spec::OwnedStreams> randomStreams(const spec::Format &format, spec::Shape shape, ScaleCase scales,
                                          std::mt19937_64 &random, CodeCoverage *coverage) {
  std::string where = fmt::format("streams of N = {}, K = {}", shape.n, shape.k);
  std::map<std::string, int64_t> freeSizes;
  for (const std::string &size : format.sizes)
    freeSizes[size] = 1;
  auto sizes = spec::streamSizes(format, shape, {}, freeSizes);
  if (!sizes)
    return located(where, sizes.error());
  spec::OwnedStreams streams;
  for (const spec::Stream &stream : format.streams) {
    if (stream.optional)
      continue;
    std::vector<uint8_t> &bytes = streams[stream.name];
    bytes.resize(size_t(sizes->at(stream.name)));
    size_t whole = bytes.size() / 8 * 8;
    for (size_t at = 0; at < whole; at += 8) {
      uint64_t word = random();
      std::memcpy(bytes.data() + at, &word, 8);
    }
    for (size_t at = whole; at < bytes.size(); ++at)
      bytes[at] = uint8_t(random());
  }
  for (const spec::Permute &permute : format.permutes) {
    const spec::Field &field = format.fields[size_t(permute.field)];
    auto it = streams.find(format.streams[size_t(field.stream)].name);
    if (it != streams.end())
      writePermutation(field, it->second, random);
  }
  auto bound = spec::BoundFormat::bind(format, shape, asBytes(streams));
  if (!bound)
    return located(where, bound.error());
  std::map<int32_t, ClaimedBits> chosen; // by stream: bits that are not what chance made them
  for (bool floats : {true, false})
    for (size_t number = 0; number < format.fields.size(); ++number) {
      const spec::Field &field = format.fields[number];
      auto it = streams.find(format.streams[size_t(field.stream)].name);
      bool counts = coverage && field.type.width <= 8;
      if (it == streams.end() || field.type.isFloat() != floats || (!floats && !counts))
        continue;
      auto map = mapField(*bound, number, int64_t(it->second.size()));
      if (!map)
        return std::unexpected(map.error());
      if (floats) {
        fillFloats(field, *map, it->second, shape.n * shape.k, scales, random);
        chosen[field.stream].claim(*map);
      } else if (!chosen[field.stream].overlaps(*map)) {
        recordCodes(field, *map, it->second, *coverage);
      }
    }
  return streams;
}

} // namespace quoin

#include "tools/run/FieldMap.h"

#include "tools/run/Command.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace quoin {

FieldMap FieldMap::dense(size_t count, int width) {
  FieldMap map;
  map.count = count;
  map.width = width;
  return map;
}

FieldMap FieldMap::of(std::vector<Piece> pieces, size_t piecesEach) {
  FieldMap map;
  map.piecesEach = piecesEach;
  map.count = piecesEach ? pieces.size() / piecesEach : 0;
  map.pieces = std::move(pieces);
  return map;
}

uint32_t readCode(const std::vector<uint8_t> &bytes, const FieldMap &map, int64_t record, size_t element) {
  uint32_t code = 0;
  int at = 0;
  map.eachPiece(element, [&](Piece piece) {
    for (int i = 0; i < piece.width; ++i, ++at) {
      int64_t bit = record * map.recordBits + piece.bit + i;
      code |= uint32_t(bytes[size_t(bit / 8)] >> (bit % 8) & 1) << at;
    }
  });
  return code;
}

void writeCode(std::vector<uint8_t> &bytes, const FieldMap &map, int64_t record, size_t element, uint32_t code) {
  int at = 0;
  map.eachPiece(element, [&](Piece piece) {
    for (int i = 0; i < piece.width; ++i, ++at) {
      int64_t bit = record * map.recordBits + piece.bit + i;
      uint8_t mask = uint8_t(1u << bit % 8);
      uint8_t &byte = bytes[size_t(bit / 8)];
      byte = uint8_t((byte & ~mask) | (code >> at & 1 ? mask : 0));
    }
  });
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

/// Appends the pieces of one element.
static Outcome<void> appendPieces(spec::BoundFormat &bound, const spec::Field &field, const std::vector<int64_t> &index,
                                  int64_t streamBits, std::vector<Piece> &pieces) {
  std::vector<std::pair<spec::VarId, int64_t>> vars;
  for (size_t axis = 0; axis < index.size(); ++axis)
    vars.emplace_back(field.indices[axis], index[axis]);
  bool perBit = field.bitVar >= 0;
  if (perBit)
    vars.emplace_back(field.bitVar, 0);
  for (int part = 0; part < (perBit ? field.type.width : int(field.slices.size())); ++part) {
    const spec::Slice &slice = field.slices[perBit ? 0 : size_t(part)];
    if (perBit)
      vars.back().second = part;
    auto offset = bound.evaluate(slice.offset, vars, 0);
    if (!offset)
      return located("field \"" + field.name + "\"", offset.error());
    if (*offset < 0 || *offset > streamBits - slice.width)
      return userError(fmt::format("field \"{}\" lies at bit {} of {}", field.name, *offset, streamBits),
                       "verify the format with quoin-format verify");
    pieces.push_back({*offset, slice.width});
  }
  return {};
}

Outcome<FieldMap> mapField(spec::BoundFormat &bound, size_t number, int64_t streamBytes) {
  const spec::Format &format = bound.format();
  const spec::Field &field = format.fields[number];
  const spec::Stream &stream = format.streams[size_t(field.stream)];
  int64_t bits = (stream.isRecord ? stream.recordBytes : streamBytes) * 8;
  std::vector<int64_t> extents;
  for (spec::NodeId node : field.extents) {
    auto extent = bound.evaluate(node, {}, 0);
    if (!extent)
      return located("field \"" + field.name + "\"", extent.error());
    extents.push_back(*extent);
  }
  if (stream.field == int32_t(number)) { // the implicit field of a planar stream; binding checked its size
    auto count = std::accumulate(extents.begin(), extents.end(), int64_t(1), std::multiplies<>());
    return FieldMap::dense(size_t(count), field.type.width);
  }
  std::vector<Piece> pieces;
  std::vector<int64_t> index(extents.size(), 0);
  bool empty = std::any_of(extents.begin(), extents.end(), [](int64_t extent) { return extent <= 0; });
  for (bool more = !empty; more; more = advance(index, extents))
    if (auto good = appendPieces(bound, field, index, bits, pieces); !good)
      return std::unexpected(good.error());
  FieldMap map = FieldMap::of(std::move(pieces), field.bitVar >= 0 ? field.type.width : field.slices.size());
  if (stream.isRecord) {
    map.recordBits = bits;
    map.records = streamBytes / stream.recordBytes;
  }
  return map;
}

void ClaimedBits::claim(const FieldMap &map) {
  for (size_t element = 0; element < map.elements(); ++element)
    map.eachPiece(element, [&](Piece piece) {
      size_t end = size_t(piece.bit + piece.width);
      if (bits.size() < end)
        bits.resize(end);
      std::fill(bits.begin() + piece.bit, bits.begin() + piece.bit + piece.width, true);
    });
}

bool ClaimedBits::overlaps(const FieldMap &map) const {
  bool found = false;
  for (size_t element = 0; element < map.elements() && !found; ++element)
    map.eachPiece(element, [&](Piece piece) {
      for (size_t bit = size_t(piece.bit); bit < size_t(piece.bit + piece.width); ++bit)
        found = found || (bit < bits.size() && bits[bit]);
    });
  return found;
}

} // namespace quoin

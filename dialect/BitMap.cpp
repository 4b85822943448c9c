#include "dialect/Diagram.h"

#include "dialect/normal/Walk.h"
#include "runtime/spec/Shapes.h"

#include <fmt/format.h>
#include <span>

namespace quoin {

using namespace quoin::spec;

static normal::Walk walkFor(const Format &format, Shape shape, const std::map<std::string, int64_t> &freeSizes) {
  normal::Walk walk(format, shape);
  for (size_t size = 0; size < format.sizes.size(); ++size)
    if (auto given = freeSizes.find(format.sizes[size]); given != freeSizes.end())
      walk.freeSizes[int64_t(size)] = given->second;
  return walk;
}

/// Extents of a field; nothing where one is not known.
static std::optional<std::vector<int64_t>> extentsOf(const Field &field, normal::Walk &walk) {
  std::vector<int64_t> extents;
  for (NodeId extent : field.extents) {
    normal::Symbol symbol = walk.walk(extent);
    if (!symbol.known || symbol.value < 0)
      return std::nullopt;
    extents.push_back(symbol.value);
  }
  return extents;
}

static bool declaredFieldsIn(const Format &format, int32_t stream) {
  for (size_t id = 0; id < format.fields.size(); ++id)
    if (format.fields[id].stream == stream && format.streams[stream].field != int32_t(id))
      return true;
  return false;
}

namespace {

class Mapping {
public:
  Mapping(const Format &format, BitMap &map, normal::Walk &walk) : format(format), map(map), walk(walk) {}

  Result<void> addField(int32_t id) {
    const Field &field = format.fields[id];
    auto extents = extentsOf(field, walk);
    if (!extents)
      return fail(fmt::format("the extents of \"{}\" depend on stored data", field.name));
    int64_t count = 1;
    for (int64_t extent : *extents)
      if (__builtin_mul_overflow(count, extent, &count) || count > maxMapBits)
        return fail(fmt::format("\"{}\" has too many elements to enumerate", field.name));
    std::vector<int64_t> index(extents->size(), 0);
    for (int64_t element = 0; element < count; ++element) {
      for (size_t axis = 0; axis < index.size(); ++axis)
        walk.bind(field.indices[axis], index[axis]);
      if (auto ok = addElement(id, element); !ok)
        return ok;
      for (size_t axis = index.size(); axis-- > 0 && ++index[axis] == (*extents)[axis];)
        index[axis] = 0;
    }
    return {};
  }

private:
  Result<void> addElement(int32_t id, int64_t element) {
    const Field &field = format.fields[id];
    int32_t bit = 0;
    for (const Slice &slice : field.slices) {
      int repeats = field.bitVar >= 0 ? field.type.width : 1;
      for (int repeat = 0; repeat < repeats; ++repeat) {
        if (field.bitVar >= 0)
          walk.bind(field.bitVar, repeat);
        normal::Symbol offset = walk.walk(slice.offset);
        if (!offset.known)
          return fail(fmt::format("the bit map of \"{}\" depends on stored data", field.name));
        for (int each = 0; each < slice.width; ++each, ++bit)
          claim(offset.value + each, {id, element, bit});
      }
    }
    return {};
  }

  void claim(int64_t position, BitOwner owner) {
    const std::string &name = format.fields[owner.field].name;
    if (position < 0 || position >= int64_t(map.owners.size()))
      return problem(fmt::format("element {} of \"{}\" lies at bit {}, outside of the {} bits of \"{}\"", owner.element,
                                 name, position, map.owners.size(), format.streams[map.stream].name));
    BitOwner &slot = map.owners[position];
    if (slot.field >= 0)
      return problem(fmt::format("bit {} of \"{}\" belongs to \"{}\" and to \"{}\"", position,
                                 format.streams[map.stream].name, format.fields[slot.field].name, name));
    slot = owner;
  }

  void problem(std::string text) {
    if (map.problems.size() < 8)
      map.problems.push_back(std::move(text));
  }

  const Format &format;
  BitMap &map;
  normal::Walk &walk;
};

} // namespace

Result<BitMap> mapBits(const Format &format, int32_t stream, Shape shape,
                       const std::map<std::string, int64_t> &freeSizes) {
  const Stream &source = format.streams[stream];
  normal::Walk walk = walkFor(format, shape, freeSizes);
  walk.moveTo(0, 0);
  int64_t bits = source.recordBytes;
  if (!source.isRecord) {
    bits = source.type.width;
    for (NodeId extent : source.extents) {
      normal::Symbol symbol = walk.walk(extent);
      if (!symbol.known || __builtin_mul_overflow(bits, symbol.value, &bits))
        return fail(fmt::format("the size of \"{}\" depends on stored data", source.name));
    }
  } else if (__builtin_mul_overflow(bits, int64_t(8), &bits)) {
    bits = INT64_MAX;
  }
  if (bits < 0 || bits > maxMapBits)
    return fail(fmt::format("\"{}\" has {} bits, more than the {} that are enumerated", source.name, bits, maxMapBits));
  BitMap map{stream, std::vector<BitOwner>(size_t(bits)), {}, {}};
  Mapping mapping(format, map, walk);
  bool declared = declaredFieldsIn(format, stream);
  for (size_t id = 0; id < format.fields.size(); ++id) {
    if (format.fields[id].stream != stream || (declared && source.field == int32_t(id)))
      continue;
    if (auto ok = mapping.addField(int32_t(id)); !ok)
      return std::unexpected(ok.error());
  }
  for (size_t bit = 0; bit < map.owners.size(); ++bit)
    if (map.owners[bit].field < 0)
      map.spare.push_back(int64_t(bit));
  return map;
}

/// The first legal combination, columns before rows; where there is none, multiples of what the format asks for, with
/// at most `mostWeights` as far as that can be.
static Result<Shape> firstLegal(const Format &format, std::span<const int64_t> rows, std::span<const int64_t> columns,
                                int64_t mostWeights) {
  for (int64_t k : columns)
    for (int64_t n : rows)
      if (checkShape(format, {n, k}))
        return Shape{n, k};
  Shape unit = shapeMultiples(format);
  for (int64_t records : {8, 4, 2, 1})
    for (int64_t groups : {64, 16, 4, 2, 1})
      if (Shape shape{records * unit.n, groups * unit.k}; shape.n * shape.k <= mostWeights && checkShape(format, shape))
        return shape;
  if (auto ok = checkShape(format, unit); !ok)
    return fail("no shape that was tried satisfies the requirements of \"" + format.name + "\": " + ok.error().message);
  return unit;
}

Result<Shape> diagramShape(const Format &format) {
  static constexpr int64_t columns[] = {64, 128, 256, 512, 32, 16, 96, 120, 1024, 2048, 4096, 8, 4, 2, 1, 60, 40};
  static constexpr int64_t rows[] = {8, 16, 32, 64, 128, 256, 4, 2, 1, 12, 10};
  return firstLegal(format, rows, columns, 1 << 14);
}

Result<Shape> largeShape(const Format &format) {
  static constexpr int64_t columns[] = {4096, 3840, 4200, 2048, 1024, 8192, 16384, 960, 512, 256, 64, 16, 4, 1};
  static constexpr int64_t rows[] = {4096, 2048, 1024, 512, 3840, 960, 256, 64, 16, 4, 1};
  return firstLegal(format, rows, columns, 1 << 24);
}

std::map<std::string, int64_t> diagramSizes(const Format &format, Shape shape) { return sampleSizes(format, shape, 4); }

std::string elementName(const Format &format, int32_t field, int64_t element, Shape shape,
                        const std::map<std::string, int64_t> &freeSizes) {
  normal::Walk walk = walkFor(format, shape, freeSizes);
  walk.moveTo(0, 0);
  const Field &target = format.fields[field];
  auto extents = extentsOf(target, walk);
  if (!extents || extents->empty())
    return target.name;
  std::string text = "]";
  for (size_t axis = extents->size(); axis-- > 0;) {
    int64_t extent = std::max<int64_t>((*extents)[axis], 1);
    text = (axis > 0 ? ", " : "[") + std::to_string(element % extent) + text;
    element /= extent;
  }
  return target.name + text;
}

} // namespace quoin

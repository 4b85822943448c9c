// Which field owns each bit of a stream, and pictures of it.
#pragma once

#include "runtime/spec/Evaluate.h"

namespace quoin {

/// The bit of a field's element that lies at a stored bit; field -1: spare.
struct BitOwner {
  int32_t field = -1;
  int64_t element = 0; ///< row-major number of the element
  int32_t bit = 0;     ///< of the element's code
};

/// One record, or a whole planar stream for a shape.
struct BitMap {
  int32_t stream = 0;
  std::vector<BitOwner> owners;      ///< by bit, low bit of byte 0 first
  std::vector<int64_t> spare;        ///< bits nobody claims
  std::vector<std::string> problems; ///< bits claimed twice, or outside of the stream; sentences, at most 8
};

/// Owners by enumeration of every index of every field in the stream. Streams of whole elements without fields of their
/// own belong to their elements. Fails where an extent is not known from `shape` and `freeSizes`, or the stream has
/// more than `maxMapBits`.
Result<BitMap> mapBits(const spec::Format &format, int32_t stream, spec::Shape shape,
                       const std::map<std::string, int64_t> &freeSizes = {});
inline constexpr int64_t maxMapBits = int64_t(1) << 24;

/// A small legal shape to draw: several groups wide where the format allows it.
Result<spec::Shape> diagramShape(const spec::Format &format);

/// A large legal shape, where what belongs to whole rows hardly counts any more.
Result<spec::Shape> largeShape(const spec::Format &format);

/// Free sizes by name, small ones: pictures need some.
std::map<std::string, int64_t> diagramSizes(const spec::Format &format, spec::Shape shape);

/// 64 bits a row, low bit first, one letter a field, its case changing with each element; equal rows are counted. With
/// a legend of all fields and their maps.
Result<std::string> diagramText(const spec::Format &format);

/// The same as a picture: 32 bits a row, one box for each run of bits of an element.
Result<std::string> diagramSvg(const spec::Format &format);

/// "F[2, 5]": the element of a field by its row-major number.
std::string elementName(const spec::Format &format, int32_t field, int64_t element, spec::Shape shape,
                        const std::map<std::string, int64_t> &freeSizes = {});

} // namespace quoin

// Where the bits of a field lie in its stream, element by element, as the format's own offsets say.
#pragma once

#include "runtime/failure.h"
#include "runtime/spec/Evaluate.h"

#include <cstdint>
#include <vector>

namespace quoin {

/// Bits of one element that follow each other in the record or planar stream, low bits first.
struct Piece {
  int64_t bit;
  int width;
};

/// All elements of a field's index space; in a record stream those of one record.
class FieldMap {
public:
  int64_t records = 1, recordBits = 0;

  /// `count` elements of `width` bits, one after the other; without memory for each, since weights are many.
  static FieldMap dense(size_t count, int width);
  static FieldMap of(std::vector<Piece> pieces, size_t piecesEach);

  size_t elements() const { return count; }
  /// Calls visit with each piece of an element.
  template <typename Visit> void eachPiece(size_t element, Visit visit) const {
    if (width)
      visit(Piece{int64_t(element) * width, width});
    for (size_t i = 0; i < piecesEach; ++i)
      visit(pieces[element * piecesEach + i]);
  }

private:
  size_t count = 0, piecesEach = 0;
  int width = 0;             ///< 0: not dense
  std::vector<Piece> pieces; ///< of the first element, then the next
};

/// Of field `number`, whose stream has `streamBytes`.
Outcome<FieldMap> mapField(spec::BoundFormat &bound, size_t number, int64_t streamBytes);

/// The code of an element in a record.
uint32_t readCode(const std::vector<uint8_t> &bytes, const FieldMap &map, int64_t record, size_t element);
void writeCode(std::vector<uint8_t> &bytes, const FieldMap &map, int64_t record, size_t element, uint32_t code);

/// Bits of a record or of a planar stream that fields claimed.
class ClaimedBits {
public:
  void claim(const FieldMap &map);
  bool overlaps(const FieldMap &map) const;

private:
  std::vector<bool> bits;
};

} // namespace quoin

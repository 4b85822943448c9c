// Small shapes that a format allows, for checks by enumeration.
#pragma once

#include "runtime/spec/Evaluate.h"

namespace quoin::spec {

/// Up to `count` legal shapes, the smallest first, odd and uneven ones among them where the format allows any. Empty
/// where no small shape is legal.
std::vector<Shape> smallShapes(const Format &format, size_t count = 6);

/// What N and K must be multiples of, as far as a format's requirements can be put that way: its tile, or else the
/// smallest legal shape of which twice as many rows or columns are legal too. 1, 1 where none is found.
Shape shapeMultiples(const Format &format);

/// Legal shapes of multiples of `unit` with long rows, with many rows and with both, about 100,000 at most and fewer where
/// requirements allow fewer.
std::vector<Shape> largeShapes(const Format &format, Shape unit);

} // namespace quoin::spec

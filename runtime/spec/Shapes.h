// Small shapes that a format allows, for checks by enumeration.
#pragma once

#include "runtime/spec/Evaluate.h"

namespace quoin::spec {

/// Up to `count` legal shapes, the smallest first, odd and uneven ones among them where the format allows any. Empty
/// where no small shape is legal.
std::vector<Shape> smallShapes(const Format &format, size_t count = 6);

} // namespace quoin::spec

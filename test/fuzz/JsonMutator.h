// Changes JSON as text, without taking it apart: a fuzzer that parsed and printed would do little else.
#pragma once

#include <cstddef>
#include <cstdint>

namespace quoin::fuzz {

/// Changes one value, element or member of `text`, which has room for `maxSize` bytes: a number into another, a value
/// into a copy of one from `other` (which may be the text itself), an item left out or told twice. Returns the new
/// size, 0 where it found nothing to change.
size_t mutateJson(char *text, size_t size, size_t maxSize, const char *other, size_t otherSize, unsigned seed);

} // namespace quoin::fuzz

// Interval arithmetic over the integer nodes of a decode expression, to know where i32 cannot wrap.
#pragma once

#include "runtime/spec/Format.h"

#include <optional>

namespace quoin::normal {

struct Interval {
  int64_t lo = 0, hi = 0;
};

/// Range of an integer node for all stored bits, indices taken as anything of 32 bits; nothing where it may wrap on the
/// way or is not bounded by 32 bits.
std::optional<Interval> integerRange(const spec::Format &format, spec::NodeId id);

} // namespace quoin::normal

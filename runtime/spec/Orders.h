// Which streams say where others are read.
#pragma once

#include "runtime/spec/Format.h"

#include <set>

namespace quoin::spec {

/// Streams whose elements are indices of other stored elements, split values or lengths of ranges, positions of a permuted
/// axis or of an overlay: an order of groups, say. All others hold values alone.
std::set<int32_t> orderingStreams(const Format &format);

} // namespace quoin::spec

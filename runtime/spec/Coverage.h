// Is every stored bit claimed once? Checked by enumeration.
#pragma once

#include "runtime/spec/Format.h"
#include "runtime/spec/Result.h"

namespace quoin::spec {

/// Every bit of a record, and of a planar stream in which fields are declared, must be claimed by one element of one
/// field; of streams marked spare, by at most one. Planar streams are enumerated over a few small legal shapes, free
/// sizes being small. The error names fields, index, slice and bit.
///
/// A planar stream without declared fields is claimed by its implicit field. Left out are streams whose extents depend
/// on stored contents, and fields whose offsets do: which bits those claim is known only with a tensor at hand, and
/// binding one checks their reads.
Result<void> checkCoverage(const Format &format);

} // namespace quoin::spec

// Are these the streams of a tensor? What a library must know before it hands them to code.
#pragma once

#include "runtime/spec/Evaluate.h"

namespace quoin::spec {

/// Checks that W of a shape is stored in `streams`: each has its exact size, and only optional ones are missing. What
/// is in them is not looked at, but for extents that depend on it.
Result<void> checkStreams(const Format &format, Shape shape, const StreamBytes &streams);

} // namespace quoin::spec

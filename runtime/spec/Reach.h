// Whether reads stay inside what they read at a shape.
#pragma once

#include "runtime/spec/Result.h"

namespace quoin::spec {

class Evaluator;

/// Checks the indices that only the position in W decides at W's four corners, those of reads that depend on a condition
/// left out: these are checked where they are made; and the places of fields in planar streams at the corners of their
/// indices. `evaluator` has its sizes resolved.
Result<void> checkReach(Evaluator &evaluator);

} // namespace quoin::spec

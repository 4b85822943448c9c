// How large the summands of a value are: what the rounding errors of its sums are relative to.
#pragma once

#include "runtime/spec/Format.h"

namespace quoin::spec {

class Evaluator;

/// Sum of the magnitudes of what an f32 node adds up, products and branches gone through; at least the value's own,
/// and of products that are not 0 at least 2^-126, since smaller ones are rounded like it. For other nodes, and after a
/// failure, the value's own. To first order each rounding below the node adds an error of at most
/// 2^-24 of it (running error analysis: Higham, Accuracy and Stability of Numerical Algorithms, section 3.3).
double magnitude(Evaluator &evaluator, NodeId id);

} // namespace quoin::spec

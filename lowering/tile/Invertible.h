// Whether what is stored can be had back from packed weights.
#pragma once

#include "lowering/KernelPlan.h"

namespace quoin {

/// A node as the sum of another and an integer.
std::pair<spec::NodeId, int32_t> peelAddend(const spec::Format &format, spec::NodeId id);

/// Packing loses nothing that is stored: every field is the code or a number as it is stored, and weights read every
/// element of it.
bool isInvertible(const KernelPlan &plan);

} // namespace quoin

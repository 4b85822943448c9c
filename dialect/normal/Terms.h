// From a sum of products to the terms of the normal form.
#pragma once

#include "dialect/normal/Decompose.h"

namespace quoin::normal {

/// Gathers products with equal coefficients into terms, integer offsets into zeros, the rest into the bias, and names
/// the kind. `form.why` is set.
void assembleTerms(spec::Format &format, spec::NodeBuilder &builder, Scan &scan, Decomposer &decomposer,
                   const Polynomial &polynomial, NormalForm &form);

} // namespace quoin::normal

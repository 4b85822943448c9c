// What the compiler would do with a format on each target.
#pragma once

#include "dialect/Library.h"
#include "dialect/NormalForm.h"

namespace quoin::tool {

/// One line a target: strategy, vector instructions per 32 weights, predicted share of the dot-product limit; or why there
/// is no packed kernel.
std::string targetsText(Library &library, const spec::Format &format, const NormalForm &form);

} // namespace quoin::tool

// What the compiler would do with a format on each target.
#pragma once

#include "dialect/Library.h"
#include "dialect/NormalForm.h"

namespace quoin::tool {

/// For each target the strategy taken with its predicted cost, what the others would cost or why they cannot be taken,
/// and the predicted share of the dot-product limit.
std::string targetsText(Library &library, const spec::Format &format, const NormalForm &form);

} // namespace quoin::tool

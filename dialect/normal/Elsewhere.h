// Whether a normal form that small shapes show holds in others: larger ones, and at places far into them.
#pragma once

#include "dialect/normal/Decompose.h"

namespace quoin::normal {

/// One sentence on where the form is not what the format decodes; empty where that was found nowhere. Tried are what the
/// analysis took for constant, for the same on runs of columns and for one of the functions enumerated, and the values
/// themselves under random stored bits: at the ends, at random places, and around every integer that the format names.
std::string failureElsewhere(const spec::Format &format, Scan &scan, Decomposer &decomposer, const NormalForm &form);

} // namespace quoin::normal

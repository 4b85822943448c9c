// Whether a packed form rounds where the decode expression does.
#pragma once

#include "lowering/PackedForm.h"

namespace quoin {

/// Whether coefficient * (code - zero) + bias is made of the same roundings and choices as `format` decodes with: then
/// both give the same bits. The normal form is an identity over the reals, so that a form that is not made of them has other last bits.
/// May say no where they would be the same.
bool roundsAlike(const spec::Format &format, const PackedForm &form);

} // namespace quoin

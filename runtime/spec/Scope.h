// The part of checkFormat about where things are used: variables inside their binders, weights inside encode, fields
// that do not read themselves, bounded nesting.
#pragma once

#include "runtime/spec/Format.h"
#include "runtime/spec/Result.h"

namespace quoin::spec {

/// Precondition: all indices of the format are in range and its nodes are well typed.
Result<void> checkScopes(const Format &format);

} // namespace quoin::spec

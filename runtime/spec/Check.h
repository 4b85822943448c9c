// Is a Format well formed? What the evaluator, JSON reader and code generators take for granted is checked here.
#pragma once

#include "runtime/spec/Format.h"
#include "runtime/spec/Result.h"

#include <string_view>

namespace quoin::spec {

/// Every index in range, operands before users, types as the operations demand, variables bound once and used where
/// they are bound, nesting and counts bounded, no field that reads itself. Costs time linear in the format, never
/// recurses deeper than the nesting bound, and does not evaluate anything.
Result<void> checkFormat(const Format &format);

/// The part of checkFormat that looks at one node: operands, position of what it names, types. The nodes it refers to
/// must have passed.
Result<void> checkNode(const Format &format, NodeId id);

/// Whether a name can be printed, on terminals too: it has no control characters.
bool isPlain(std::string_view text);

/// Expressions, through the fields they read, nest at most this deep.
constexpr int maxNesting = 500;

} // namespace quoin::spec

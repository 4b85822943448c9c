// Expressions as text, in the spelling of docs/language.md, for messages and diagrams.
#pragma once

#include "runtime/spec/Format.h"

namespace quoin::spec {

/// Infix text of a node; cut off with "..." near `limit` characters, since shared nodes are written out each time.
std::string printExpression(const Format &format, NodeId id, size_t limit = 200);

} // namespace quoin::spec

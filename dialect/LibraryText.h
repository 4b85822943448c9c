// What the library reads from texts beside the IR: an op's own text, the comment before it, names of families.
#pragma once

#include "dialect/Resolve.h"

#include <optional>
#include <string>

namespace quoin {

/// The text of the top-level op that starts at `offset`, to the brace that closes its body.
llvm::StringRef opText(llvm::StringRef text, size_t offset);
/// The comment lines right before `offset`, joined with spaces, slashes removed.
std::string commentBefore(llvm::StringRef text, size_t offset);
/// Byte offset of a line and column, both from 1.
size_t offsetOf(llvm::StringRef text, unsigned line, unsigned column);

/// Integers that a pattern such as "w{bits}g{group}" takes from a name, or nothing where it does not match.
std::optional<Parameters> matchPattern(llvm::StringRef pattern, llvm::StringRef name);
/// The pattern with the integers filled in.
std::string fillPattern(llvm::StringRef pattern, const Parameters &parameters);

} // namespace quoin

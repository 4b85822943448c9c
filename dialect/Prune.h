// Drops what a format's expressions no longer use.
#pragma once

#include "runtime/spec/Format.h"

#include "llvm/ADT/ArrayRef.h"

namespace quoin {

/// Removes the nodes that neither the format nor one of `roots` refers to, and renumbers the rest in the format and in
/// `roots`. Operands still precede their users; what the format means does not change.
void pruneNodes(spec::Format &format, llvm::ArrayRef<spec::NodeId *> roots = {});

} // namespace quoin

// Debug information: which line of the user's text an instruction comes from.
#pragma once

#include "runtime/spec/Result.h"

#include "mlir/IR/BuiltinOps.h"

namespace quoin {

/// Gives every function of a module in the LLVM dialect a place in the file its code comes from, so that emission
/// writes line tables. Without it locations are dropped.
Result<void> addDebugLines(mlir::ModuleOp module);

} // namespace quoin

// Passes that explain their failures, and a file to report where one does not.
#pragma once

#include "runtime/spec/Result.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"

namespace quoin {

/// Runs the passes that `addPasses` adds; `what` names the stage in messages. Diagnostics go where the context sends
/// them. A failure without any is a mistake of ours: the module as it was is then written to a temporary file, with the
/// pipeline that shows the failure, and the error says where.
Result<void> runPasses(mlir::ModuleOp module, llvm::function_ref<void(mlir::OpPassManager &)> addPasses,
                       const char *what);

} // namespace quoin

// From a module in the LLVM dialect to machine code of a target.
#pragma once

#include "lowering/Target.h"

#include "mlir/IR/BuiltinOps.h"

#include <string>

namespace quoin {

enum class ObjectKind { Object, Assembly, LlvmIr };

/// Makes `context` able to translate modules; to be called before modules of it are emitted on several threads.
void prepareEmission(mlir::MLIRContext &context);

/// Optimises and emits `module` (LLVM dialect only): ELF object bytes, or text. Fused multiply-adds appear only where
/// they are written as such. Modules of one prepared context may be emitted side by side.
Result<std::string> emitObject(mlir::ModuleOp module, const Target &target, ObjectKind kind);

} // namespace quoin

// From a module in the LLVM dialect to machine code of a target.
#pragma once

#include "lowering/Target.h"

#include "mlir/IR/BuiltinOps.h"

#include <string>

namespace quoin {

enum class ObjectKind { Object, Assembly, LlvmIr };

/// Optimises and emits `module` (LLVM dialect only): ELF object bytes, or text. Fused multiply-adds appear only where they
/// are written as such.
Result<std::string> emitObject(mlir::ModuleOp module, const Target &target, ObjectKind kind);

} // namespace quoin

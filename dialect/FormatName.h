// Which op of a module a format's name means.
#pragma once

#include "dialect/Resolve.h"

#include "mlir/IR/BuiltinOps.h"

namespace quoin {

/// A `quoin.format` or a `quoin.instance`, and the integers that a family's pattern takes from the name.
struct NamedFormat {
  mlir::Operation *op = nullptr;
  Parameters parameters;
};

/// The first declaration in the module that `name` means, without regard to case; none: op is null.
NamedFormat findFormat(mlir::ModuleOp module, llvm::StringRef name);
/// The name of a format, instance or policy; of a family its pattern. Empty for other ops.
llvm::StringRef declaredName(mlir::Operation *op);
/// Parameters of a format that an instance binds, with those the name gave.
Parameters boundParameters(const NamedFormat &named);
/// The format of an instance (or the format itself) in the module; null where it is not there.
FormatOp formatOf(mlir::ModuleOp module, mlir::Operation *op);

} // namespace quoin

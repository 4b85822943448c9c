// What MLIR's parser says of a text, in words of the language.
#pragma once

#include "runtime/spec/Result.h"

#include "mlir/IR/MLIRContext.h"

namespace quoin {

/// `message` is the parser's, without place, and `offset` where in `text` it points. The message comes back as it is
/// where it already speaks of the language.
Error explainParse(mlir::MLIRContext &context, llvm::StringRef text, llvm::StringRef message, size_t offset);

} // namespace quoin

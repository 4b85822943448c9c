// Lines of the user's text that code comes from, for debug information: a location carries them by name, and whatever is
// made for one part of the text is moved to that part's line.
#pragma once

#include "dialect/QuoinOps.h"

#include "mlir/IR/Builders.h"

namespace quoin {

/// The location of a kernel whose weights `text` declares: the kernel's own, with the lines of "decode" and of each
/// "field NAME" (or stream read by its own name).
mlir::Location withLines(mlir::Location kernel, FormatOp text);

/// `kernel` with one line more, unless that is null; the first line named so counts.
mlir::Location withLine(mlir::Location kernel, llvm::StringRef part, mlir::LocationAttr line);

/// The line of a part, null where the location carries none.
mlir::LocationAttr lineOf(mlir::Location location, llvm::StringRef part);

/// What is made between its birth and its death at `from`, the builder's location, moves to the line of `part` there. The
/// insertion point must be in the same block at the end.
class AtPart {
public:
  AtPart(mlir::OpBuilder &b, mlir::Location from, llvm::StringRef part);
  AtPart(const AtPart &) = delete;
  ~AtPart();

private:
  mlir::OpBuilder &b;
  mlir::Location from;
  mlir::LocationAttr line;
  mlir::Block *block;
  mlir::Operation *before; ///< null: the block's begin
};

} // namespace quoin

// Pieces of syntax that several ops share; TableGen's assembly formats call them as `custom<...>`.
#pragma once

#include "dialect/QuoinDialect.h"

#include "mlir/IR/Builders.h"

namespace quoin {

inline void printExpr(mlir::OpAsmPrinter &printer, mlir::Operation *, ExprAttr expr) {
  printExpr(printer.getStream(), expr);
}
inline void printName(mlir::OpAsmPrinter &printer, mlir::Operation *, mlir::StringAttr name) {
  printName(printer.getStream(), name.getValue());
}

/// `[E, ...]`, possibly empty.
mlir::ParseResult parseExprList(mlir::AsmParser &parser, mlir::ArrayAttr &list);
void printExprList(mlir::OpAsmPrinter &printer, mlir::Operation *, mlir::ArrayAttr list);

/// `(a, b)`, at least one name.
mlir::ParseResult parseNameTuple(mlir::AsmParser &parser, mlir::ArrayAttr &names);
void printNameTuple(mlir::OpAsmPrinter &printer, mlir::Operation *, mlir::ArrayAttr names);
mlir::ParseResult parseOptionalNameTuple(mlir::AsmParser &parser, mlir::ArrayAttr &names);
void printOptionalNameTuple(mlir::OpAsmPrinter &printer, mlir::Operation *, mlir::ArrayAttr names);

/// `[i: E, ...]`; nothing at all where there is no index.
mlir::ParseResult parseIndices(mlir::AsmParser &parser, mlir::ArrayAttr &names, mlir::ArrayAttr &extents);
void printIndices(mlir::OpAsmPrinter &printer, mlir::Operation *, mlir::ArrayAttr names, mlir::ArrayAttr extents);

/// `<a = 1, b = 2>`; nothing at all where there is no parameter.
mlir::ParseResult parseParameters(mlir::AsmParser &parser, mlir::ArrayAttr &names, mlir::DenseI64ArrayAttr &values);
void printParameters(mlir::OpAsmPrinter &printer, mlir::Operation *, mlir::ArrayAttr names,
                     mlir::DenseI64ArrayAttr values);

/// A region of one block, which may be empty.
mlir::ParseResult parseBody(mlir::OpAsmParser &parser, mlir::Region &body);
void printBody(mlir::OpAsmPrinter &printer, mlir::Operation *, mlir::Region &body);

/// `@name` or `"pattern"`.
mlir::ParseResult parseInstanceName(mlir::AsmParser &parser, mlir::StringAttr &symbol, mlir::StringAttr &pattern);
void printInstanceName(mlir::OpAsmPrinter &printer, mlir::Operation *, mlir::StringAttr symbol,
                       mlir::StringAttr pattern);

/// `stored_to_logical` or `logical_to_stored`.
mlir::ParseResult parseDirection(mlir::AsmParser &parser, mlir::UnitAttr &storedToLogical);
void printDirection(mlir::OpAsmPrinter &printer, mlir::Operation *, mlir::UnitAttr storedToLogical);

/// `replace` or `add`.
mlir::ParseResult parseOverlayMode(mlir::AsmParser &parser, mlir::UnitAttr &add);
void printOverlayMode(mlir::OpAsmPrinter &printer, mlir::Operation *, mlir::UnitAttr add);

/// `int8 per 32`, `int8 per token`, `bf16`.
mlir::ParseResult parseActivations(mlir::AsmParser &parser, ActivationsAttr &activations);
void printActivations(mlir::OpAsmPrinter &printer, mlir::Operation *, ActivationsAttr activations);

/// `(first 1/8, every 3)`.
mlir::ParseResult parseLayerSets(mlir::AsmParser &parser, mlir::ArrayAttr &sets);
void printLayerSets(mlir::OpAsmPrinter &printer, mlir::Operation *, mlir::ArrayAttr sets);

/// Checks a name that an op declares: not empty, and none of the language's own. `what` says what it names.
mlir::LogicalResult verifyDeclaredName(mlir::Operation *op, llvm::StringRef what, llvm::StringRef name);
/// The same for variables, and that no two are equal.
mlir::LogicalResult verifyVariables(mlir::Operation *op, mlir::ArrayAttr names);

} // namespace quoin

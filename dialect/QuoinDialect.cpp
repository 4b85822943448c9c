#include "dialect/QuoinOps.h"

#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

#include "dialect/QuoinDialect.cpp.inc"
#include "dialect/QuoinEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialect/QuoinAttrs.cpp.inc"

namespace quoin {

void QuoinDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialect/QuoinAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialect/QuoinOps.cpp.inc"
      >();
}

// A colon tells an element type from a name: `#quoin.expr<: ui4>`.
mlir::Attribute ExprAttr::parse(mlir::AsmParser &parser, mlir::Type) {
  ExprAttr expr;
  if (parser.parseLess())
    return {};
  bool isType = succeeded(parser.parseOptionalColon());
  if ((isType ? parseElementType(parser, expr) : parseExpr(parser, expr, /*inBrackets=*/true)) || parser.parseGreater())
    return {};
  return expr;
}

void ExprAttr::print(mlir::AsmPrinter &printer) const {
  printer << (getKind() == ExprKind::Type ? "<: " : "<");
  printExpr(printer.getStream(), *this, /*inBrackets=*/true);
  printer << ">";
}

} // namespace quoin

#include "dialect/Directives.h"

#include "llvm/ADT/StringSet.h"

using namespace llvm;
using namespace mlir;

namespace quoin {

ParseResult parseExprList(AsmParser &parser, ArrayAttr &list) {
  SmallVector<Attribute> exprs;
  auto element = [&]() -> ParseResult {
    ExprAttr expr;
    if (parseExpr(parser, expr))
      return failure();
    exprs.push_back(expr);
    return success();
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, element))
    return failure();
  list = parser.getBuilder().getArrayAttr(exprs);
  return success();
}

void printExprList(OpAsmPrinter &printer, Operation *, ArrayAttr list) {
  printer << '[';
  interleaveComma(list.getAsRange<ExprAttr>(), printer, [&](ExprAttr e) { printExpr(printer.getStream(), e); });
  printer << ']';
}

ParseResult parseNameTuple(AsmParser &parser, ArrayAttr &names) {
  SmallVector<Attribute> list;
  auto element = [&]() -> ParseResult {
    StringAttr name;
    if (parseName(parser, name))
      return failure();
    list.push_back(name);
    return success();
  };
  if (parser.parseLParen() || parser.parseCommaSeparatedList(element) || parser.parseRParen())
    return failure();
  names = parser.getBuilder().getArrayAttr(list);
  return success();
}

void printNameTuple(OpAsmPrinter &printer, Operation *, ArrayAttr names) {
  printer << '(';
  interleaveComma(names.getAsRange<StringAttr>(), printer, [&](StringAttr n) { printName(printer.getStream(), n); });
  printer << ')';
}

ParseResult parseOptionalNameTuple(AsmParser &parser, ArrayAttr &names) {
  if (failed(parser.parseOptionalLParen()))
    return success();
  SmallVector<Attribute> list;
  do {
    StringAttr name;
    if (parseName(parser, name))
      return failure();
    list.push_back(name);
  } while (succeeded(parser.parseOptionalComma()));
  names = parser.getBuilder().getArrayAttr(list);
  return parser.parseRParen();
}

void printOptionalNameTuple(OpAsmPrinter &printer, Operation *op, ArrayAttr names) {
  if (names)
    printNameTuple(printer, op, names);
}

ParseResult parseIndices(AsmParser &parser, ArrayAttr &names, ArrayAttr &extents) {
  SmallVector<Attribute> nameList, extentList;
  if (succeeded(parser.parseOptionalLSquare())) {
    auto element = [&]() -> ParseResult {
      StringAttr name;
      ExprAttr extent;
      if (parseName(parser, name) || parser.parseColon() || parseExpr(parser, extent))
        return failure();
      nameList.push_back(name);
      extentList.push_back(extent);
      return success();
    };
    if (parser.parseCommaSeparatedList(element) || parser.parseRSquare())
      return failure();
  }
  names = parser.getBuilder().getArrayAttr(nameList);
  extents = parser.getBuilder().getArrayAttr(extentList);
  return success();
}

void printIndices(OpAsmPrinter &printer, Operation *, ArrayAttr names, ArrayAttr extents) {
  if (names.empty())
    return;
  printer << '[';
  interleaveComma(zip_equal(names, extents), printer, [&](auto pair) {
    printName(printer.getStream(), cast<StringAttr>(std::get<0>(pair)));
    printer << ": ";
    printExpr(printer.getStream(), cast<ExprAttr>(std::get<1>(pair)));
  });
  printer << ']';
}

ParseResult parseParameters(AsmParser &parser, ArrayAttr &names, DenseI64ArrayAttr &values) {
  SmallVector<Attribute> nameList;
  SmallVector<int64_t> valueList;
  if (succeeded(parser.parseOptionalLess())) {
    auto element = [&]() -> ParseResult {
      StringAttr name;
      if (parseName(parser, name) || parser.parseEqual() || parser.parseInteger(valueList.emplace_back()))
        return failure();
      nameList.push_back(name);
      return success();
    };
    if (parser.parseCommaSeparatedList(element) || parser.parseGreater())
      return failure();
  }
  names = parser.getBuilder().getArrayAttr(nameList);
  values = parser.getBuilder().getDenseI64ArrayAttr(valueList);
  return success();
}

void printParameters(OpAsmPrinter &printer, Operation *, ArrayAttr names, DenseI64ArrayAttr values) {
  if (names.empty())
    return;
  printer << '<';
  interleaveComma(zip_equal(names, values.asArrayRef()), printer, [&](auto pair) {
    printName(printer.getStream(), cast<StringAttr>(std::get<0>(pair)));
    printer << " = " << std::get<1>(pair);
  });
  printer << '>';
}

ParseResult parseBody(OpAsmParser &parser, Region &body) {
  if (parser.parseRegion(body))
    return failure();
  if (body.empty())
    body.emplaceBlock();
  return success();
}

void printBody(OpAsmPrinter &printer, Operation *, Region &body) {
  printer.printRegion(body, /*printEntryBlockArgs=*/false, /*printBlockTerminators=*/false);
}

ParseResult parseInstanceName(AsmParser &parser, StringAttr &symbol, StringAttr &pattern) {
  if (succeeded(parser.parseOptionalSymbolName(symbol)))
    return success();
  std::string text;
  if (failed(parser.parseOptionalString(&text)))
    return parser.emitError(parser.getCurrentLocation(), "expected \"@name\" or a pattern such as \"w{bits}g{group}\"");
  pattern = parser.getBuilder().getStringAttr(text);
  return success();
}

void printInstanceName(OpAsmPrinter &printer, Operation *, StringAttr symbol, StringAttr pattern) {
  if (symbol)
    printer.printSymbolName(symbol);
  else
    printer.printAttribute(pattern);
}

/// One of two words; `isFirst` says which.
static ParseResult parseEither(AsmParser &parser, StringRef first, StringRef second, UnitAttr &isFirst) {
  if (succeeded(parser.parseOptionalKeyword(first)))
    isFirst = parser.getBuilder().getUnitAttr();
  else if (failed(parser.parseOptionalKeyword(second)))
    return parser.emitError(parser.getCurrentLocation()) << "expected \"" << first << "\" or \"" << second << "\"";
  return success();
}

ParseResult parseDirection(AsmParser &parser, UnitAttr &storedToLogical) {
  return parseEither(parser, "stored_to_logical", "logical_to_stored", storedToLogical);
}

void printDirection(OpAsmPrinter &printer, Operation *, UnitAttr storedToLogical) {
  printer << (storedToLogical ? "stored_to_logical" : "logical_to_stored");
}

ParseResult parseOverlayMode(AsmParser &parser, UnitAttr &add) { return parseEither(parser, "add", "replace", add); }

void printOverlayMode(OpAsmPrinter &printer, Operation *, UnitAttr add) { printer << (add ? "add" : "replace"); }

LogicalResult verifyDeclaredName(Operation *op, StringRef what, StringRef name) {
  if (name.empty())
    return op->emitOpError() << "has an empty name";
  if (name == "N" || name == "K")
    return op->emitOpError() << "names a " << what << " \"" << name << "\", which is the number of "
                             << (name == "N" ? "rows" : "columns") << " of W; choose another name";
  if (name == "x")
    return op->emitOpError() << "names a " << what << " \"x\", which is the weight in encode; choose another name";
  return success();
}

LogicalResult verifyVariables(Operation *op, ArrayAttr names) {
  llvm::StringSet<> seen;
  for (auto name : names.getAsRange<StringAttr>()) {
    if (failed(verifyDeclaredName(op, "variable", name)))
      return failure();
    if (!seen.insert(name.getValue()).second)
      return op->emitOpError() << "has two variables \"" << name.getValue() << "\"";
  }
  return success();
}

} // namespace quoin

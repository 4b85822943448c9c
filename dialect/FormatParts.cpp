// Syntax of the ops in a format's body that TableGen's assembly formats cannot say.
#include "dialect/Directives.h"
#include "dialect/QuoinOps.h"

using namespace llvm;
using namespace mlir;

namespace quoin {

//===--- stream ---===//

ParseResult StreamOp::parse(OpAsmParser &parser, OperationState &result) {
  StringAttr label;
  if (parseName(parser, label))
    return failure();
  result.addAttribute("label", label);
  Builder &builder = parser.getBuilder();
  ExprAttr expr;
  if (succeeded(parser.parseOptionalKeyword("record"))) {
    if (parseExpr(parser, expr))
      return failure();
    result.addAttribute("record", expr);
  } else if (succeeded(parser.parseOptionalColon())) {
    ArrayAttr extents;
    if (parseElementType(parser, expr) || parseExprList(parser, extents))
      return failure();
    result.addAttribute("type", expr);
    result.addAttribute("extents", extents);
  } else {
    return parser.emitError(parser.getCurrentLocation())
           << "expected \"record\" and a number of bytes, or \": type [extents]\", after the stream's name";
  }
  if (succeeded(parser.parseOptionalKeyword("spare")))
    result.addAttribute("spare", builder.getUnitAttr());
  if (succeeded(parser.parseOptionalKeyword("default"))) {
    ArrayAttr vars;
    if (parseOptionalNameTuple(parser, vars) || parser.parseEqual() || parseExpr(parser, expr))
      return failure();
    result.addAttribute("default_vars", vars ? vars : builder.getArrayAttr({}));
    result.addAttribute("default_value", expr);
  }
  if (succeeded(parser.parseOptionalKeyword("suffix"))) {
    std::string suffix;
    if (parser.parseString(&suffix))
      return failure();
    result.addAttribute("suffix", builder.getStringAttr(suffix));
  }
  return parser.parseOptionalAttrDict(result.attributes);
}

void StreamOp::print(OpAsmPrinter &printer) {
  printer << ' ';
  printName(printer, *this, getLabelAttr());
  if (getRecordAttr()) {
    printer << " record ";
    printExpr(printer, *this, getRecordAttr());
  } else {
    printer << " : ";
    printExpr(printer, *this, getTypeAttr());
    printer << ' ';
    printExprList(printer, *this, getExtentsAttr());
  }
  if (getSpare())
    printer << " spare";
  if (getDefaultValueAttr()) {
    printer << " default ";
    if (!getDefaultVarsAttr().empty()) {
      printNameTuple(printer, *this, getDefaultVarsAttr());
      printer << ' ';
    }
    printer << "= ";
    printExpr(printer, *this, getDefaultValueAttr());
  }
  if (getSuffixAttr()) {
    printer << " suffix ";
    printer.printAttribute(getSuffixAttr());
  }
  printer.printOptionalAttrDict((*this)->getAttrs(), getAttributeNames());
}

LogicalResult StreamOp::verify() {
  if (failed(verifyDeclaredName(*this, "stream", getLabel())))
    return failure();
  if (bool(getRecordAttr()) == bool(getTypeAttr()) || bool(getTypeAttr()) != bool(getExtentsAttr()))
    return emitOpError() << "\"" << getLabel() << "\" has either \"record\" or an element type with extents";
  if (bool(getDefaultVarsAttr()) != bool(getDefaultValueAttr()))
    return emitOpError() << "\"" << getLabel() << "\" has half of a default";
  if (!getDefaultValueAttr())
    return success();
  if (getRecordAttr())
    return emitOpError() << "\"" << getLabel()
                         << "\" is a record stream, which cannot be absent; leave out \"default\"";
  if (getDefaultVarsAttr().size() != getExtentsAttr().size())
    return emitOpError() << "\"" << getLabel() << "\" has " << getExtentsAttr().size() << " extents and its default "
                         << getDefaultVarsAttr().size() << " variables";
  return verifyVariables(*this, getDefaultVarsAttr());
}

//===--- field ---===//

ParseResult FieldOp::parse(OpAsmParser &parser, OperationState &result) {
  StringAttr label, stream;
  ArrayAttr indices, extents;
  ExprAttr type;
  if (parseName(parser, label) || parseIndices(parser, indices, extents) || parser.parseColon() ||
      parseElementType(parser, type) || parser.parseKeyword("in", " and the name of a stream") ||
      parseName(parser, stream) || parser.parseKeyword("at", " and the field's bit offset"))
    return failure();
  SmallVector<Attribute> widths, offsets;
  if (succeeded(parser.parseOptionalKeyword("bit"))) {
    StringAttr bit;
    ExprAttr offset;
    if (parseName(parser, bit) || parser.parseColon() || parseExpr(parser, offset))
      return failure();
    result.addAttribute("bit_var", bit);
    offsets.push_back(offset);
  } else if (succeeded(parser.parseOptionalLParen())) {
    if (parseSlices(parser, widths, offsets))
      return failure();
  } else {
    ExprAttr offset;
    if (parseExpr(parser, offset))
      return failure();
    offsets.push_back(offset);
  }
  Builder &builder = parser.getBuilder();
  result.addAttribute("label", label);
  result.addAttribute("indices", indices);
  result.addAttribute("extents", extents);
  result.addAttribute("type", type);
  result.addAttribute("stream", stream);
  result.addAttribute("widths", builder.getArrayAttr(widths));
  result.addAttribute("offsets", builder.getArrayAttr(offsets));
  return parser.parseOptionalAttrDict(result.attributes);
}

void FieldOp::print(OpAsmPrinter &printer) {
  printer << ' ';
  printName(printer, *this, getLabelAttr());
  printIndices(printer, *this, getIndices(), getExtents());
  printer << " : ";
  printExpr(printer, *this, getTypeAttr());
  printer << " in ";
  printName(printer, *this, getStreamAttr());
  printer << " at ";
  auto offsets = getOffsets().getAsRange<ExprAttr>();
  if (getBitVarAttr()) {
    printer << "bit ";
    printName(printer, *this, getBitVarAttr());
    printer << ": ";
  }
  if (getWidths().empty()) {
    printExpr(printer, *this, *offsets.begin());
  } else {
    printer << '(';
    interleaveComma(zip_equal(getWidths().getAsRange<ExprAttr>(), offsets), printer, [&](auto slice) {
      printExpr(printer, *this, std::get<0>(slice));
      printer << ": ";
      printExpr(printer, *this, std::get<1>(slice));
    });
    printer << ')';
  }
  printer.printOptionalAttrDict((*this)->getAttrs(), getAttributeNames());
}

LogicalResult FieldOp::verify() {
  if (failed(verifyDeclaredName(*this, "field", getLabel())) || failed(verifyVariables(*this, getIndices())))
    return failure();
  if (getIndices().size() != getExtents().size())
    return emitOpError() << "\"" << getLabel() << "\" has " << getIndices().size() << " indices and "
                         << getExtents().size() << " extents";
  if (getOffsets().empty() || (getWidths().empty() && getOffsets().size() != 1) ||
      (!getWidths().empty() && (getBitVarAttr() || getWidths().size() != getOffsets().size())))
    return emitOpError() << "\"" << getLabel() << "\" has one offset, one for each slice, or one map for its bits";
  if (getBitVarAttr() && is_contained(getIndices(), getBitVarAttr()))
    return emitOpError() << "has two variables \"" << *getBitVar() << "\"";
  return success();
}

//===--- table ---===//

ParseResult TableOp::parse(OpAsmParser &parser, OperationState &result) {
  StringAttr label;
  SmallVector<Attribute> indices, extents;
  auto extent = [&]() -> ParseResult {
    SMLoc loc = parser.getCurrentLocation();
    ExprAttr expr;
    if (parseExpr(parser, expr))
      return failure();
    if (succeeded(parser.parseOptionalColon())) {
      if (expr.getKind() != ExprKind::Name)
        return parser.emitError(loc, "expected the name of an index before \":\"");
      indices.push_back(StringAttr::get(parser.getContext(), expr.getName()));
      if (parseExpr(parser, expr))
        return failure();
    }
    extents.push_back(expr);
    return success();
  };
  SMLoc loc = parser.getCurrentLocation();
  ExprAttr type;
  if (parseName(parser, label) || parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, extent) ||
      parser.parseColon() || parseElementType(parser, type))
    return failure();
  if (!indices.empty() && indices.size() != extents.size())
    return parser.emitError(loc) << "either all extents of a table have an index, as in \"[i: 4, j: 8]\", or none";
  Builder &builder = parser.getBuilder();
  result.addAttribute("label", label);
  result.addAttribute("extents", builder.getArrayAttr(extents));
  result.addAttribute("type", type);
  if (!indices.empty())
    result.addAttribute("indices", builder.getArrayAttr(indices));
  if (succeeded(parser.parseOptionalKeyword("from"))) {
    std::string file, hash;
    if (parser.parseString(&file) || parser.parseKeyword("sha256", " and the file's hash in hexadecimal") ||
        parser.parseString(&hash))
      return failure();
    result.addAttribute("file", builder.getStringAttr(file));
    result.addAttribute("sha256", builder.getStringAttr(hash));
  } else if (failed(parser.parseOptionalEqual())) {
    return parser.emitError(parser.getCurrentLocation(),
                            "expected \"= [...]\", \"= expression\" or \"from\" and a file");
  } else if (indices.empty()) {
    ArrayAttr elements;
    if (parseExprList(parser, elements))
      return failure();
    result.addAttribute("elements", elements);
  } else {
    ExprAttr value;
    if (parseExpr(parser, value))
      return failure();
    result.addAttribute("value", value);
  }
  return parser.parseOptionalAttrDict(result.attributes);
}

void TableOp::print(OpAsmPrinter &printer) {
  printer << ' ';
  printName(printer, *this, getLabelAttr());
  if (getIndicesAttr())
    printIndices(printer, *this, getIndicesAttr(), getExtents());
  else
    printExprList(printer, *this, getExtents());
  printer << " : ";
  printExpr(printer, *this, getTypeAttr());
  if (getFileAttr()) {
    printer << " from ";
    printer.printAttribute(getFileAttr());
    printer << " sha256 ";
    printer.printAttribute(getSha256Attr());
  } else if (getElementsAttr()) {
    printer << " = ";
    printExprList(printer, *this, getElementsAttr());
  } else {
    printer << " = ";
    printExpr(printer, *this, getValueAttr());
  }
  printer.printOptionalAttrDict((*this)->getAttrs(), getAttributeNames());
}

LogicalResult TableOp::verify() {
  if (failed(verifyDeclaredName(*this, "table", getLabel())))
    return failure();
  if (getExtents().empty())
    return emitOpError() << "\"" << getLabel() << "\" has no extent; write \"[n]\"";
  bool computed = bool(getValueAttr());
  if (bool(getElementsAttr()) + computed + bool(getFileAttr()) != 1 || bool(getFileAttr()) != bool(getSha256Attr()) ||
      computed != bool(getIndicesAttr()))
    return emitOpError() << "\"" << getLabel()
                         << "\" is written as a list, computed from its indices, or read from a file";
  if (computed && getIndicesAttr().size() != getExtents().size())
    return emitOpError() << "\"" << getLabel() << "\" has " << getIndicesAttr().size() << " indices and "
                         << getExtents().size() << " extents";
  return computed ? verifyVariables(*this, getIndicesAttr()) : success();
}

//===--- encode ---===//

ParseResult EncodeOp::parse(OpAsmParser &parser, OperationState &result) {
  Builder &builder = parser.getBuilder();
  ArrayAttr fields;
  SmallVector<Attribute> vars;
  if (parseOptionalNameTuple(parser, fields))
    return failure();
  if (!fields) {
    StringAttr field;
    if (parseName(parser, field))
      return failure();
    fields = builder.getArrayAttr({field});
  }
  if (succeeded(parser.parseOptionalLSquare())) {
    auto var = [&]() -> ParseResult {
      StringAttr name;
      if (parseName(parser, name))
        return failure();
      vars.push_back(name);
      return success();
    };
    if (parser.parseCommaSeparatedList(var) || parser.parseRSquare())
      return failure();
  }
  result.addAttribute("fields", fields);
  result.addAttribute("vars", builder.getArrayAttr(vars));
  if (succeeded(parser.parseOptionalKeyword("by"))) {
    if (parser.parseKeyword("search", ", the only rule that needs no expression"))
      return failure();
  } else {
    ExprAttr value;
    if (parser.parseEqual() || parseExpr(parser, value))
      return failure();
    result.addAttribute("value", value);
  }
  return parser.parseOptionalAttrDict(result.attributes);
}

void EncodeOp::print(OpAsmPrinter &printer) {
  printer << ' ';
  if (getFields().size() == 1)
    printName(printer, *this, cast<StringAttr>(getFields()[0]));
  else
    printNameTuple(printer, *this, getFields());
  if (!getVars().empty()) {
    printer << '[';
    interleaveComma(getVars().getAsRange<StringAttr>(), printer, [&](StringAttr v) { printName(printer, *this, v); });
    printer << ']';
  }
  if (getValueAttr()) {
    printer << " = ";
    printExpr(printer, *this, getValueAttr());
  } else {
    printer << " by search";
  }
  printer.printOptionalAttrDict((*this)->getAttrs(), getAttributeNames());
}

LogicalResult EncodeOp::verify() {
  if (getFields().empty())
    return emitOpError() << "names no field";
  if (getValueAttr() && getFields().size() != 1)
    return emitOpError() << "gives one expression to " << getFields().size()
                         << " fields; write one encode for each, or \"by search\"";
  return verifyVariables(*this, getVars());
}

} // namespace quoin

// Local checks of the ops that declare a format's parts in TableGen's own syntax.
#include "dialect/Directives.h"
#include "dialect/FormatName.h"
#include "runtime/spec/Check.h"

using namespace llvm;
using namespace mlir;

namespace quoin {

LogicalResult InstanceOp::verify() {
  if (bool(getSymNameAttr()) == bool(getPatternAttr()))
    return emitOpError() << "has either a name \"@name\" or a pattern such as \"w{bits}g{group}\"";
  if (getParamNames().size() != getParamValues().size())
    return emitOpError() << "has " << getParamNames().size() << " parameters and " << getParamValues().size()
                         << " values";
  SmallVector<StringRef> seen;
  auto add = [&](StringRef name) -> LogicalResult {
    if (is_contained(seen, name))
      return emitOpError() << "binds parameter \"" << name << "\" twice";
    seen.push_back(name);
    return success();
  };
  for (auto name : getParamNames().getAsRange<StringAttr>())
    if (failed(add(name)))
      return failure();
  StringRef rest = getPattern().value_or("");
  if (!spec::isPlain(rest))
    return emitOpError() << "has a pattern that holds control characters";
  while (!rest.empty()) {
    auto [text, hole] = rest.split('{');
    if (text.contains('}') || (text.size() < rest.size() && !hole.contains('}')))
      return emitOpError() << "has the pattern \"" << *getPattern() << "\", whose braces do not pair";
    if (text.size() == rest.size())
      break;
    StringRef name = hole.split('}').first;
    rest = hole.split('}').second;
    if (name.empty() || failed(add(name)))
      return name.empty() ? emitOpError() << "has the pattern \"" << *getPattern() << "\" with an empty \"{}\""
                          : LogicalResult(failure());
    if (rest.starts_with("{"))
      return emitOpError() << "has the pattern \"" << *getPattern()
                           << "\", where two numbers touch and cannot be told apart";
  }
  return success();
}

LogicalResult InstanceOp::verifySymbolUses(SymbolTableCollection &) {
  auto module = (*this)->getParentOfType<ModuleOp>();
  FormatOp format = module ? formatOf(module, *this) : FormatOp();
  if (!format)
    return success(); // looked up in the library
  SmallVector<StringRef> known;
  for (auto name : format.getParamNames().getAsRange<StringAttr>())
    known.push_back(name.getValue());
  SmallVector<StringRef> used;
  for (auto name : getParamNames().getAsRange<StringAttr>())
    used.push_back(name.getValue());
  StringRef rest = getPattern().value_or("");
  while (rest.contains('{')) {
    rest = rest.split('{').second;
    used.push_back(rest.split('}').first);
  }
  for (StringRef name : used) {
    if (is_contained(known, name))
      continue;
    auto diagnostic = emitOpError() << "binds \"" << name << "\", and @" << format.getSymName();
    if (known.empty())
      diagnostic << " has no parameters";
    else
      diagnostic << " has the parameter" << (known.size() == 1 ? " " : "s ") << quotedList(known);
    diagnostic.attachNote(format.getLoc()) << "the format is declared here";
    return diagnostic;
  }
  return success();
}

bool InstanceOp::isOptionalSymbol() { return true; }

LogicalResult LetOp::verify() {
  if (failed(verifyDeclaredName(*this, "let", getLabel())))
    return failure();
  if (getParams() && is_contained(reservedFunctions(), getLabel()))
    return emitOpError() << "names a function \"" << getLabel() << "\", which the language has already";
  return getParams() ? verifyVariables(*this, *getParams()) : success();
}

LogicalResult SizeOp::verify() { return verifyDeclaredName(*this, "size", getLabel()); }

LogicalResult PermuteOp::verify() {
  if (getAxis() == "n" || getAxis() == "k")
    return success();
  return emitOpError() << "orders axis \"" << getAxis() << "\"; the axes are \"n\" (rows) and \"k\" (columns)";
}

LogicalResult DecodeOp::verify() {
  if (getVars().size() != 1 && getVars().size() != 2)
    return emitOpError() << "has " << getVars().size()
                         << " variables; write \"decode (i)\" for element i of the tile, or "
                         << "\"decode (n, k)\" for row n and column k";
  return verifyVariables(*this, getVars());
}

LogicalResult TempOp::verify() {
  if (getIndices().size() != getExtents().size())
    return emitOpError() << "\"" << getLabel() << "\" has " << getIndices().size() << " indices and "
                         << getExtents().size() << " extents";
  return failure(failed(verifyDeclaredName(*this, "temp", getLabel())) || failed(verifyVariables(*this, getIndices())));
}

} // namespace quoin

// Reads expressions by recursive descent over MLIR's tokens. Nesting is bounded, and every error stands at its token.
#include "dialect/Expr.h"
#include "dialect/QuoinDialect.h"
#include "runtime/spec/Type.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Error.h"

using namespace llvm;
using namespace mlir;

namespace quoin {

static constexpr Function functions[] = {{"and", 2},    {"or", 2},     {"xor", 2},      {"not", 1},  {"shl", 2},
                                         {"shr", 2},    {"parity", 1}, {"popcount", 1}, {"clz", 1},  {"ne", 2},
                                         {"select", 3}, {"min", 2},    {"max", 2},      {"abs", 1},  {"ldexp", 2},
                                         {"f32", 1},    {"i32", 1},    {"bits", 1},     {"log2", 1}, {"frombits", 1}};

static constexpr StringRef loopNames[] = {"sum", "min", "max", "absmax", "signmax", "argmin", "search"};

static bool isLoopName(StringRef name) { return is_contained(loopNames, name); }

const Function *findFunction(StringRef name) {
  const Function *found = find_if(functions, [&](const Function &f) { return f.name == name; });
  return found == std::end(functions) ? nullptr : found;
}

ArrayRef<StringRef> reservedFunctions() {
  static const SmallVector<StringRef> names = [] {
    SmallVector<StringRef> all = {"round", "sum", "absmax", "signmax", "argmin", "search", "lt", "le", "gt", "ge"};
    for (const Function &function : functions)
      all.push_back(function.name);
    return all;
  }();
  return names;
}

namespace {
/// A parsed expression and how deep it is.
struct Tree {
  ExprAttr expr;
  int depth = 0;
};

class Parser {
public:
  Parser(AsmParser &parser, bool inBrackets) : parser(parser), inBrackets(inBrackets) {}

  ParseResult expression(Tree &result);
  /// Goes on after a complete operand, as after `(a)` in `(a) * b`.
  ParseResult rest(Tree &lhs) { return failure(productRest(lhs) || sumRest(lhs) || comparisonRest(lhs)); }
  ParseResult elementType(Tree &result);

private:
  ParseResult make(SMLoc loc, Tree &result, ExprKind kind, StringRef name, ArrayRef<Tree> operands,
                   ArrayRef<StringAttr> vars = {}, int64_t value = 0);
  ParseResult comparisonRest(Tree &lhs);
  ParseResult sum(Tree &result) { return failure(product(result) || sumRest(result)); }
  ParseResult sumRest(Tree &lhs);
  ParseResult product(Tree &result) { return failure(prefix(result) || productRest(result)); }
  ParseResult productRest(Tree &lhs);
  ParseResult infix(SMLoc loc, Tree &lhs, ExprKind kind, ParseResult (Parser::*operand)(Tree &));
  ParseResult prefix(Tree &result);
  ParseResult primary(Tree &result);
  ParseResult number(Tree &result);
  ParseResult named(Tree &result);
  ParseResult afterName(SMLoc loc, StringRef name, Tree &result);
  ParseResult call(SMLoc loc, StringRef name, Tree &result);
  ParseResult roundCall(SMLoc loc, Tree &result);
  ParseResult letIn(SMLoc loc, Tree &result);
  ParseResult split(SMLoc loc, Tree &result);
  ParseResult splitBranches(SmallVectorImpl<StringAttr> &vars, SmallVectorImpl<Tree> &branches);
  ParseResult tooDeep(SMLoc loc) {
    return parser.emitError(loc) << "expression nests deeper than " << maxExprDepth
                                 << " levels; name parts of it with \"let\"";
  }

  AsmParser &parser;
  bool inBrackets;
  int nesting = 0;
};
} // namespace

ParseResult Parser::make(SMLoc loc, Tree &result, ExprKind kind, StringRef name, ArrayRef<Tree> operands,
                         ArrayRef<StringAttr> vars, int64_t value) {
  SmallVector<ExprAttr> exprs;
  int depth = 0;
  for (const Tree &operand : operands) {
    exprs.push_back(operand.expr);
    depth = std::max(depth, operand.depth);
  }
  if (++depth > maxExprDepth)
    return tooDeep(loc);
  result = {ExprAttr::get(parser.getContext(), kind, name, value, vars, exprs), depth};
  return success();
}

ParseResult Parser::expression(Tree &result) {
  SMLoc loc = parser.getCurrentLocation();
  if (++nesting > maxExprDepth)
    return tooDeep(loc);
  ParseResult parsed = failure(sum(result) || comparisonRest(result));
  --nesting;
  return parsed;
}

ParseResult Parser::infix(SMLoc loc, Tree &lhs, ExprKind kind, ParseResult (Parser::*operand)(Tree &)) {
  Tree rhs;
  if ((this->*operand)(rhs))
    return failure();
  return make(loc, lhs, kind, "", {lhs, rhs});
}

ParseResult Parser::comparisonRest(Tree &lhs) {
  bool compared = false;
  while (true) {
    SMLoc loc = parser.getCurrentLocation();
    ExprKind kind;
    if (succeeded(parser.parseOptionalEqual())) {
      kind = ExprKind::Eq;
      if (failed(parser.parseOptionalEqual()))
        return parser.emitError(loc, "a comparison is written \"==\"");
    } else if (inBrackets) {
      return success(); // "<" and ">" are the brackets
    } else if (succeeded(parser.parseOptionalLess())) {
      kind = succeeded(parser.parseOptionalEqual()) ? ExprKind::Le : ExprKind::Lt;
    } else if (succeeded(parser.parseOptionalGreater())) {
      kind = succeeded(parser.parseOptionalEqual()) ? ExprKind::Ge : ExprKind::Gt;
    } else {
      return success();
    }
    if (compared)
      return parser.emitError(loc, "comparisons do not chain; join two with \"and(a < b, b < c)\"");
    compared = true;
    if (infix(loc, lhs, kind, &Parser::sum))
      return failure();
  }
}

ParseResult Parser::sumRest(Tree &lhs) {
  while (true) {
    SMLoc loc = parser.getCurrentLocation();
    ExprKind kind;
    if (succeeded(parser.parseOptionalPlus()))
      kind = ExprKind::Add;
    else if (succeeded(parser.parseOptionalMinus()))
      kind = ExprKind::Sub;
    else
      return success();
    if (infix(loc, lhs, kind, &Parser::product))
      return failure();
  }
}

ParseResult Parser::productRest(Tree &lhs) {
  while (true) {
    SMLoc loc = parser.getCurrentLocation();
    ExprKind kind;
    if (succeeded(parser.parseOptionalStar()))
      kind = ExprKind::Mul;
    else if (succeeded(parser.parseOptionalSlash()))
      kind = ExprKind::Div;
    else if (succeeded(parser.parseOptionalKeyword("floordiv")))
      kind = ExprKind::FloorDiv;
    else if (succeeded(parser.parseOptionalKeyword("ceildiv")))
      kind = ExprKind::CeilDiv;
    else if (succeeded(parser.parseOptionalKeyword("mod")))
      kind = ExprKind::Mod;
    else
      return success();
    if (infix(loc, lhs, kind, &Parser::prefix))
      return failure();
  }
}

ParseResult Parser::prefix(Tree &result) {
  // Signs nest without recursion of their own; `make` bounds the depth.
  SmallVector<SMLoc> signs;
  SMLoc loc = parser.getCurrentLocation();
  while (succeeded(parser.parseOptionalMinus())) {
    signs.push_back(loc);
    loc = parser.getCurrentLocation();
  }
  if (primary(result))
    return failure();
  for (SMLoc sign : reverse(signs))
    if (make(sign, result, ExprKind::Neg, "", {result}))
      return failure();
  return success();
}

ParseResult Parser::primary(Tree &result) {
  if (isDigit(*parser.getCurrentLocation().getPointer()))
    return number(result);
  if (failed(parser.parseOptionalLParen()))
    return named(result);
  return failure(expression(result) || parser.parseRParen());
}

/// The number that starts at `text`, as MLIR's lexer cuts it.
static StringRef numberToken(const char *text) {
  const char *end = text;
  if (text[0] == '0' && text[1] == 'x' && isHexDigit(text[2])) {
    for (end = text + 2; isHexDigit(*end);)
      ++end;
    return StringRef(text, end - text);
  }
  while (isDigit(*end))
    ++end;
  if (*end != '.')
    return StringRef(text, end - text);
  for (++end; isDigit(*end);)
    ++end;
  if (*end == 'e' || *end == 'E') {
    const char *exponent = end + 1 + (end[1] == '+' || end[1] == '-');
    if (isDigit(*exponent))
      for (end = exponent; isDigit(*end);)
        ++end;
  }
  return StringRef(text, end - text);
}

ParseResult Parser::number(Tree &result) {
  SMLoc loc = parser.getCurrentLocation();
  // The spelling is read beside the parser: hexadecimal stays so, and a decimal is rounded once, straight to f32.
  std::string text = numberToken(loc.getPointer()).str();
  if (StringRef(text).contains('.')) {
    double consumed;
    if (parser.parseFloat(consumed))
      return failure();
    APFloat value(APFloat::IEEEsingle());
    auto status = value.convertFromString(text, APFloat::rmNearestTiesToEven);
    if (!status) {
      consumeError(status.takeError());
      return parser.emitError(loc) << "\"" << text << "\" is no number";
    }
    if (*status & APFloat::opOverflow)
      return parser.emitError(loc) << "\"" << text << "\" is larger than any f32; write \"inf\" if that is meant";
    return make(loc, result, ExprKind::Float, "", {}, {}, int64_t(value.bitcastToAPInt().getZExtValue()));
  }
  APInt value;
  OptionalParseResult parsed = parser.parseOptionalInteger(value);
  if (!parsed.has_value() || failed(*parsed))
    return parser.emitError(loc, "expected a number");
  if (value.getActiveBits() > 63)
    return parser.emitError(loc) << "\"" << text << "\" does not fit 64 bits";
  bool isHex = StringRef(text).starts_with("0x");
  return make(loc, result, ExprKind::Int, isHex ? StringRef(text) : "", {}, {}, int64_t(value.getZExtValue()));
}

ParseResult Parser::named(Tree &result) {
  SMLoc loc = parser.getCurrentLocation();
  std::string text;
  if (succeeded(parser.parseOptionalString(&text)))
    return text.empty() ? ParseResult(parser.emitError(loc, "a name is empty")) : afterName(loc, text, result);
  StringRef word;
  if (failed(parser.parseOptionalKeyword(&word)))
    return parser.emitError(loc, "expected an expression: a number, a name, a call or \"(\"");
  if (word == "nan" || word == "inf")
    return make(loc, result, ExprKind::Float, "", {}, {}, word == "nan" ? 0x7FC00000 : 0x7F800000);
  if (word == "let")
    return letIn(loc, result);
  if (word == "split")
    return split(loc, result);
  for (StringRef reserved : {"in", "at", "by", "as", "mod", "floordiv", "ceildiv"})
    if (word == reserved)
      return parser.emitError(loc) << "expected an expression before \"" << word << "\"";
  return afterName(loc, word, result);
}

ParseResult Parser::afterName(SMLoc loc, StringRef name, Tree &result) {
  std::string owned = name.str();
  if (succeeded(parser.parseOptionalLParen()))
    return call(loc, owned, result);
  if (failed(parser.parseOptionalLSquare()))
    return make(loc, result, ExprKind::Name, owned, {});
  SmallVector<Tree> indices;
  auto index = [&]() { return expression(indices.emplace_back()); };
  if (parser.parseCommaSeparatedList(index) || parser.parseRSquare())
    return failure();
  return make(loc, result, ExprKind::Index, owned, indices);
}

ParseResult Parser::call(SMLoc loc, StringRef name, Tree &result) {
  if (name == "round")
    return roundCall(loc, result);
  SmallVector<Tree> arguments;
  auto argument = [&]() { return expression(arguments.emplace_back()); };
  if (argument())
    return failure();
  if (isLoopName(name) && arguments[0].expr.getKind() == ExprKind::Name && succeeded(parser.parseOptionalColon())) {
    StringAttr var = StringAttr::get(parser.getContext(), arguments[0].expr.getName());
    Tree extent, body;
    if (expression(extent) || parser.parseComma() || expression(body) || parser.parseRParen())
      return failure();
    return make(loc, result, ExprKind::Loop, name, {extent, body}, {var});
  }
  if (arguments[0].expr.getKind() == ExprKind::Name && succeeded(parser.parseOptionalColon())) {
    StringRef near = nearestName(name, loopNames);
    std::string hint = near.empty() ? "write " + quotedList(loopNames) : "did you mean \"" + near.str() + "\"?";
    return parser.emitError(loc) << "\"" << name << "\" is no loop over a variable; " << hint;
  }
  while (succeeded(parser.parseOptionalComma()))
    if (argument())
      return failure();
  if (parser.parseRParen())
    return failure();
  auto comparison = llvm::StringSwitch<ExprKind>(name)
                        .Case("lt", ExprKind::Lt)
                        .Case("le", ExprKind::Le)
                        .Case("gt", ExprKind::Gt)
                        .Case("ge", ExprKind::Ge)
                        .Default(ExprKind::Call);
  if (comparison != ExprKind::Call && arguments.size() == 2)
    return make(loc, result, comparison, "", arguments);
  const Function *function = findFunction(name);
  if (!function && isLoopName(name))
    return parser.emitError(loc) << "\"" << name << "\" runs over a variable: write \"" << name << "(v: 8, ...)\"";
  if (function && function->arguments != arguments.size())
    return parser.emitError(loc) << "\"" << name << "\" takes " << function->arguments << " argument"
                                 << (function->arguments == 1 ? "" : "s") << " and is given " << arguments.size();
  return make(loc, result, ExprKind::Call, name, arguments);
}

ParseResult Parser::roundCall(SMLoc loc, Tree &result) {
  SmallVector<Tree, 4> arguments(2);
  if (expression(arguments[0]) || parser.parseComma() || elementType(arguments[1]))
    return failure();
  bool hasMode = false, saturates = false;
  while (succeeded(parser.parseOptionalComma())) {
    SMLoc wordLoc = parser.getCurrentLocation();
    StringRef word;
    (void)parser.parseOptionalKeyword(&word);
    bool isMode = is_contained({"rne", "rna", "rtz", "floor", "ceil"}, word);
    if (!isMode && word != "sat")
      return parser.emitError(wordLoc,
                              "expected a rounding mode \"rne\", \"rna\", \"rtz\", \"floor\" or \"ceil\", or \"sat\"");
    if (saturates || (isMode && hasMode))
      return parser.emitError(wordLoc, "\"round\" takes one rounding mode, then \"sat\"");
    (isMode ? hasMode : saturates) = true;
    if (make(wordLoc, arguments.emplace_back(), ExprKind::Name, word, {}))
      return failure();
  }
  if (parser.parseRParen())
    return failure();
  return make(loc, result, ExprKind::Call, "round", arguments);
}

ParseResult Parser::letIn(SMLoc loc, Tree &result) {
  StringAttr name;
  Tree value, body;
  if (parseName(parser, name) || parser.parseEqual() || expression(value) ||
      parser.parseKeyword("in", " after the value of \"let\" in an expression") || expression(body))
    return failure();
  return make(loc, result, ExprKind::Let, name, {value, body});
}

ParseResult Parser::splitBranches(SmallVectorImpl<StringAttr> &vars, SmallVectorImpl<Tree> &branches) {
  auto branch = [&]() -> ParseResult {
    return failure(parser.parseLParen() || parseName(parser, vars.emplace_back()) || parser.parseRParen() ||
                   parser.parseArrow() || expression(branches.emplace_back()));
  };
  return failure(parser.parseLBrace() || parser.parseCommaSeparatedList(branch) || parser.parseRBrace());
}

ParseResult Parser::split(SMLoc loc, Tree &result) {
  SmallVector<Tree> operands(1);
  SmallVector<StringAttr> vars;
  if (expression(operands[0]))
    return failure();
  if (succeeded(parser.parseOptionalKeyword("at"))) {
    auto cut = [&]() { return expression(operands.emplace_back()); };
    if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Paren, cut))
      return failure();
    size_t cuts = operands.size() - 1;
    if (cuts == 0)
      return parser.emitError(loc, "\"split\" has no cut; write \"split e at (c) { (v) -> E, (v) -> E }\"");
    SmallVector<Tree> branches;
    if (splitBranches(vars, branches))
      return failure();
    if (branches.size() != cuts + 1)
      return parser.emitError(loc) << "\"split\" at " << cuts << " cut" << (cuts == 1 ? "" : "s") << " needs "
                                   << cuts + 1 << " branches and has " << branches.size();
    operands.append(branches);
    return make(loc, result, ExprKind::SplitAt, "", operands, vars);
  }
  StringAttr lengths;
  if (parser.parseKeyword("by", " or \"at\" after the split expression") || parseName(parser, lengths))
    return failure();
  if (failed(parser.parseOptionalKeyword("as"))) {
    SmallVector<Tree> branches;
    if (splitBranches(vars, branches))
      return failure();
    operands.append(branches);
    return make(loc, result, ExprKind::SplitBy, lengths, operands, vars);
  }
  vars.resize(2);
  if (parser.parseLParen() || parseName(parser, vars[0]) || parser.parseComma() || parseName(parser, vars[1]) ||
      parser.parseRParen() || parser.parseArrow() || expression(operands.emplace_back()))
    return failure();
  return make(loc, result, ExprKind::SplitAll, lengths, operands, vars);
}

ParseResult Parser::elementType(Tree &result) {
  SMLoc loc = parser.getCurrentLocation();
  StringRef word;
  if (failed(parser.parseOptionalKeyword(&word)))
    return parser.emitError(loc, "expected an element type such as \"ui4\", \"si8\" or \"f16\"");
  if (word == "ui" || word == "si") {
    std::string name = word.str();
    bool outer = std::exchange(inBrackets, true); // the width ends at ">"
    Tree width;
    ParseResult parsed = failure(parser.parseLess() || expression(width) || parser.parseGreater());
    inBrackets = outer;
    return failure(parsed || make(loc, result, ExprKind::Type, name, {width}));
  }
  if (spec::ScalarType::parse(std::string_view(word.data(), word.size())))
    return make(loc, result, ExprKind::Type, word, {});
  auto diagnostic = parser.emitError(loc) << "unknown element type \"" << word << "\"";
  unsigned width;
  if (StringRef digits = word; digits.consume_front("i") && !digits.getAsInteger(10, width))
    diagnostic << "; say how it reads: \"ui" << width << "\" or \"si" << width << "\"";
  else
    diagnostic
        << "; there are \"ui1\" to \"ui32\", \"si1\" to \"si32\", and floats such as \"f16\", \"bf16\", \"f8E4M3FN\"";
  return failure();
}

ParseResult parseExpr(AsmParser &parser, ExprAttr &result, bool inBrackets) {
  Tree tree;
  if (Parser(parser, inBrackets).expression(tree))
    return failure();
  result = tree.expr;
  return success();
}

ParseResult parseElementType(AsmParser &parser, ExprAttr &result) {
  Tree tree;
  if (Parser(parser, /*inBrackets=*/false).elementType(tree))
    return failure();
  result = tree.expr;
  return success();
}

ParseResult parseSlices(AsmParser &parser, SmallVectorImpl<Attribute> &widths, SmallVectorImpl<Attribute> &offsets) {
  Parser inner(parser, /*inBrackets=*/false);
  Tree tree;
  if (inner.expression(tree))
    return failure();
  if (failed(parser.parseOptionalColon())) {
    if (parser.parseRParen() || inner.rest(tree))
      return failure();
    offsets.push_back(tree.expr);
    return success();
  }
  widths.push_back(tree.expr);
  if (inner.expression(tree))
    return failure();
  offsets.push_back(tree.expr);
  while (succeeded(parser.parseOptionalComma())) {
    Tree width, offset;
    if (inner.expression(width) || parser.parseColon() || inner.expression(offset))
      return failure();
    widths.push_back(width.expr);
    offsets.push_back(offset.expr);
  }
  return parser.parseRParen();
}

OptionalParseResult parseOptionalName(AsmParser &parser, StringAttr &result) {
  SMLoc loc = parser.getCurrentLocation();
  std::string name;
  if (failed(parser.parseOptionalKeywordOrString(&name)))
    return std::nullopt;
  if (name.empty())
    return parser.emitError(loc, "a name is empty");
  result = StringAttr::get(parser.getContext(), name);
  return success();
}

ParseResult parseName(AsmParser &parser, StringAttr &result) {
  OptionalParseResult parsed = parseOptionalName(parser, result);
  return parsed.has_value() ? *parsed : parser.emitError(parser.getCurrentLocation(), "expected a name");
}

} // namespace quoin

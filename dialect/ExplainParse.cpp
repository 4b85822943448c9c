#include "dialect/ExplainParse.h"

#include "dialect/Expr.h"

#include "mlir/IR/OperationSupport.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace mlir;

namespace quoin {

/// Declarations of the language, without the dialect's name.
static SmallVector<StringRef> declarations(MLIRContext &context) {
  SmallVector<StringRef> names;
  for (RegisteredOperationName name : context.getRegisteredOperationsByDialect("quoin"))
    names.push_back(name.stripDialect());
  return names;
}

/// The token that the parser stopped at: it reports the place before blanks and comments.
static StringRef nextToken(StringRef text, size_t offset) {
  StringRef rest = text.substr(offset).ltrim();
  while (rest.starts_with("//"))
    rest = rest.drop_until([](char c) { return c == '\n'; }).ltrim();
  StringRef word = rest.take_while([](char c) { return isAlnum(c) || c == '_' || c == '.' || (c & 0x80); });
  return word.empty() ? rest.take_front(1) : word;
}

static Error unknownDeclaration(MLIRContext &context, StringRef word) {
  StringRef name = word;
  bool hasPrefix = name.consume_front("quoin.");
  Error error{"\"" + word.str() + "\" is no declaration of the language", ""};
  SmallVector<StringRef> known = declarations(context);
  StringRef near = is_contained(known, name) ? name : nearestName(name, known);
  bool isPart = !is_contained({"format", "instance", "policy", "kernel"}, near);
  if (!near.empty())
    error.hint = "did you mean \"" + (hasPrefix || !isPart ? "quoin." + near.str() : near.str()) + "\"?";
  else
    error.hint = "a text declares quoin.format, quoin.instance, quoin.policy and quoin.kernel";
  return error;
}

static Error misplacedToken(StringRef token) {
  if (token.empty())
    return {"the text ends inside a declaration", "is a \"}\" missing?"};
  if (token == "}")
    return {"\"}\" closes nothing", "take it out, or look for another one too many before it"};
  return {"\"" + token.str() + "\" stands where a declaration or \"}\" is expected",
          "the expression before it is complete; operators are those of docs/language.md"};
}

Error explainParse(MLIRContext &context, StringRef text, StringRef message, size_t offset) {
  StringRef rest = message;
  if (rest.consume_front("custom op '") && rest.contains("' is unknown"))
    return unknownDeclaration(context, rest.take_until([](char c) { return c == '\''; }));
  if (message == "expected operation name in quotes")
    return misplacedToken(nextToken(text, offset));
  if (message.ends_with("op symbol's parent must have the SymbolTable trait"))
    return {"a format stands inside another declaration", "is the \"}\" of the one before it missing?"};
  if (rest.consume_front("Dialect `") && rest.contains("' not found"))
    return {"\"" + rest.take_until([](char c) { return c == '\''; }).str() + "\" is no dialect of a description",
            "a text declares quoin.format, quoin.instance, quoin.policy and quoin.kernel"};
  StringRef at = text.substr(offset);
  if (message == "invalid attribute name" && at.starts_with("#"))
    return {"\"#\" begins no comment", "comments begin with //"};
  if (message == "unexpected character") {
    if (at.starts_with("\xEF\xBB\xBF"))
      return {"a byte order mark is no character of the language", "save the text as UTF-8 without it"};
    StringRef character = at.take_front(1);
    while (character.size() < at.size() && (at[character.size()] & 0xC0) == 0x80) // the rest of a UTF-8 character
      character = at.take_front(character.size() + 1);
    return {"\"" + character.str() + "\" is no character of the language",
            "texts are ASCII but for comments and strings"};
  }
  // Sentences of our own begin after the op's name.
  rest = message;
  if (rest.consume_front("custom op 'quoin."))
    return {rest.drop_until([](char c) { return c == ' '; }).drop_front().str(), ""};
  return {message.str(), ""};
}

} // namespace quoin

#include "dialect/TextLimits.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ConvertUTF.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"

#include <algorithm>

using namespace llvm;

namespace quoin {

bool isBytecode(StringRef bytes) { return bytes.starts_with("ML\xefR"); }

/// The first character that no text has and terminals obey, its number in `code`; zero bytes are looked for apart. C1
/// controls are two bytes of UTF-8.
static size_t findControl(StringRef text, int &code) {
  for (size_t i = 0; i < text.size(); ++i) {
    uint8_t c = text[i], next = i + 1 < text.size() ? text[i + 1] : 0;
    bool isC1 = c == 0xc2 && next < 0xa0;
    code = isC1 ? next : c;
    if (isC1 || (c > 0 && c < 0x20 && !isSpace(char(c))) || c == 0x7f)
      return i;
  }
  return text.size();
}

/// The first character that turns the direction of what follows: text that shows other than it reads. U+202A to U+202E
/// and U+2066 to U+2069.
static size_t findTurn(StringRef text) {
  for (size_t i = 0; i + 2 < text.size(); ++i) {
    uint8_t first = text[i], second = text[i + 1], third = text[i + 2];
    if (first != 0xe2)
      continue;
    if ((second == 0x80 && third >= 0xaa && third <= 0xae) || (second == 0x81 && third >= 0xa6 && third <= 0xa9))
      return i;
  }
  return text.size();
}

namespace {
/// Walks the text once; the first limit that is passed becomes the error.
class Scanner {
public:
  Scanner(StringRef text, StringRef name) : text(text), name(name) {}

  Result<void> run() {
    int code = 0;
    size_t control = findControl(text, code), turn = findTurn(text);
    const UTF8 *good = reinterpret_cast<const UTF8 *>(text.begin());
    if (!isLegalUTF8String(&good, reinterpret_cast<const UTF8 *>(text.end())))
      failAt(reinterpret_cast<const char *>(good) - text.begin(), "the text is no UTF-8", "give a text");
    else if (control < text.size())
      failAt(control, "the text holds the control character " + Twine(code), "give a text");
    else if (turn < text.size())
      failAt(turn, "the text holds a character that turns the direction of writing", "leave it out");
    while (at < text.size() && error.message.empty())
      step();
    return error.message.empty() ? Result<void>() : std::unexpected(error);
  }

private:
  void step();
  void word();
  void string();
  void escape();
  void bracket(char c);
  void sign(char c);

  char peek(size_t ahead = 1) const { return at + ahead < text.size() ? text[at + ahead] : '\0'; }

  void failAt(size_t offset, const Twine &message, const Twine &hint) {
    StringRef before = text.take_front(offset);
    size_t line = before.count('\n') + 1, column = offset - (before.rfind('\n') + 1) + 1; // npos + 1 is 0
    error = {(name + ":" + Twine(line) + ":" + Twine(column) + ": " + message).str(), hint.str()};
  }
  void count(size_t start) {
    if (++words > maxTextWords)
      failAt(start, "the text has more than " + Twine(maxTextWords) + " names and numbers",
             "long tables belong in a file or in a stream");
  }

  StringRef text, name;
  size_t at = 0, words = 0, signs = 0, operators = 0;
  SmallVector<char> open;
  Error error;
};
} // namespace

static bool isWordCharacter(char c) { return isAlnum(c) || StringRef("_.$#@!%^").contains(c); }

void Scanner::step() {
  char c = text[at];
  if (c == '\0')
    return failAt(at, "the text holds a zero byte", "give a text");
  if (c == '/' && peek() == '/') {
    at = std::min(text.find('\n', at), text.size());
    return;
  }
  if (isSpace(c)) {
    ++at;
    return;
  }
  if (c != '-')
    signs = 0;
  if (StringRef("([{<,=:").contains(c))
    operators = 0;
  if (isWordCharacter(c))
    return word();
  if (c == '"')
    return string();
  if (StringRef("([{<>)]}").contains(c))
    bracket(c);
  else if (StringRef("+-*/").contains(c))
    sign(c);
  ++at;
}

void Scanner::word() {
  size_t start = at;
  while (at < text.size() && isWordCharacter(text[at]))
    ++at;
  if (at - start > maxWordBytes)
    return failAt(start, "a name or number has " + Twine(at - start) + " characters, more than " + Twine(maxWordBytes),
                  "write a shorter one");
  count(start);
}

void Scanner::string() {
  size_t start = at;
  for (++at; at < text.size() && text[at] != '"' && text[at] != '\n'; ++at)
    if (text[at] == '\\')
      escape();
  at = std::min(at + 1, text.size());
  if (at - start > maxStringBytes)
    return failAt(start, "a string has " + Twine(at - start) + " characters, more than " + Twine(maxStringBytes),
                  "write a shorter one");
  count(start);
}

/// Strings are names and the like, which are printed on terminals and written to other files.
void Scanner::escape() {
  unsigned high = hexDigitValue(peek()), low = hexDigitValue(peek(2)), code = 16 * high + low;
  if (high < 16 && low < 16 && !isPrint(char(code)) && !isSpace(char(code)))
    failAt(at, "the string holds \\" + text.substr(at + 1, 2) + ", which is no character of a word",
           "write plain words");
  ++at;
}

void Scanner::bracket(char c) {
  bool isOpening = StringRef("([{<").contains(c);
  // "<" and ">" are comparisons and arrows, too; those that are left open end with the bracket around them.
  if ((c == '<' || c == '>') && (peek() == '=' || (at > 0 && text[at - 1] == '-')))
    return;
  if (isOpening) {
    open.push_back(c);
    if (open.size() > maxTextNesting)
      failAt(at, "brackets nest deeper than " + Twine(maxTextNesting), "name parts of the expression with \"let\"");
    return;
  }
  while (c != '>' && !open.empty() && open.back() == '<')
    open.pop_back();
  if (!open.empty() && (c != '>' || open.back() == '<'))
    open.pop_back(); // whether it is the right one, the parser says
}

void Scanner::sign(char c) {
  if (c == '-' && peek() != '>' && ++signs > maxTextSigns)
    return failAt(at, "more than " + Twine(maxTextSigns) + " signs follow one another", "one or none will do");
  if (++operators > maxTextOperators)
    failAt(at, "more than " + Twine(maxTextOperators) + " operations follow one another without a bracket",
           "name parts of the expression with \"let\"");
}

Result<void> checkText(StringRef text, StringRef name) {
  if (text.size() > maxTextBytes)
    return fail((name + ":1:1: the text has " + Twine(text.size()) + " bytes, more than " + Twine(maxTextBytes)).str(),
                "long tables belong in a file or in a stream");
  if (isBytecode(text))
    return fail((name + ":1:1: this is MLIR bytecode").str(), "give the text that it was made from");
  return Scanner(text, name).run();
}

Result<std::string> readText(const std::string &file) {
  sys::fs::file_status status;
  bool isRegular = !sys::fs::status(file, status) && sys::fs::is_regular_file(status);
  if (sys::fs::exists(status) && (!isRegular || status.getSize() > maxTextBytes)) {
    std::string wanted = isRegular ? "text of at most " + std::to_string(maxTextBytes >> 20) + " MiB" : "regular file";
    return fail("\"" + file + "\" is no " + wanted, "give the .mlir file that declares the format");
  }
  auto buffer = MemoryBuffer::getFile(file, /*IsText=*/true);
  if (!buffer)
    return fail("\"" + file + "\" cannot be read: " + buffer.getError().message(),
                "check the path and its permissions");
  return (*buffer)->getBuffer().str();
}

} // namespace quoin

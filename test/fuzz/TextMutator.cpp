#include "TextMutator.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <random>
#include <vector>

namespace quoin::fuzz {

namespace {
enum class Kind { Word, Number, String, Sign, Space };

struct Token {
  Kind kind;
  std::string_view text;
};

class Mutator {
public:
  Mutator(std::string_view text, std::string_view other, uint32_t seed) : text(text), random(seed) {
    own = tokens(text);
    pool = tokens(other);
    lines = split(text);
    otherLines = split(other);
  }

  std::string run();

private:
  static std::vector<Token> tokens(std::string_view text);
  static std::vector<std::string_view> split(std::string_view text);

  size_t pick(size_t count) { return count ? random() % count : 0; }
  size_t pickToken();
  std::string_view alike(Kind kind);
  std::string number(std::string_view old);
  std::string changeToken();
  std::string changeLine();
  std::string changeGroup();

  std::string_view text;
  std::mt19937 random;
  std::vector<Token> own, pool;
  std::vector<std::string_view> lines, otherLines;
};
} // namespace

static bool isWord(char c) { return std::isalnum(uint8_t(c)) || c == '_' || c == '.' || c == '@'; }

std::vector<Token> Mutator::tokens(std::string_view text) {
  std::vector<Token> found;
  for (size_t at = 0; at < text.size();) {
    size_t end = at + 1;
    Kind kind = Kind::Sign;
    if (isWord(text[at])) {
      kind = std::isdigit(uint8_t(text[at])) ? Kind::Number : Kind::Word;
      while (end < text.size() && isWord(text[end]))
        ++end;
    } else if (text[at] == '"') {
      kind = Kind::String;
      while (end < text.size() && text[end] != '"' && text[end] != '\n')
        ++end;
      end = std::min(end + 1, text.size());
    } else if (std::isspace(uint8_t(text[at]))) {
      kind = Kind::Space;
    }
    found.push_back({kind, text.substr(at, end - at)});
    at = end;
  }
  return found;
}

std::vector<std::string_view> Mutator::split(std::string_view text) {
  std::vector<std::string_view> found;
  while (!text.empty()) {
    size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    found.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return found;
}

/// One that is no space, if there is any.
size_t Mutator::pickToken() {
  size_t at = pick(own.size());
  for (int tries = 0; tries < 8 && own[at].kind == Kind::Space; ++tries)
    at = pick(own.size());
  return at;
}

std::string_view Mutator::alike(Kind kind) {
  static constexpr std::string_view words[] = {
      "N",        "K",        "select",   "round",    "sum",       "min",   "max",     "absmax",  "signmax", "argmin",
      "search",   "shl",      "shr",      "and",      "or",        "xor",   "not",     "bits",    "ldexp",   "log2",
      "frombits", "parity",   "clz",      "abs",      "popcount",  "f32",   "i32",     "mod",     "split",   "let",
      "in",       "floordiv", "ceildiv",  "f16",      "ui4",       "si8",   "bf16",    "ui1",     "ui32",    "spare",
      "nan",      "inf",      "f8E4M3FN", "f4E2M1FN", "stream",    "field", "record",  "table",   "temp",    "encode",
      "at",       "by",       "tile",     "requires", "decode",    "size",  "permute", "overlay", "default", "suffix",
      "bit",      "rtz",      "floor",    "sat",      "attributes"};
  for (int tries = 0; tries < 16 && !pool.empty(); ++tries)
    if (const Token &token = pool[pick(pool.size())]; token.kind == kind)
      return token.text;
  return kind == Kind::Word ? words[pick(std::size(words))] : std::string_view("(");
}

std::string Mutator::number(std::string_view old) {
  static constexpr const char *values[] = {"0",
                                           "1",
                                           "2",
                                           "3",
                                           "4",
                                           "7",
                                           "8",
                                           "15",
                                           "16",
                                           "31",
                                           "32",
                                           "33",
                                           "63",
                                           "64",
                                           "65",
                                           "127",
                                           "128",
                                           "255",
                                           "256",
                                           "1024",
                                           "-1",
                                           "4294967296",
                                           "9223372036854775807",
                                           "2147483648",
                                           "18446744073709551616",
                                           "0x7fffffff",
                                           "1.0e38",
                                           "0.5",
                                           "1e400"};
  bool isShort = old.size() < 6 && std::all_of(old.begin(), old.end(), [](uint8_t c) { return std::isdigit(c); });
  if (isShort && pick(2))
    return std::to_string(std::stoi(std::string(old)) + int(pick(9)) - 4);
  return values[pick(pick(4) ? 20 : std::size(values))];
}

std::string Mutator::changeToken() {
  size_t at = pickToken(), other = pickToken(), how = pick(8);
  std::string made;
  std::string_view inserted = how == 0 ? alike(own[at].kind) : "";
  for (size_t i = 0; i < own.size(); ++i) {
    if (i == at && how == 1)
      continue; // left out
    if (i == at && how == 2)
      made += own[other].text; // two change places
    else if (i == other && how == 2)
      made += own[at].text;
    else if (i == at && own[at].kind == Kind::Number && how > 2)
      made += number(own[at].text);
    else if (i == at && how > 2)
      made += alike(own[at].kind);
    else
      made += own[i].text;
    if (i == at && how == 0)
      made.append(" ").append(inserted).append(" ");
  }
  return made;
}

/// A line left out, told twice, moved, or put in from the other text.
std::string Mutator::changeLine() {
  std::vector<std::string_view> made = lines;
  size_t at = pick(made.size()), to = pick(made.size());
  switch (pick(4)) {
  case 0:
    made.erase(made.begin() + ptrdiff_t(at));
    break;
  case 1:
    made.insert(made.begin() + ptrdiff_t(to), lines[at]);
    break;
  case 2:
    std::swap(made[at], made[to]);
    break;
  default:
    if (!otherLines.empty())
      made.insert(made.begin() + ptrdiff_t(to), otherLines[pick(otherLines.size())]);
  }
  std::string joined;
  for (std::string_view line : made)
    joined += line;
  return joined;
}

/// The bracket that closes the one at `open`, or the text's end.
static size_t closing(const std::vector<Token> &tokens, size_t open) {
  int depth = 0;
  for (size_t i = open; i < tokens.size(); ++i) {
    char c = tokens[i].text[0];
    depth += c == '(' || c == '[' || c == '{' ? 1 : c == ')' || c == ']' || c == '}' ? -1 : 0;
    if (depth == 0)
      return i;
  }
  return tokens.size() - 1;
}

/// What stands in brackets replaced by what stands in others, or an expression wrapped in one more.
std::string Mutator::changeGroup() {
  auto bracket = [this](const std::vector<Token> &from) {
    for (int tries = 0; tries < 64; ++tries)
      if (size_t at = pick(from.size()); from[at].text == "(" || from[at].text == "[")
        return at;
    return from.size();
  };
  size_t begin = bracket(own), from = bracket(pool);
  if (begin >= own.size() || from >= pool.size())
    return changeToken();
  size_t end = closing(own, begin), last = closing(pool, from);
  std::string made;
  for (size_t i = 0; i < begin; ++i)
    made += own[i].text;
  for (size_t i = from; i <= last; ++i)
    made += pool[i].text;
  for (size_t i = end + 1; i < own.size(); ++i)
    made += own[i].text;
  return made;
}

std::string Mutator::run() {
  if (own.empty())
    return "quoin.format @f {}";
  switch (pick(8)) {
  case 0:
  case 1:
    return changeLine();
  case 2:
    return changeGroup();
  default:
    return changeToken();
  }
}

std::string mutateText(std::string_view text, std::string_view other, uint32_t seed) {
  std::string made(text);
  for (uint32_t i = 0; i <= seed % 3; ++i)
    made = Mutator(made, other, seed + 0x9e3779b9 * i).run();
  return made;
}

} // namespace quoin::fuzz

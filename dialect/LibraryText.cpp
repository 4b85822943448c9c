#include "dialect/LibraryText.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;

namespace quoin {

/// Position after the string or the comment that starts at `at`, or `at` itself.
static size_t skipOpaque(StringRef text, size_t at) {
  if (text[at] == '"') {
    for (++at; at < text.size() && text[at] != '"'; ++at)
      at += text[at] == '\\';
    return std::min(at + 1, text.size());
  }
  if (text.substr(at).starts_with("//"))
    return std::min(text.find('\n', at), text.size());
  return at;
}

StringRef opText(StringRef text, size_t offset) {
  int braces = 0;
  size_t at = offset;
  while (at < text.size()) {
    if (size_t next = skipOpaque(text, at); next != at) {
      at = next;
      continue;
    }
    char c = text[at++];
    braces += c == '{' ? 1 : c == '}' ? -1 : 0;
    // An attribute dictionary may stand before the body.
    if (c == '}' && braces == 0 && !text.substr(at).ltrim().starts_with("{"))
      break;
  }
  return text.slice(offset, at);
}

std::string commentBefore(StringRef text, size_t offset) {
  SmallVector<StringRef> lines;
  text.take_front(offset).rtrim(" \t").split(lines, '\n');
  SmallVector<StringRef> comment;
  for (StringRef line : drop_begin(reverse(lines))) {
    line = line.trim();
    if (!line.consume_front("//"))
      break;
    comment.insert(comment.begin(), line.trim());
  }
  return join(comment, " ");
}

size_t offsetOf(StringRef text, unsigned line, unsigned column) {
  size_t at = 0;
  for (unsigned j = 1; j < line && at < text.size(); ++j) {
    size_t end = text.find('\n', at);
    at = end == StringRef::npos ? text.size() : end + 1;
  }
  return std::min(at + (column ? column - 1 : 0), text.size());
}

std::optional<Parameters> matchPattern(StringRef pattern, StringRef name) {
  Parameters result;
  while (true) {
    auto [text, hole] = pattern.split('{');
    if (!name.consume_front_insensitive(text))
      return std::nullopt;
    if (text.size() == pattern.size())
      break;
    auto [parameter, rest] = hole.split('}');
    size_t length = name.starts_with("-") ? 1 : 0;
    while (length < name.size() && isDigit(name[length]))
      ++length;
    int64_t value;
    if (name.take_front(length).getAsInteger(10, value)) // no digits, or too many
      return std::nullopt;
    result[parameter.str()] = value;
    name = name.drop_front(length);
    pattern = rest;
  }
  return name.empty() ? std::optional(std::move(result)) : std::nullopt;
}

std::string fillPattern(StringRef pattern, const Parameters &parameters) {
  std::string result;
  while (true) {
    auto [text, hole] = pattern.split('{');
    result += text;
    if (text.size() == pattern.size())
      return result;
    auto [parameter, rest] = hole.split('}');
    if (auto found = parameters.find(parameter.str()); found != parameters.end())
      result += std::to_string(found->second);
    pattern = rest;
  }
}

} // namespace quoin

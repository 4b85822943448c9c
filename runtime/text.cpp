#include "runtime/text.h"

#include <cstdint>

namespace quoin {

/// Bytes of the character at the front, which is not empty; 0 where there is none.
static size_t characterBytes(std::string_view text) {
  auto byte = [&](size_t i) { return uint8_t(text[i]); };
  auto continues = [&](size_t i) { return i < text.size() && (byte(i) & 0xc0) == 0x80; };
  uint8_t first = byte(0);
  if (first < 0x80)
    return 1;
  if (first >= 0xc2 && first < 0xe0)
    return continues(1) ? 2 : 0;
  // Where the second byte decides: too long a form, a surrogate, or beyond the last character.
  if ((first & 0xf0) == 0xe0) {
    bool good = continues(1) && continues(2) && (first != 0xe0 || byte(1) >= 0xa0) && (first != 0xed || byte(1) < 0xa0);
    return good ? 3 : 0;
  }
  if (first >= 0xf0 && first < 0xf5) {
    bool good = continues(1) && continues(2) && continues(3) && (first != 0xf0 || byte(1) >= 0x90) &&
                (first != 0xf4 || byte(1) < 0x90);
    return good ? 4 : 0;
  }
  return 0;
}

size_t utf8Prefix(std::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    size_t bytes = characterBytes(text.substr(at));
    if (bytes == 0)
      break;
    at += bytes;
  }
  return at;
}

/// Appends the character at the front of `text`, or its first byte as \xNN; returns how many bytes it took.
static size_t show(std::string_view text, std::string &shown) {
  constexpr std::string_view digits = "0123456789abcdef";
  size_t bytes = characterBytes(text);
  uint8_t first = uint8_t(text[0]);
  bool control = first < 0x20 || first == 0x7f || (first == 0xc2 && bytes == 2 && uint8_t(text[1]) < 0xa0);
  if (bytes && !control) {
    shown += text.substr(0, bytes);
    return bytes;
  }
  shown += "\\x";
  shown += digits[first >> 4];
  shown += digits[first & 15];
  return 1;
}

std::string inQuotes(std::string_view text) {
  constexpr size_t most = 64;
  std::string shown = "\"";
  size_t at = 0;
  while (at < text.size() && at < most)
    at += show(text.substr(at), shown);
  return shown + (at < text.size() ? "...\"" : "\"");
}

std::string printable(std::string_view text) {
  std::string shown;
  while (!text.empty())
    text.remove_prefix(show(text, shown));
  return shown;
}

} // namespace quoin

#include "JsonMutator.h"

#include <cstdio>
#include <cstring>
#include <iterator>

// What the fuzzer itself does is no coverage; nothing of the standard library's templates, whose instrumented copies
// the program shares.
#pragma clang attribute push(__attribute__((no_sanitize("address", "undefined", "coverage"))), apply_to = function)

namespace {

/// A value of a text; `item` begins at the key of a member.
struct Value {
  size_t item, begin, end;
};

struct Values {
  static constexpr size_t most = 4096;
  Value at[most];
  size_t count;
};

struct Random {
  uint64_t state;
  size_t below(size_t count) { // SplitMix64
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return size_t((z ^ (z >> 31)) % count);
  }
};

bool isPlainWord(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-' || c == '+' || c == '.' || c == 'E';
}

/// Finds the values of `text`, as far as it is JSON.
void findValues(const char *text, size_t size, Values &values) {
  size_t open[64], depth = 0, key = SIZE_MAX;
  values.count = 0;
  for (size_t i = 0; i < size && values.count < Values::most;) {
    size_t begin = i;
    char c = text[i++];
    if (c == '"') {
      while (i < size && text[i] != '"')
        i += text[i] == '\\' ? 2 : 1;
      i = i < size ? i + 1 : size;
      if (i < size && text[i] == ':') {
        key = begin;
        ++i;
        continue;
      }
    } else if (isPlainWord(c)) {
      while (i < size && isPlainWord(text[i]))
        ++i;
    } else if (c == '{' || c == '[') {
      if (depth == std::size(open))
        return;
      open[depth++] = values.count;
    } else {
      if ((c == '}' || c == ']') && depth)
        values.at[open[--depth]].end = i;
      continue;
    }
    values.at[values.count++] = {key == SIZE_MAX ? begin : key, begin, i};
    key = SIZE_MAX;
  }
  while (depth)
    values.at[open[--depth]].end = size;
}

/// Puts `piece` in the place of text[begin, end).
size_t splice(char *text, size_t size, size_t maxSize, size_t begin, size_t end, const char *piece, size_t bytes) {
  size_t result = size - (end - begin) + bytes;
  if (result > maxSize)
    return 0;
  std::memmove(text + begin + bytes, text + end, size - end);
  std::memcpy(text + begin, piece, bytes);
  return result;
}

bool isNumber(char c) { return c == '-' || (c >= '0' && c <= '9'); }

size_t changeNumber(char *text, size_t size, size_t maxSize, const Value &value, Random &random) {
  static constexpr long long numbers[] = {-2,   -1,        0,         1,         2,         3,        7,   8,
                                          16,   31,        32,        33,        64,        127,      255, 256,
                                          4096, INT32_MAX, 1ll << 31, 1ll << 32, INT64_MAX, INT64_MIN};
  long long number = numbers[random.below(std::size(numbers))];
  if (random.below(2)) {
    unsigned long long digits = 0; // wraps where the number is too long
    for (size_t i = value.begin; i < value.end; ++i)
      digits = isNumber(text[i]) && text[i] != '-' ? 10 * digits + (unsigned long long)(text[i] - '0') : digits;
    number = (long long)((text[value.begin] == '-' ? -digits : digits) + random.below(9) - 4);
  }
  char word[32];
  size_t bytes = size_t(std::snprintf(word, sizeof(word), "%lld", number));
  return splice(text, size, maxSize, value.begin, value.end, word, bytes);
}

/// Without one item and the comma beside it.
size_t leaveOut(char *text, size_t size, const Value &value) {
  size_t begin = value.item, end = value.end;
  if (end < size && text[end] == ',')
    ++end;
  else if (begin > 0 && text[begin - 1] == ',')
    --begin;
  return splice(text, size, size, begin, end, "", 0);
}

} // namespace

size_t quoin::fuzz::mutateJson(char *text, size_t size, size_t maxSize, const char *other, size_t otherSize,
                               unsigned seed) {
  static Values values, others;
  static char piece[1 << 16];
  Random random{seed};
  findValues(text, size, values);
  findValues(other, otherSize, others);
  if (!values.count || !others.count)
    return 0;
  const Value &value = values.at[random.below(values.count)];
  const Value *from = &others.at[random.below(others.count)];
  size_t how = random.below(8);
  if (how < 3 && isNumber(text[value.begin]))
    return changeNumber(text, size, maxSize, value, random);
  if (how == 3 && value.item > 0)
    return leaveOut(text, size, value);
  bool inserts = how == 4 && value.item > 0;            // an item in front of the value's own
  for (int tries = 0; tries < 16 && how < 7; ++tries) { // one that may stand there
    bool alike =
        other[from->begin] == text[value.begin] || (isNumber(other[from->begin]) && isNumber(text[value.begin]));
    if (alike && (!inserts || (from->item == from->begin) == (value.item == value.begin)))
      break;
    from = &others.at[random.below(others.count)];
  }
  size_t first = inserts ? from->item : from->begin, bytes = from->end - first;
  if (bytes + 1 > sizeof(piece))
    return 0;
  std::memcpy(piece, other + first, bytes);
  if (!inserts)
    return splice(text, size, maxSize, value.begin, value.end, piece, bytes);
  piece[bytes++] = ',';
  return splice(text, size, maxSize, value.item, value.item, piece, bytes);
}

#pragma clang attribute pop

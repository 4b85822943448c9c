// What a fuzzer asserts: a broken rule ends the program, which is how libFuzzer hears of it.
#pragma once

#include "runtime/failure.h"
#include "runtime/text.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace quoin::fuzz {

inline void require(bool rule) {
  if (!rule)
    __builtin_trap();
}

/// Every error has a status and a sentence with a hint, which a terminal can show.
inline void requireSentence(const Failure &failure) {
  for (const std::string &text : {failure.error.message, failure.error.hint}) {
    require(!text.empty() && utf8Prefix(text) == text.size());
    for (char c : text)
      require(uint8_t(c) >= 0x20 && c != 0x7f);
  }
  require(failure.status != QUOIN_OK);
}

/// A tensor's data lies in the file, and can be read at both ends.
inline void requireInside(std::span<const uint8_t> data, std::span<const uint8_t> file) {
  require(data.data() >= file.data() && data.data() + data.size() <= file.data() + file.size());
  if (!data.empty()) {
    volatile uint8_t ends = data.front() ^ data.back();
    (void)ends;
  }
}

} // namespace quoin::fuzz

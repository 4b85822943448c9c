// Changes a text of formats by words, strings, numbers and lines, so that much of it gets through the parser.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace quoin::fuzz {

/// `text` with a few changes, some of them pieces of `other` (which may be the text itself).
std::string mutateText(std::string_view text, std::string_view other, uint32_t seed);

} // namespace quoin::fuzz

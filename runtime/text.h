// Text that comes from files: whether it is UTF-8, and how a sentence shows it.
#pragma once

#include <string>
#include <string_view>

namespace quoin {

/// Bytes from the start that are well-formed UTF-8: no overlong forms, surrogates or numbers above U+10FFFF. The whole
/// length where all is well.
size_t utf8Prefix(std::string_view text);

/// The text in quotes, fit for a terminal: control characters and what is no UTF-8 as \xNN, cut after some 64 bytes.
std::string inQuotes(std::string_view text);

/// The whole text, shown in the same way without quotes: for sentences that have names of a file in them.
std::string printable(std::string_view text);

} // namespace quoin

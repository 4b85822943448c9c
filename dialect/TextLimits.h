// What a text may be at most, looked at before MLIR parses it: its parser recurses with the nesting of a text and keeps
// all of it in memory. One pass over the characters; pure.
#pragma once

#include "runtime/spec/Result.h"

#include "llvm/ADT/StringRef.h"

namespace quoin {

inline constexpr size_t maxTextBytes = size_t(16) << 20;
inline constexpr size_t maxTextNesting = 500;    ///< brackets: ( [ { and <
inline constexpr size_t maxTextSigns = 250;      ///< in a row, as in "- - x"
inline constexpr size_t maxTextOperators = 1000; ///< + - * / in a row, with no bracket, comma, "=" or ":" between
inline constexpr size_t maxTextWords = size_t(1) << 20; ///< names, numbers and strings
inline constexpr size_t maxWordBytes = 1024;            ///< of a name or number
inline constexpr size_t maxStringBytes = size_t(1) << 20;

/// True for MLIR bytecode, which is no text.
bool isBytecode(llvm::StringRef bytes);

/// Refuses a text beyond the limits, one with control characters, and bytecode. The error stands at "name:line:column".
Result<void> checkText(llvm::StringRef text, llvm::StringRef name);

/// A regular file of at most maxTextBytes; what is in it is for checkText.
Result<std::string> readText(const std::string &file);

} // namespace quoin

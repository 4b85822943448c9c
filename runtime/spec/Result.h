// How everything under runtime/ reports failure: a sentence for people, no exceptions across interfaces.
#pragma once

#include <expected>
#include <string>

namespace quoin {

/// One sentence, lower-case start, no final period; `hint` says what to do and may be empty.
struct Error {
  std::string message;
  std::string hint;
};

template <typename T> using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(std::string message, std::string hint = {}) {
  return std::unexpected<Error>(Error{std::move(message), std::move(hint)});
}

} // namespace quoin

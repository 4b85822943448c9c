// How runtime code reports failure inside the library: a status for programs and a sentence for people.
#pragma once

#include "quoin/runtime.h"
#include "runtime/spec/Result.h"

#include <new>
#include <string_view>

namespace quoin {

struct Failure {
  quoin_status status;
  Error error;
};

template <typename T> using Outcome = std::expected<T, Failure>;

inline std::unexpected<Failure> failWith(quoin_status status, std::string message, std::string hint = {}) {
  return std::unexpected<Failure>(Failure{status, Error{std::move(message), std::move(hint)}});
}

/// Fills a caller's error (may be null) and returns the status. Allocates nothing: it reports exhausted memory, too.
quoin_status report(quoin_status status, std::string_view message, std::string_view hint, quoin_error *error) noexcept;

/// Runs `body`, which returns an Outcome<void>, at the C border: no exception passes it.
template <typename Body> quoin_status atBorder(quoin_error *error, Body &&body) {
  try {
    Outcome<void> outcome = body();
    if (!outcome)
      return report(outcome.error().status, outcome.error().error.message, outcome.error().error.hint, error);
    if (error)
      *error = quoin_error{};
    return QUOIN_OK;
  } catch (const std::bad_alloc &) {
    return report(QUOIN_OUT_OF_MEMORY, "memory is exhausted", "free memory or use a smaller problem", error);
  } catch (...) {
    return report(QUOIN_OUT_OF_MEMORY, "the system refused a resource", "free memory or threads and try again", error);
  }
}

} // namespace quoin

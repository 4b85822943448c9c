// Stored streams made from a format alone: every code occurs, and the floats that scale them are kept in hand.
#pragma once

#include "runtime/spec/Evaluate.h"
#include "tools/run/Command.h"

#include <cstdint>
#include <random>
#include <vector>

namespace quoin {

/// What the float fields hold that are not themselves the codes of weights.
enum class ScaleCase {
  Mixed,   ///< finite: normal, negative, zero, subnormal
  Ones,    ///< all 1.0
  Special, ///< one in eight infinite or NaN, where the type has such codes
};

/// Codes seen of each integer field of at most 8 bits that shares no bit with a float, whose codes are chosen.
struct CodeCoverage {
  struct Seen {
    std::vector<bool> codes;
    int64_t samples = 0;
  };
  std::map<std::string, Seen> fields;
  /// Name of a field that was sampled often and still lacks a code, or "".
  std::string incompleteField() const;
};

/// Random bytes in every stream that is not optional, then floats by `scales`, and permutations where axes are
/// permuted.
Outcome<spec::OwnedStreams> randomStreams(const spec::Format &format, spec::Shape shape, ScaleCase scales,
                                          std::mt19937_64 &random, CodeCoverage *coverage = nullptr);

} // namespace quoin

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

/// What becomes of streams that may be absent.
enum class OptionalStreams {
  Absent,
  Defaults, ///< they hold what stands for them where they are absent
  Shuffled, ///< the same elements in another order, so that nothing which the defaults imply holds
};

/// Codes seen of each integer field of at most 8 bits that shares no bit with a float, whose codes are chosen.
struct CodeCoverage {
  struct Seen {
    std::vector<bool> codes;
    int64_t samples = 0;
    bool isChosen = false;  ///< it shares bits with a float
    bool isSettled() const; ///< all codes were seen, or none need be
  };
  std::map<std::string, Seen> fields;
  /// Name of a field that was sampled often and still lacks a code, or "".
  std::string incompleteField() const;
};

/// Random bytes in every stream, then floats by `scales`, permutations where axes are permuted, and optional streams.
/// Of integers with more than 8 bits, which chance cannot all try, one in eight is near a number of the text.
Outcome<spec::OwnedStreams> randomStreams(const spec::Format &format, spec::Shape shape, ScaleCase scales,
                                          OptionalStreams optional, std::mt19937_64 &random,
                                          CodeCoverage *coverage = nullptr);

} // namespace quoin

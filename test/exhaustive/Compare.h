// Ranges of inputs gone through one by one.
#pragma once

#include "test/exhaustive/Generated.h"

#include <optional>

namespace quoin::exhaustive {

/// All f32 bit patterns are shared out to so many shards, each of one sign.
inline constexpr uint32_t shardCount = 256;

/// A conversion with what APFloat says of every input. Threads may share it.
class Compared {
public:
  explicit Compared(const Conversion &conversion)
      : conversion(conversion), runs{expectedRuns(conversion, false), expectedRuns(conversion, true)} {}

  /// The first input of a shard, every `stride`-th being tried, that the evaluator converts to another code.
  std::optional<std::string> evaluator(uint32_t shard, uint32_t stride) const;
  /// The same for compiled code, which gives values.
  std::optional<std::string> generated(const Generated &code, uint32_t shard, uint32_t stride) const;

private:
  template <typename Visit> void eachPiece(uint32_t shard, uint32_t stride, Visit visit) const;
  std::string describe(const char *what, uint32_t bits, uint32_t got, uint32_t want) const;

  Conversion conversion;
  std::vector<Run> runs[2];
};

} // namespace quoin::exhaustive

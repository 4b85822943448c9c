// What an element's code is, by trying all its stored bits: range, integrality, table, and which neighbours share bits.
#pragma once

#include "dialect/normal/Scan.h"

namespace quoin::normal {

/// Facts about a node as a function of stored bits; the members are those of NormalTerm.
struct CodeFacts {
  std::string failure; ///< why the node is no code of few bits; empty: it is one
  int bits = 0;
  std::vector<NodeId> reads;
  bool integer = true;
  bool affineInBits = true;
  bool storedTable = false;
  double unit = 1, lo = 0, hi = 0;
  std::vector<double> table;
  std::vector<double> levels;
  int64_t positions = 1;
  std::set<uint64_t> functions; ///< what it is at these, as walks with renamed leaves see it
  /// The same of a table whose raw bits are `reads` wherever it is looked up, if they are: walks that name reads see it.
  std::optional<uint64_t> source;
  int64_t vectorLength = 1;
};

/// At most this many stored bits make a code.
inline constexpr int maxCodeBits = 16;

/// Enumerates `id` over its bits at one position of each kind.
CodeFacts enumerateCode(Scan &scan, NodeId id);

/// What `id` is at the position that `walk` was moved to, up to which leaves it reads, as CodeFacts::functions has it;
/// with `namesReads` as CodeFacts::source has it. Move the walk before it is used otherwise.
uint64_t renamedHash(Walk &walk, NodeId id, bool namesReads = false);

/// Largest power of two, or else smallest magnitude, of which all finite values are integer multiples of at most 16
/// bits; 0 where there is none.
double commonUnit(const std::vector<double> &values);

} // namespace quoin::normal

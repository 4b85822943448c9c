// Where conditions on the position in W, or on its shape, turn: what a format does otherwise from there on.
#pragma once

#include "dialect/normal/Walk.h"

namespace quoin::normal {

struct Turns {
  std::set<int64_t> rows, columns;                ///< along one axis, of conditions on it alone
  std::vector<std::pair<int64_t, int64_t>> places; ///< row and column, of conditions on both
};

/// By trying all positions along each axis, and if asked for, of conditions on both, all positions of the first 512
/// rows and 2048 columns. Conditions are comparisons, choices and splits without stored bits and variables of binders;
/// of one that turns often, the first turns.
Turns findTurns(const spec::Format &format, Walk &walk, bool ofBoth);

/// Likewise the shapes, in multiples of `unit`, from which on what is made of N and K alone is another: N up to 131072
/// units and K likewise, both for conditions on both. Need not be legal. Operations on N and K that go in steps count
/// as conditions.
std::vector<spec::Shape> findShapeTurns(const spec::Format &format, Walk &walk, spec::Shape unit);

/// Whether the format has any condition of these.
bool hasConditions(const spec::Format &format);

} // namespace quoin::normal

// Where conditions on the position in W turn: what a format does otherwise from there on.
#pragma once

#include "dialect/normal/Walk.h"

namespace quoin::normal {

struct Turns {
  std::set<int64_t> rows, columns;                ///< along one axis, of conditions on it alone
  std::vector<std::pair<int64_t, int64_t>> places; ///< row and column, of conditions on both
};

/// By trying all positions along each axis, and for conditions on both all positions of the first 512 rows and 2048
/// columns. Conditions are comparisons, choices and splits without stored bits and variables of binders; of one that
/// turns often, the first turns.
Turns findTurns(const spec::Format &format, Walk &walk);

} // namespace quoin::normal

// What a node's value depends on.
#pragma once

#include "runtime/spec/Format.h"

namespace quoin::spec {

enum Dependence : uint8_t {
  onRow = 1,      ///< the row n in W
  onColumn = 2,   ///< the column k
  onOthers = 4,   ///< stored bits, weights that are encoded, variables of other binders, the place in a record
  onRows = 8,     ///< N
  onColumns = 16, ///< K
};

/// For each node, whether a root is made of it. Roots are nodes of the format; -1 is none.
std::vector<bool> usedBy(const Format &format, const std::vector<NodeId> &roots);

/// For each node, sets of Dependence.
std::vector<uint8_t> dependences(const Format &format);

} // namespace quoin::spec

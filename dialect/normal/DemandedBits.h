// Which stored bits can change a value, by the operations between them and it.
#pragma once

#include "dialect/normal/Walk.h"

namespace quoin::normal {

/// For each node up to `id`, the bits of its value that can change `id` at the position that `walk` was moved to, none of
/// its leaves assigned; a superset of them where operations do not take bits one by one. For a read, the bits of its
/// value as an integer, or all or none of a float. Nothing for nodes that `id` is not made of. As LLVM's analysis of that
/// name.
std::vector<std::optional<uint32_t>> demandedBits(Walk &walk, NodeId id);

/// The stored bits of a field of `type` that hold the demanded bits of its value.
uint32_t demandedCode(const spec::ScalarType &type, uint32_t demanded);

} // namespace quoin::normal

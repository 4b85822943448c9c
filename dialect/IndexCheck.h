// Indices that leave what they index, found before any data is there.
#pragma once

#include "runtime/spec/Evaluate.h"

#include "llvm/ADT/ArrayRef.h"

#include <optional>
#include <string>

namespace quoin {

/// Indices with remainders of at most this are tried along a whole period.
inline constexpr int64_t longestPeriod = 4096;

/// An index that leaves what it indexes.
struct IndexFault {
  size_t root; ///< position in the roots given
  std::string message;
};

/// Evaluates every index below `roots` that depends on variables and sizes alone, over all values the variables take
/// (their first and last ones, where these are too many) at each shape. Indices that depend on stored data are checked
/// when data is bound; those in the branches of a `select` may be meant not to count, so they pass.
std::optional<IndexFault> findIndexFault(const spec::Format &format, llvm::ArrayRef<spec::NodeId> roots,
                                         llvm::ArrayRef<spec::Shape> shapes);

} // namespace quoin

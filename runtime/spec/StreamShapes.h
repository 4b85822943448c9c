// What the extents of stored tensors say about N and K, and N and K about them.
#pragma once

#include "runtime/spec/Evaluate.h"

#include <optional>

namespace quoin::spec {

/// Extents of a planar stream, where they are expressions of N, K and constants alone; nothing for other streams, and
/// where a value is negative or does not fit.
std::optional<std::vector<int64_t>> extentsFor(const Format &format, const Stream &stream, Shape shape);

/// Fails where a tensor's extents are not those of its stream for W of `shape`, but for ones, which checkpoints add and
/// drop; passes where extentsFor knows none. The message goes on after what the tensor is called.
Result<void> checkExtents(const Format &format, const Stream &stream, Shape shape, const std::vector<int64_t> &found);

/// Extents that tensors have in a file, by stream name.
using StoredExtents = std::map<std::string, std::vector<int64_t>>;

/// What is left open of a shape; a size that nothing tells has the whole range.
struct ShapeRange {
  static constexpr int64_t none = int64_t(1) << 48; ///< more than any size
  int64_t nLow = 1, nHigh = none, kLow = 1, kHigh = none;
};

/// The range of N and K in which every extent that depends on one of them alone has the value found. Such extents are
/// taken to grow with their size, as extents do; what follows from a range is to be checked with extentsFor. Streams
/// whose number of extents differs from the format's say nothing.
Result<ShapeRange> rangeOfShape(const Format &format, const StoredExtents &found);

} // namespace quoin::spec

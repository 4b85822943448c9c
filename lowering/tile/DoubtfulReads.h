// Which reads of a format may ask for bits that are not there.
#pragma once

#include "runtime/spec/Format.h"

namespace quoin {

/// By node. A value is doubtful where it follows stored data or a free size, or turns on a condition along rows or columns: no
/// one has checked what it can be.
struct DoubtfulReads {
  explicit DoubtfulReads(const spec::Format &format);

  std::vector<bool> values; ///< nodes whose value is doubtful
  /// Read nodes whose place must be compared with the length of their stream. All others were checked when the format
  /// was declared, and are checked at the ends of their variables when weights are given.
  std::vector<bool> reads;
};

} // namespace quoin

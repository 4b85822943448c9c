// Streams with something in them, for checks, and access to their fields.
#pragma once

#include "runtime/spec/Evaluate.h"

namespace quoin::tool {

/// Values like weights: normally distributed, rows of different magnitude. The same for each run.
std::vector<float> sampleWeights(spec::Shape shape);

/// A legal shape with several groups along K where the format has them, small enough to look at every weight.
Result<spec::Shape> workShape(const spec::Format &format);

/// Legal contents of all streams for a shape: encoded sample weights where there are encode rules, else random bytes,
/// else zeros. Optional streams are absent unless encoded.
Result<spec::OwnedStreams> sampleStreams(const spec::Format &format, spec::Shape shape);

/// Where the elements of a field lie, over all records.
struct FieldPlaces {
  int32_t field = 0;
  int width = 0;
  /// Bit positions in the stream, `width` each element, low bit first; -1 for bits that do not exist.
  std::vector<int64_t> bits;
  int64_t elements() const { return int64_t(bits.size()) / width; }
  void store(std::vector<uint8_t> &bytes, int64_t element, uint32_t code) const;
};

/// Places of all fields that claim bits of stored streams.
Result<std::vector<FieldPlaces>> fieldPlaces(const spec::Format &format, spec::Shape shape,
                                             const spec::OwnedStreams &streams);

} // namespace quoin::tool

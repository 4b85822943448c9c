#include "tools/format/Checks.h"

#include "tools/format/SampleStreams.h"
#include "tools/format/Streams.h"

#include <fmt/format.h>

namespace quoin::tool {

using namespace quoin::spec;

/// Weights that a format can say are kept, or nearly: scales found anew may fall between two codes. An encoder with a
/// systematic error (one that shrinks, or is off by one) makes it again and stays below this, in dB.
static constexpr double leastGain = 3;

static Result<std::vector<float>> throughFormat(const Format &format, Shape shape, const std::vector<float> &w) {
  auto streams = encode(format, shape, w);
  if (!streams)
    return std::unexpected(streams.error());
  auto bound = BoundFormat::bind(format, shape, viewOf(*streams));
  return bound ? bound->decodeAll() : std::unexpected(bound.error());
}

Finding checkRoundTrip(const Format &format) {
  if (format.encode.empty())
    return {Finding::State::Skipped, "  no encode rules\n"};
  auto shape = workShape(format);
  if (!shape)
    return {Finding::State::Skipped, "  " + shape.error().message + "\n"};
  std::vector<float> weights = sampleWeights(*shape);
  auto once = throughFormat(format, *shape, weights);
  auto twice = once ? throughFormat(format, *shape, *once) : once;
  if (!twice)
    return {Finding::State::Failed, "  " + twice.error().message + "\n"};
  double first = sqnr(weights, *once), second = sqnr(*once, *twice);
  std::string text = fmt::format("  SQNR {:.2f} dB; encoding the result again: {}\n", first,
                                 *once == *twice ? "the same weights" : fmt::format("SQNR {:.2f} dB", second));
  return {second >= first + leastGain ? Finding::State::Passed : Finding::State::Failed, text};
}

} // namespace quoin::tool

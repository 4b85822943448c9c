#include "tools/format/Checks.h"

#include "dialect/Diagram.h"
#include "runtime/spec/Coverage.h"
#include "runtime/spec/Shapes.h"
#include "tools/format/SampleStreams.h"

#include <fmt/format.h>

namespace quoin::tool {

using namespace quoin::spec;

/// "block: 144 bits claimed once, 0 spare"; planar streams for all shapes in one line.
static std::string streamLine(const Format &format, int32_t stream, const std::vector<Shape> &shapes) {
  const Stream &source = format.streams[stream];
  std::string text = "  " + source.name + ":";
  for (const Shape &shape : shapes) {
    auto map = mapBits(format, stream, shape, diagramSizes(format, shape));
    if (!map)
      return text + " not enumerated: " + map.error().message + "\n";
    if (source.isRecord)
      return text + fmt::format(" {} bits claimed once, {} spare\n", map->owners.size() - map->spare.size(),
                                map->spare.size());
    text += fmt::format("{} {} + {} spare at {} x {}", &shape == &shapes.front() ? " bits claimed once:" : ",",
                        map->owners.size() - map->spare.size(), map->spare.size(), shape.n, shape.k);
  }
  return text + "\n";
}

Finding checkCoverage(const Format &format) {
  if (auto covered = spec::checkCoverage(format); !covered)
    return {Finding::State::Failed, "  " + covered.error().message + "\n"};
  auto shapes = smallShapes(format, 4);
  if (shapes.empty())
    return {Finding::State::Skipped, "  no small shape is legal\n"};
  if (auto shape = workShape(format); shape && !format.hasTile)
    shapes.back() = *shape;
  Finding finding;
  for (size_t stream = 0; stream < format.streams.size(); ++stream)
    finding.text += streamLine(format, int32_t(stream), shapes);
  return finding;
}

} // namespace quoin::tool

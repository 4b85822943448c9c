#include "tools/format/Checks.h"

#include "dialect/Diagram.h"
#include "runtime/spec/Coverage.h"
#include "runtime/spec/Shapes.h"

#include <fmt/format.h>

namespace quoin::tool {

using namespace quoin::spec;

static void checkStream(const Format &format, int32_t stream, Shape shape, Finding &finding) {
  const Stream &source = format.streams[stream];
  auto map = mapBits(format, stream, shape, diagramSizes(format));
  std::string at = source.isRecord ? "" : fmt::format(" at N = {}, K = {}", shape.n, shape.k);
  if (!map) {
    finding.text += fmt::format("  {}{}: not enumerated: {}\n", source.name, at, map.error().message);
    return;
  }
  finding.text += fmt::format("  {}{}: {} bits claimed once, {} spare\n", source.name, at,
                              map->owners.size() - map->spare.size(), map->spare.size());
}

Finding checkCoverage(const Format &format) {
  if (auto covered = spec::checkCoverage(format); !covered)
    return {Finding::State::Failed, "  " + covered.error().message + "\n"};
  auto shapes = smallShapes(format, 4);
  if (shapes.empty())
    return {Finding::State::Skipped, "  no small shape is legal\n"};
  Finding finding;
  for (size_t stream = 0; stream < format.streams.size(); ++stream)
    for (Shape shape : shapes) {
      checkStream(format, int32_t(stream), shape, finding);
      if (format.streams[stream].isRecord)
        break;
    }
  return finding;
}

} // namespace quoin::tool

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

/// Fields that decode reads and no rule encodes, as "q, d"; what is stored for them is 0.
static std::string neverEncoded(const Format &format) {
  std::vector<bool> used(format.nodes.size()), encoded(format.fields.size());
  for (const EncodeRule &rule : format.encode)
    for (int32_t field : rule.fields)
      encoded[size_t(field)] = true;
  used[size_t(format.decodeValue)] = true;
  std::string names;
  for (size_t id = format.nodes.size(); id-- > 0;) { // operands come before their users
    const Node &node = format.nodes[id];
    if (!used[id])
      continue;
    for (NodeId operand : {node.a, node.b, node.c})
      if (operand >= 0)
        used[size_t(operand)] = true;
    for (NodeId operand : node.args)
      used[size_t(operand)] = true;
    if (node.op == Op::Read && !encoded[size_t(node.imm)]) {
      encoded[size_t(node.imm)] = true; // named once
      names += (names.empty() ? "" : ", ") + format.fields[size_t(node.imm)].name;
    }
  }
  return names;
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
  if (!(first > 0)) {
    std::string names = neverEncoded(format);
    text += "  weights that are all zero would be as near as what the encode rules keep, or nearer\n";
    if (!names.empty())
      text += fmt::format("  stored as 0, since no rule encodes them: {}\n", names);
    return {Finding::State::Failed, text};
  }
  return {second >= first + leastGain ? Finding::State::Passed : Finding::State::Failed, text};
}

} // namespace quoin::tool

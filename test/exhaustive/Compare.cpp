#include "test/exhaustive/Compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

using quoin::spec::ScalarType;

namespace quoin::exhaustive {

static constexpr uint32_t shardSize = uint32_t((uint64_t(1) << 32) / shardCount), signBit = 0x80000000u;

/// Calls `visit` with pieces of the shard, until it returns false: the first input, how many follow it in steps of
/// `stride`, whether they are NaNs, and the code expected of all of them.
template <typename Visit> void Compared::eachPiece(uint32_t shard, uint32_t stride, Visit visit) const {
  uint64_t bits = uint64_t(shard) * shardSize, end = bits + shardSize;
  const std::vector<Run> &all = runs[bits >= signBit];
  uint64_t firstNan = (bits & signBit) + 0x7F800001u;
  auto after =
      std::upper_bound(all.begin(), all.end(), bits, [](uint64_t bits, const Run &run) { return bits < run.first; });
  while (bits < end) {
    while (after != all.end() && after->first <= bits)
      ++after;
    uint64_t stop = std::min(end, after == all.end() ? end : uint64_t(after->first));
    bool isNan = bits >= firstNan;
    if (!isNan)
      stop = std::min(stop, firstNan);
    uint32_t count = uint32_t((stop - bits + stride - 1) / stride);
    if (!visit(uint32_t(bits), count, isNan, (after - 1)->code))
      return;
    bits += uint64_t(count) * stride;
  }
}

std::string Compared::describe(const char *what, uint32_t bits, uint32_t got, uint32_t want) const {
  return fmt::format("{} by the {}: {:#010x} ({:g}) gives {:#x}, APFloat {:#x}", conversion.spelling(), what, bits,
                     std::bit_cast<float>(bits), got, want);
}

std::optional<std::string> Compared::evaluator(uint32_t shard, uint32_t stride) const {
  std::optional<std::string> different;
  eachPiece(shard, stride, [&](uint32_t first, uint32_t count, bool isNan, uint32_t want) {
    for (uint32_t i = 0; i < count && !different; ++i) {
      uint32_t bits = first + i * stride;
      uint32_t got = encodeScalar(conversion.type, std::bit_cast<float>(bits), conversion.mode, conversion.saturate);
      if (isNan ? !isExpectedOfNan(conversion.type, got) : got != want)
        different = describe("evaluator", bits, got, want);
    }
    return !different;
  });
  return different;
}

/// What a decode kernel shows of a code: integers as i32 turned into f32.
static float shown(const ScalarType &type, uint32_t code) {
  return type.isFloat() ? expectedValue(type, code) : float(type.decodeInt(code));
}

std::optional<std::string> Compared::generated(const Generated &code, uint32_t shard, uint32_t stride) const {
  const ScalarType &type = conversion.type;
  constexpr uint32_t batch = 1 << 14;
  std::vector<float> inputs(batch), outputs(batch);
  std::optional<std::string> different;
  float ofNan = shown(type, encodeScalar(type, NAN, conversion.mode, conversion.saturate));
  auto compare = [&](uint32_t first, uint32_t count, float want) {
    for (uint32_t i = 0; i < count; ++i)
      inputs[i] = std::bit_cast<float>(first + i * stride);
    if (auto done = code.convert(std::span(inputs).first(count), std::span(outputs).first(count)); !done)
      different = done.error().message;
    bool nan = std::isnan(want), all = true;
    for (uint32_t i = 0; i < count; ++i) // no way out of the middle: it is made of vectors
      all &= nan ? std::isnan(outputs[i]) : std::bit_cast<uint32_t>(outputs[i]) == std::bit_cast<uint32_t>(want);
    for (uint32_t i = 0; i < count && !all && !different; ++i)
      if (nan ? !std::isnan(outputs[i]) : std::bit_cast<uint32_t>(outputs[i]) != std::bit_cast<uint32_t>(want))
        different = describe("compiled code", first + i * stride, std::bit_cast<uint32_t>(outputs[i]),
                             std::bit_cast<uint32_t>(want));
  };
  eachPiece(shard, stride, [&](uint32_t first, uint32_t count, bool isNan, uint32_t want) {
    float value = isNan ? ofNan : shown(type, want);
    for (uint32_t i = 0; i < count && !different; i += batch)
      compare(first + i * stride, std::min(batch, count - i), value);
    return !different;
  });
  return different;
}

} // namespace quoin::exhaustive

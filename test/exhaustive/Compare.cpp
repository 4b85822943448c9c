#include "test/exhaustive/Compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

using quoin::spec::ScalarType;

namespace quoin::exhaustive {

static constexpr uint32_t shardSize = uint32_t((uint64_t(1) << 32) / shardCount), signBit = 0x80000000u;

/// Calls `visit` with every input, whether it is a NaN, and the code expected of it, until it returns false.
template <typename Visit> void Compared::eachInput(uint32_t shard, uint32_t stride, Visit visit) const {
  uint32_t first = shard * shardSize, count = shardSize;
  const std::vector<Run> &all = runs[first >= signBit];
  auto after =
      std::upper_bound(all.begin(), all.end(), first, [](uint32_t bits, const Run &run) { return bits < run.first; });
  for (uint32_t offset = 0; offset < count; offset += std::min(stride, count - offset)) {
    uint32_t bits = first + offset;
    while (after != all.end() && after->first <= bits)
      ++after;
    if (!visit(bits, (bits & ~signBit) > 0x7F800000u, (after - 1)->code))
      return;
  }
}

std::string Compared::describe(const char *what, uint32_t bits, uint32_t got, uint32_t want) const {
  return fmt::format("{} by the {}: {:#010x} ({:g}) gives {:#x}, APFloat {:#x}", conversion.spelling(), what, bits,
                     std::bit_cast<float>(bits), got, want);
}

std::optional<std::string> Compared::evaluator(uint32_t shard, uint32_t stride) const {
  std::optional<std::string> different;
  eachInput(shard, stride, [&](uint32_t bits, bool isNan, uint32_t want) {
    uint32_t got = encodeScalar(conversion.type, std::bit_cast<float>(bits), conversion.mode, conversion.saturate);
    if (isNan ? !isExpectedOfNan(conversion.type, got) : got != want)
      different = describe("evaluator", bits, got, want);
    return !different;
  });
  return different;
}

/// What a decode kernel shows of a code: integers as i32 turned into f32.
static float shown(const ScalarType &type, uint32_t code) {
  return type.isFloat() ? expectedValue(type, code) : float(type.decodeInt(code));
}

static bool same(float a, float b) {
  return std::bit_cast<uint32_t>(a) == std::bit_cast<uint32_t>(b) || (std::isnan(a) && std::isnan(b));
}

std::optional<std::string> Compared::generated(const Generated &code, uint32_t shard, uint32_t stride) const {
  const ScalarType &type = conversion.type;
  constexpr size_t batch = 1 << 16;
  std::vector<float> inputs, wanted, outputs(batch);
  std::optional<std::string> different;
  float ofNan = shown(type, encodeScalar(type, NAN, conversion.mode, conversion.saturate));
  auto flush = [&] {
    if (auto done = code.convert(inputs, std::span(outputs).first(inputs.size())); !done)
      different = done.error().message;
    for (size_t i = 0; i < inputs.size() && !different; ++i)
      if (!same(outputs[i], wanted[i]))
        different = describe("compiled code", std::bit_cast<uint32_t>(inputs[i]), std::bit_cast<uint32_t>(outputs[i]),
                             std::bit_cast<uint32_t>(wanted[i]));
    inputs.clear(), wanted.clear();
    return !different;
  };
  uint32_t lastCode = ~0u;
  float lastValue = 0;
  eachInput(shard, stride, [&](uint32_t bits, bool isNan, uint32_t want) {
    if (want != lastCode)
      lastCode = want, lastValue = shown(type, want);
    inputs.push_back(std::bit_cast<float>(bits));
    wanted.push_back(isNan ? ofNan : lastValue);
    return inputs.size() < batch || flush();
  });
  if (!inputs.empty() && !different)
    flush();
  return different;
}

} // namespace quoin::exhaustive

// quoin-run doctor: what this machine offers to kernels.
#include "runtime/cpu_features.h"
#include "tools/run/Command.h"
#include "tools/run/Memory.h"

#include <fmt/format.h>

namespace quoin {

struct IsaLevel {
  const char *name;
  std::vector<std::string_view> features;
};

/// The psABI's levels, by the features that separate each from the one before.
static const IsaLevel levels[] = {
    {"x86-64-v2", {"ssse3", "sse4.1", "sse4.2", "popcnt", "cx16"}},
    {"x86-64-v3", {"avx", "avx2", "bmi", "bmi2", "f16c", "fma", "lzcnt", "movbe"}},
    {"x86-64-v4", {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}},
};

static std::string isaLevel() {
  std::string name = std::string(hostArchitecture());
  for (const IsaLevel &level : levels) {
    for (std::string_view feature : level.features)
      if (!hasFeature(feature))
        return name;
    name = level.name;
  }
  return name;
}

Outcome<void> runDoctor(const Arguments &arguments) {
  CommandLine line("doctor", 0);
  auto parsed = line.parse(arguments);
  if (!parsed || !*parsed)
    return parsed ? Outcome<void>() : std::unexpected(parsed.error());
  constexpr uint64_t mebibyte = 1u << 20;
  fmt::print("runtime     quoin {}\n", quoin_version());
  fmt::print("processor   {}\n", hostModelName().empty() ? "unnamed" : hostModelName());
  fmt::print("isa         {}\n", isaLevel());
  fmt::print("features    {}\n", fmt::join(hostFeatures(), " "));
  fmt::print("threads     {}\n", allowedCpus().size());
  fmt::print("memory      {} MiB available\n", availableMemory() / mebibyte);
  fmt::print("devices     cpu\n");
  return {};
}

} // namespace quoin

// quoin-run doctor: what this machine offers to kernels, and what a bundle makes of it.
#include "runtime/cpu_features.h"
#include "tools/run/Command.h"
#include "tools/run/ExplainImages.h"
#include "tools/run/Memory.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <thread>

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

static void describeMachine() {
  constexpr uint64_t mebibyte = 1u << 20;
  size_t allowed = allowedCpus().size(), all = std::thread::hardware_concurrency();
  fmt::print("runtime     quoin {}\n", quoin_version());
  fmt::print("processor   {}\n", hostModelName().empty() ? "unnamed" : hostModelName());
  fmt::print("isa         {}\n", isaLevel());
  fmt::print("features    {}\n", fmt::join(hostFeatures(), " "));
  for (const std::string &line : describeGains(thisMachine()))
    fmt::print("  {}\n", line);
  fmt::print("threads     {}\n", allowed);
  if (allowed < all)
    fmt::print("  lost: {} of {} CPUs are not allowed to this process\n", all - allowed, all);
  fmt::print("memory      {} MiB available\n", availableMemory() / mebibyte);
  fmt::print("devices     cpu\n");
}

/// What there is to say of a kernel's images; kernels of a bundle mostly say the same.
static std::vector<std::string> explainKernel(const quoin_kernel &kernel, bool asked) {
  std::vector<std::string> lines = explainImages(*kernel.manifest, kernel.image, asked, thisMachine());
  for (const std::string &gain : unusedGains(*kernel.manifest, kernel.image, thisMachine()))
    lines.push_back("lost: " + gain + "; compile with --target=host here");
  return lines;
}

static Outcome<void> describeBundle(const std::string &path, const quoin_bundle &bundle, bool asked) {
  fmt::print("bundle      {}: {} kernel{}\n", path, bundle.kernels.size(), bundle.kernels.size() == 1 ? "" : "s");
  std::map<std::vector<std::string>, std::vector<std::string>> kernelsOf;
  std::string useless;
  for (const quoin_kernel &kernel : bundle.kernels) {
    kernelsOf[explainKernel(kernel, asked)].push_back(kernel.manifest->name);
    if (!kernel.image)
      useless = kernel.manifest->name;
  }
  for (const auto &[lines, names] : kernelsOf)
    fmt::print("  {}\n    {}\n", fmt::join(names, ", "), fmt::join(lines, "\n    "));
  if (useless.empty())
    return {};
  return failWith(QUOIN_UNSUPPORTED, fmt::format("no image of kernel \"{}\" runs on this machine", useless),
                  "compile it with --target=host here, or with a --target that needs less");
}

Outcome<void> runDoctor(const Arguments &arguments) {
  CommandLine line("doctor [BUNDLE]", 1);
  auto parsed = line.parse(arguments);
  if (!parsed || !*parsed)
    return parsed ? Outcome<void>() : std::unexpected(parsed.error());
  if (line.positional().empty())
    return describeMachine(), Outcome<void>();
  auto bundle = line.loadBundle(); // before anything is printed
  if (!bundle)
    return std::unexpected(bundle.error());
  describeMachine();
  return describeBundle(line.positional()[0], **bundle, line.has("isa"));
}

} // namespace quoin

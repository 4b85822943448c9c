#include "tools/run/ExplainImages.h"

#include "runtime/cpu_features.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace quoin {

/// Features that together make kernels of some activations faster.
struct Gain {
  std::vector<std::string_view> features;
  const char *activations; ///< how their names begin; "" for all
  const char *what;
};

static const std::vector<Gain> gains = {
    {{"avx2", "fma", "f16c"}, "", "vectors of 32 bytes, the least that kernels are made for"},
    {{"avx512f", "avx512bw", "avx512dq", "avx512vl"}, "", "vectors of 64 bytes"},
    {{"avx512vnni"}, "int8", "sums of four byte products in one instruction"},
    {{"avx512bf16"}, "bf16", "sums of two bf16 products in one instruction"},
};

Machine thisMachine() { return {hostArchitecture(), hasFeature}; }

static bool hasAll(const Machine &machine, const std::vector<std::string_view> &features) {
  return std::all_of(features.begin(), features.end(), machine.has);
}

static std::string explain(const ManifestImage &image, const ManifestImage *taken, bool asked, const Machine &machine) {
  if (image.arch != machine.arch)
    return fmt::format("refused, it is made for {} and this machine is {}", image.arch, machine.arch);
  std::vector<std::string> lacking;
  std::copy_if(image.required.begin(), image.required.end(), std::back_inserter(lacking),
               [&](const std::string &feature) { return !machine.has(feature); });
  if (!lacking.empty())
    return fmt::format("refused, this machine lacks {}", fmt::join(lacking, ", "));
  if (&image == taken)
    return asked ? "taken, --isa asks for it" : "taken, of what runs here it requires most";
  if (asked || !taken)
    return "not taken, --isa asks for another";
  return fmt::format("not taken, {} requires more or comes later", taken->isa);
}

std::vector<std::string> explainImages(const ManifestKernel &kernel, const ManifestImage *taken, bool asked,
                                       const Machine &machine) {
  std::vector<std::string> lines;
  for (const ManifestImage &image : kernel.images)
    lines.push_back(fmt::format("{}: {}", image.isa, explain(image, taken, asked, machine)));
  return lines;
}

std::vector<std::string> unusedGains(const ManifestKernel &kernel, const ManifestImage *taken, const Machine &machine) {
  std::vector<std::string> lines;
  auto uses = [&](std::string_view feature) {
    return std::find(taken->required.begin(), taken->required.end(), feature) != taken->required.end();
  };
  if (!taken || kernel.op != "matmul")
    return lines;
  for (const Gain &gain : gains)
    if (kernel.activations.starts_with(gain.activations) && hasAll(machine, gain.features) &&
        !std::all_of(gain.features.begin(), gain.features.end(), uses))
      lines.push_back(
          fmt::format("{} of this machine, for {}, are not used", fmt::join(gain.features, ", "), gain.what));
  return lines;
}

std::vector<std::string> describeGains(const Machine &machine) {
  std::vector<std::string> lines;
  for (const Gain &gain : gains) {
    std::string serves = *gain.activations ? fmt::format(" ({} kernels)", gain.activations) : "";
    lines.push_back(fmt::format("{:3} {}: {}{}", hasAll(machine, gain.features) ? "yes" : "no",
                                fmt::join(gain.features, ", "), gain.what, serves));
  }
  return lines;
}

} // namespace quoin

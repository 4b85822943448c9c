// quoin-run list: kernels of a bundle, and which image of each would run here.
#include "tools/run/Command.h"

#include <fmt/format.h>

namespace quoin {

static void printKernel(const quoin_kernel &kernel) {
  const ManifestKernel &manifest = *kernel.manifest;
  fmt::print("{}\n", manifest.name);
  fmt::print("  op {}, format {}", manifest.op, manifest.format);
  if (!manifest.activations.empty())
    fmt::print(", activations {}", manifest.activations);
  fmt::print(", layout {}{}{}\n", manifest.layout, manifest.layoutId.empty() ? "" : " ", manifest.layoutId);
  fmt::print("  N a multiple of {}, K a multiple of {}, panels of {} rows\n", manifest.nMultiple, manifest.kMultiple,
             manifest.panelRows);
  fmt::print("  streams {}\n", fmt::join(manifest.streams, ", "));
  for (const ManifestImage &image : manifest.images) {
    const char *use = &image == kernel.image ? "taken" : isUsable(image) ? "usable" : "not usable here";
    std::string needs = image.required.empty() ? "nothing" : fmt::format("{}", fmt::join(image.required, ", "));
    fmt::print("  image {} ({}): needs {}\n", image.isa, use, needs);
    if (auto schedule = manifest.schedules.find(image.isa); schedule != manifest.schedules.end())
      fmt::print("    {}\n", schedule->second);
  }
}

Outcome<void> runList(const Arguments &arguments) {
  CommandLine line("list BUNDLE", 1);
  auto parsed = line.parse(arguments);
  if (!parsed || !*parsed)
    return parsed ? Outcome<void>() : std::unexpected(parsed.error());
  auto bundle = line.loadBundle();
  if (!bundle)
    return std::unexpected(bundle.error());
  fmt::print("{}: written by quoin-compile {}, {} kernel{}\n", line.positional()[0], (*bundle)->manifest.compiler,
             (*bundle)->kernels.size(), (*bundle)->kernels.size() == 1 ? "" : "s");
  for (const quoin_kernel &kernel : (*bundle)->kernels)
    printKernel(kernel);
  return {};
}

} // namespace quoin

// quoin-run list: kernels of a bundle, and which image of each would run here.
#include "tools/run/Command.h"

#include <fmt/format.h>

#include <set>

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

/// Where the bundle comes from, for those who have to say what runs on their machine.
static void printOrigin(const std::string &file, const quoin_bundle &bundle) {
  const Manifest &manifest = bundle.manifest;
  auto known = [](const std::string &text) { return text.empty() ? "unknown" : text; };
  fmt::print("{}: written by quoin-compile {} (commit {}) with LLVM {}, {} kernel{}\n", file, manifest.compiler,
             known(manifest.commit), known(manifest.llvm), bundle.kernels.size(),
             bundle.kernels.size() == 1 ? "" : "s");
  fmt::print("  SHA-256 of the bundle {}\n  SHA-256 of the text   {}\n", hex(bundle.sha256),
             known(manifest.textSha256));
  std::set<std::string> targets;
  for (const ManifestKernel &kernel : manifest.kernels)
    for (const ManifestImage &image : kernel.images)
      targets.insert(image.isa);
  fmt::print("  targets {}\n", fmt::join(targets, ", "));
}

Outcome<void> runList(const Arguments &arguments) {
  CommandLine line("list BUNDLE", 1);
  auto parsed = line.parse(arguments);
  if (!parsed || !*parsed)
    return parsed ? Outcome<void>() : std::unexpected(parsed.error());
  auto bundle = line.loadBundle();
  if (!bundle)
    return std::unexpected(bundle.error());
  printOrigin(line.positional()[0], **bundle);
  for (const quoin_kernel &kernel : (*bundle)->kernels)
    printKernel(kernel);
  return {};
}

} // namespace quoin

// quoin-run pack: stored weights to a kernel's layout, in a file that names both.
#include "tools/run/WeightsInput.h"

#include <fmt/format.h>

namespace quoin {

namespace po = boost::program_options;

/// The kernel that packs: the one named, or any when all that pack do so into one layout.
static Outcome<const quoin_kernel *> packer(const CommandLine &line, const quoin_bundle &bundle) {
  auto kernels = line.kernels(bundle, {"pack", "matmul"});
  if (!kernels)
    return std::unexpected(kernels.error());
  const quoin_kernel *first = nullptr;
  for (const quoin_kernel *kernel : *kernels) {
    if (!kernel->manifest->isPacked())
      continue;
    if (first && kernel->manifest->layoutId != first->manifest->layoutId)
      return line.oneKernel(bundle, {"pack", "matmul"});
    first = first ? first : kernel;
  }
  if (!first)
    return userError(fmt::format("\"{}\" has no kernel for this that packs weights", line.positional()[0]),
                     "its kernels read the streams as they are stored");
  return first;
}

Outcome<void> runPack(const Arguments &arguments) {
  CommandLine line("pack BUNDLE [@KERNEL] --weights STREAM=FILE ...|MODEL.gguf:TENSOR|MODEL.safetensors:PREFIX|W.packed "
                   "[--shape=N,K] -o W.packed",
                   2);
  line.addThreads();
  line.addWeights();
  line.add()("output,o", po::value<std::string>()->value_name("FILE"), "packed weights to write");
  auto parsed = line.parse(arguments);
  if (!parsed || !*parsed)
    return parsed ? Outcome<void>() : std::unexpected(parsed.error());
  if (auto kept = line.keepInputs(); !kept)
    return kept;
  auto bundle = line.loadBundle();
  if (!bundle)
    return std::unexpected(bundle.error());
  auto kernel = packer(line, **bundle);
  if (!kernel)
    return std::unexpected(kernel.error());
  auto shape = weightsShape(line);
  if (!shape)
    return std::unexpected(shape.error());
  if (!line.has("output"))
    return userError("no output is named", "give -o W.packed");
  auto threads = Threads::make(line.threads(), false);
  if (!threads)
    return std::unexpected(threads.error());
  auto loaded = loadWeights(**bundle, **kernel, *shape, line.texts("weights"), &threads->launch);
  if (!loaded)
    return std::unexpected(loaded.error());
  return saveWeights(*loaded->weights, line.text("output"));
}

} // namespace quoin

// quoin-run run: Y = X * W^T (+ bias) from files to a file.
#include "runtime/npy.h"
#include "tools/run/Operands.h"
#include "tools/run/WeightsInput.h"

#include <fmt/format.h>

namespace quoin {

namespace po = boost::program_options;

static Outcome<FloatMatrix> readMatrix(const CommandLine &line, const char *option, int64_t columns, const char *name) {
  if (!line.has(option))
    return userError(fmt::format("no --{} is given", option), fmt::format("give --{} FILE.npy", option));
  auto matrix = readNpyMatrix(line.text(option));
  if (matrix && matrix->columns != columns)
    return userError(fmt::format("\"{}\" has {} columns, {} = {}", line.text(option), matrix->columns, name, columns),
                     fmt::format("the weights tell {}", name));
  return matrix;
}

static Outcome<void> multiply(const CommandLine &line, const quoin_bundle &bundle, const quoin_kernel &kernel) {
  auto shape = weightsShape(line);
  if (!shape)
    return std::unexpected(shape.error());
  if (!line.has("output"))
    return userError("no output is named", "give -o Y.npy");
  auto threads = Threads::make(line.threads(), false);
  if (!threads)
    return std::unexpected(threads.error());
  auto loaded = loadWeights(bundle, kernel, *shape, line.texts("weights"), &threads->launch);
  if (!loaded)
    return std::unexpected(loaded.error());
  int64_t n = loaded->weights->n, k = loaded->weights->k;
  auto x = readMatrix(line, "x", k, "K");
  if (!x)
    return std::unexpected(x.error());
  std::vector<float> bias;
  if (line.has("bias")) {
    auto read = readMatrix(line, "bias", n, "N");
    if (!read)
      return std::unexpected(read.error());
    if (read->rows != 1)
      return userError(fmt::format("\"{}\" has {} rows, expected 1", line.text("bias"), read->rows), "pass N numbers");
    bias = std::move(read->values);
  }
  auto operands = Operands::make(kernel, x->rows, n, k, line.threads());
  if (!operands)
    return std::unexpected(operands.error());
  operands->call.x = x->values.data();
  operands->call.weights = loaded->weights.get();
  operands->call.bias = bias.empty() ? nullptr : bias.data();
  operands->call.launch = &threads->launch;
  if (auto done = quantize(kernel, operands->call); !done)
    return done;
  if (auto done = matmul(kernel, operands->call); !done)
    return done;
  const int64_t result[] = {x->rows, n};
  return writeNpy(line.text("output"), result, operands->y);
}

Outcome<void> runRun(const Arguments &arguments) {
  CommandLine line("run BUNDLE [@KERNEL] --weights STREAM=FILE ...|MODEL.gguf:TENSOR|MODEL.safetensors:PREFIX|W.packed "
                   "[--shape=N,K] "
                   "--x X.npy [--bias B.npy] -o Y.npy",
                   2);
  line.addThreads();
  line.addWeights();
  line.add()("x", po::value<std::string>()->value_name("FILE"), "X, f32 [M, K] or [K]");
  line.add()("bias", po::value<std::string>()->value_name("FILE"), "bias, f32 [N]");
  line.add()("output,o", po::value<std::string>()->value_name("FILE"), "Y to write, f32 [M, N]");
  auto parsed = line.parse(arguments);
  if (!parsed || !*parsed)
    return parsed ? Outcome<void>() : std::unexpected(parsed.error());
  if (auto kept = line.keepInputs({"x", "bias"}); !kept)
    return kept;
  auto bundle = line.loadBundle();
  if (!bundle)
    return std::unexpected(bundle.error());
  auto kernel = line.oneKernel(**bundle, {"matmul"});
  if (!kernel)
    return std::unexpected(kernel.error());
  return multiply(line, **bundle, **kernel);
}

} // namespace quoin

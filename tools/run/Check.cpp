// quoin-run check: kernels against the numbers they declare, over shapes, threads and placements in memory.
#include "runtime/call.h"
#include "runtime/kernel_sizes.h"
#include "tools/run/CheckCase.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>

namespace quoin {

namespace po = boost::program_options;

/// The step that K of a kernel's shapes must be a multiple of, and N likewise.
struct Steps {
  int64_t n, k;
};

static Steps stepsOf(const ManifestKernel &kernel, const spec::Format &format) {
  Steps steps = {kernel.nMultiple, kernel.kMultiple};
  if (format.hasTile) {
    steps.n = std::lcm(steps.n, format.tileRows);
    steps.k = std::lcm(steps.k, format.tileCols);
  }
  return steps;
}

static int64_t roundedUp(int64_t value, int64_t step) { return (value + step - 1) / step * step; }

/// Rows of W beside and across panels; one block of K and many, within a budget of weights a case.
static std::vector<spec::Shape> sweptShapes(Steps steps) {
  constexpr int64_t mostWeights = 1 << 18;
  std::vector<spec::Shape> shapes;
  for (int64_t rows : {1, 7, 16, 33, 384, 1536}) {
    int64_t n = roundedUp(rows, steps.n);
    int64_t many = std::max(roundedUp(std::clamp<int64_t>(mostWeights / n, 128, 2048), steps.k), 2 * steps.k);
    shapes.push_back({n, steps.k});
    shapes.push_back({n, rows == 16 ? 3 * steps.k : many});
  }
  shapes.push_back({steps.n, roundedUp(8192, steps.k)});
  return shapes;
}

/// Every small M; the large ones where Y has few columns, since the reference multiplies in plain loops.
static std::vector<int64_t> sweptBatches(spec::Shape shape) {
  std::vector<int64_t> batches(18);
  std::iota(batches.begin(), batches.end(), 0);
  constexpr int64_t mostProducts = 1 << 26;
  for (int64_t m : {33, 64, 100, 127, 512})
    if (m <= 33 || m * shape.n * shape.k <= mostProducts)
      batches.push_back(m);
  return batches;
}

static std::vector<CheckInput> sweep(Steps steps, uint64_t seed) {
  std::vector<CheckInput> inputs;
  for (spec::Shape shape : sweptShapes(steps)) {
    inputs.push_back({shape, sweptBatches(shape), ScaleCase::Mixed, seed});
    inputs.push_back({shape, {1, 5, 33}, ScaleCase::Ones, seed + 100});
    if (shape.n < 100)
      inputs.push_back({shape, {1, 2, 17}, ScaleCase::Special, seed + 200});
    seed += 1000;
  }
  return inputs;
}

static std::vector<CheckInput> oneShape(const std::vector<int64_t> &sizes, uint64_t seed) {
  spec::Shape shape = {sizes[1], sizes[2]};
  return {{shape, {sizes[0]}, ScaleCase::Mixed, seed},
          {shape, {sizes[0]}, ScaleCase::Ones, seed + 100},
          {shape, {sizes[0]}, ScaleCase::Special, seed + 200}};
}

static void printResult(const quoin_kernel &kernel, const CheckTally &tally, size_t cases) {
  const ManifestKernel &manifest = *kernel.manifest;
  fmt::print("{} ({}): ok, {} cases, {} calls, {} elements of Y", manifest.name, kernel.image->isa, cases, tally.calls,
             tally.elements);
  if (manifest.op == "matmul") {
    fmt::print(", {}, largest error {:.3f} of its bound",
               manifest.numerics.isOrdered() ? "bits equal to the declared expression"
                                             : "no order of operations declared",
               tally.worstShare);
    if (!tally.x.empty())
      fmt::print(", X {} at {:.2f} dB SQNR", manifest.xGroup < 0 ? "rounded" : "quantized",
                 spec::sqnr(tally.x, tally.seenX));
    if (manifest.numerics.rounded)
      fmt::print(", W rounded at {:.2f} dB SQNR", 10 * std::log10(tally.signal / tally.noise));
  }
  fmt::print("\n");
  if (!manifest.numerics.error.empty())
    fmt::print("  declared error: {}\n", manifest.numerics.error);
}

static Outcome<void> checkKernel(const CommandLine &line, const quoin_bundle &bundle, const quoin_kernel &kernel,
                                 std::span<const quoin_launch *const> launches, uint64_t seed) {
  const ManifestKernel &manifest = *kernel.manifest;
  if (auto ready = requireImage(kernel); !ready)
    return ready;
  auto format = formatOf(bundle, kernel);
  if (!format)
    return std::unexpected(format.error());
  std::vector<CheckInput> inputs = sweep(stepsOf(manifest, *format), seed);
  if (line.has("shape")) {
    auto sizes = parseShape(line.text("shape"), 3, "M,N,K");
    if (!sizes)
      return std::unexpected(sizes.error());
    if (auto good = checkShape(manifest, (*sizes)[1], (*sizes)[2]); !good)
      return good;
    inputs = oneShape(*sizes, seed);
  }
  CodeCoverage coverage;
  CheckTally tally;
  for (const CheckInput &input : inputs)
    if (auto good = checkCase(kernel, *format, input, launches, coverage, tally); !good)
      return good;
  if (std::string field = coverage.incompleteField(); !field.empty())
    return userError(fmt::format("kernel \"{}\": not all codes of field \"{}\" occurred", manifest.name, field),
                     "give another --seed");
  printResult(kernel, tally, inputs.size());
  return {};
}

static Outcome<uint64_t> parseSeed(const CommandLine &line) {
  uint64_t seed = 1;
  std::string text = line.text("seed");
  if (text.empty())
    return seed;
  auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), seed);
  if (code != std::errc() || end != text.data() + text.size())
    return userError(fmt::format("--seed={} is no number", text), "give a whole number");
  return seed;
}

Outcome<void> runCheck(const Arguments &arguments) {
  CommandLine line("check BUNDLE [@KERNEL] [--shape=M,N,K] [--seed=S]", 2);
  line.add()("shape", po::value<std::string>()->value_name("M,N,K"), "this shape alone; many shapes if not given");
  line.add()("seed", po::value<std::string>()->value_name("S"), "seed of the random streams and activations");
  auto parsed = line.parse(arguments);
  if (!parsed || !*parsed)
    return parsed ? Outcome<void>() : std::unexpected(parsed.error());
  auto bundle = line.loadBundle();
  if (!bundle)
    return std::unexpected(bundle.error());
  auto kernels = line.kernels(**bundle, {"matmul", "decode", "pack"});
  if (!kernels)
    return std::unexpected(kernels.error());
  auto seed = parseSeed(line);
  if (!seed)
    return std::unexpected(seed.error());
  // One thread, and as many as asked for but at least three, so that parts end beside panels.
  auto threads = Threads::make(std::max(line.threads(), 3), false);
  if (!threads)
    return std::unexpected(threads.error());
  const quoin_launch *launches[] = {nullptr, &threads->launch};
  installFaultReports();
  for (const quoin_kernel *kernel : *kernels)
    if (auto good = checkKernel(line, **bundle, *kernel, launches, *seed); !good)
      return good;
  return {};
}

} // namespace quoin

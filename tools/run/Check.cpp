// quoin-run check: kernels against the numbers they declare, over images, shapes, parts and placements in memory.
#include "runtime/call.h"
#include "runtime/kernel_sizes.h"
#include "runtime/spec/Shapes.h"
#include "tools/run/CheckCase.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <set>

namespace quoin {

namespace po = boost::program_options;

using Bundles = std::vector<std::unique_ptr<quoin_bundle>>;

/// The bundle once for each isa whose images run here, or for the one that was asked for.
static Outcome<Bundles> loadImages(const CommandLine &line) {
  Bundles bundles;
  auto best = line.loadBundle();
  if (!best)
    return std::unexpected(best.error());
  std::set<std::string> names;
  if (!line.has("isa"))
    for (const ManifestKernel &kernel : (*best)->manifest.kernels)
      for (const ManifestImage &image : kernel.images)
        if (isUsable(image))
          names.insert(image.isa);
  if (names.size() < 2)
    bundles.push_back(std::move(*best));
  for (const std::string &name : names) {
    if (names.size() < 2)
      break;
    auto bundle = loadBundleFile(line.positional()[0], name);
    if (!bundle)
      return std::unexpected(bundle.error());
    bundles.push_back(std::move(*bundle));
  }
  return bundles;
}

/// The kernels to check by format, each with its images.
static Outcome<std::map<std::string, std::vector<CheckedKernel>>> chooseKernels(const CommandLine &line,
                                                                                const Bundles &bundles) {
  std::map<std::string, std::vector<CheckedKernel>> formats;
  std::vector<std::vector<const quoin_kernel *>> found;
  for (const auto &bundle : bundles) {
    auto kernels = line.kernels(*bundle, {"matmul", "decode", "pack"});
    if (!kernels)
      return std::unexpected(kernels.error());
    found.push_back(std::move(*kernels));
  }
  for (size_t i = 0; i < found.front().size(); ++i) {
    CheckedKernel kernel;
    for (const auto &kernels : found)
      if (kernels[i]->image)
        kernel.images.push_back(kernels[i]);
    if (kernel.images.empty())
      return std::unexpected(requireImage(*found.front()[i]).error());
    formats[kernel.manifest().format].push_back(std::move(kernel));
  }
  return formats;
}

static void printResult(const CheckedKernel &kernel) {
  const ManifestKernel &manifest = kernel.manifest();
  const CheckTally &tally = kernel.tally;
  std::string images;
  for (const quoin_kernel *image : kernel.images)
    images += (images.empty() ? "" : ", ") + image->image->isa;
  fmt::print("{} ({}): ok, {} cases, {} calls", manifest.name, images, tally.cases, tally.calls);
  if (manifest.op == "matmul") {
    fmt::print(", {} elements of Y, {}, largest error {:.3f} of its bound", tally.elements,
               manifest.numerics.isOrdered() ? "bits equal to the declared expression"
                                             : "no order of operations declared",
               tally.worstShare);
    if (double db = spec::sqnr(tally.x, tally.seenX); !tally.x.empty() && std::isfinite(db))
      fmt::print(", X {} at {:.2f} dB SQNR", manifest.xGroup < 0 ? "rounded" : "quantized", db);
    if (manifest.numerics.rounded)
      fmt::print(", W rounded at {:.2f} dB SQNR", 10 * std::log10(tally.signal / tally.noise));
  }
  fmt::print("\n");
  if (!manifest.numerics.error.empty())
    fmt::print("  declared error: {}\n", manifest.numerics.error);
}

static Steps stepsOf(const ManifestKernel &kernel, const spec::Format &format) {
  Steps steps = {kernel.nMultiple, kernel.kMultiple};
  if (format.hasTile)
    steps = {std::lcm(steps.n, format.tileRows), std::lcm(steps.k, format.tileCols)};
  return steps;
}

/// Those of the sweep that the format's requirements allow, and small ones that they do where these are few.
static Outcome<std::vector<CheckInput>> legalSweep(const spec::Format &format, std::span<const CheckedKernel> kernels,
                                                   uint64_t seed) {
  constexpr size_t few = 3;
  std::vector<Steps> steps;
  for (const CheckedKernel &kernel : kernels)
    steps.push_back(stepsOf(kernel.manifest(), format));
  std::vector<CheckInput> inputs = sweep(std::move(steps), seed);
  std::erase_if(inputs, [&](const CheckInput &input) { return !spec::checkShape(format, input.shape); });
  for (spec::Shape shape : inputs.size() < few ? spec::smallShapes(format) : std::vector<spec::Shape>())
    if (std::ranges::all_of(kernels, [&](const CheckedKernel &kernel) {
          return checkShape(kernel.manifest(), shape.n, shape.k).has_value();
        }))
      for (int64_t m : {1, 5, 33})
        std::ranges::move(sweepOne(shape, m, seed + uint64_t(m)), std::back_inserter(inputs));
  if (inputs.empty())
    return userError(fmt::format("no small shape has what format \"{}\" requires", format.name), "give --shape=M,N,K");
  return inputs;
}

/// The shape asked for, or many.
static Outcome<std::vector<CheckInput>> chooseInputs(const CommandLine &line, const spec::Format &format,
                                                     std::span<const CheckedKernel> kernels, uint64_t seed) {
  if (!line.has("shape"))
    return legalSweep(format, kernels, seed);
  auto sizes = parseShape(line.text("shape"), 3, "M,N,K");
  if (!sizes)
    return std::unexpected(sizes.error());
  spec::Shape shape = {(*sizes)[1], (*sizes)[2]};
  int64_t elements;
  if (__builtin_mul_overflow((*sizes)[0], std::max(shape.n, shape.k), &elements) || elements > INT64_MAX / 8)
    return userError(
        fmt::format("X or Y of M = {}, N = {}, K = {} does not fit 63 bits", (*sizes)[0], shape.n, shape.k),
        "use smaller sizes");
  for (const CheckedKernel &kernel : kernels)
    if (auto good = checkShape(kernel.manifest(), shape.n, shape.k); !good)
      return std::unexpected(good.error());
  return sweepOne(shape, (*sizes)[0], seed);
}

static Outcome<void> checkFormat(const CommandLine &line, const quoin_bundle &bundle, std::span<CheckedKernel> kernels,
                                 CheckLaunches launches, uint64_t seed) {
  auto format = formatOf(bundle, *kernels.front().images.front());
  if (!format)
    return std::unexpected(format.error());
  auto inputs = chooseInputs(line, *format, kernels, seed);
  if (!inputs)
    return std::unexpected(inputs.error());
  CodeCoverage coverage;
  for (const CheckInput &input : *inputs)
    if (auto good = checkCase(*format, input, kernels, launches, coverage); !good)
      return good;
  if (std::string field = coverage.incompleteField(); !field.empty())
    return userError(fmt::format("format \"{}\": not all codes of field \"{}\" occurred", format->name, field),
                     "give another --seed");
  for (const CheckedKernel &kernel : kernels)
    printResult(kernel);
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

/// Every part alone and in an order that no thread pool has: what a part does wrongly to another is seen each time.
static void lastPartFirst(void *, int64_t count, void (*body)(void *, int64_t), void *argument) {
  for (int64_t i = count; i-- > 0;)
    body(argument, i);
}

Outcome<void> runCheck(const Arguments &arguments) {
  CommandLine line("check BUNDLE [@KERNEL] [--shape=M,N,K] [--seed=S]", 2);
  line.addThreads();
  line.add()("shape", po::value<std::string>()->value_name("M,N,K"), "this shape alone; many shapes if not given");
  line.add()("seed", po::value<std::string>()->value_name("S"), "seed of the random streams and activations");
  auto parsed = line.parse(arguments);
  if (!parsed || !*parsed)
    return parsed ? Outcome<void>() : std::unexpected(parsed.error());
  auto bundles = loadImages(line);
  if (!bundles)
    return std::unexpected(bundles.error());
  auto formats = chooseKernels(line, *bundles);
  if (!formats)
    return std::unexpected(formats.error());
  auto seed = parseSeed(line);
  if (!seed)
    return std::unexpected(seed.error());
  auto threads = Threads::make(std::max(line.threads(), 3), false); // three: parts end beside panels
  if (!threads)
    return std::unexpected(threads.error());
  quoin_launch parts{};
  parts.parts = 3;
  parts.parallel_for = lastPartFirst;
  const CheckLaunch launches[] = {
      {"1 part", nullptr}, {"3 parts, the last first", &parts}, {"several threads", &threads->launch}};
  installFaultReports();
  for (auto &[name, kernels] : *formats)
    if (auto good = checkFormat(line, *bundles->front(), kernels, launches, *seed); !good)
      return good;
  return {};
}

} // namespace quoin

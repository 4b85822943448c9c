// quoin-run bench: the whole call (f32 X in, f32 Y out, quantizing X included) against what this machine can do.
#include "runtime/cpu_features.h"
#include "runtime/file.h"
#include "runtime/kernel_sizes.h"
#include "tools/run/BenchWeights.h"
#include "tools/run/Operands.h"
#include "tools/run/Probe.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>

namespace quoin {

namespace po = boost::program_options;
using Json = nlohmann::ordered_json;

static constexpr int repeats = 9;                  // median of these
static constexpr double repeatSeconds = 0.06;      // or one call, if that takes longer
static constexpr uint64_t rotatedBytes = 1u << 30; // no cache holds it
static constexpr int64_t rotatedUpTo = 64;         // M from which calls are bound by compute

struct BenchResult {
  double timeUs = 0, limitGbs = 0;
  DotLimit dot{};
  size_t storedBytes = 0, packedBytes = 0, areaBytes = 0, copies = 0;
};

static double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  size_t middle = values.size() / 2;
  return values.size() % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

/// Calls one after the other, on the weights next in turn; returns seconds a call.
class CallTimer {
public:
  CallTimer(const quoin_kernel &kernel, Operands &operands, const BenchWeights &weights)
      : kernel(kernel), operands(operands), weights(weights) {}

  Outcome<double> time(int64_t calls) {
    auto start = std::chrono::steady_clock::now();
    for (int64_t i = 0; i < calls; ++i) {
      operands.call.weights = weights.copies()[next].get();
      next = (next + 1) % weights.copies().size();
      if (auto done = quantize(kernel, operands.call); !done)
        return std::unexpected(done.error());
      if (auto done = matmul(kernel, operands.call); !done)
        return std::unexpected(done.error());
    }
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() / double(calls);
  }

private:
  const quoin_kernel &kernel;
  Operands &operands;
  const BenchWeights &weights;
  size_t next = 0;
};

/// Best rate of reading the area once, or often enough to be timed where it is small.
static double readRate(std::span<const uint8_t> area, const quoin_launch &launch) {
  constexpr double leastBytes = 1 << 28;
  int passes = int(std::max(1.0, std::ceil(leastBytes / double(area.size()))));
  double best = 0;
  for (bool prefetch : {false, true}) {
    double seconds = 0;
    for (int i = 0; i < passes; ++i)
      seconds += readOnce(area, prefetch, launch);
    best = std::max(best, double(area.size()) * passes / seconds * 1e-9);
  }
  return best;
}

static std::vector<float> normalX(int64_t count) {
  std::mt19937_64 random(2);
  std::normal_distribution<float> normal;
  std::vector<float> x(static_cast<size_t>(count));
  std::generate(x.begin(), x.end(), [&] { return normal(random); });
  return x;
}

/// Which instructions limit a kernel's products.
static DotClass dotClassOf(const quoin_kernel &kernel) {
  if (kernel.manifest->numerics.accumulate != "exact")
    return kernel.image->bf16Pairs ? DotClass::Bf16Pairs : DotClass::Floats;
  return kernel.manifest->codeBits <= 4 ? DotClass::Narrow : DotClass::Wide;
}

static Outcome<BenchResult> benchKernel(const quoin_bundle &bundle, const quoin_kernel &kernel, int64_t m,
                                        spec::Shape shape, const quoin_launch &launch) {
  if (auto good = checkShape(*kernel.manifest, shape.n, shape.k); !good)
    return std::unexpected(good.error());
  auto weights = BenchWeights::make(bundle, kernel, shape, m <= rotatedUpTo ? rotatedBytes : 0, &launch);
  if (!weights)
    return std::unexpected(weights.error());
  auto operands = Operands::make(kernel, m, shape.n, shape.k, launch.parts);
  if (!operands)
    return std::unexpected(operands.error());
  std::vector<float> x = normalX(m * shape.k);
  operands->call.x = x.data();
  operands->call.launch = &launch;
  CallTimer timer(kernel, *operands, *weights);
  auto warm = timer.time(2);
  if (warm)
    warm = timer.time(1);
  if (!warm)
    return std::unexpected(warm.error());
  int64_t calls = std::max<int64_t>(1, int64_t(repeatSeconds / std::max(*warm, 1e-7)));
  BenchResult result;
  std::vector<double> times;
  for (int i = 0; i < repeats; ++i) { // limits beside each repeat: the machine's rate may change while it runs
    result.limitGbs = std::max(result.limitGbs, readRate(weights->area(), launch));
    auto seconds = timer.time(calls);
    if (!seconds)
      return std::unexpected(seconds.error());
    times.push_back(*seconds);
  }
  result.timeUs = median(times) * 1e6;
  result.dot = measureDot(dotClassOf(kernel), launch);
  result.storedBytes = weights->storedBytes();
  result.packedBytes = weights->packedBytes();
  result.areaBytes = weights->area().size();
  result.copies = weights->copies().size();
  return result;
}

static Json toJson(const quoin_kernel &kernel, int64_t m, spec::Shape shape, int threads, const BenchResult &result) {
  const ManifestKernel &manifest = *kernel.manifest;
  double operations = 2.0 * double(m) * double(shape.n) * double(shape.k), seconds = result.timeUs * 1e-6;
  double readSeconds = double(result.storedBytes) / (result.limitGbs * 1e9);
  double dotSeconds = result.dot.gigaflops > 0 ? operations / (result.dot.gigaflops * 1e9) : 0;
  return Json{{"kernel", manifest.name},
              {"format", manifest.format},
              {"activations", manifest.activations},
              {"layout", manifest.layout},
              {"m", m},
              {"n", shape.n},
              {"k", shape.k},
              {"threads", threads},
              {"device", "cpu"},
              {"isa", kernel.image->isa},
              {"time_us", result.timeUs},
              {"weight_gbs", double(result.storedBytes) / seconds * 1e-9},
              {"gflops", operations / seconds * 1e-9},
              {"limit_gbs", result.limitGbs},
              {"limit_gflops", result.dot.gigaflops},
              {"share", std::max(readSeconds, dotSeconds) / seconds},
              {"packed_bytes", result.packedBytes},
              {"stored_bytes", result.storedBytes},
              {"limit_instruction", result.dot.name},
              {"rotated_bytes", result.areaBytes},
              {"rotated_copies", result.copies},
              {"repeats", repeats},
              {"processor", hostModelName()}};
}

static void printTable(const Json &rows) {
  fmt::print("{:40} {:>5} {:>6} {:>6} {:>2} {:>11} {:>8} {:>9} {:>7} {:>9} {:>6}\n", "kernel", "M", "N", "K", "T", "us",
             "GB/s", "GFLOP/s", "limit", "limit", "share");
  for (const Json &row : rows)
    fmt::print("{:40} {:5} {:6} {:6} {:2} {:11.1f} {:8.2f} {:9.1f} {:7.1f} {:9.1f} {:6.3f}\n",
               row["kernel"].get<std::string>(), row["m"].get<int64_t>(), row["n"].get<int64_t>(),
               row["k"].get<int64_t>(), row["threads"].get<int>(), row["time_us"].get<double>(),
               row["weight_gbs"].get<double>(), row["gflops"].get<double>(), row["limit_gbs"].get<double>(),
               row["limit_gflops"].get<double>(), row["share"].get<double>());
}

static Outcome<Json> readReference(const std::string &path) {
  auto bytes = readFile(path, 1u << 26);
  if (!bytes)
    return std::unexpected(bytes.error());
  Json reference = Json::parse(bytes->begin(), bytes->end(), nullptr, /*allow_exceptions=*/false);
  if (!reference.is_array())
    return userError(fmt::format("\"{}\" is no JSON array", path), "pass what bench --json printed");
  return reference;
}

static std::string textOf(const Json &row, const char *key) {
  auto it = row.find(key);
  return it != row.end() && it->is_string() ? it->get<std::string>() : "";
}

/// One line for each pair of equal shape and threads; the reference may come from another program.
static void printAgainst(const Json &rows, const Json &reference) {
  int pairs = 0;
  for (const Json &row : rows)
    for (const Json &other : reference) {
      auto same = [&](const char *key) {
        auto it = other.is_object() ? other.find(key) : other.end();
        return other.is_object() && it != other.end() && it->is_number_integer() && *it == row[key];
      };
      if (!same("m") || !same("n") || !same("k") || !same("threads") || !other.contains("time_us") ||
          !other["time_us"].is_number())
        continue;
      double ours = row["time_us"].get<double>(), theirs = other["time_us"].get<double>();
      fmt::print(
          stderr, "{} at M = {}, N = {}, K = {}, {} threads: {:.1f} us, {:.3f} times the speed of {} ({:.1f} us)\n",
          row["kernel"].get<std::string>(), row["m"].get<int64_t>(), row["n"].get<int64_t>(), row["k"].get<int64_t>(),
          row["threads"].get<int>(), ours, theirs / ours, textOf(other, "kernel"), theirs);
      ++pairs;
    }
  if (pairs == 0)
    fmt::print(stderr, "the reference has no row of this shape and number of threads\n");
}

static Outcome<Json> benchAll(const CommandLine &line, const quoin_bundle &bundle,
                              const std::vector<const quoin_kernel *> &kernels, const std::vector<int64_t> &sizes) {
  auto threads = Threads::make(line.threads(), true);
  if (!threads)
    return std::unexpected(threads.error());
  std::vector<int> cpus = allowedCpus();
  if (!cpus.empty())
    pinThread(cpus[0]);
  Json rows = Json::array();
  for (const quoin_kernel *kernel : kernels) {
    if (auto ready = requireImage(*kernel); !ready)
      return std::unexpected(ready.error());
    spec::Shape shape = {sizes[1], sizes[2]};
    auto result = benchKernel(bundle, *kernel, sizes[0], shape, threads->launch);
    if (!result)
      return std::unexpected(result.error());
    if (sizes[0] <= rotatedUpTo && result->areaBytes < rotatedBytes)
      fmt::print(stderr, "quoin-run: note: weights rotate through {} bytes, less than 1 GiB: memory is short\n",
                 result->areaBytes);
    rows.push_back(toJson(*kernel, sizes[0], shape, line.threads(), *result));
  }
  return rows;
}

Outcome<void> runBench(const Arguments &arguments) {
  CommandLine line("bench BUNDLE [@KERNEL] --shape=M,N,K [--json] [--against=REF.json]", 2);
  line.addThreads();
  line.add()("shape", po::value<std::string>()->value_name("M,N,K"), "rows of X, rows of W, columns of both");
  line.add()("json", "print an array of objects instead of a table");
  line.add()("against", po::value<std::string>()->value_name("FILE"), "compare with results of an earlier --json");
  auto parsed = line.parse(arguments);
  if (!parsed || !*parsed)
    return parsed ? Outcome<void>() : std::unexpected(parsed.error());
  auto bundle = line.loadBundle();
  if (!bundle)
    return std::unexpected(bundle.error());
  auto kernels = line.kernels(**bundle, {"matmul"});
  if (!kernels)
    return std::unexpected(kernels.error());
  auto sizes = parseShape(line.text("shape"), 3, "M,N,K");
  if (!sizes)
    return std::unexpected(sizes.error());
  if ((*sizes)[0] < 1)
    return userError("M = 0 leaves nothing to time", "give M of at least 1");
  Json reference;
  if (line.has("against")) {
    auto read = readReference(line.text("against"));
    if (!read)
      return std::unexpected(read.error());
    reference = std::move(*read);
  }
  auto rows = benchAll(line, **bundle, *kernels, *sizes);
  if (!rows)
    return std::unexpected(rows.error());
  if (line.has("json"))
    fmt::print("{}\n", rows->dump(2));
  else
    printTable(*rows);
  if (line.has("against"))
    printAgainst(*rows, reference);
  return {};
}

} // namespace quoin

// Converts every f32 there is to every stored type in every rounding mode, by the evaluator and by compiled code, and
// compares with llvm::APFloat.
#include "test/exhaustive/Compare.h"

#include <boost/program_options.hpp>
#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <iostream>
#include <mutex>
#include <thread>

using namespace quoin;
using namespace quoin::exhaustive;
namespace po = boost::program_options;

namespace {

struct Options {
  std::vector<std::string> types;
  uint32_t stride = 1;
  unsigned threads = std::max(1u, std::thread::hardware_concurrency());
  bool evaluatorOnly = false;
  bool plain = false;
};

/// Runs `work` on every shard; the first message, or nothing.
template <typename Work> std::optional<std::string> onAllShards(unsigned threads, Work work) {
  std::atomic<uint32_t> next = 0;
  std::mutex lock;
  std::optional<std::string> first;
  auto run = [&] {
    for (uint32_t shard; (shard = next++) < shardCount;)
      if (auto different = work(shard)) {
        std::lock_guard guard(lock);
        if (!first)
          first = different;
        next = shardCount;
      }
  };
  std::vector<std::thread> others;
  for (unsigned i = 1; i < threads; ++i)
    others.emplace_back(run);
  run();
  for (std::thread &other : others)
    other.join();
  return first;
}

double seconds(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::optional<std::string> compareAll(const Conversion &conversion, const Options &options) {
  auto start = std::chrono::steady_clock::now();
  Compared compared(conversion);
  auto different =
      onAllShards(options.threads, [&](uint32_t shard) { return compared.evaluator(shard, options.stride); });
  double evaluator = seconds(start);
  if (!different && !options.evaluatorOnly) {
    auto code = Generated::compile(conversion);
    different = code ? onAllShards(options.threads,
                                   [&](uint32_t shard) { return compared.generated(*code, shard, options.stride); })
                     : std::optional(code.error().message);
  }
  if (!different)
    std::cout << fmt::format("{}: {} inputs, {:.1f} s evaluator, {:.1f} s in all\n", conversion.spelling(),
                             shardCount *
                                 uint64_t(((uint64_t(1) << 32) / shardCount + options.stride - 1) / options.stride),
                             evaluator, seconds(start))
              << std::flush;
  return different;
}

int runAll(const Options &options) {
  int failed = 0;
  for (const std::string &name : options.types) {
    auto type = spec::ScalarType::parse(name);
    if (!type || type->width == 64 || (type->isFloat() && type->width == 32)) {
      std::cerr << fmt::format("exhaustive-conversions: error: \"{}\" is no type to convert to; give some of {}\n",
                               name, fmt::join(convertedTypes(), ", "));
      return 1;
    }
    for (const Conversion &conversion : conversionsOf(*type)) {
      if (conversion.saturate && options.plain)
        continue;
      if (auto different = compareAll(conversion, options)) {
        std::cout << "DIFFERENT: " << *different << "\n" << std::flush;
        ++failed;
      }
    }
  }
  return failed ? 1 : 0;
}

} // namespace

int main(int argc, char **argv) {
  Options options;
  options.types = convertedTypes();
  po::options_description visible("Options");
  visible.add_options()("help,h", "print this")("types", po::value(&options.types)->multitoken(),
                                                "types to convert to")("stride", po::value(&options.stride),
                                                                       "try every so many inputs")(
      "threads", po::value(&options.threads), "threads")("evaluator-only", po::bool_switch(&options.evaluatorOnly),
                                                         "leave out compiled code")(
      "plain", po::bool_switch(&options.plain), "leave out conversions that saturate");
  try {
    po::variables_map values;
    po::store(po::parse_command_line(argc, argv, visible), values);
    po::notify(values);
    if (values.count("help")) {
      std::cout << "usage: exhaustive-conversions [--types T...] [--stride N]\n" << visible;
      return 0;
    }
    if (options.stride == 0)
      throw po::error("--stride=0 never ends");
  } catch (const po::error &error) {
    std::cerr << "exhaustive-conversions: error: " << error.what() << "; --help lists the options\n";
    return 1;
  }
  return runAll(options);
}

// What the commands of quoin-run share: options, a loaded bundle, the kernel chosen, threads.
#pragma once

#include "runtime/bundle.h"
#include "runtime/launch.h"
#include "runtime/spec/Format.h"

#include <boost/program_options.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace quoin {

using Arguments = std::vector<std::string>;

Outcome<void> runList(const Arguments &arguments);
Outcome<void> runDoctor(const Arguments &arguments);
Outcome<void> runPack(const Arguments &arguments);
Outcome<void> runRun(const Arguments &arguments);
Outcome<void> runCheck(const Arguments &arguments);
Outcome<void> runBench(const Arguments &arguments);

/// A command's options: those all commands have, and its own, added before parse().
class CommandLine {
public:
  /// `usage` follows "quoin-run"; `maxPositional`: BUNDLE, and perhaps @KERNEL.
  CommandLine(std::string usage, size_t maxPositional);

  boost::program_options::options_description_easy_init add() { return options.add_options(); }
  /// --weights and --shape, as run and pack have them.
  void addWeights();
  void addThreads();
  /// False when only --help or the description of options was wanted, which is printed.
  Outcome<bool> parse(const Arguments &arguments);

  bool has(const char *name) const { return values.count(name) != 0; }
  std::string text(const char *name) const { return has(name) ? values[name].as<std::string>() : ""; }
  std::vector<std::string> texts(const char *name) const;
  const std::vector<std::string> &positional() const { return words; }
  int threads() const { return threadCount; }

  /// An error where -o names an input: the bundle, a file of --weights, or one of `more` options' files.
  Outcome<void> keepInputs(std::initializer_list<const char *> more = {}) const;

  /// The bundle named first, its images chosen by --isa.
  Outcome<std::unique_ptr<quoin_bundle>> loadBundle() const;
  /// Kernels that the command works on: the one named "@NAME", or all whose op is among `ops`.
  Outcome<std::vector<const quoin_kernel *>> kernels(const quoin_bundle &bundle,
                                                     std::initializer_list<const char *> ops) const;
  /// The one kernel to work on; an error that lists them when several fit.
  Outcome<const quoin_kernel *> oneKernel(const quoin_bundle &bundle, std::initializer_list<const char *> ops) const;

private:
  std::string usage;
  size_t maxPositional;
  boost::program_options::options_description options;
  boost::program_options::variables_map values;
  std::vector<std::string> words;
  int threadCount = 1;
};

/// "2,3,4" to numbers; exactly `count` of them, each at least `low`.
Outcome<std::vector<int64_t>> parseShape(const std::string &text, size_t count, const char *names);

/// The kernel's format, read from the manifest.
Outcome<spec::Format> formatOf(const quoin_bundle &bundle, const quoin_kernel &kernel);

/// Turns an evaluator's error into one of the tool's, with where it happened in front.
std::unexpected<Failure> located(const std::string &where, const Error &error);

inline std::unexpected<Failure> userError(std::string message, std::string hint) {
  return failWith(QUOIN_INVALID_ARGUMENT, std::move(message), std::move(hint));
}

/// A pool of --threads threads with its launch.
struct Threads {
  static Outcome<Threads> make(int count, bool pin);
  std::unique_ptr<quoin_pool, void (*)(quoin_pool *)> pool{nullptr, quoin_pool_release};
  quoin_launch launch{};
};

} // namespace quoin

// quoin-run: loads bundles and runs, checks and times their kernels. Links the runtime and the evaluator, not LLVM.
#include "tools/manual/DescribeOptions.h"
#include "tools/run/Command.h"

#include <fmt/format.h>

#include <cstring>

using namespace quoin;

struct CommandEntry {
  const char *name, *summary;
  Outcome<void> (*run)(const Arguments &arguments);
};

static constexpr CommandEntry commands[] = {
    {"list", "kernels and images of a bundle", runList},
    {"doctor", "what this machine can run, and which images of a bundle it takes", runDoctor},
    {"pack", "turn stored weights into a kernel's layout", runPack},
    {"run", "multiply: X.npy to Y.npy", runRun},
    {"check", "compare kernels with the numbers they declare", runCheck},
    {"bench", "time kernels against the limits of this machine", runBench},
};

static constexpr const char *about =
    "Loads bundles of compiled kernels, and runs, checks and times the kernels.";

static void printHelp(std::FILE *out) {
  fmt::print(out, "usage: quoin-run COMMAND ...\n\n{}\n\n", about);
  for (const CommandEntry &command : commands)
    fmt::print(out, "  {:8} {}\n", command.name, command.summary);
  fmt::print(out, "\nquoin-run COMMAND --help lists the command's options; quoin-run --version says the version\n");
}

static int describe() {
  std::vector<std::pair<std::string, std::string>> summaries;
  for (const CommandEntry &command : commands)
    summaries.emplace_back(command.name, command.summary);
  fmt::print("{}", tool::describeProgram("quoin-run", about, summaries));
  for (const CommandEntry &command : commands)
    if (!command.run({tool::describeArgument}))
      return 1;
  return 0;
}

static int reportFailure(const Failure &failure) {
  const Error &error = failure.error;
  fmt::print(stderr, "quoin-run: error: {}{}{}\n", error.message, error.hint.empty() ? "" : "; ", error.hint);
  return 1;
}

static int dispatch(int argc, char **argv) {
  if (argc >= 2 && (!std::strcmp(argv[1], "--help") || !std::strcmp(argv[1], "-h")))
    return printHelp(stdout), 0;
  if (argc >= 2 && !std::strcmp(argv[1], "--version"))
    return fmt::print("quoin-run {}\n", quoin_version()), 0;
  if (argc < 2)
    return printHelp(stderr), 1;
  if (argc == 2 && !std::strcmp(argv[1], tool::describeArgument))
    return describe();
  for (const CommandEntry &command : commands)
    if (!std::strcmp(argv[1], command.name)) {
      Outcome<void> done = command.run(Arguments(argv + 2, argv + argc));
      return done ? 0 : reportFailure(done.error());
    }
  return reportFailure(
      {QUOIN_INVALID_ARGUMENT,
       {fmt::format("there is no command \"{}\"", argv[1]), "use list, doctor, pack, run, check or bench"}});
}

int main(int argc, char **argv) {
  try {
    int status = dispatch(argc, argv);
    // Output that did not reach its file is a failure too.
    if (status == 0 && (std::ferror(stdout) || std::fflush(stdout) != 0))
      return reportFailure({QUOIN_IO_ERROR, {"cannot write the output", "check the free space"}});
    return status;
  } catch (const std::bad_alloc &) {
    return reportFailure({QUOIN_OUT_OF_MEMORY, {"memory is exhausted", "use a smaller shape"}});
  } catch (const std::length_error &) { // more elements than an address space holds
    return reportFailure({QUOIN_OUT_OF_MEMORY, {"memory is exhausted", "use a smaller shape"}});
  } catch (const std::exception &exception) {
    return reportFailure({QUOIN_INVALID_ARGUMENT, {exception.what(), "see quoin-run --help"}});
  }
}

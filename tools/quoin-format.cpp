// Looks at descriptions of formats: list, show, decode, encode, verify, new.
#include "codegen/Version.h"
#include "tools/format/Command.h"
#include "tools/manual/DescribeOptions.h"

#include <cstdio>
#include <new>

using namespace quoin::tool;

static int explain(const quoin::Error &error) {
  std::fprintf(stderr, "quoin-format: error: %s\n", error.message.c_str());
  if (!error.hint.empty())
    std::fprintf(stderr, "  hint: %s\n", error.hint.c_str());
  return 1;
}

static int dispatch(const Arguments &arguments) {
  if (arguments.empty() || arguments[0] == "--help" || arguments[0] == "-h") {
    std::fputs(helpText().c_str(), arguments.empty() ? stderr : stdout);
    return arguments.empty() ? 1 : 0;
  }
  if (arguments == Arguments{"--version"})
    return std::printf("quoin-format %s\n", quoin::version), 0;
  if (arguments == Arguments{describeArgument}) {
    auto text = describeAll();
    return text ? (std::fputs(text->c_str(), stdout), 0) : explain(text.error());
  }
  for (const Command &command : commands()) {
    if (arguments[0] != command.name)
      continue;
    try {
      auto report = command.run({arguments.begin() + 1, arguments.end()});
      if (!report)
        return explain(report.error());
      std::fputs(report->text.c_str(), stdout);
      return report->failed ? 1 : 0;
    } catch (const std::bad_alloc &) {
      return explain({"memory is exhausted", "use a smaller shape"});
    } catch (const std::length_error &) { // more elements than an address space holds
      return explain({"memory is exhausted", "use a smaller shape"});
    }
  }
  return explain({"\"" + arguments[0] + "\" is no command", "quoin-format --help lists them"});
}

int main(int argc, char **argv) {
  int status = dispatch(Arguments(argv + 1, argv + argc));
  if (std::fflush(stdout) != 0 || std::ferror(stdout))
    return explain({"standard output cannot be written", "check the space left where it goes"});
  return status;
}

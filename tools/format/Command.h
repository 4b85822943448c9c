// The commands of quoin-format as functions from arguments to text. Nothing here prints.
#pragma once

#include "runtime/spec/Result.h"

#include <string>
#include <vector>

namespace quoin::tool {

/// What a command has to say on standard output, and whether what it checked failed.
struct Report {
  std::string text;
  bool failed = false;
};

using Arguments = std::vector<std::string>;

struct Command {
  const char *name;
  const char *summary;
  Result<Report> (*run)(const Arguments &arguments);
};

/// All commands, in the order of the help text.
const std::vector<Command> &commands();

/// Help on all commands.
std::string helpText();

/// The options of all commands, for manuals and completions (tools/manual/DescribeOptions.h).
Result<std::string> describeAll();

Result<Report> list(const Arguments &arguments);
Result<Report> show(const Arguments &arguments);
Result<Report> decode(const Arguments &arguments);
Result<Report> encode(const Arguments &arguments);
Result<Report> verify(const Arguments &arguments);
Result<Report> startText(const Arguments &arguments);

} // namespace quoin::tool

#include "tools/format/Command.h"

#include "tools/manual/DescribeOptions.h"

#include <fmt/format.h>

namespace quoin::tool {

const std::vector<Command> &commands() {
  static const std::vector<Command> all = {
      {"list", "names of formats, bits per weight, kind", list},
      {"show", "fields, bit map, diagram and normal form of a format; rules of a policy", show},
      {"decode", "streams to W as .npy, by the evaluator", decode},
      {"encode", "W as .npy to streams, by the format's encode rules", encode},
      {"verify", "coverage of bits, all codes, round trip, compiled decoder", verify},
      {"new", "a text to start a format from", startText},
  };
  return all;
}

static constexpr const char *about = "Descriptions of quantized formats: look at them, use them, check them.";

std::string helpText() {
  std::string text = fmt::format("usage: quoin-format COMMAND ...\n\n{}\n\ncommands:\n", about);
  for (const Command &command : commands())
    text += fmt::format("  {:<8} {}\n", command.name, command.summary);
  return text + "\nquoin-format COMMAND --help lists the options of a command; --version says the version.\n";
}

Result<std::string> describeAll() {
  std::vector<std::pair<std::string, std::string>> summaries;
  for (const Command &command : commands())
    summaries.emplace_back(command.name, command.summary);
  std::string text = describeProgram("quoin-format", about, summaries);
  for (const Command &command : commands()) {
    Result<Report> described = command.run({describeArgument});
    if (!described)
      return std::unexpected(described.error());
    text += described->text;
  }
  return text;
}

} // namespace quoin::tool

#include "tools/format/Command.h"

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

std::string helpText() {
  std::string text =
      "usage: quoin-format COMMAND ...\n\nDescriptions of quantized formats: look at them, use them, check "
      "them.\n\ncommands:\n";
  for (const Command &command : commands())
    text += fmt::format("  {:<8} {}\n", command.name, command.summary);
  return text + "\nquoin-format COMMAND --help lists the options of a command.\n";
}

} // namespace quoin::tool

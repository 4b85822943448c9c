#include "tools/format/Checks.h"
#include "tools/format/Options.h"

#include <fmt/format.h>

namespace quoin::tool {

static void add(Report &report, const char *title, const Finding &finding) {
  static constexpr const char *states[] = {"ok", "FAILED", "skipped"};
  report.text += fmt::format("{}: {}\n{}", title, states[int(finding.state)], finding.text);
  report.failed |= finding.state == Finding::State::Failed;
}

Result<Report> verify(const Arguments &arguments) {
  Options options(
      "verify", "@NAME [FILE.mlir]",
      "Checks a format: coverage of bits, all codes, round trip through the encode rules, and the compiled decoder\n"
      "against the evaluator.");
  if (auto ok = options.parse(arguments, 2); !ok)
    return std::unexpected(ok.error());
  if (options.wantsHelp())
    return options.help();
  auto library = options.library();
  if (!library)
    return std::unexpected(library.error());
  auto found = options.format(*library);
  if (!found)
    return std::unexpected(found.error());
  Report report{fmt::format("@{} from {}\n", found->format.name, found->origin)};
  add(report, "coverage", checkCoverage(found->format));
  add(report, "codes", checkCodes(found->format));
  add(report, "round trip", checkRoundTrip(found->format));
  add(report, "compiled decoder", checkCompiledDecode(*library, *found));
  return report;
}

} // namespace quoin::tool

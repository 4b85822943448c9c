// What the compiler would do with a format on each target.
#include "tools/format/Targets.h"

#include "lowering/Schedule.h"

#include <fmt/format.h>

namespace quoin::tool {

static std::string targetText(mlir::MLIRContext &context, const spec::Format &format,
                              const Result<PackedForm> &packed, const Target &target) {
  constexpr int64_t group = 32;
  Result<Schedule> schedule = chooseSchedule(&context, format, packed, group, target);
  if (!schedule)
    return fmt::format("  {:<15} {}\n", target.name, schedule.error().message);
  const Prediction &many = schedule->predictions.back();
  return fmt::format(
      "  {:<15} int8:{}: {}, {:.1f} vector instructions per 32 columns of {} rows; predicted share {:.2f} at M = {}\n"
      "  {:<15} {}\n",
      target.name, group, schedule->strategy, many.instructionsPer32, target.lanes(), many.share, many.m, "",
      schedule->reasons);
}

std::string targetsText(Library &library, const spec::Format &format, const NormalForm &form) {
  mlir::MLIRContext &context = library.context();
  context.getOrLoadDialect<tile::QTileDialect>();
  spec::Format completed = format;
  Result<PackedForm> packed = packedForm(completed, form);
  std::string text = "per target:\n";
  for (const std::string &name : targetNames()) {
    Result<Target> target = findTarget(name);
    if (target && name != "host" && target->dot != DotInstruction::Generic)
      text += targetText(context, completed, packed, *target);
  }
  return text;
}

} // namespace quoin::tool

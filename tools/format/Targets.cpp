// What the compiler would do with a format on each target.
#include "tools/format/Targets.h"

#include "lowering/Schedule.h"

#include <fmt/format.h>

namespace quoin::tool {

static std::string targetText(mlir::MLIRContext &context, const KernelPlan &plan, const Target &target) {
  Schedule schedule = chooseSchedule(&context, plan, target);
  std::string head = fmt::format("  {:<15} int8:{}: {}", target.name, plan.activationGroup, schedule.strategy);
  if (const Prediction &many = schedule.predictions.back(); plan.isExact)
    head += fmt::format(", {:.1f} vector instructions per 32 columns of {} rows; predicted share {:.2f} at M = {}",
                        many.instructionsPer32, target.lanes(), many.share, many.m);
  return fmt::format("{}\n  {:<15} {}\n", head, "", schedule.reasons);
}

std::string targetsText(Library &library, const spec::Format &format, const NormalForm &form) {
  mlir::MLIRContext &context = library.context();
  context.getOrLoadDialect<tile::QTileDialect>();
  KernelPlan plan;
  plan.format = format;
  plan.normal = form;
  planForm(ActivationsAttr::get(&context, Precision::Int8, 32), plan);
  std::string text = "per target:\n";
  for (const std::string &name : targetNames()) {
    Result<Target> target = findTarget(name);
    if (target && name != "host" && target->dot != DotInstruction::Generic)
      text += targetText(context, plan, *target);
  }
  return text;
}

} // namespace quoin::tool

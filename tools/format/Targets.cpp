// What the compiler would do with a format on each target.
#include "tools/format/Targets.h"

#include "lowering/Schedule.h"

#include <fmt/format.h>

namespace quoin::tool {

static std::string targetText(mlir::MLIRContext &context, const KernelPlan &plan, const Target &target) {
  Schedule schedule = chooseSchedule(&context, plan, target);
  std::string text = describe(schedule);
  if (plan.isExact)
    text += fmt::format("\n  predicted share {:.2f} of the dot-product limit with many rows of X", schedule.share);
  return text;
}

/// Each text once, with the targets it is true for.
static std::string grouped(const std::vector<std::pair<std::string, std::string>> &textByTarget,
                           const std::string &about) {
  std::string all;
  for (size_t i = 0, next; i < textByTarget.size(); i = next) {
    std::string names;
    for (next = i; next < textByTarget.size() && textByTarget[next].second == textByTarget[i].second; ++next)
      names += (next > i ? ", " : "") + textByTarget[next].first;
    all += names + ", " + about + ": " + textByTarget[i].second + "\n";
  }
  return all;
}

std::string targetsText(Library &library, const spec::Format &format, const NormalForm &form) {
  mlir::MLIRContext &context = library.context();
  context.getOrLoadDialect<tile::QTileDialect>();
  KernelPlan plan;
  plan.format = format;
  plan.normal = form;
  planForm(ActivationsAttr::get(&context, Precision::Int8, 32), plan);
  std::vector<std::pair<std::string, std::string>> texts;
  for (const std::string &name : targetNames()) {
    Result<Target> target = findTarget(name);
    if (target && name != "host" && target->dot != DotInstruction::Generic)
      texts.emplace_back(name, targetText(context, plan, *target));
  }
  return grouped(texts, fmt::format("int8:{}", plan.activationGroup));
}

} // namespace quoin::tool

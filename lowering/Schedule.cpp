// The cost model: from a packed form and a target to a layout and a schedule, with reasons.
#include "lowering/Schedule.h"

#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>

using namespace quoin::tile;

namespace quoin {

/// Rows of a packed panel: the lanes of the widest vectors there are, so that one layout serves every instruction set.
static constexpr int64_t panelRows = 16;
/// Blocks longer than this would not stay in the first level of cache.
static constexpr int64_t maxBlock = 2048;

LayoutAttr packedLayout(mlir::MLIRContext *context, const PackedForm &form) {
  llvm::SmallVector<ScalarAttr> scalars;
  mlir::Builder b(context);
  for (const PackedScalar &scalar : form.scalars)
    scalars.push_back(
        ScalarAttr::get(context, scalar.role, scalar.storage, scalar.columns, b.getF32FloatAttr(float(scalar.factor))));
  return LayoutAttr::get(context, panelRows, form.group, blockColumns(form), runColumns(form), planesOf(form), form.lo, form.storedCodes(),
                         form.levels, scalars);
}

/// Tiles found by measurement (docs/design.md, "Schedules").
static llvm::SmallVector<RegimeAttr> regimesFor(mlir::MLIRContext *context, const Target &target, const DotPlan &plan,
                                                LayoutAttr layout) {
  auto regime = [&](int64_t minM, Source decode, Operands operands, int64_t rows, int64_t cols, int64_t kBlock,
                    int64_t mBlock, Fetch fetch, int64_t distance) {
    return RegimeAttr::get(context, minM, decode, operands, rows, cols, kBlock, mBlock, fetch, distance);
  };
  if (target.vectorBytes == 32) {
    // Signs of byte products are made on the multiply pipes; from two rows of X on, words are cheaper.
    Operands many = plan.isSigned && target.dot == DotInstruction::Pairs ? Operands::Words : Operands::Bytes;
    return {regime(1, Source::Registers, Operands::Bytes, 16, 1, 0, 0, Fetch::Stream, 6144),
            regime(2, Source::Registers, many, 16, 6, 0, 64, Fetch::Lines, 4096)};
  }
  int64_t kBlock = llvm::divideCeil(256, layout.getBlock()) * layout.getBlock();
  return {regime(1, Source::Registers, Operands::Bytes, 16, 1, 0, 0, Fetch::None, 0),
          regime(2, Source::Registers, Operands::Bytes, 16, 8, 0, 0, Fetch::Lines, 4096),
          regime(24, Source::Panel, Operands::Bytes, 64, 3, kBlock, 256, Fetch::Lines, 4096)};
}

/// Float instructions per lane group, group of weights and row of X: convert and fma, with a product where the activations
/// have as short a scale or a shorter one, and the bias' fma.
static double scalingPer32(LayoutAttr layout, int64_t activationGroup) {
  int64_t group = layout.getGroup() ? layout.getGroup() : 4096, x = activationGroup ? activationGroup : 4096;
  double inner = (2 + (group == x)) * 32.0 / double(std::min(group, x));
  double outer = group == x ? 0 : 32.0 / double(std::max(group, x));
  return inner + outer + (layout.hasBias() ? 32.0 / double(group) : 0);
}

static std::string describeCodes(const PackedForm &form, LayoutAttr layout) {
  if (!form.levels.empty())
    return fmt::format("codes take {} integers from {} to {}, looked up by {} bits", form.levels.size(), form.lo, form.hi,
                       layout.codeBits());
  return fmt::format("codes are integers of {} bits in [{}, {}]", layout.codeBits(), form.lo, form.hi);
}

Result<Schedule> chooseSchedule(mlir::MLIRContext *context, const spec::Format &format, const Result<PackedForm> &packed,
                                int64_t activationGroup, const Target &target) {
  auto refuse = [&](const std::string &why) {
    return fail(fmt::format("no packed int8 kernel is made for weights \"{}\": {}", format.name, why),
                "\"quoin-format show\" says what kernels there are; --activations=none makes the decode kernel alone");
  };
  if (!packed)
    return refuse(packed.error().message);
  if (blockColumns(*packed) > maxBlock)
    return refuse(fmt::format("its groups and blocks meet again after {} columns only", blockColumns(*packed)));
  Schedule schedule;
  schedule.strategy = packed->levels.empty() ? "integer dot product" : "table lookup, integer dot product";
  LayoutAttr layout = schedule.layout = packedLayout(context, *packed);
  DotPlan plan = planDot(target, layout.highest() - layout.lowest(), Operands::Bytes);
  schedule.regimes = regimesFor(context, target, plan, layout);
  double scaling = scalingPer32(layout, activationGroup);
  for (int64_t m : {1, 16, 512})
    schedule.predictions.push_back({m, plan.stepsPer32 + scaling, m < 16 ? 0 : plan.stepsPer32 / (plan.stepsPer32 + scaling)});
  std::string group = layout.getGroup() ? fmt::format("a group of {} columns", layout.getGroup()) : "a row";
  schedule.reasons =
      fmt::format("{} times one coefficient {}, so products are exact in int32 and the coefficient is one fma a group; {} "
                  "accumulates {} steps in {}-bit lanes",
                  describeCodes(*packed, layout), group, target.name,
                  plan.stepsPerWiden ? plan.stepsPerWiden : layout.getBlock() / 4, plan.accumulatorBits);
  if (!packed->rounding.empty())
    schedule.reasons += "; " + packed->rounding;
  return schedule;
}

} // namespace quoin

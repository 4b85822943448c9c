// The cost model: from a packed form and a target to a layout and a schedule, with reasons.
#include "lowering/Schedule.h"

#include "runtime/spec/Evaluate.h"

#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>

using namespace quoin::tile;

namespace quoin {

/// Rows of a packed panel: the lanes of the widest vectors there are, so that one layout serves every instruction set.
static constexpr int64_t panelRows = 16;

tile::LayoutAttr packedLayout(mlir::MLIRContext *context, const PackedForm &form) {
  llvm::SmallVector<ScalarAttr> scalars;
  mlir::Builder b(context);
  for (const PackedScalar &scalar : form.scalars)
    scalars.push_back(
        ScalarAttr::get(context, scalar.role, scalar.storage, scalar.columns, b.getF32FloatAttr(float(scalar.factor))));
  llvm::SmallVector<int64_t> planes;
  if (int64_t bits = codeBits(form))
    planes.push_back(bits);
  return tile::LayoutAttr::get(context, panelRows, form.group, blockColumns(form), runColumns(form), planes, form.lo, form.storedCodes(),
                         form.levels, scalars, form.table.empty() ? mlir::DenseF32ArrayAttr() : b.getDenseF32ArrayAttr(form.table));
}

/// About `wanted` columns in whole blocks and activation groups.
static int64_t columnsAbout(int64_t wanted, const KernelPlan &plan) {
  int64_t unit = std::max(blockColumns(plan.form), plan.isExact ? plan.activationGroup : 0);
  return llvm::divideCeil(wanted, unit) * unit;
}

/// Vector instructions that make a dot-product operand of packed codes: a mask a piece, a shift where it moves, one more to
/// join each piece but the first, or to look up.
static double decodeSteps(const PackedForm &form) {
  int64_t bits = codeBits(form), steps = 0;
  PlaneSet set(bits);
  for (int64_t slot = 0; bits < 8 && slot < set.slots; ++slot)
    for (const CodePiece &piece : set.pieces(slot))
      steps += 1 + (piece.from != piece.to) + (piece.to != 0);
  return double(steps) / double(set.slots) + !form.levels.empty();
}

/// True for bf16 values that the target multiplies two columns at a time.
static bool multipliesPairs(const Target &target, const KernelPlan &plan) {
  return !plan.isExact && plan.precision == Storage::BF16 && target.bf16 != Bf16Products::Floats;
}

/// Tiles found by measurement (docs/design.md, "Schedules").
static llvm::SmallVector<RegimeAttr> regimesFor(mlir::MLIRContext *context, const Target &target, const DotPlan &dot,
                                                const KernelPlan &plan) {
  auto regime = [&](int64_t minM, Source decode, Operands operands, int64_t rows, int64_t cols, int64_t kBlock,
                    int64_t mBlock, Fetch fetch, int64_t distance) {
    return RegimeAttr::get(context, minM, decode, operands, rows, cols, kBlock, mBlock, fetch, distance);
  };
  int64_t kBlock = columnsAbout(256, plan);
  bool isWide = target.vectorBytes == 64;
  if (!plan.isExact) {
    Operands products = multipliesPairs(target, plan) ? Operands::Pairs : Operands::Bytes;
    return {regime(1, Source::Panel, products, isWide ? 32 : 16, isWide ? 12 : 6, kBlock, plan.isStored ? 0 : 96,
                   Fetch::None, 0)};
  }
  // Signs of byte products are made on the multiply pipes; from two rows of X on, words are cheaper.
  Operands many = dot.isSigned && target.dot == DotInstruction::Pairs ? Operands::Words : Operands::Bytes;
  if (plan.isStored)
    return {regime(1, Source::Registers, Operands::Bytes, 16, 1, kBlock, 0, Fetch::None, 0),
            regime(2, Source::Registers, many, 16, isWide ? 8 : 6, kBlock, 0, Fetch::None, 0)};
  if (!isWide) {
    // Codes of several pieces take registers to join, which a narrower tile leaves free.
    bool isSlow = decodeSteps(plan.form) > 2, areWords = many == Operands::Words;
    return {regime(1, Source::Registers, Operands::Bytes, 16, 1, 0, 0, Fetch::Stream, 6144),
            regime(2, Source::Registers, many, 16, isSlow && !areWords ? 4 : 6, 0, 64, Fetch::Lines, 4096),
            regime(isSlow ? 24 : 48, Source::Panel, many, 16, areWords ? 6 : 4, columnsAbout(1024, plan), 128,
                   Fetch::Lines, 4096)};
  }
  return {regime(1, Source::Registers, Operands::Bytes, 16, 1, 0, 0, Fetch::None, 0),
          regime(2, Source::Registers, Operands::Bytes, 16, 8, 0, 0, Fetch::Lines, 4096),
          regime(24, Source::Panel, Operands::Bytes, 64, 3, kBlock, 256, Fetch::Lines, 4096)};
}

ScratchSizes scratchSizes(const KernelPlan &plan, RegimeAttr regime) {
  ScratchSizes sizes;
  int64_t columns = regime.getKBlock(), rows = regime.getRows();
  auto aligned = [](int64_t bytes) { return llvm::divideCeil(bytes, 64) * 64; };
  if (plan.isStored)
    sizes.packed = aligned(rows / plan.layout.getRows() * plan.layout.panelStride(columns));
  if (regime.getDecode() == Source::Panel && plan.isExact)
    sizes.decoded = aligned(decodedLayout(plan.layout, regime, rows).panelStride(columns));
  else if (regime.getDecode() == Source::Panel)
    sizes.decoded = rows * columns * (regime.getOperands() == Operands::Pairs ? 2 : 4);
  return sizes;
}

/// Float instructions per lane group, group of weights and row of X: convert and fma, with a product where the activations
/// have as short a scale or a shorter one, and the bias' fma.
static double scalingPer32(tile::LayoutAttr layout, int64_t activationGroup) {
  int64_t group = layout.getGroup() ? layout.getGroup() : 4096, x = activationGroup ? activationGroup : 4096;
  double inner = (2 + (group == x)) * 32.0 / double(std::min(group, x));
  double outer = group == x ? 0 : 32.0 / double(std::max(group, x));
  return inner + outer + (layout.hasBias() ? 32.0 / double(group) : 0);
}

static std::string describeCodes(const PackedForm &form, tile::LayoutAttr layout) {
  if (!form.levels.empty())
    return fmt::format("codes take {} integers from {} to {}, looked up by {} bits", form.levels.size(), form.lo, form.hi,
                       layout.codeBits());
  return fmt::format("codes are integers of {} bits in [{}, {}]", layout.codeBits(), form.lo, form.hi);
}

/// Bits of a weight as stored, at a shape large enough for edges not to count; 0 where the format has no such shape.
static double storedBits(const spec::Format &format) {
  Result<double> bits = spec::bitsPerWeight(format, {4096, 4096});
  return bits ? *bits : 0;
}

std::string describeGrowth(const KernelPlan &plan) {
  tile::LayoutAttr layout = plan.layout;
  if (!layout || plan.isStored)
    return {};
  double packed = 8.0 * double(layout.blockBytes()) / double(layout.getRows() * layout.getBlock());
  double stored = storedBits(plan.format);
  if (stored == 0 || packed <= 1.03 * stored)
    return {};
  return fmt::format("packed weights take {:.3f} bits where the format stores {:.3f}", packed, stored);
}

Schedule chooseSchedule(mlir::MLIRContext *context, const KernelPlan &plan, const Target &target) {
  Schedule schedule;
  const PackedForm &form = plan.form;
  tile::LayoutAttr layout = schedule.layout = packedLayout(context, form);
  DotPlan dot = planDot(target, layout.highest() - layout.lowest(), Operands::Bytes);
  schedule.regimes = regimesFor(context, target, dot, plan);
  KernelPlan packed = plan;
  packed.layout = layout;
  std::string growth = describeGrowth(packed);
  if (!growth.empty())
    growth = "; " + growth;
  if (!plan.isExact) {
    bool arePairs = multipliesPairs(target, plan);
    const char *products = arePairs ? "bf16" : "f32";
    schedule.strategy = form.code < 0 ? fmt::format("general: decoded values, {} products", products)
                                      : fmt::format("codes decoded to {0}, {0} products", products);
    schedule.reasons = plan.whyValues + growth;
    for (int64_t m : {1, 16, 512})
      schedule.predictions.push_back({m, arePairs ? 16.0 : 32.0, 0});
    return schedule;
  }
  schedule.strategy = form.levels.empty() ? "integer dot product" : "table lookup, integer dot product";
  double scaling = scalingPer32(layout, plan.activationGroup);
  for (int64_t m : {1, 16, 512})
    schedule.predictions.push_back({m, dot.stepsPer32 + scaling, m < 16 ? 0 : dot.stepsPer32 / (dot.stepsPer32 + scaling)});
  std::string group = layout.getGroup() ? fmt::format("a group of {} columns", layout.getGroup()) : "a row";
  schedule.reasons =
      fmt::format("{} times one coefficient {}, so products are exact in int32 and the coefficient is one fma a group; {} "
                  "accumulates {} steps in {}-bit lanes{}",
                  describeCodes(form, layout), group, target.name,
                  dot.stepsPerWiden ? dot.stepsPerWiden : layout.getBlock() / 4, dot.accumulatorBits, growth);
  schedule.reasons += fmt::format("; f32 products would take 32 multiply-adds for 32 columns, integers take {:.1f}",
                                  dot.stepsPer32 + scaling);
  if (!form.rounding.empty())
    schedule.reasons += "; " + form.rounding;
  if (plan.activationGroup != plan.askedActivationGroup)
    schedule.reasons += fmt::format("; activation scales cover {} columns, the most up to {} that nest with the weights' "
                                    "groups", plan.activationGroup, plan.askedActivationGroup);
  return schedule;
}

} // namespace quoin

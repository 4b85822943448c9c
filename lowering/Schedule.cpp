// The cost model: from a packed form and a target to a layout and a schedule, with reasons.
#include "lowering/Schedule.h"

#include "runtime/spec/Evaluate.h"

#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>

using namespace quoin::tile;

namespace quoin {

tile::LayoutAttr packedLayout(mlir::MLIRContext *context, const PackedForm &form) {
  llvm::SmallVector<ScalarAttr> scalars;
  mlir::Builder b(context);
  for (const PackedScalar &scalar : form.scalars)
    scalars.push_back(
        ScalarAttr::get(context, scalar.role, scalar.storage, scalar.columns, b.getF32FloatAttr(float(scalar.factor))));
  llvm::SmallVector<int64_t> planes;
  if (int64_t bits = codeBits(form))
    planes.push_back(bits);
  return tile::LayoutAttr::get(context, panelRows, form.group, blockColumns(form), runColumns(form), planes, form.lo,
                               form.storedCodes(), form.levels, scalars,
                               form.table.empty() ? mlir::DenseF32ArrayAttr() : b.getDenseF32ArrayAttr(form.table));
}

/// About `wanted` columns in whole blocks and activation groups.
static int64_t columnsAbout(int64_t wanted, const KernelPlan &plan) {
  int64_t unit = std::max(blockColumns(plan.form), plan.isExact ? plan.activationGroup : 0);
  return llvm::divideCeil(wanted, unit) * unit;
}

/// A mask a piece, a shift where it moves, one more to join each piece but the first, or to look up.
double decodeSteps(const PackedForm &form) {
  int64_t bits = codeBits(form), steps = 0;
  PlaneSet set(bits);
  for (int64_t slot = 0; bits < 8 && slot < set.slots; ++slot)
    for (const CodePiece &piece : set.pieces(slot))
      steps += 1 + (piece.from != piece.to) + (piece.to != 0);
  return double(steps) / double(set.slots) + !form.levels.empty();
}

bool multipliesPairs(const Target &target, const KernelPlan &plan) {
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
  bool isWide = target.vectorBytes == 64, isNarrow = target.vectorBytes == 16;
  if (!plan.isExact) {
    Operands products = multipliesPairs(target, plan) ? Operands::Pairs : Operands::Bytes;
    // A decoded panel fills half of the first level of cache, or all of it where that is 32 KiB.
    int64_t columns = isWide ? kBlock : columnsAbout(512, plan);
    return {regime(1, Source::Registers, products, 16, 4, plan.isStored ? kBlock : 0, 0, Fetch::None, 0),
            regime(5, Source::Panel, products, isWide ? 32 : 16, isWide ? 12 : 6, columns, plan.isStored ? 0 : 192,
                   Fetch::None, 0)};
  }
  // Signs of byte products are made on the multiply pipes; from two rows of X on, words are cheaper.
  Operands many = dot.isSigned && target.dot == DotInstruction::Pairs ? Operands::Words
                  : target.hasMatrices                                ? Operands::Matrices
                                                                      : Operands::Bytes;
  if (plan.isStored)
    return {regime(1, Source::Registers, Operands::Bytes, 16, 1, kBlock, 0, Fetch::None, 0),
            regime(2, Source::Registers, many, 16, isWide ? 8 : isNarrow ? 4 : 6, kBlock, 0, Fetch::None, 0)};
  // 32 registers of 16 bytes: sums of 16 x 4, 4 of codes, and what decoding takes; of 16 x 6 where nothing is decoded.
  if (isNarrow)
    return {regime(1, Source::Registers, Operands::Bytes, 16, 1, 0, 0, Fetch::Lines, 2048),
            regime(2, Source::Registers, many, 16, 4, 0, 64, Fetch::Lines, 2048),
            regime(24, Source::Panel, many, 16, 6, columnsAbout(1024, plan), 128, Fetch::Lines, 2048)};
  if (!isWide) {
    // Codes of several pieces take registers to join, which a narrower tile leaves free.
    bool isSlow = decodeSteps(plan.form) > 2, areWords = many == Operands::Words;
    return {regime(1, Source::Registers, Operands::Bytes, 16, 1, 0, 0, Fetch::Stream, 6144),
            regime(2, Source::Registers, many, 16, isSlow && !areWords ? 4 : 6, 0, 64, Fetch::Lines, 4096),
            regime(isSlow ? 24 : 48, Source::Panel, many, 16, areWords ? 6 : 4, columnsAbout(1024, plan), 128,
                   Fetch::Lines, 4096)};
  }
  // Tiles want 16 rows of X; four products of tiles share the rows of X that are loaded.
  RegimeAttr most = target.hasTiles
                        ? regime(24, Source::Panel, Operands::Tiles, 64, 16, kBlock, 256, Fetch::Lines, 4096)
                        : regime(24, Source::Panel, Operands::Bytes, 64, 3, kBlock, 256, Fetch::Lines, 4096);
  return {regime(1, Source::Registers, Operands::Bytes, 16, 1, 0, 0, Fetch::None, 0),
          regime(2, Source::Registers, Operands::Bytes, 16, 8, 0, 0, Fetch::Lines, 4096), most};
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

std::string describe(const Schedule &schedule) { return describe(schedule.strategies) + schedule.notes; }

/// What else there is to say, a line each.
static std::string notesOn(const KernelPlan &plan, const Target &target, llvm::ArrayRef<RegimeAttr> regimes) {
  std::string notes;
  if (plan.isExact)
    notes = describeRegimes(plan, target, plan.regimes.empty() ? regimes : plan.regimes);
  if (std::string growth = describeGrowth(plan); !growth.empty())
    notes += "\n  " + growth;
  if (!plan.isExact)
    return notes;
  if (!plan.form.rounding.empty())
    notes += "\n  " + plan.form.rounding;
  if (plan.activationGroup != plan.askedActivationGroup)
    notes += fmt::format("\n  activation scales cover {} columns, the most up to {} that nest with the weights' groups",
                         plan.activationGroup, plan.askedActivationGroup);
  return notes;
}

Schedule chooseSchedule(mlir::MLIRContext *context, const KernelPlan &plan, const Target &target) {
  Schedule schedule;
  KernelPlan packed = plan;
  packed.layout = schedule.layout = packedLayout(context, plan.form);
  DotPlan dot = planDot(target, packed.layout.highest() - packed.layout.lowest(), Operands::Bytes);
  schedule.regimes = regimesFor(context, target, dot, packed);
  schedule.strategies = strategiesOf(context, packed, target);
  schedule.notes = notesOn(packed, target, schedule.regimes);
  if (plan.isExact) {
    double scaling = schedule.strategies.front().cost->row - dot.stepsPer32;
    double products = planDot(target, plan.form.hi - plan.form.lo, schedule.regimes.back().getOperands()).stepsPer32;
    schedule.share = products / (products + scaling);
  }
  return schedule;
}

} // namespace quoin

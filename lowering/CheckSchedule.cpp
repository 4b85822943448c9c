// What a layout and a schedule must satisfy to make a right kernel, wherever they come from.
#include "lowering/KernelPlan.h"
#include "lowering/Schedule.h"
#include "lowering/Target.h"
#include "lowering/tile/ActivationLayout.h"

using namespace mlir;
using namespace quoin::tile;

namespace quoin {

/// Limits that keep generated code and its scratch memory small.
static constexpr int64_t maxRows = 128, maxCols = 16, maxBlock = 1 << 16, maxDistance = 1 << 20;

static LogicalResult checkLayout(KernelOp kernel, const KernelPlan &plan) {
  tile::LayoutAttr layout = plan.layout, needed = packedLayout(kernel.getContext(), plan.form);
  if (layout.getRows() > maxRows)
    return kernel.emitError() << "panels have at most " << maxRows << " rows, found " << layout.getRows();
  if (layout.getGroup() != needed.getGroup() || layout.getLo() != needed.getLo() ||
      layout.getCount() != needed.getCount() || layout.getLevels() != needed.getLevels() ||
      layout.getScalars() != needed.getScalars() || layout.getTable() != needed.getTable() ||
      layout.getPlanes().empty() != needed.getPlanes().empty())
    return kernel.emitError() << "the layout does not hold these weights: but for rows, block, run and planes it has to be "
                              << needed;
  if (layout.getBlock() % needed.getBlock() || layout.getBlock() > maxBlock)
    return kernel.emitError() << "blocks are multiples of " << needed.getBlock() << " columns up to " << maxBlock
                              << ", found " << layout.getBlock();
  return success();
}

static LogicalResult checkRegime(KernelOp kernel, const KernelPlan &plan, RegimeAttr regime) {
  int64_t panel = plan.layout.getRows(), block = plan.layout.getBlock();
  if (regime.getRows() < panel || regime.getRows() % panel || regime.getRows() > maxRows)
    return kernel.emitError() << "tiles of " << regime.getRows() << " rows are no multiple of the panel's " << panel
                              << " up to " << maxRows;
  if (regime.getCols() < 1 || regime.getCols() > maxCols)
    return kernel.emitError() << "tiles have 1 to " << maxCols << " rows of X, found " << regime.getCols();
  bool isTiled = regime.getOperands() == Operands::Tiles;
  if (isTiled && (regime.getDecode() != Source::Panel || panel != 16 || regime.getRows() > 64))
    return kernel.emitError() << "operands = tiles are decoded in panels of 16 to 64 rows";
  if (regime.getMBlock() < 0 || regime.getMBlock() > maxBlock || regime.getDistance() < 0 ||
      regime.getDistance() > maxDistance)
    return kernel.emitError() << "m_block is from 0 to " << maxBlock << " and distance from 0 to " << maxDistance
                              << ", found " << regime.getMBlock() << " and " << regime.getDistance();
  // Scales of activations that are longer than a block must not be cut by blocks of K.
  int64_t unit = longerGroup(block, plan.isExact ? plan.activationGroup : block);
  if (unit == 0)
    unit = block;
  bool badBlock = regime.getKBlock() < unit || regime.getKBlock() % unit || regime.getKBlock() > maxBlock;
  if ((regime.getDecode() == Source::Panel || plan.isStored || regime.getKBlock()) && badBlock)
    return kernel.emitError() << "k_block " << regime.getKBlock() << " is no positive multiple of " << unit << " up to "
                              << maxBlock;
  return success();
}

/// Plain vector code can do what any instruction does; other targets only what they have an instruction for.
static LogicalResult checkOperands(KernelOp kernel, Operands operands, const Target &target) {
  bool isGeneric = target.dot == DotInstruction::Generic;
  if ((operands == Operands::Matrices && !target.hasMatrices && !isGeneric) ||
      (operands == Operands::Tiles && !target.hasTiles && !isGeneric))
    return kernel.emitError() << "target " << target.name << " has no instruction for operands = "
                              << stringifyOperands(operands) << "; operands = bytes runs everywhere";
  if (operands == Operands::Tiles && target.lanes() != 16)
    return kernel.emitError() << "operands = tiles are for vectors of 16 lanes, " << target.name << " has "
                              << target.lanes();
  return success();
}

/// A vector holds rows of one panel.
LogicalResult checkTarget(KernelOp kernel, const KernelPlan &plan, const Target &target) {
  for (RegimeAttr regime : plan.regimes)
    if (failed(checkOperands(kernel, regime.getOperands(), target)))
      return failure();
  if (!plan.layout || plan.layout.getRows() % target.lanes() == 0)
    return success();
  return kernel.emitError() << "panels of " << plan.layout.getRows() << " rows do not fill vectors of " << target.name
                            << ", expected a multiple of " << target.lanes() << " rows; panels of " << panelRows
                            << " rows serve every target";
}

LogicalResult checkSchedule(KernelOp kernel, const KernelPlan &plan) {
  if (!plan.layout)
    return success();
  if (failed(checkLayout(kernel, plan)))
    return failure();
  int64_t previous = 0;
  bool arePairs = usesPairs(plan.regimes);
  if (arePairs && (plan.isExact || plan.precision != Storage::BF16))
    return kernel.emitError() << "pairs are products of bf16 activations, which this kernel has not";
  for (RegimeAttr regime : plan.regimes) {
    if (previous == 0 && regime.getMinM() != 1)
      return kernel.emitError() << "the first regime serves min_m = 1, found " << regime.getMinM();
    if (regime.getMinM() <= previous)
      return kernel.emitError() << "regimes ascend in min_m, found " << regime.getMinM() << " after " << previous;
    if ((regime.getOperands() == Operands::Pairs) != arePairs)
      return kernel.emitError() << "X is read as pairs by every regime or by none";
    if (failed(checkRegime(kernel, plan, regime)))
      return failure();
    previous = regime.getMinM();
  }
  return success();
}

} // namespace quoin

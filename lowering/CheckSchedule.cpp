// What a layout and a schedule must satisfy to make a right kernel, wherever they come from.
#include "lowering/KernelPlan.h"

using namespace mlir;
using namespace quoin::tile;

namespace quoin {

/// Limits that keep generated code and its scratch memory small.
static constexpr int64_t maxRows = 128, maxCols = 16, maxBlock = 1 << 16, maxDistance = 1 << 20;

static LogicalResult checkLayout(KernelOp kernel, const KernelPlan &plan) {
  if (plan.normal.terms.size() != 1)
    return kernel.emitError() << "packed weights hold one code an element; these are a sum of "
                              << plan.normal.terms.size() << " terms";
  const NormalTerm &term = plan.term();
  if (term.coefficient < 0 || term.zeroNode >= 0 || plan.normal.bias >= 0 ||
      plan.format.nodes[term.code].type != spec::ValueType::I32)
    return kernel.emitError() << "packed weights are integer codes, a constant zero point and one coefficient a group";
  tile::LayoutAttr layout = plan.layout;
  if (layout.getGroup() != plan.normal.group)
    return kernel.emitError() << "the layout's groups have " << layout.getGroup() << " columns and the weights' "
                              << plan.normal.group;
  if (layout.getGroup() != plan.activationGroup)
    return kernel.emitError() << "the layout's groups have " << layout.getGroup() << " columns and the activations' "
                              << plan.activationGroup;
  if (layout.getRows() > maxRows)
    return kernel.emitError() << "panels have at most " << maxRows << " rows, found " << layout.getRows();
  bool isSigned = term.lo < 0;
  int64_t bits = layout.codeBits();
  int64_t lo = isSigned ? -(int64_t(1) << (bits - 1)) : 0, hi = (int64_t(1) << (isSigned ? bits - 1 : bits)) - 1;
  if (layout.getIsSigned() != isSigned || double(lo) > term.lo || double(hi) < term.hi)
    return kernel.emitError() << "planes of " << bits << (layout.getIsSigned() ? " signed" : " unsigned")
                              << " bits do not hold codes from " << int64_t(term.lo) << " to " << int64_t(term.hi);
  const spec::Node &coefficient = plan.format.nodes[term.coefficient];
  bool isHalf = coefficient.op == spec::Op::Read &&
                plan.format.fields[coefficient.imm].type == *spec::ScalarType::parse("f16");
  if (layout.getCoefficientBits() == 16 && !isHalf)
    return kernel.emitError() << "coefficients of 16 bits would be rounded; these weights need 32";
  return success();
}

static LogicalResult checkRegime(KernelOp kernel, const KernelPlan &plan, RegimeAttr regime) {
  int64_t panel = plan.layout.getRows(), group = plan.layout.getGroup();
  if (regime.getRows() < panel || regime.getRows() % panel || regime.getRows() > maxRows)
    return kernel.emitError() << "tiles of " << regime.getRows() << " rows are no multiple of the panel's " << panel
                              << " up to " << maxRows;
  if (regime.getCols() < 1 || regime.getCols() > maxCols)
    return kernel.emitError() << "tiles have 1 to " << maxCols << " rows of X, found " << regime.getCols();
  if (regime.getMBlock() < 0 || regime.getMBlock() > maxBlock || regime.getDistance() < 0 ||
      regime.getDistance() > maxDistance)
    return kernel.emitError() << "m_block is from 0 to " << maxBlock << " and distance from 0 to " << maxDistance
                              << ", found " << regime.getMBlock() << " and " << regime.getDistance();
  bool badBlock = regime.getKBlock() < group || regime.getKBlock() % group || regime.getKBlock() > maxBlock;
  if (regime.getDecode() == Source::Panel && badBlock)
    return kernel.emitError() << "k_block " << regime.getKBlock() << " is no positive multiple of the group of " << group
                              << " up to " << maxBlock;
  return success();
}

LogicalResult checkSchedule(KernelOp kernel, const KernelPlan &plan) {
  if (!plan.layout)
    return success();
  if (failed(checkLayout(kernel, plan)))
    return failure();
  int64_t previous = 0;
  for (RegimeAttr regime : plan.regimes) {
    if (previous == 0 && regime.getMinM() != 1)
      return kernel.emitError() << "the first regime serves min_m = 1, found " << regime.getMinM();
    if (regime.getMinM() <= previous)
      return kernel.emitError() << "regimes ascend in min_m, found " << regime.getMinM() << " after " << previous;
    if (failed(checkRegime(kernel, plan, regime)))
      return failure();
    previous = regime.getMinM();
  }
  return success();
}

} // namespace quoin

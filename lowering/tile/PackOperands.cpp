// quoin-pack-operands: from the streams a checkpoint stores to the panels a kernel reads, and back.
#include "lowering/Passes.h"
#include "lowering/tile/Invertible.h"
#include "lowering/tile/PackPanel.h"

namespace quoin {
#define GEN_PASS_DEF_PACKOPERANDS
#include "lowering/Passes.h.inc"
} // namespace quoin

using namespace mlir;
using namespace quoin;

namespace {

using Step = LogicalResult (PanelPacker::*)(Value, Value, Value, Value);

/// Every panel of the rows asked for, whole.
LogicalResult forEachPanel(KernelBuilder &b, const KernelPlan &plan, KernelArg packed, Step step) {
  tile::LayoutAttr layout = plan.layout;
  PanelPacker packer(b, plan);
  Value blocks = b.ceilDivide(b.argument(KernelArg::K), layout.getBlock()), base = b.argument(packed);
  Value stride = b.add(b.i64(layout.panelBytes()), b.scale(blocks, layout.blockBytes()));
  LogicalResult result = success();
  b.loop(b.argument(KernelArg::NBegin), b.argument(KernelArg::NEnd), layout.getRows(), [&](Value firstRow) {
    Value panel = b.at(base, b.mul(b.divide(firstRow, layout.getRows()), stride));
    result = (packer.*step)(firstRow, panel, b.i64(0), blocks);
  });
  return result;
}

struct PackOperands : quoin::impl::PackOperandsBase<PackOperands> {
  void runOnOperation() override {
    for (KernelOp kernel : getOperation().getOps<KernelOp>()) {
      FailureOr<KernelPlan> plan = planKernel(kernel);
      if (failed(plan))
        return signalPassFailure();
      if (!plan->layout || plan->isStored)
        continue;
      KernelBuilder b(OpBuilder(&getContext()), kernel.getLoc());
      b.beginKernel(getOperation(), functionName(kernel.getSymName(), "pack"));
      LogicalResult done = forEachPanel(b, *plan, KernelArg::Packed, &PanelPacker::pack);
      if (succeeded(done) && isInvertible(*plan)) {
        b.beginKernel(getOperation(), functionName(kernel.getSymName(), "unpack"));
        done = forEachPanel(b, *plan, KernelArg::Weights, &PanelPacker::unpack);
      }
      if (failed(done))
        return signalPassFailure();
    }
  }
};

} // namespace

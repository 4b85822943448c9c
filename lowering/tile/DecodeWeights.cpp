// quoin-decode-weights: the decode expression of a kernel's weights as a function over rows of W.
#include "lowering/KernelPlan.h"
#include "lowering/Passes.h"
#include "lowering/SourceLines.h"
#include "lowering/tile/LowerExpression.h"

namespace quoin {
#define GEN_PASS_DEF_DECODEWEIGHTS
#include "lowering/Passes.h.inc"
} // namespace quoin

using namespace mlir;
using namespace quoin;

namespace {
struct DecodeWeights : quoin::impl::DecodeWeightsBase<DecodeWeights> {
  void runOnOperation() override {
    for (KernelOp kernel : getOperation().getOps<KernelOp>())
      if (failed(decode(kernel)))
        return signalPassFailure();
  }

  LogicalResult decode(KernelOp kernel) {
    FailureOr<spec::Format> format = resolveWeights(kernel);
    if (failed(format))
      return failure();
    KernelBuilder b(OpBuilder(&getContext()), kernel.getLoc());
    b.beginKernel(getOperation(), functionName(kernel.getSymName(), "decode"));
    Value k = b.argument(KernelArg::K), y = b.argument(KernelArg::Y), ldy = b.argument(KernelArg::LdY);
    Value begin = b.argument(KernelArg::NBegin), end = b.argument(KernelArg::NEnd);
    ExpressionLowering expressions(b, *format, b.argument(KernelArg::Streams), b.argument(KernelArg::N), k);
    auto address = [&](Value n, Value column) { return b.at(y, b.scale(b.add(b.mul(n, ldy), column), 4)); };
    LogicalResult decoded = expressions.forEachIndex(0, begin, end, [&](Value storedRow, Value row) {
      return expressions.forEachIndex(1, b.i64(0), k, [&](Value storedColumn, Value column) -> LogicalResult {
        AtPart here(b, b.getLoc(), "decode");
        FailureOr<Value> value = expressions.storedValue(storedRow, storedColumn);
        if (failed(value))
          return failure();
        b.store(*value, address(row, column));
        return success();
      });
    });
    if (failed(decoded))
      return failure();
    // Entries may meet at a position, so they are applied one after the other, to what stands there.
    return expressions.forEachOverlay(begin, end, [&](Value n, Value column, function_ref<Value(Value)> patch) {
      Value place = address(n, column);
      b.store(patch(b.load(b.getF32Type(), place)), place);
    });
  }
};
} // namespace

// quoin-decode-weights: the decode expression of a kernel's weights as a function over rows of W.
#include "lowering/KernelPlan.h"
#include "lowering/Passes.h"
#include "lowering/tile/LowerExpression.h"

namespace quoin {
#define GEN_PASS_DEF_DECODEWEIGHTS
#include "lowering/Passes.h.inc"
} // namespace quoin

using namespace mlir;
using namespace quoin;

/// Values of a permuted or overlaid format are not functions of their own position alone.
static bool isPositional(const spec::Format &format) { return format.permutes.empty() && format.overlays.empty(); }

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
    if (!isPositional(*format))
      return kernel.emitError() << "no decode kernel is made for weights \"" << format->name
                                << "\": they are permuted or overlaid";
    KernelBuilder b(OpBuilder(&getContext()), kernel.getLoc());
    b.beginKernel(getOperation(), functionName(kernel, "decode"));
    Value k = b.argument(KernelArg::K), y = b.argument(KernelArg::Y), ldy = b.argument(KernelArg::LdY);
    ExpressionLowering expressions(b, *format, b.argument(KernelArg::Streams), b.argument(KernelArg::N), k);
    LogicalResult result = success();
    b.loop(b.argument(KernelArg::NBegin), b.argument(KernelArg::NEnd), 1, [&](Value n) {
      Value row = b.at(y, b.scale(b.mul(n, ldy), 4));
      b.loop(b.i64(0), k, 1, [&](Value column) {
        expressions.setPosition(n, column);
        FailureOr<Value> value = expressions.lower(format->decodeValue);
        if (succeeded(value))
          b.store(*value, b.at(row, b.scale(column, 4)));
        result = success(succeeded(value));
      });
    });
    return result;
  }
};
} // namespace

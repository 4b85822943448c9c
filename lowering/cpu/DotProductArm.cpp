// quoin-dot-product-arm: the one place that names AArch64 dot-product instructions.
#include "lowering/Passes.h"
#include "lowering/Target.h"
#include "lowering/cpu/DotLowering.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace quoin {
#define GEN_PASS_DEF_DOTPRODUCTARM
#include "lowering/Passes.h.inc"
} // namespace quoin

using namespace mlir;
using namespace quoin;

namespace {

class ArmLowering : public DotLowering {
public:
  ArmLowering(MLIRContext *context, const Target &target) : DotLowering(context), target(target) {}

  void lower(tile::DotOp op) {
    startAt(op);
    if (!cast<VectorType>(op.getCodes().getType()).getElementType().isInteger(8))
      return;
    replace(op, inOrder(product(op), "=w,0"));
  }

  void lower(tile::DotMatrixOp op) {
    startAt(op);
    auto sums = cast<VectorType>(op.getType());
    if (target.hasMatrices && sums.getNumElements() == 4)
      replace(op, inOrder(call("llvm.aarch64.neon.usmmla", sums, {op.getAcc(), op.getCodes(), op.getX()}), "=w,0"));
  }

  void lower(tile::LookupOp op) {
    startAt(op);
    replace(op, call("llvm.aarch64.neon.tbl1", op.getType(), {tableOf(op), op.getIndices()}));
  }

private:
  Value product(tile::DotOp op) {
    Type sums = op.getAcc().getType();
    if (target.dot == DotInstruction::Quads && !op.getIsSigned())
      return call("llvm.aarch64.neon.usdot", sums, {op.getAcc(), op.getCodes(), op.getX()});
    if (target.dot != DotInstruction::Halves) // codes that are not signed are at most 127
      return call("llvm.aarch64.neon.sdot", sums, {op.getAcc(), op.getCodes(), op.getX()});
    return add(op.getAcc(), call("llvm.aarch64.neon.saddlp", sums, {pairs(op.getCodes(), op.getX())}));
  }

  /// Sums of two products, in words: at most 2 * 128 * 127 = 32512.
  Value pairs(Value codes, Value x) {
    auto words = VectorType::get(8, b.getI16Type());
    auto half = [&](Value bytes, int64_t first) -> Value {
      return vector::ExtractStridedSliceOp::create(b, loc, bytes, ArrayRef<int64_t>{first}, ArrayRef<int64_t>{8},
                                                   ArrayRef<int64_t>{1});
    };
    auto products = [&](int64_t first) {
      return call("llvm.aarch64.neon.smull", words, {half(codes, first), half(x, first)});
    };
    return call("llvm.aarch64.neon.addp", words, {products(0), products(8)});
  }

  const Target &target;
};

struct DotProductArm : quoin::impl::DotProductArmBase<DotProductArm> {
  using DotProductArmBase::DotProductArmBase;

  void runOnOperation() override {
    Result<Target> found = findTarget(target);
    if (!found) {
      getOperation().emitError() << found.error().message << "; " << found.error().hint;
      return signalPassFailure();
    }
    if (!found->isArm())
      return;
    ArmLowering lowering(&getContext(), *found);
    getOperation().walk([&](tile::DotOp op) { lowering.lower(op); });
    getOperation().walk([&](tile::DotMatrixOp op) { lowering.lower(op); });
    getOperation().walk([&](tile::LookupOp op) { lowering.lower(op); });
  }
};

} // namespace

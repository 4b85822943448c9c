// quoin-verify-no-narrow-types: the last gate before LLVM.
#include "lowering/Passes.h"

#include "mlir/IR/TypeUtilities.h"

namespace quoin {
#define GEN_PASS_DEF_VERIFYNONARROWTYPES
#include "lowering/Passes.h.inc"
} // namespace quoin

using namespace mlir;
using namespace quoin;

static bool isSafe(Type type) {
  Type element = getElementTypeOrSelf(type);
  if (auto integer = dyn_cast<IntegerType>(element))
    return llvm::is_contained({1u, 8u, 16u, 32u, 64u}, integer.getWidth());
  if (isa<FloatType>(element))
    return element.isF16() || element.isBF16() || element.isF32() || element.isF64();
  return true;
}

namespace {
struct VerifyNoNarrowTypes : quoin::impl::VerifyNoNarrowTypesBase<VerifyNoNarrowTypes> {
  void runOnOperation() override {
    getOperation().walk([&](Operation *op) {
      for (Type type : llvm::concat<const Type>(op->getOperandTypes(), op->getResultTypes())) {
        if (isSafe(type))
          continue;
        op->emitError() << "type " << type << " must not reach LLVM; widen it to 8 bits or decode it to f32 first";
        return signalPassFailure();
      }
    });
  }
};
} // namespace

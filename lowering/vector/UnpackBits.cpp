// quoin-unpack-bits: qtile.unpack as a shift and a mask; neighbouring bits that slide into a byte are masked away.
#include "lowering/Passes.h"
#include "lowering/TileDialect.h"

namespace quoin {
#define GEN_PASS_DEF_UNPACKBITS
#include "lowering/Passes.h.inc"
} // namespace quoin

using namespace mlir;
using namespace quoin;

namespace {
struct UnpackBits : quoin::impl::UnpackBitsBase<UnpackBits> {
  void runOnOperation() override {
    getOperation().walk([&](tile::UnpackOp op) {
      OpBuilder b(op);
      auto type = cast<VectorType>(op.getType());
      auto splat = [&](int8_t value) {
        return arith::ConstantOp::create(b, op.getLoc(), DenseElementsAttr::get(type, value)).getResult();
      };
      int64_t bits = op.getBits(), shift = bits * op.getSlot();
      Value value = op.getBytes();
      if (shift)
        value = arith::ShRUIOp::create(b, op.getLoc(), value, splat(shift));
      if (shift + bits < 8)
        value = arith::AndIOp::create(b, op.getLoc(), value, splat((1 << bits) - 1));
      op.replaceAllUsesWith(value);
      op.erase();
    });
  }
};
} // namespace

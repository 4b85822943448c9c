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
      int64_t bits = op.getBits(), right = int64_t(op.getFrom()) - int64_t(op.getTo());
      Value value = op.getBytes();
      if (right > 0)
        value = arith::ShRUIOp::create(b, op.getLoc(), value, splat(right));
      else if (right < 0)
        value = arith::ShLIOp::create(b, op.getLoc(), value, splat(-right));
      if (bits < 8 - std::abs(right))
        value = arith::AndIOp::create(b, op.getLoc(), value, splat(int8_t(((1 << bits) - 1) << op.getTo())));
      op.replaceAllUsesWith(value);
      op.erase();
    });
  }
};
} // namespace

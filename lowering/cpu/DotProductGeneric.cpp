// quoin-dot-product-generic: dot products in plain vector arithmetic, with the same bits as any target's instructions.
#include "lowering/KernelBuilder.h"
#include "lowering/Passes.h"
#include "lowering/cpu/DotLowering.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace quoin {
#define GEN_PASS_DEF_DOTPRODUCTGENERIC
#include "lowering/Passes.h.inc"
} // namespace quoin

using namespace mlir;
using namespace quoin;

namespace {

class GenericLowering : public DotLowering {
public:
  using DotLowering::DotLowering;

  void lower(tile::DotOp op) {
    startAt(op);
    auto sums = cast<VectorType>(op.getAcc().getType());
    unsigned bits = sums.getElementTypeBitWidth();
    Value products = arith::MulIOp::create(b, loc, extend(op.getCodes(), bits, op.getIsSigned()),
                                           extend(op.getX(), bits, true));
    replace(op, add(op.getAcc(), addNeighbours(products, sums)));
  }

  /// Every row of codes beside both rows of X, whose products are added.
  void lower(tile::DotMatrixOp op) {
    startAt(op);
    auto sums = cast<VectorType>(op.getAcc().getType());
    SmallVector<int64_t> codes, x;
    for (int64_t lane = 0; lane < sums.getNumElements(); ++lane)
      for (int64_t column = 0; column < 8; ++column) {
        codes.push_back(lane / 2 * 8 + column);
        x.push_back(lane % 2 * 8 + column);
      }
    Value allCodes = vector::ShuffleOp::create(b, loc, op.getCodes(), op.getCodes(), codes);
    Value allX = vector::ShuffleOp::create(b, loc, op.getX(), op.getX(), x);
    Value products = arith::MulIOp::create(b, loc, extend(allCodes, 32, false), extend(allX, 32, true));
    replace(op, add(op.getAcc(), addNeighbours(products, sums)));
  }

  /// Row of X by row of X, in dot products of four columns.
  void lower(tile::TileProductsOp op) {
    KernelBuilder k(OpBuilder(op), op.getLoc());
    auto bytes = VectorType::get(64, k.getI8Type()), quad = VectorType::get(16, k.getI32Type());
    auto none = arith::ConstantOp::create(k, op.getLoc(), k.getZeroAttr(quad));
    k.loop(k.i64(0), k.i64(op.getCols()), 1, [&](Value m) {
      Value x = k.at(op.getX(), k.mul(m, op.getXStride()));
      for (int64_t n = 0; n < int64_t(op.getRows()); n += 16) {
        auto sum = k.loop(k.i64(0), k.i64(op.getQuads()), 1, ValueRange{none}, [&](Value q, ValueRange so) {
          Value codes = k.load(bytes, k.at(op.getCodes(), k.add(k.scale(q, 4 * op.getRows()), k.i64(4 * n))));
          Value four = vector::BroadcastOp::create(k, op.getLoc(), quad, k.load(k.getI32Type(), k.at(x, k.scale(q, 4))));
          Value columns = vector::BitCastOp::create(k, op.getLoc(), bytes, four);
          return KernelBuilder::Values{
              tile::DotOp::create(k, op.getLoc(), quad, so[0], codes, columns, /*is_signed=*/false, 255)};
        });
        Value row = k.add(k.scale(m, 64), k.i64(4 * n * op.getCols()));
        k.store(sum[0], k.at(op.getSums(), row));
      }
    });
    op.erase();
  }

  /// A bf16 is the upper half of an f32.
  void lower(tile::DotPairsOp op) {
    startAt(op);
    auto floats = cast<VectorType>(op.getType()),
         ints = cast<VectorType>(floats.cloneWith(std::nullopt, b.getI32Type()));
    auto splat = [&](int32_t value) {
      return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(ints, value)).getResult();
    };
    auto half = [&](Value pairs, bool second) -> Value {
      Value bits = vector::BitCastOp::create(b, loc, ints, pairs);
      bits = second ? arith::AndIOp::create(b, loc, bits, splat(int32_t(0xffff0000))).getResult()
                    : arith::ShLIOp::create(b, loc, bits, splat(16)).getResult();
      return vector::BitCastOp::create(b, loc, floats, bits);
    };
    Value sum = op.getAcc();
    for (bool second : {false, true})
      sum = math::FmaOp::create(b, loc, half(op.getW(), second), half(op.getX(), second), sum);
    replace(op, sum);
  }

  /// A chain of selects.
  void lower(tile::LookupOp op) {
    startAt(op);
    ArrayRef<int64_t> table = op.getTable();
    auto splat = [&](int8_t value) {
      return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(cast<VectorType>(op.getType()), value)).getResult();
    };
    Value value = splat(int8_t(table.front()));
    for (size_t i = 1; i < table.size(); ++i) {
      Value isIndex = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, op.getIndices(), splat(int8_t(i)));
      value = arith::SelectOp::create(b, loc, isIndex, splat(int8_t(table[i])), value);
    }
    replace(op, value);
  }

  void lower(tile::WidenOp op) {
    startAt(op);
    replace(op, addNeighbours(extend(op.getSums(), 32, true), cast<VectorType>(op.getType())));
  }

  /// Even and odd bytes as words: shifts within 16-bit lanes, the even bytes being the low halves.
  void lower(tile::WordsOp op) {
    startAt(op);
    auto type = cast<VectorType>(op.getEven().getType());
    Value pairs = vector::BitCastOp::create(b, loc, type, op.getBytes());
    Value eight = arith::ConstantOp::create(b, loc, DenseElementsAttr::get(type, int16_t(8)));
    auto down = [&](Value value) -> Value {
      if (op.getIsSigned())
        return arith::ShRSIOp::create(b, loc, value, eight);
      return arith::ShRUIOp::create(b, loc, value, eight);
    };
    op.getEven().replaceAllUsesWith(down(arith::ShLIOp::create(b, loc, pairs, eight)));
    op.getOdd().replaceAllUsesWith(down(pairs));
    op.erase();
  }

private:
  Value extend(Value value, unsigned bits, bool isSigned) {
    auto from = cast<VectorType>(value.getType());
    auto to = VectorType::get(from.getShape(), b.getIntegerType(bits));
    if (isSigned)
      return arith::ExtSIOp::create(b, loc, to, value);
    return arith::ExtUIOp::create(b, loc, to, value);
  }

  /// Adds neighbouring lanes until `type`'s number of lanes is left.
  Value addNeighbours(Value wide, VectorType type) {
    int64_t lanes = cast<VectorType>(wide.getType()).getNumElements();
    while (lanes > type.getNumElements()) {
      SmallVector<int64_t> even, odd;
      for (int64_t lane = 0; lane < lanes; lane += 2) {
        even.push_back(lane);
        odd.push_back(lane + 1);
      }
      wide = add(vector::ShuffleOp::create(b, loc, wide, wide, even), vector::ShuffleOp::create(b, loc, wide, wide, odd));
      lanes /= 2;
    }
    return wide;
  }
};

struct DotProductGeneric : quoin::impl::DotProductGenericBase<DotProductGeneric> {
  void runOnOperation() override {
    GenericLowering lowering(&getContext());
    getOperation().walk([&](tile::TileProductsOp op) { lowering.lower(op); });
    getOperation().walk([&](tile::DotOp op) { lowering.lower(op); });
    getOperation().walk([&](tile::DotMatrixOp op) { lowering.lower(op); });
    getOperation().walk([&](tile::DotPairsOp op) { lowering.lower(op); });
    getOperation().walk([&](tile::LookupOp op) { lowering.lower(op); });
    getOperation().walk([&](tile::WidenOp op) { lowering.lower(op); });
    getOperation().walk([&](tile::WordsOp op) { lowering.lower(op); });
  }
};

} // namespace

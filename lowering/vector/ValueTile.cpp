// Weights decoded to f32 or to pairs of bf16, and tiles that multiply them.
#include "lowering/vector/ValueTile.h"

#include "lowering/RoundFloat.h"
#include "lowering/vector/ValueDecoder.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace quoin::tile {

namespace {

class DecodeValues {
public:
  DecodeValues(OpBuilder &builder, DecodeValuesOp op, const Target &target)
      : b(builder, op.getLoc(), target), op(op), layout(op.getFrom()), lanes(target.lanes()),
        columnBytes((op.getPairs() ? 2 : 4) * int64_t(op.getRows())),
        decoder(b, layout, op.getZero(), op.getPrecision()) {}

  void build() {
    b.loop(b.i64(0), op.getBlocks(), 1, [&](Value i) {
      Value first = b.scale(b.scale(i, layout.getBlock()), columnBytes);
      for (int64_t row = 0; row < int64_t(op.getRows()); row += lanes) {
        Value panel = b.scale(op.getPanelStride(), row / layout.getRows());
        Value block = b.at(b.at(op.getSource(), panel), b.scale(i, layout.blockBytes()));
        decoder.moveTo(b.at(op.getNumbers(), panel), block, row % layout.getRows());
        Value target = b.at(op.getTarget(), b.add(first, b.i64(4 * row)));
        forEachQuad(
            b, layout, {}, [&](Value column) { decoder.readNumbers(column); },
            [&](Value column, int64_t fixed, ValueRange) {
              store(decoder.quad(column, fixed), b.at(target, b.scale(b.add(column, b.i64(fixed)), columnBytes)));
              return KernelBuilder::Values();
            });
      }
    });
  }

private:
  void store(ArrayRef<Value> values, Value place) {
    for (int64_t t = 0; t < 4; t += op.getPairs() ? 2 : 1) {
      Value each = op.getPairs() ? bf16Pairs(b, values[t], values[t + 1]) : values[t];
      b.store(each, b.at(place, b.i64(t * columnBytes)));
    }
  }

  VectorBuilder b;
  DecodeValuesOp op;
  LayoutAttr layout;
  int64_t lanes, columnBytes;
  ValueDecoder decoder;
};

class ValueTile {
public:
  ValueTile(OpBuilder &builder, MatmulValuesOp op, const Target &target)
      : b(builder, op.getLoc(), target), op(op), lanes(target.lanes()), vectors(op.getRows() / target.lanes()),
        cols(op.getCols()) {}

  void build(func::FuncOp function) {
    Block *entry = function.addEntryBlock();
    b.setInsertionPointToStart(entry);
    auto argument = entry->getArguments().begin();
    for (Value *value : {&weights, &x, &xStride, &columns, &y, &ldy, &bias, &valid, &init, &finish})
      *value = *argument++;
    for (int64_t c = 0; c < cols; ++c)
      xRows.push_back(b.at(x, b.scale(xStride, c)));
    Sums sums = b.tileSums(init, y, ldy, valid, vectors, cols);
    Value steps = op.getPairs() ? b.divide(columns, 2) : columns;
    sums = b.loop(b.i64(0), steps, 1, sums, [&](Value k, ValueRange carried) { return multiply(k, carried); });
    if (op.getPairs())
      sums = addLastColumn(steps, sums);
    Sums added = b.choose(finish, mlir::TypeRange(ValueRange(sums)),
                          [&] { return b.addTileBias(sums, bias, valid, vectors, cols); }, [&] { return sums; });
    b.storeTile(added, y, ldy, valid, vectors, cols);
    func::ReturnOp::create(b, b.getLoc());
  }

private:
  using Sums = SmallVector<Value>;

  /// Step k: a column, or a pair of them, takes 32 bits. A pair that is only `half` there has no second column.
  Sums multiply(Value k, ValueRange carried, bool half = false) {
    Sums next(carried);
    Type lane = op.getPairs() ? Type(b.getI32Type()) : b.getF32Type();
    Value row = b.at(weights, b.scale(k, 4 * op.getRows()));
    SmallVector<Value> w;
    for (int64_t v = 0; v < vectors; ++v)
      w.push_back(operand(b.load(VectorType::get(lanes, lane), b.at(row, b.i64(4 * v * lanes))), half));
    for (int64_t c = 0; c < cols; ++c) {
      Value each = operand(b.broadcast(b.load(lane, b.at(xRows[c], b.scale(k, 4)))), half);
      for (int64_t v = 0; v < vectors; ++v)
        next[v * cols + c] = accumulate(next[v * cols + c], w[v], each);
    }
    return next;
  }

  Value operand(Value lanes, bool half) {
    if (!op.getPairs())
      return lanes;
    if (half)
      lanes = arith::AndIOp::create(b, b.getLoc(), lanes, b.splatInts(0xffff));
    return vector::BitCastOp::create(b, b.getLoc(), b.shortFloats(), lanes);
  }

  Value accumulate(Value sum, Value w, Value x) {
    if (op.getPairs())
      return DotPairsOp::create(b, b.getLoc(), sum.getType(), sum, w, x);
    return math::FmaOp::create(b, b.getLoc(), w, x, sum);
  }

  /// What packed weights hold beyond an odd K need be no number.
  Sums addLastColumn(Value pairs, Sums sums) {
    Value isOdd = b.cmp(arith::CmpIPredicate::ne, b.scale(pairs, 2), columns);
    return b.choose(
        isOdd, mlir::TypeRange(ValueRange(sums)), [&] { return multiply(pairs, sums, true); }, [&] { return sums; });
  }

  VectorBuilder b;
  MatmulValuesOp op;
  int64_t lanes, vectors, cols;
  Value weights, x, xStride, columns, y, ldy, bias, valid, init, finish;
  SmallVector<Value> xRows;
};

} // namespace

void buildDecodeValues(OpBuilder &builder, DecodeValuesOp op, const Target &target) {
  DecodeValues(builder, op, target).build();
}

void buildValueTile(OpBuilder &builder, MatmulValuesOp op, const Target &target, func::FuncOp function) {
  ValueTile(builder, op, target).build(function);
}

} // namespace quoin::tile

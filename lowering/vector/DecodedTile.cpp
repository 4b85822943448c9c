// Tiles of few rows of X: weights are decoded in registers and multiplied there.
#include "lowering/RoundFloat.h"
#include "lowering/vector/ValueDecoder.h"
#include "lowering/vector/ValueTile.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace quoin::tile {

namespace {

/// Sums side by side hide the latency of multiply-adds; more of them than decoding takes time for would be spilled.
constexpr int64_t fewestChains = 4;

class DecodedTile {
public:
  DecodedTile(OpBuilder &builder, MatmulDecodedOp op, const Target &target)
      : b(builder, op.getLoc(), target), op(op), layout(op.getLayout()), lanes(target.lanes()),
        vectors(int64_t(op.getRows()) / lanes), cols(op.getCols()),
        sets(std::max<int64_t>(fewestChains / (vectors * cols), 1)),
        decoders(vectors, ValueDecoder(b, layout, op.getZero(), op.getPrecision())) {}

  void build(func::FuncOp function) {
    Block *entry = function.addEntryBlock();
    b.setInsertionPointToStart(entry);
    auto argument = entry->getArguments().begin();
    for (Value *value : {&source, &numbers, &stride, &x, &xStride, &columns, &y, &ldy, &bias, &valid, &init, &finish})
      *value = *argument++;
    for (int64_t c = 0; c < cols; ++c)
      xRows.push_back(b.at(x, b.scale(xStride, c)));
    Sums sums = b.tileSums(init, y, ldy, valid, vectors, cols);
    sums.append((sets - 1) * vectors * cols, b.zeroFloats());
    Sums total = addSets(addColumns(sums));
    total = b.choose(
        finish, TypeRange(ValueRange(total)), [&] { return b.addTileBias(total, bias, valid, vectors, cols); },
        [&] { return total; });
    b.storeTile(total, y, ldy, valid, vectors, cols);
    func::ReturnOp::create(b, b.getLoc());
  }

private:
  using Sums = KernelBuilder::Values;

  /// Whole blocks, then one that K cuts.
  Sums addColumns(Sums sums) {
    Value whole = b.divide(columns, layout.getBlock());
    sums = b.loop(b.i64(0), whole, 1, sums, [&](Value i, ValueRange carried) { return addBlock(i, carried, {}); });
    Value left = b.sub(columns, b.scale(whole, layout.getBlock()));
    return b.choose(
        b.cmp(arith::CmpIPredicate::ne, left, b.i64(0)), TypeRange(ValueRange(sums)),
        [&] { return addBlock(whole, sums, left); }, [&] { return sums; });
  }

  /// Of block i, the first `left` columns; all of them where it is null.
  Sums addBlock(Value i, ValueRange sums, Value left) {
    for (auto [v, decoder] : llvm::enumerate(decoders)) {
      int64_t row = int64_t(v) * lanes;
      Value panel = b.scale(stride, row / layout.getRows());
      Value block = b.at(b.at(source, panel), b.scale(i, layout.blockBytes()));
      decoder.moveTo(b.at(numbers, panel), block, row % layout.getRows());
    }
    Value first = b.scale(i, layout.getBlock());
    auto group = [&](Value column) {
      for (ValueDecoder &decoder : decoders)
        decoder.readNumbers(column);
    };
    return forEachQuad(b, layout, Sums(sums), group, [&](Value column, int64_t fixed, ValueRange carried) {
      return addQuad(first, b.add(column, b.i64(fixed)), column, fixed, carried, left);
    });
  }

  Sums addQuad(Value first, Value place, Value column, int64_t fixed, ValueRange carried, Value left) {
    Sums next(carried);
    SmallVector<SmallVector<Value, 4>> weights;
    for (ValueDecoder &decoder : decoders)
      weights.push_back(operands(decoder.quad(column, fixed), place, left));
    int64_t steps = int64_t(weights.front().size());
    Value offset = b.scale(b.add(first, place), op.getPairs() ? 2 : 4);
    for (int64_t t = 0; t < steps; ++t)
      for (int64_t c = 0; c < cols; ++c) {
        Value each = broadcastX(b.at(b.at(xRows[c], offset), b.i64(4 * t)));
        for (int64_t v = 0; v < vectors; ++v) {
          Value &sum = next[((fixed / 4 * steps + t) % sets * vectors + v) * cols + c];
          sum = accumulate(sum, weights[v][t], each);
        }
      }
    return next;
  }

  /// Values, or pairs of them; those not `left` of a block are 0.
  SmallVector<Value, 4> operands(SmallVector<Value, 4> values, Value place, Value left) {
    for (int64_t t = 0; left && t < 4; ++t) {
      Value isLeft = b.cmp(arith::CmpIPredicate::slt, b.add(place, b.i64(t)), left);
      values[t] = arith::SelectOp::create(b, b.getLoc(), isLeft, values[t], b.zeroFloats());
    }
    if (!op.getPairs())
      return values;
    auto pair = [&](Value low, Value high) -> Value {
      return vector::BitCastOp::create(b, b.getLoc(), b.shortFloats(), bf16Pairs(b, low, high));
    };
    return {pair(values[0], values[1]), pair(values[2], values[3])};
  }

  Value broadcastX(Value pointer) {
    if (op.getPairs())
      return b.broadcastQuad(b.shortFloats(), pointer);
    return b.broadcast(b.load(b.getF32Type(), pointer));
  }

  Value accumulate(Value sum, Value w, Value each) {
    if (op.getPairs())
      return DotPairsOp::create(b, b.getLoc(), sum.getType(), sum, w, each);
    return math::FmaOp::create(b, b.getLoc(), w, each, sum);
  }

  Sums addSets(ValueRange sums) {
    Sums total(sums.take_front(vectors * cols));
    for (int64_t i = vectors * cols; i < int64_t(sums.size()); ++i) {
      Value &sum = total[i % (vectors * cols)];
      sum = arith::AddFOp::create(b, b.getLoc(), sum, sums[i]);
    }
    return total;
  }

  VectorBuilder b;
  MatmulDecodedOp op;
  LayoutAttr layout;
  int64_t lanes, vectors, cols, sets;
  std::vector<ValueDecoder> decoders;
  Value source, numbers, stride, x, xStride, columns, y, ldy, bias, valid, init, finish;
  SmallVector<Value> xRows;
};

} // namespace

void buildDecodedTile(OpBuilder &builder, MatmulDecodedOp op, const Target &target, func::FuncOp function) {
  DecodedTile(builder, op, target).build(function);
}

} // namespace quoin::tile

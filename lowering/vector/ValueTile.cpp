// Weights decoded to f32, and tiles that multiply them.
#include "lowering/vector/ValueTile.h"

#include "lowering/RoundFloat.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace quoin::tile {

namespace {

class DecodeValues {
public:
  DecodeValues(OpBuilder &builder, DecodeValuesOp op, const Target &target)
      : b(builder, op.getLoc(), target), op(op), layout(op.getFrom()), lanes(target.lanes()) {}

  void build() {
    b.loop(b.i64(0), op.getBlocks(), 1, [&](Value i) {
      Value first = b.scale(i, layout.getBlock());
      for (int64_t row = 0; row < op.getRows(); row += lanes) {
        Value panel = b.scale(op.getPanelStride(), row / layout.getRows());
        numbers = b.at(op.getNumbers(), panel);
        block = b.at(b.at(op.getSource(), panel), b.scale(i, layout.blockBytes()));
        target = b.at(op.getTarget(), b.add(b.scale(first, 4 * op.getRows()), b.i64(4 * row)));
        rowInPanel = row % layout.getRows();
        layout.getPlanes().empty() ? decodeNumbers() : decodeCodes();
      }
    });
  }

private:
  void storeAt(Value value, Value column, int64_t fixed) {
    Value rounded = roundFloat(b, value, op.getPrecision());
    b.store(rounded, b.at(target, b.scale(b.add(column, b.i64(fixed)), 4 * op.getRows())));
  }

  /// A coefficient a column, and nothing else.
  void decodeNumbers() {
    b.loop(b.i64(0), b.i64(layout.getBlock()), 1,
           [&](Value column) { storeAt(b.coefficients(layout, numbers, block, column, rowInPanel), column, 0); });
  }

  /// Runs of columns on which numbers do not change, in steps of whole chunks where groups are as long.
  void decodeCodes() {
    int64_t chunk = layout.chunkColumns(), group = layout.getGroup() ? layout.getGroup() : layout.getBlock();
    if (group % chunk == 0) {
      b.loop(b.i64(0), b.i64(layout.getBlock()), group, [&](Value first) {
        readNumbers(first);
        b.loop(b.i64(0), b.i64(group), chunk, [&](Value inside) {
          Value column = b.add(first, inside);
          for (int64_t fixed = 0; fixed < chunk; fixed += 4)
            decodeQuad(column, fixed);
        });
      });
      return;
    }
    int64_t step = std::lcm(group, chunk);
    b.loop(b.i64(0), b.i64(layout.getBlock()), step, [&](Value column) {
      for (int64_t fixed = 0; fixed < step; fixed += 4) {
        if (fixed % group == 0)
          readNumbers(b.add(column, b.i64(fixed)));
        decodeQuad(column, fixed);
      }
    });
  }

  void readNumbers(Value column) {
    coefficient = b.coefficients(layout, numbers, block, column, rowInPanel);
    bias = b.biases(layout, numbers, block, column, rowInPanel);
    zero = b.zeros(layout, numbers, block, column, rowInPanel);
    int64_t constant = layout.lowest() - int64_t(op.getZero());
    if (zero)
      zero = b.sub(b.splatInts(constant), zero);
    else if (constant)
      zero = b.splatInts(constant);
  }

  /// Four columns of every row of the vector; byte t of a lane is column t.
  void decodeQuad(Value column, int64_t fixed) {
    Location loc = b.getLoc();
    Value codes = b.codes(layout, block, column, fixed, rowInPanel, 0);
    codes = vector::BitCastOp::create(b, loc, b.ints(), codes);
    for (int64_t t = 0; t < 4; ++t) {
      Value code = t ? arith::ShRUIOp::create(b, loc, codes, b.splatInts(8 * t)).getResult() : codes;
      if (t < 3)
        code = arith::AndIOp::create(b, loc, code, b.splatInts(255));
      Value value = meaning(code);
      if (coefficient)
        value = arith::MulFOp::create(b, loc, value, coefficient);
      if (bias)
        value = arith::AddFOp::create(b, loc, value, bias);
      storeAt(value, column, fixed + t);
    }
  }

  /// code - zero as f32, exactly, or what the table says.
  Value meaning(Value code) {
    if (DenseF32ArrayAttr table = layout.getTable())
      return b.gather(table.asArrayRef(), code);
    if (zero)
      code = b.add(code, zero);
    return arith::SIToFPOp::create(b, b.getLoc(), b.floats(), code);
  }

  VectorBuilder b;
  DecodeValuesOp op;
  LayoutAttr layout;
  int64_t lanes, rowInPanel = 0;
  Value numbers, block, target, coefficient, bias, zero;
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
    sums = b.loop(b.i64(0), columns, 1, sums, [&](Value k, ValueRange carried) { return multiply(k, carried); });
    Sums added = b.choose(finish, mlir::TypeRange(ValueRange(sums)),
                          [&] { return b.addTileBias(sums, bias, valid, vectors, cols); }, [&] { return sums; });
    b.storeTile(added, y, ldy, valid, vectors, cols);
    func::ReturnOp::create(b, b.getLoc());
  }

private:
  using Sums = SmallVector<Value>;

  Sums multiply(Value k, ValueRange carried) {
    Sums next(carried);
    Value row = b.at(weights, b.scale(k, 4 * op.getRows()));
    SmallVector<Value> w;
    for (int64_t v = 0; v < vectors; ++v)
      w.push_back(b.load(b.floats(), b.at(row, b.i64(4 * v * lanes))));
    for (int64_t c = 0; c < cols; ++c) {
      Value each = b.broadcast(b.load(b.getF32Type(), b.at(xRows[c], b.scale(k, 4))));
      for (int64_t v = 0; v < vectors; ++v)
        next[v * cols + c] = math::FmaOp::create(b, b.getLoc(), w[v], each, next[v * cols + c]);
    }
    return next;
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

// quoin-vectorize-tile: tiles become loops over scale groups on whole vectors.
//
// Every distinct `qtile.matmul` becomes one private function, called in its place: the function holds exactly the values
// one inner loop needs, which is what register allocation wants, and equal tiles of different loops share their code.
#include "lowering/Passes.h"
#include "lowering/TileDialect.h"
#include "lowering/vector/TileBuilder.h"
#include "lowering/vector/ValueTile.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"

#include <fmt/format.h>

namespace quoin {
#define GEN_PASS_DEF_VECTORIZETILE
#include "lowering/Passes.h.inc"
} // namespace quoin

using namespace mlir;
using namespace quoin;
using namespace quoin::tile;

namespace {

/// Unpacks blocks in place: a loop of loads, unpacks and stores.
class DecodeBuilder {
public:
  DecodeBuilder(OpBuilder &builder, DecodePanelOp op, const Target &target)
      : b(builder, op.getLoc(), target), op(op), from(op.getFrom()), to(op.getTo()), lanes(target.lanes()) {}

  void build() {
    forEachVector(op.getSource(), [&](Value, Value numbers, int64_t rowInPanel, int64_t row) {
      for (ScalarAttr scalar : to.getScalars())
        if (!scalar.getColumns())
          storeNumbers(scalar, numbers, numbers, b.i64(0), rowInPanel, b.numberAt(to, scalar, op.getTarget(), {}, {}, row));
    });
    b.loop(b.i64(0), op.getBlocks(), 1, [&](Value i) {
      Value source = b.at(op.getSource(), b.scale(i, from.blockBytes()));
      Value out = b.at(op.getTarget(), b.add(b.i64(to.panelBytes()), b.scale(i, to.blockBytes())));
      forEachVector(source, [&](Value block, Value numbers, int64_t rowInPanel, int64_t row) {
        prefetch(block, rowInPanel);
        storeCodes(block, rowInPanel, row, out);
        for (ScalarAttr scalar : to.getScalars())
          if (int64_t columns = scalar.getColumns())
            b.loop(b.i64(0), b.i64(to.getBlock()), columns, [&](Value column) {
              storeNumbers(scalar, numbers, block, column, rowInPanel, b.numberAt(to, scalar, out, out, column, row));
            });
      });
    });
  }

private:
  /// body(block, what covers whole rows, row in the panel, row in the target) for every vector of rows.
  void forEachVector(Value source, function_ref<void(Value, Value, int64_t, int64_t)> body) {
    for (int64_t row = 0; row < to.getRows(); row += lanes) {
      Value panel = b.scale(op.getPanelStride(), row / from.getRows());
      body(b.at(source, panel), b.at(op.getNumbers(), panel), row % from.getRows(), row);
    }
  }

  void prefetch(Value block, int64_t rowInPanel) {
    for (int64_t line = 0; op.getDistance() && rowInPanel == 0 && line < from.blockBytes(); line += 64)
      b.prefetch(b.at(block, b.i64(op.getDistance() + line)));
  }

  /// Codes in runs of whole vectors of every plane.
  void storeCodes(Value block, int64_t rowInPanel, int64_t row, Value out) {
    int64_t run = from.chunkColumns();
    b.loop(b.i64(0), b.i64(from.getBlock()), run, [&](Value column) {
      for (int64_t fixed = 0; fixed < run; fixed += 4) {
        Value place = b.at(b.codesAt(to, out, b.add(column, b.i64(fixed)), 0), b.i64(4 * row));
        Value codes = b.codes(from, block, column, fixed, rowInPanel, to.base() - from.lowest());
        if (!to.holdsWords()) {
          b.store(codes, place);
          continue;
        }
        auto words = WordsOp::create(b, b.getLoc(), b.words(), b.words(), codes, to.holdsIntegers());
        b.store(words.getEven(), place);
        b.store(words.getOdd(), b.at(place, b.i64(4 * to.getRows())));
      }
    });
  }

  void storeNumbers(ScalarAttr scalar, Value numbers, Value block, Value column, int64_t rowInPanel, Value out) {
    switch (scalar.getRole()) {
    case Role::Coefficient:
      return b.store(b.coefficients(from, numbers, block, column, rowInPanel), out);
    case Role::Bias:
      return b.store(b.biases(from, numbers, block, column, rowInPanel), out);
    default:
      return b.store(b.zeros(from, numbers, block, column, rowInPanel), out);
    }
  }

  VectorBuilder b;
  DecodePanelOp op;
  LayoutAttr from, to;
  int64_t lanes;
};

struct VectorizeTile : quoin::impl::VectorizeTileBase<VectorizeTile> {
  using VectorizeTileBase::VectorizeTileBase;

  void runOnOperation() override {
    Result<Target> found = findTarget(target);
    if (!found) {
      getOperation().emitError() << found.error().message << "; " << found.error().hint;
      return signalPassFailure();
    }
    getOperation().walk([&](DecodePanelOp op) {
      OpBuilder builder(op);
      DecodeBuilder(builder, op, *found).build();
      op.erase();
    });
    getOperation().walk([&](DecodeValuesOp op) {
      OpBuilder builder(op);
      buildDecodeValues(builder, op, *found);
      op.erase();
    });
    if (failed(replaceAll<MatmulOp>(*found, buildTile)) || failed(replaceAll<MatmulValuesOp>(*found, buildValueTile)) ||
        failed(replaceAll<MatmulDecodedOp>(*found, buildDecodedTile)))
      signalPassFailure();
  }

  template <typename Op>
  LogicalResult replaceAll(const Target &found, void (*fill)(OpBuilder &, Op, const Target &, func::FuncOp)) {
    SmallVector<Op> tiles;
    getOperation().walk([&](Op op) { tiles.push_back(op); });
    for (Op op : tiles)
      if (failed(replaceByCall(op, found, fill)))
        return failure();
    return success();
  }

  template <typename Op>
  LogicalResult replaceByCall(Op op, const Target &found, void (*fill)(OpBuilder &, Op, const Target &, func::FuncOp)) {
    if (op.getRows() % found.lanes())
      return op.emitOpError() << "tile of " << op.getRows() << " rows does not fill vectors of " << found.lanes()
                              << " lanes of target \"" << found.name << "\"";
    func::FuncOp &function = functions[{op->getName().getAsOpaquePointer(), op->getAttrDictionary()}];
    OpBuilder builder(op);
    if (!function) {
      OpBuilder::InsertionGuard guard(builder);
      builder.setInsertionPointToEnd(getOperation().getBody());
      auto type = builder.getFunctionType(op->getOperandTypes(), {});
      std::string name = fmt::format("tile_{}x{}_{}", op.getRows(), op.getCols(), functions.size());
      function = func::FuncOp::create(builder, op.getLoc(), name, type);
      function.setPrivate();
      // Private ends with MLIR: objects of several formats are linked into one program, and all have tiles.
      function->setAttr("llvm.linkage", LLVM::LinkageAttr::get(&getContext(), LLVM::Linkage::Internal));
      fill(builder, op, found, function);
    }
    func::CallOp::create(builder, op.getLoc(), function, op->getOperands());
    op.erase();
    return success();
  }

  llvm::DenseMap<std::pair<const void *, Attribute>, func::FuncOp> functions;
};

} // namespace

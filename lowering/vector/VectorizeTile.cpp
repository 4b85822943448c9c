// quoin-vectorize-tile: tiles become loops over scale groups on whole vectors.
//
// Every distinct `qtile.matmul` becomes one private function, called in its place: the function holds exactly the values
// one inner loop needs, which is what register allocation wants, and equal tiles of different loops share their code.
#include "lowering/Passes.h"
#include "lowering/TileDialect.h"
#include "lowering/vector/VectorBuilder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
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

/// Builds the body of one tile function.
class TileBuilder {
public:
  TileBuilder(OpBuilder &builder, MatmulOp op, const Target &target)
      : b(builder, op.getLoc(), target), op(op), layout(op.getLayout()), target(target),
        vectors(op.getRows() / target.lanes()), cols(op.getCols()) {
    useWords = op.getRegime().getOperands() == Operands::Words;
    int64_t lo = op.getCodeLo(), hi = op.getCodeHi();
    plan = useWords ? DotPlan{32, 0, false, lo < 0, std::max(hi, -lo), 0, 16} : planDot(target, lo, hi);
  }

  void build(func::FuncOp function) {
    Block *entry = function.addEntryBlock();
    b.setInsertionPointToStart(entry);
    auto argument = entry->getArguments().begin();
    for (Value *value : {&weights, &panelStride, &x, &xStride, &k, &firstGroup, &groups, &y, &ldy, &bias, &valid, &init,
                         &finish, &fetch})
      *value = *argument++;
    prepareX();
    Value full = b.cmp(arith::CmpIPredicate::sge, valid, b.i64(op.getRows()));
    SmallVector<Value> sums = scaleGroups(loadSums(full));
    storeSums(addBias(sums, full), full);
    func::ReturnOp::create(b, b.getLoc());
  }

private:
  /// Row pointers of X, and where their scales and sums begin.
  void prepareX() {
    Value xGroups = b.divide(k, layout.getGroup());
    Value scalesAt = k, sumsAt = b.add(k, b.scale(xGroups, 4));
    for (int64_t c = 0; c < cols; ++c) {
      Value row = b.at(x, b.scale(xStride, c));
      xCodes.push_back(row);
      xScales.push_back(b.at(row, scalesAt));
      xSums.push_back(b.at(row, sumsAt));
      if (useWords)
        xCodes.back() = b.at(row, b.add(sumsAt, b.scale(xGroups, 4)));
    }
  }

  Value yAt(int64_t c, int64_t v) { return b.at(y, b.add(b.scale(ldy, 4 * c), b.i64(4 * v * target.lanes()))); }

  /// Lanes of vector v that are rows of the tile.
  Value mask(int64_t v) { return b.laneMask(valid, v * target.lanes()); }

  /// What `all()` gives where every row is valid, else what `some()` gives: whole accesses in the common case, masked ones at
  /// the end of W.
  SmallVector<Value> whenFull(Value full, TypeRange types, function_ref<SmallVector<Value>()> all,
                              function_ref<SmallVector<Value>()> some) {
    return b.choose(full, types, all, some);
  }

  SmallVector<Value> accesses(function_ref<Value(int64_t, int64_t)> access) {
    SmallVector<Value> values;
    for (int64_t v = 0; v < vectors; ++v)
      for (int64_t c = 0; c < cols; ++c)
        if (Value value = access(v, c))
          values.push_back(value);
    return values;
  }

  SmallVector<Type> sumTypes() { return SmallVector<Type>(vectors * cols, b.floats()); }

  SmallVector<Value> loadSums(Value full) {
    auto zeros = [&] { return SmallVector<Value>(vectors * cols, b.zeroFloats()); };
    auto loads = [&] {
      return whenFull(
          full, sumTypes(), [&] { return accesses([&](int64_t v, int64_t c) { return b.load(b.floats(), yAt(c, v)); }); },
          [&] { return accesses([&](int64_t v, int64_t c) { return b.maskedLoad(yAt(c, v), mask(v)); }); });
    };
    return b.choose(init, sumTypes(), zeros, loads);
  }

  SmallVector<Value> addBias(SmallVector<Value> sums, Value full) {
    Value add = arith::AndIOp::create(b, b.getLoc(), finish, b.notNull(bias));
    auto biasAt = [&](int64_t v) { return b.at(bias, b.i64(4 * v * target.lanes())); };
    auto with = [&](function_ref<Value(int64_t)> load) {
      return accesses([&](int64_t v, int64_t c) -> Value {
        return arith::AddFOp::create(b, b.getLoc(), sums[v * cols + c], load(v));
      });
    };
    auto added = [&] {
      return whenFull(
          full, sumTypes(), [&] { return with([&](int64_t v) { return b.load(b.floats(), biasAt(v)); }); },
          [&] { return with([&](int64_t v) { return b.maskedLoad(biasAt(v), mask(v)); }); });
    };
    return b.choose(add, sumTypes(), added, [&] { return sums; });
  }

  void storeSums(SmallVector<Value> sums, Value full) {
    whenFull(
        full, {},
        [&] {
          return accesses([&](int64_t v, int64_t c) -> Value { return b.store(sums[v * cols + c], yAt(c, v)), Value(); });
        },
        [&] {
          return accesses(
              [&](int64_t v, int64_t c) -> Value { return b.maskedStore(sums[v * cols + c], yAt(c, v), mask(v)), Value(); });
        });
  }

  /// acc = fma(f32(S), coefficient * x scale, acc), group by group.
  SmallVector<Value> scaleGroups(SmallVector<Value> sums) {
    return b.loop(b.i64(0), groups, 1, sums, [&](Value g, ValueRange acc) {
      Value group = b.add(firstGroup, g);
      Value bytes = b.at(weights, b.scale(g, layout.groupBytes()));
      prefetch(bytes);
      SmallVector<Value> integers = dotGroup(bytes, b.scale(group, layout.getGroup() * (useWords ? 2 : 1)));
      Value scaleOffset = b.scale(group, 4);
      SmallVector<Value> xScale, offset;
      for (int64_t c = 0; c < cols; ++c) {
        xScale.push_back(b.broadcast(b.load(b.getF32Type(), b.at(xScales[c], scaleOffset))));
        offset.push_back(zeroOffset(c, scaleOffset));
      }
      SmallVector<Value> next;
      for (int64_t v = 0; v < vectors; ++v) {
        Value coefficient = b.coefficients(b.at(vectorBytes(bytes, v), b.i64(layout.codeBytes() + coefficientOffset(v))),
                                           layout.getCoefficientBits());
        for (int64_t c = 0; c < cols; ++c) {
          Value sum = integers[v * cols + c];
          if (offset[c])
            sum = arith::AddIOp::create(b, b.getLoc(), sum, offset[c]);
          Value scale = arith::MulFOp::create(b, b.getLoc(), coefficient, xScale[c]);
          Value real = arith::SIToFPOp::create(b, b.getLoc(), b.floats(), sum);
          next.push_back(math::FmaOp::create(b, b.getLoc(), real, scale, acc[v * cols + c]));
        }
      }
      return next;
    });
  }

  /// -zero * (sum of the group's codes of X), or null where the zero point is 0.
  Value zeroOffset(int64_t c, Value scaleOffset) {
    int64_t zero = op.getZero() + plan.zeroShift;
    if (!zero)
      return {};
    Value sum = b.broadcast(b.load(b.getI32Type(), b.at(xSums[c], scaleOffset)));
    return arith::MulIOp::create(b, b.getLoc(), sum, b.splatInts(-zero));
  }

  /// First byte of the panel vector v belongs to.
  Value vectorBytes(Value bytes, int64_t v) {
    return b.at(bytes, b.scale(panelStride, v * target.lanes() / layout.getRows()));
  }
  int64_t rowInPanel(int64_t v) const { return v * target.lanes() % layout.getRows(); }
  int64_t coefficientOffset(int64_t v) const { return rowInPanel(v) * layout.getCoefficientBits() / 8; }

  /// Fetches weights ahead, in all panels of the tile.
  void prefetch(Value bytes) {
    RegimeAttr regime = op.getRegime();
    if (regime.getFetch() == Fetch::None)
      return;
    bool every = regime.getFetch() == Fetch::Lines;
    auto lines = [&]() -> SmallVector<Value> {
      for (int64_t v = 0; v < vectors; ++v)
        for (int64_t line = 0; rowInPanel(v) == 0 && line < (every ? layout.groupBytes() : 1); line += 64)
          b.prefetch(b.at(vectorBytes(bytes, v), b.i64(regime.getDistance() + line)), every ? 3 : 2);
      return {};
    };
    b.choose(fetch, {}, lines, [] { return SmallVector<Value>(); });
  }

  /// Exact integer sums of one group, per vector and column of the tile, without the zero point.
  SmallVector<Value> dotGroup(Value bytes, Value xOffset) {
    bool narrow = plan.accumulatorBits == 16;
    SmallVector<Value> partial(vectors * cols), total(vectors * cols);
    int64_t quads = layout.getGroup() / 4, steps = 0;
    SmallVector<Value> panels;
    for (int64_t v = 0; v < vectors; ++v)
      panels.push_back(vectorBytes(bytes, v));
    for (int64_t quad = 0; quad < quads; ++quad) {
      SmallVector<SmallVector<Value>> codes;
      for (int64_t v = 0; v < vectors; ++v)
        codes.push_back(codeOperands(b.codes(layout, panels[v], rowInPanel(v), quad, plan.flip)));
      for (int64_t c = 0; c < cols; ++c) {
        SmallVector<Value> operands = xOperands(c, xOffset, quad);
        for (int64_t v = 0; v < vectors; ++v)
          for (auto [part, operand] : llvm::zip_equal(codes[v], operands))
            partial[v * cols + c] = dot(partial[v * cols + c], part, operand);
      }
      if (narrow && (++steps == plan.stepsPerWiden || quad + 1 == quads)) {
        for (auto [sum, part] : llvm::zip_equal(total, partial)) {
          Value wide = WidenOp::create(b, b.getLoc(), b.ints(), part);
          sum = sum ? arith::AddIOp::create(b, b.getLoc(), sum, wide).getResult() : wide;
          part = Value();
        }
        steps = 0;
      }
    }
    return narrow ? total : partial;
  }

  /// Codes as they are multiplied: bytes, or even and odd bytes as words.
  SmallVector<Value> codeOperands(Value codes) {
    if (!useWords)
      return {codes};
    auto words = WordsOp::create(b, b.getLoc(), b.words(), b.words(), codes, plan.isSigned);
    return {words.getEven(), words.getOdd()};
  }

  /// Columns 4 * quad .. 4 * quad + 3 of row c of X in every 32-bit lane; words come as (0, 2) and (1, 3).
  SmallVector<Value> xOperands(int64_t c, Value xOffset, int64_t quad) {
    if (!useWords)
      return {b.broadcastQuad(b.bytes(), b.at(xCodes[c], b.add(xOffset, b.i64(4 * quad))))};
    SmallVector<Value> operands;
    for (int64_t half : {0, 4})
      operands.push_back(b.broadcastQuad(b.words(), b.at(xCodes[c], b.add(xOffset, b.i64(8 * quad + half)))));
    return operands;
  }

  Value dot(Value acc, Value codes, Value operand) {
    if (!acc)
      acc = b.zeroSums(plan.accumulatorBits);
    return DotOp::create(b, b.getLoc(), acc.getType(), acc, codes, operand, plan.isSigned, plan.maxCode);
  }

  VectorBuilder b;
  MatmulOp op;
  LayoutAttr layout;
  const Target &target;
  int64_t vectors, cols;
  DotPlan plan;
  bool useWords;
  Value weights, panelStride, x, xStride, k, firstGroup, groups, y, ldy, bias, valid, init, finish, fetch;
  SmallVector<Value> xCodes, xScales, xSums;
};

/// Unpacks groups in place: a loop of loads, unpacks and stores.
void lowerDecodePanel(DecodePanelOp op, const Target &target) {
  OpBuilder builder(op);
  VectorBuilder b(builder, op.getLoc(), target);
  LayoutAttr from = op.getFrom(), to = op.getTo();
  int64_t vectors = to.getRows() / target.lanes();
  b.loop(b.i64(0), op.getGroups(), 1, [&](Value g) {
    Value source = b.at(op.getSource(), b.scale(g, from.groupBytes()));
    Value out = b.at(op.getTarget(), b.scale(g, to.groupBytes()));
    for (int64_t v = 0; v < vectors; ++v) {
      int64_t row = v * target.lanes(), inPanel = row % from.getRows();
      Value panel = b.at(source, b.scale(op.getPanelStride(), row / from.getRows()));
      if (op.getDistance() && inPanel == 0)
        for (int64_t line = 0; line < from.groupBytes(); line += 64)
          b.prefetch(b.at(panel, b.i64(op.getDistance() + line)));
      for (int64_t quad = 0; quad < from.getGroup() / 4; ++quad)
        b.store(b.codes(from, panel, inPanel, quad, false), b.at(out, b.i64(4 * (quad * to.getRows() + row))));
      Value coefficient = b.coefficients(b.at(panel, b.i64(from.codeBytes() + inPanel * from.getCoefficientBits() / 8)),
                                         from.getCoefficientBits());
      b.store(coefficient, b.at(out, b.i64(to.codeBytes() + 4 * row)));
    }
  });
  op.erase();
}

struct VectorizeTile : quoin::impl::VectorizeTileBase<VectorizeTile> {
  using VectorizeTileBase::VectorizeTileBase;

  void runOnOperation() override {
    Result<Target> found = findTarget(target);
    if (!found) {
      getOperation().emitError() << found.error().message << "; " << found.error().hint;
      return signalPassFailure();
    }
    getOperation().walk([&](DecodePanelOp op) { lowerDecodePanel(op, *found); });
    SmallVector<MatmulOp> tiles;
    getOperation().walk([&](MatmulOp op) { tiles.push_back(op); });
    for (MatmulOp op : tiles)
      if (failed(replaceByCall(op, *found)))
        return signalPassFailure();
  }

  LogicalResult replaceByCall(MatmulOp op, const Target &found) {
    if (op.getRows() % found.lanes() || op.getLayout().getRows() % found.lanes())
      return op.emitOpError() << "tile of " << op.getRows() << " rows does not fill vectors of " << found.lanes()
                              << " lanes of target \"" << found.name << "\"";
    func::FuncOp &function = functions[op->getAttrDictionary()];
    OpBuilder builder(op);
    if (!function) {
      OpBuilder::InsertionGuard guard(builder);
      builder.setInsertionPointToEnd(getOperation().getBody());
      auto type = builder.getFunctionType(op->getOperandTypes(), {});
      std::string name = fmt::format("tile_{}x{}_{}", op.getRows(), op.getCols(), functions.size());
      function = func::FuncOp::create(builder, op.getLoc(), name, type);
      function.setPrivate();
      TileBuilder(builder, op, found).build(function);
    }
    func::CallOp::create(builder, op.getLoc(), function, op->getOperands());
    op.erase();
    return success();
  }

  llvm::DenseMap<Attribute, func::FuncOp> functions;
};

} // namespace

// quoin-tile-matmul: a scheduled kernel as loops over tiles.
#include "lowering/KernelPlan.h"
#include "lowering/Passes.h"
#include "lowering/Schedule.h"
#include "lowering/SourceLines.h"
#include "lowering/tile/ActivationLayout.h"
#include "lowering/tile/PackPanel.h"
#include "runtime/spec/Shapes.h"

#include <numeric>

namespace quoin {
#define GEN_PASS_DEF_TILEMATMUL
#include "lowering/Passes.h.inc"
} // namespace quoin

using namespace mlir;
using namespace quoin;
using arith::CmpIPredicate;

/// Columns on which the numbers of these roles that a layout has are all the same; 0: all of K. -1: it has none of them.
static int64_t sharedColumns(tile::LayoutAttr layout, ArrayRef<tile::Role> roles) {
  int64_t columns = -1;
  for (tile::Role role : roles)
    if (tile::ScalarAttr scalar = layout.find(role))
      columns = std::gcd(std::max<int64_t>(columns, 0), int64_t(scalar.getColumns()));
  return columns;
}

/// Whole bytes or words and f32 numbers, for a panel of `rows` rows.
tile::LayoutAttr quoin::decodedLayout(tile::LayoutAttr layout, tile::RegimeAttr regime, int64_t rows) {
  using tile::Role, tile::ScalarAttr, tile::Storage;
  Builder b(layout.getContext());
  auto one = b.getF32FloatAttr(1);
  SmallVector<ScalarAttr> scalars;
  auto add = [&](Role role, Storage storage, ArrayRef<Role> factors) {
    if (int64_t columns = sharedColumns(layout, factors); columns >= 0)
      scalars.push_back(ScalarAttr::get(b.getContext(), role, storage, columns, one));
  };
  bool isShare = layout.find(Role::BiasSub) && !layout.find(Role::BiasOuter); // of the coefficient
  add(Role::Coefficient, Storage::F32, {Role::Coefficient, Role::Outer, Role::Sub});
  if (isShare)
    add(Role::Bias, Storage::F32, {Role::BiasSub, Role::Coefficient, Role::Outer, Role::Sub});
  else
    add(Role::Bias, Storage::F32, {Role::Bias, Role::BiasOuter, Role::BiasSub});
  add(Role::Zero, Storage::S32, {Role::Zero});
  int64_t bits = regime.getOperands() == tile::Operands::Words ? 16 : 8;
  return tile::LayoutAttr::get(b.getContext(), rows, layout.getGroup(), layout.getBlock(), layout.getRun(), {bits},
                               layout.lowest(), layout.highest() - layout.lowest() + 1, {}, scalars, {});
}

/// A node that reads a field: `node`, or the first of those it is made of. -1: none does.
static spec::NodeId firstRead(const spec::Format &format, spec::NodeId node) {
  if (node < 0 || format.nodes[node].op == spec::Op::Read)
    return node;
  const spec::Node &made = format.nodes[node];
  SmallVector<spec::NodeId> operands = {made.a, made.b, made.c};
  operands.append(made.args.begin(), made.args.end());
  for (spec::NodeId operand : operands)
    if (spec::NodeId found = firstRead(format, operand); found >= 0)
      return found;
  return -1;
}

/// Multiplying is on decode's line, and what tiles read is on those of the fields it was packed from (VectorBuilder.cpp).
static Location tileLocation(Location kernel, const KernelPlan &plan) {
  LocationAttr decode = lineOf(kernel, "decode");
  if (!decode)
    return kernel;
  Location result(decode);
  auto add = [&](StringRef part, spec::NodeId node) {
    if (spec::NodeId read = firstRead(plan.format, node); read >= 0)
      result = withLine(result, part, lineOf(kernel, "field " + plan.format.fields[plan.format.nodes[read].imm].name));
  };
  add("codes", plan.form.code);
  add(tile::stringifyRole(tile::Role::Coefficient), plan.form.coefficient);
  add(tile::stringifyRole(tile::Role::Bias), plan.form.bias);
  add(tile::stringifyRole(tile::Role::Zero), plan.form.zeroNode);
  return result;
}

namespace {

class MatmulBuilder {
public:
  MatmulBuilder(KernelBuilder &b, const KernelPlan &plan)
      : b(b), plan(plan), layout(plan.layout),
        cutsBlocks(anyCoversMore(layout) && spec::shapeMultiples(plan.format).k % layout.getBlock() != 0) {}

  LogicalResult build() {
    weights = b.argument(KernelArg::Weights);
    x = b.argument(KernelArg::Xq);
    y = b.argument(KernelArg::Y);
    ldy = b.argument(KernelArg::LdY);
    bias = b.argument(KernelArg::Bias);
    m = b.argument(KernelArg::M);
    k = b.argument(KernelArg::K);
    nEnd = b.argument(KernelArg::NEnd);
    blocks = b.ceilDivide(k, layout.getBlock());
    panelStride = b.add(b.i64(layout.panelBytes()), b.scale(blocks, layout.blockBytes()));
    rowBytes = ActivationOffsets(b, plan.xLayout(b.getContext()), k).rowBytes;
    selectRegime(plan.regimes);
    return packed;
  }

private:
  /// Whether some number covers more columns than a group has.
  static bool anyCoversMore(tile::LayoutAttr layout) {
    return llvm::any_of(layout.getScalars(), [&](tile::ScalarAttr scalar) {
      return scalar.getColumns() == 0 || int64_t(scalar.getColumns()) > int64_t(layout.getGroup());
    });
  }

  /// The last regime whose min_m does not exceed M.
  void selectRegime(ArrayRef<tile::RegimeAttr> regimes) {
    if (regimes.size() == 1)
      return emitRegime(regimes.front());
    Value fits = b.cmp(CmpIPredicate::sge, m, b.i64(regimes.back().getMinM()));
    b.choose(
        fits, {}, [&] { return emitRegime(regimes.back()), KernelBuilder::Values(); },
        [&] { return selectRegime(regimes.drop_back()), KernelBuilder::Values(); });
  }

  /// Rows of X in blocks of at most m_block, equal but for one row: none is shorter than leastRows says.
  void emitRegime(tile::RegimeAttr regime) {
    if (!regime.getMBlock())
      return emitRows(regime, b.i64(0), m);
    Value blocks = ceilDivide(m, b.i64(regime.getMBlock()));
    Value each = arith::DivUIOp::create(b, b.getLoc(), m, arith::MaxSIOp::create(b, b.getLoc(), blocks, b.i64(1)));
    Value larger = b.sub(m, b.mul(each, blocks));
    b.loop(b.i64(0), blocks, 1, [&](Value i) {
      Value mBegin = b.add(b.mul(i, each), b.min(i, larger));
      Value more = arith::ExtUIOp::create(b, b.getLoc(), b.getI64Type(), b.cmp(CmpIPredicate::slt, i, larger));
      emitRows(regime, mBegin, b.add(mBegin, b.add(each, more)));
    });
  }

  /// Fewest rows of X in a block: all of the regime's fewest, or half a block where there are two.
  static int64_t leastRows(tile::RegimeAttr regime) {
    return regime.getMBlock() ? std::min(regime.getMinM(), (regime.getMBlock() + 1) / 2) : regime.getMinM();
  }

  /// Whether some number of rows of a block is cut into tiles of `size` rows: the others need no code.
  static bool occurs(tile::RegimeAttr regime, int64_t size) {
    int64_t cols = regime.getCols(), most = leastRows(regime) + cols * cols; // above it cols - 1 or cols
    for (int64_t count = leastRows(regime); count <= most; ++count) {
      int64_t tiles = llvm::divideCeil(count, cols), base = count / tiles;
      if (base == size || (base + 1 == size && count % tiles))
        return true;
    }
    return false;
  }

  Value ceilDivide(Value a, Value divisor) { return arith::CeilDivUIOp::create(b, b.getLoc(), a, divisor); }

  /// Whole blocks of the tile's rows, then what is left panel by panel.
  void emitRows(tile::RegimeAttr regime, Value mBegin, Value mEnd) {
    Value begin = b.argument(KernelArg::NBegin);
    int64_t rows = regime.getRows(), panel = layout.getRows();
    if (rows > panel) {
      Value whole = b.scale(b.divide(b.sub(nEnd, begin), rows), rows);
      Value middle = b.add(begin, whole);
      b.loop(begin, middle, rows, [&](Value n) { emitBlock(regime, rows, n, mBegin, mEnd); });
      begin = middle;
    }
    b.loop(begin, nEnd, panel, [&](Value n) { emitBlock(regime, panel, n, mBegin, mEnd); });
  }

  /// Where packed panels of a block of rows lie: what covers whole rows, then blocks; panels `stride` bytes apart.
  struct Panels {
    tile::LayoutAttr layout;
    Value numbers, blocks, stride;
  };

  void emitBlock(tile::RegimeAttr regime, int64_t rows, Value n, Value mBegin, Value mEnd) {
    if (!regime.getKBlock()) {
      Value fetchFirst = mBegin, always = constant(true);
      if (!plan.isExact)
        return emitValues(regime, panelsAt(n, b.i64(0)), rows, n, mBegin, mEnd, b.i64(0), blocks, always, always);
      return emitTiles(mBegin, mEnd, regime, [&](Value row, int64_t cols) {
        Value fetch = b.cmp(CmpIPredicate::eq, row, fetchFirst);
        emitTile(regime, panelsAt(n, b.i64(0)), rows, cols, n, row, b.i64(0), blocks, always, always, fetch);
      });
    }
    int64_t most = regime.getKBlock() / layout.getBlock();
    b.loop(b.i64(0), blocks, most, [&](Value first) {
      Value count = b.min(b.i64(most), b.sub(blocks, first));
      Value init = b.cmp(CmpIPredicate::eq, first, b.i64(0));
      Value finish = b.cmp(CmpIPredicate::eq, b.add(first, count), blocks);
      Panels panels = plan.isStored ? packPanels(regime, rows, n, first, count) : panelsAt(n, first);
      if (!plan.isExact)
        return emitValues(regime, panels, rows, n, mBegin, mEnd, first, count, init, finish);
      if (regime.getDecode() == tile::Source::Panel)
        panels = decodePanels(regime, panels, rows, count);
      Value never = constant(false);
      emitTiles(mBegin, mEnd, regime, [&](Value row, int64_t cols) {
        emitTile(regime, panels, rows, cols, n, row, first, count, init, finish, never);
      });
    });
  }

  Value constant(bool value) { return arith::ConstantOp::create(b, b.getLoc(), b.getBoolAttr(value)); }

  /// Packed weights from row n and block `first` on.
  Panels panelsAt(Value n, Value first) {
    Value numbers = b.at(weights, b.mul(b.divide(n, layout.getRows()), panelStride));
    return {layout, numbers, b.at(numbers, b.add(b.i64(layout.panelBytes()), b.scale(first, layout.blockBytes()))), panelStride};
  }

  /// Stored weights, packed into scratch memory.
  Panels packPanels(tile::RegimeAttr regime, int64_t rows, Value n, Value first, Value count) {
    Value scratch = b.argument(KernelArg::Scratch), stride = b.i64(layout.panelStride(regime.getKBlock()));
    for (int64_t row = 0; row < rows; row += layout.getRows()) {
      Value panel = b.at(scratch, b.scale(stride, row / layout.getRows()));
      packed = success(succeeded(packed) &&
                       succeeded(PanelPacker(b, plan).pack(b.add(n, b.i64(row)), panel, first, count)));
    }
    return {layout, scratch, b.at(scratch, b.i64(layout.panelBytes())), stride};
  }

  Value decodedScratch(tile::RegimeAttr regime) {
    return b.at(b.argument(KernelArg::Scratch), b.i64(scratchSizes(plan, regime).packed));
  }

  Panels decodePanels(tile::RegimeAttr regime, Panels source, int64_t rows, Value count) {
    tile::LayoutAttr decoded = decodedLayout(layout, regime, rows);
    Value scratch = decodedScratch(regime);
    tile::DecodePanelOp::create(b, b.getLoc(), source.blocks, source.numbers, source.stride, scratch, count, layout, decoded,
                                regime.getDistance());
    return {decoded, scratch, b.at(scratch, b.i64(decoded.panelBytes())), b.i64(0)};
  }

  /// Weights as floats: decoded for each tile, or to a panel that all tiles read.
  void emitValues(tile::RegimeAttr regime, Panels source, int64_t rows, Value n, Value mBegin, Value mEnd, Value first,
                  Value count, Value init, Value finish) {
    bool pairs = regime.getOperands() == tile::Operands::Pairs;
    Value column = b.scale(first, layout.getBlock());
    Value columns = b.min(b.scale(count, layout.getBlock()), b.sub(k, column));
    Value xColumn = b.at(x, b.scale(column, activationCodeBytes(plan.xLayout(b.getContext()))));
    auto xAt = [&](Value row) { return b.at(xColumn, b.mul(row, rowBytes)); };
    if (regime.getDecode() == tile::Source::Registers)
      return emitTiles(mBegin, mEnd, regime, [&](Value row, int64_t cols) {
        tile::MatmulDecodedOp::create(b, b.getLoc(), source.blocks, source.numbers, source.stride, xAt(row), rowBytes,
                                      columns, yAt(n, row), ldy, biasAt(n), b.sub(nEnd, n), init, finish, layout, rows,
                                      cols, plan.form.zero, plan.precision, pairs);
      });
    Value values = decodedScratch(regime);
    tile::DecodeValuesOp::create(b, b.getLoc(), source.blocks, source.numbers, source.stride, values, count, layout,
                                 rows, plan.form.zero, plan.precision, pairs);
    emitTiles(mBegin, mEnd, regime, [&](Value row, int64_t cols) {
      tile::MatmulValuesOp::create(b, b.getLoc(), values, xAt(row), rowBytes, columns, yAt(n, row), ldy, biasAt(n),
                                   b.sub(nEnd, n), init, finish, rows, cols, pairs);
    });
  }

  /// Covers [begin, end) with as few tiles of at most `cols` rows of X as there can be, all of base or base + 1 rows:
  /// one narrow tile at the end would cost as much as a wide one.
  void emitTiles(Value begin, Value end, tile::RegimeAttr regime, function_ref<void(Value, int64_t)> tile) {
    int64_t cols = regime.getCols();
    if (cols == 1)
      return b.loop(begin, end, 1, [&](Value row) { tile(row, 1); });
    Value count = b.sub(end, begin);
    Value tiles = arith::MaxSIOp::create(b, b.getLoc(), ceilDivide(count, b.i64(cols)), b.i64(1));
    Value base = arith::DivUIOp::create(b, b.getLoc(), count, tiles), larger = b.sub(count, b.mul(base, tiles));
    Value next = begin;
    for (int64_t size = cols; size >= 1; --size) {
      if (!occurs(regime, size))
        continue;
      Value isBase = b.cmp(CmpIPredicate::eq, base, b.i64(size));
      Value isLarger = b.cmp(CmpIPredicate::eq, base, b.i64(size - 1));
      Value some = arith::SelectOp::create(b, b.getLoc(), isLarger, larger, b.i64(0));
      some = arith::SelectOp::create(b, b.getLoc(), isBase, b.sub(tiles, larger), some);
      Value stop = b.add(next, b.scale(some, size));
      b.loop(next, stop, size, [&](Value row) { tile(row, size); });
      next = stop;
    }
  }

  Value yAt(Value n, Value row) { return b.at(y, b.scale(b.add(b.mul(row, ldy), n), 4)); }
  Value biasAt(Value n) {
    return LLVM::SelectOp::create(b, b.getLoc(), b.notNull(bias), b.at(bias, b.scale(n, 4)), bias);
  }

  void emitTile(tile::RegimeAttr regime, Panels source, int64_t rows, int64_t cols, Value n, Value row, Value firstBlock,
                Value count, Value init, Value finish, Value fetch) {
    Value xRow = b.at(x, b.mul(row, rowBytes));
    tile::MatmulOp::create(b, b.getLoc(), source.blocks, source.numbers, source.stride, xRow, rowBytes, k, firstBlock, count,
                           yAt(n, row), ldy, biasAt(n), b.sub(nEnd, n), init, finish, fetch, source.layout, regime,
                           plan.xLayout(b.getContext()), rows, cols, plan.form.zero, cutsBlocks);
  }

  KernelBuilder &b;
  const KernelPlan &plan;
  tile::LayoutAttr layout;
  /// K may end inside a block. Padding stores 0 for the groups behind it; a number that covers others as
  /// well and is infinite would make NaN of it.
  bool cutsBlocks;
  Value weights, x, y, ldy, bias, m, k, nEnd, blocks, panelStride, rowBytes;
  LogicalResult packed = success();
};

struct TileMatmul : quoin::impl::TileMatmulBase<TileMatmul> {
  void runOnOperation() override {
    for (KernelOp kernel : llvm::make_early_inc_range(getOperation().getOps<KernelOp>())) {
      if (!kernel->hasAttr(decodeOnlyAttrName) && failed(tile(kernel)))
        return signalPassFailure();
      kernel.erase();
    }
    // From here on everything is said in loops and bytes: declarations have served.
    for (Operation &op : llvm::make_early_inc_range(*getOperation().getBody()))
      if (isa<FormatOp, InstanceOp, PolicyOp>(op))
        op.erase();
  }

  LogicalResult tile(KernelOp kernel) {
    FailureOr<KernelPlan> plan = planKernel(kernel);
    if (failed(plan))
      return failure();
    if (!plan->layout)
      return kernel.emitError() << "kernel has no layout; run quoin-choose-schedule first or write \""
                                << packedLayoutAttrName << "\" on it";
    if (plan->regimes.empty())
      return kernel.emitError() << "kernel has no schedule; run quoin-choose-schedule first or write \"" << scheduleAttrName
                                << "\" on it";
    KernelBuilder b(OpBuilder(&getContext()), tileLocation(kernel.getLoc(), *plan));
    b.beginKernel(getOperation(), functionName(kernel.getSymName(), "matmul"));
    return MatmulBuilder(b, *plan).build();
  }
};

} // namespace

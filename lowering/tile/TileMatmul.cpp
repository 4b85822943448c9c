// quoin-tile-matmul: a scheduled kernel as loops over tiles.
#include "lowering/KernelPlan.h"
#include "lowering/Passes.h"
#include "lowering/tile/ActivationLayout.h"

namespace quoin {
#define GEN_PASS_DEF_TILEMATMUL
#include "lowering/Passes.h.inc"
} // namespace quoin

using namespace mlir;
using namespace quoin;
using arith::CmpIPredicate;

/// Whole bytes and f32 numbers, for a panel of `rows` rows.
tile::LayoutAttr quoin::decodedLayout(tile::LayoutAttr layout, int64_t rows) {
  using tile::Role, tile::ScalarAttr, tile::Storage;
  Builder b(layout.getContext());
  auto one = b.getF32FloatAttr(1);
  SmallVector<ScalarAttr> scalars;
  auto add = [&](Role role, Storage storage, Role whole, Role part) {
    ScalarAttr stored = layout.find(whole) ? layout.find(whole) : layout.find(part);
    if (stored)
      scalars.push_back(ScalarAttr::get(b.getContext(), role, storage, stored.getColumns(), one));
  };
  add(Role::Coefficient, Storage::F32, Role::Coefficient, Role::Sub);
  add(Role::Bias, Storage::F32, Role::Bias, Role::BiasSub);
  add(Role::Zero, Storage::S32, Role::Zero, Role::Zero);
  return tile::LayoutAttr::get(b.getContext(), rows, layout.getGroup(), layout.getBlock(), layout.getRun(), {8}, layout.lowest(),
                         layout.highest() - layout.lowest() + 1, {}, scalars);
}

namespace {

class MatmulBuilder {
public:
  MatmulBuilder(KernelBuilder &b, const KernelPlan &plan) : b(b), plan(plan), layout(plan.layout) {}

  void build() {
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
  }

private:
  /// The last regime whose min_m does not exceed M.
  void selectRegime(ArrayRef<tile::RegimeAttr> regimes) {
    if (regimes.size() == 1)
      return emitRegime(regimes.front());
    Value fits = b.cmp(CmpIPredicate::sge, m, b.i64(regimes.back().getMinM()));
    b.choose(
        fits, {}, [&] { return emitRegime(regimes.back()), KernelBuilder::Values(); },
        [&] { return selectRegime(regimes.drop_back()), KernelBuilder::Values(); });
  }

  /// Rows of X in blocks of about m_block, as equal as they can be.
  void emitRegime(tile::RegimeAttr regime) {
    if (!regime.getMBlock())
      return emitRows(regime, b.i64(0), m);
    Value blocks = ceilDivide(m, b.i64(regime.getMBlock()));
    Value block = ceilDivide(m, arith::MaxSIOp::create(b, b.getLoc(), blocks, b.i64(1)));
    b.loop(b.i64(0), blocks, 1, [&](Value i) {
      Value mBegin = b.min(m, b.mul(i, block));
      emitRows(regime, mBegin, b.min(m, b.add(mBegin, block)));
    });
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

  void emitBlock(tile::RegimeAttr regime, int64_t rows, Value n, Value mBegin, Value mEnd) {
    Value numbers = b.at(weights, b.mul(b.divide(n, layout.getRows()), panelStride));
    Value source = b.at(numbers, b.i64(layout.panelBytes()));
    Value always = arith::ConstantOp::create(b, b.getLoc(), b.getBoolAttr(true));
    if (regime.getDecode() == tile::Source::Registers)
      return emitTiles(mBegin, mEnd, regime.getCols(), [&](Value row, int64_t cols) {
        Value fetch = b.cmp(CmpIPredicate::eq, row, mBegin);
        emitTile(regime, layout, rows, cols, source, numbers, panelStride, n, row, b.i64(0), blocks, always, always, fetch);
      });
    tile::LayoutAttr decoded = decodedLayout(layout, rows);
    Value scratch = b.argument(KernelArg::Scratch), decodedBlocks = b.at(scratch, b.i64(decoded.panelBytes()));
    Value never = arith::ConstantOp::create(b, b.getLoc(), b.getBoolAttr(false));
    int64_t most = regime.getKBlock() / layout.getBlock();
    b.loop(b.i64(0), blocks, most, [&](Value first) {
      Value count = b.min(b.i64(most), b.sub(blocks, first));
      Value init = b.cmp(CmpIPredicate::eq, first, b.i64(0));
      Value finish = b.cmp(CmpIPredicate::eq, b.add(first, count), blocks);
      tile::DecodePanelOp::create(b, b.getLoc(), b.at(source, b.scale(first, layout.blockBytes())), numbers, panelStride,
                                  scratch, count, layout, decoded, regime.getDistance());
      emitTiles(mBegin, mEnd, regime.getCols(), [&](Value row, int64_t cols) {
        emitTile(regime, decoded, rows, cols, decodedBlocks, scratch, b.i64(0), n, row, first, count, init, finish, never);
      });
    });
  }

  /// Covers [begin, end) with as few tiles of at most `cols` rows of X as there can be, all of base or base + 1 rows:
  /// one narrow tile at the end would cost as much as a wide one.
  void emitTiles(Value begin, Value end, int64_t cols, function_ref<void(Value, int64_t)> tile) {
    if (cols == 1)
      return b.loop(begin, end, 1, [&](Value row) { tile(row, 1); });
    Value count = b.sub(end, begin);
    Value tiles = arith::MaxSIOp::create(b, b.getLoc(), ceilDivide(count, b.i64(cols)), b.i64(1));
    Value base = arith::DivUIOp::create(b, b.getLoc(), count, tiles), larger = b.sub(count, b.mul(base, tiles));
    Value next = begin;
    for (int64_t size = cols; size >= 1; --size) {
      Value isBase = b.cmp(CmpIPredicate::eq, base, b.i64(size));
      Value isLarger = b.cmp(CmpIPredicate::eq, base, b.i64(size - 1));
      Value some = arith::SelectOp::create(b, b.getLoc(), isLarger, larger, b.i64(0));
      some = arith::SelectOp::create(b, b.getLoc(), isBase, b.sub(tiles, larger), some);
      Value stop = b.add(next, b.scale(some, size));
      b.loop(next, stop, size, [&](Value row) { tile(row, size); });
      next = stop;
    }
  }

  void emitTile(tile::RegimeAttr regime, tile::LayoutAttr source, int64_t rows, int64_t cols, Value bytes, Value numbers,
                Value stride, Value n, Value row, Value firstBlock, Value count, Value init, Value finish, Value fetch) {
    Value xRow = b.at(x, b.mul(row, rowBytes));
    Value yTile = b.at(y, b.scale(b.add(b.mul(row, ldy), n), 4));
    Value biasTile = LLVM::SelectOp::create(b, b.getLoc(), b.notNull(bias), b.at(bias, b.scale(n, 4)), bias);
    Value valid = b.sub(nEnd, n);
    tile::MatmulOp::create(b, b.getLoc(), bytes, numbers, stride, xRow, rowBytes, k, firstBlock, count, yTile, ldy, biasTile,
                           valid, init, finish, fetch, source, regime, plan.xLayout(b.getContext()), rows, cols,
                           plan.packed->zero);
  }

  KernelBuilder &b;
  const KernelPlan &plan;
  tile::LayoutAttr layout;
  Value weights, x, y, ldy, bias, m, k, nEnd, blocks, panelStride, rowBytes;
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
    KernelBuilder b(OpBuilder(&getContext()), kernel.getLoc());
    b.beginKernel(getOperation(), functionName(kernel, "matmul"));
    MatmulBuilder(b, *plan).build();
    return success();
  }
};

} // namespace

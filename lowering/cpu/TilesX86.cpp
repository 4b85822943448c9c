// quoin-tiles-x86: the one place that names the tile instructions of x86 (AMX).
#include "lowering/KernelBuilder.h"
#include "lowering/Passes.h"
#include "lowering/Target.h"
#include "lowering/cpu/DotLowering.h"

namespace quoin {
#define GEN_PASS_DEF_TILESX86
#include "lowering/Passes.h.inc"
} // namespace quoin

using namespace mlir;
using namespace quoin;

namespace {

/// Registers: one of X, three of codes in turn, one of sums for every 16 rows of weights.
constexpr int64_t xTile = 0, firstCodes = 1, codesTiles = 3, firstSums = 4, tileCount = 8;

class TileLowering : public DotLowering {
public:
  using DotLowering::DotLowering;

  /// The registers have one shape in all of a function: that of its products, which are alike.
  LogicalResult configure(func::FuncOp function) {
    tile::TileProductsOp first;
    auto isLike = [&](tile::TileProductsOp op) {
      first = first ? first : op;
      return op.getCols() == first.getCols() && op.getQuads() == first.getQuads();
    };
    bool areAlike = true;
    function.walk([&](tile::TileProductsOp op) { areAlike &= isLike(op); });
    if (!first)
      return success();
    if (!areAlike)
      return function.emitError() << "products of tiles of one function differ in cols or quads";
    b.setInsertionPointToStart(&function.front());
    loc = function.getLoc();
    call("llvm.x86.ldtilecfg", {KernelBuilder(b, loc).constantArray(shapes(first))});
    function.walk([&](func::ReturnOp op) {
      b.setInsertionPoint(op);
      call("llvm.x86.tilerelease", {});
    });
    return success();
  }

  void lower(tile::TileProductsOp op) {
    startAt(op);
    KernelBuilder k(b, loc);
    Value codesStride = k.i64(4 * op.getRows()), sumsStride = k.i64(64), x = tile(xTile);
    call("llvm.x86.tileloadd64", {x, op.getX(), op.getXStride()});
    for (int64_t i = 0; i < int64_t(op.getRows()) / 16; ++i) {
      Value sums = tile(firstSums + i), codes = tile(firstCodes + i % codesTiles);
      call("llvm.x86.tilezero", {sums});
      call("llvm.x86.tileloadd64", {codes, k.at(op.getCodes(), k.i64(64 * i)), codesStride});
      call("llvm.x86.tdpbsud", {sums, x, codes});
    }
    for (int64_t i = 0; i < int64_t(op.getRows()) / 16; ++i)
      call("llvm.x86.tilestored64",
           {tile(firstSums + i), k.at(op.getSums(), k.i64(64 * i * op.getCols())), sumsStride});
    op.erase();
  }

private:
  void call(const char *intrinsic, ValueRange operands) {
    LLVM::CallIntrinsicOp::create(b, loc, b.getStringAttr(intrinsic), operands);
  }

  Value tile(int64_t index) { return arith::ConstantOp::create(b, loc, b.getI8IntegerAttr(int8_t(index))); }

  /// The 64 bytes of palette 1: bytes of a row from byte 16 on, two for each register, rows from byte 48 on (Intel SDM
  /// volume 1, section 18.3).
  static std::array<uint32_t, 16> shapes(tile::TileProductsOp op) {
    std::array<uint8_t, 64> bytes = {1};
    for (int64_t i = 0; i < tileCount; ++i) {
      bool isCodes = i >= firstCodes && i < firstCodes + codesTiles;
      bytes[16 + 2 * i] = uint8_t(i == xTile ? 4 * op.getQuads() : 64);
      bytes[48 + i] = uint8_t(isCodes ? op.getQuads() : op.getCols());
    }
    return std::bit_cast<std::array<uint32_t, 16>>(bytes);
  }
};

struct TilesX86 : quoin::impl::TilesX86Base<TilesX86> {
  using TilesX86Base::TilesX86Base;

  void runOnOperation() override {
    Result<Target> found = findTarget(target);
    if (!found) {
      getOperation().emitError() << found.error().message << "; " << found.error().hint;
      return signalPassFailure();
    }
    if (!found->hasTiles)
      return;
    TileLowering lowering(&getContext());
    for (auto function : llvm::to_vector(getOperation().getOps<func::FuncOp>()))
      if (failed(lowering.configure(function)))
        return signalPassFailure();
    getOperation().walk([&](tile::TileProductsOp op) { lowering.lower(op); });
  }
};

} // namespace

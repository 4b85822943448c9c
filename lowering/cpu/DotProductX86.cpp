// quoin-dot-product-x86: the one place that names x86 dot-product instructions.
#include "lowering/Passes.h"
#include "lowering/Target.h"
#include "lowering/cpu/DotLowering.h"

namespace quoin {
#define GEN_PASS_DEF_DOTPRODUCTX86
#include "lowering/Passes.h.inc"
} // namespace quoin

using namespace mlir;
using namespace quoin;

namespace {

/// Intrinsics of one vector width; the psign of 512 bits does not exist.
struct Names {
  const char *pairs, *widen, *quads, *sign, *lookup, *floatPairs;
};
const Names names256 = {"llvm.x86.avx2.pmadd.ub.sw", "llvm.x86.avx2.pmadd.wd", "llvm.x86.avx512.vpdpbusd.256",
                        "llvm.x86.avx2.psign.b",     "llvm.x86.avx2.pshuf.b",  "llvm.x86.avx512bf16.dpbf16ps.256"};
const Names names512 = {"llvm.x86.avx512.pmaddubs.w.512", "llvm.x86.avx512.pmaddw.d.512",
                        "llvm.x86.avx512.vpdpbusd.512",   nullptr,
                        "llvm.x86.avx512.pshuf.b.512",    "llvm.x86.avx512bf16.dpbf16ps.512"};

class X86Lowering : public DotLowering {
public:
  X86Lowering(MLIRContext *context, const Target &target)
      : DotLowering(context), target(target), names(target.vectorBytes == 64 ? names512 : names256) {}

  void lower(tile::DotOp op) {
    startAt(op);
    auto acc = cast<VectorType>(op.getAcc().getType());
    Value result;
    if (cast<VectorType>(op.getCodes().getType()).getElementType().isInteger(16))
      result = add(op.getAcc(), call(names.widen, acc, {op.getCodes(), op.getX()}));
    else if (target.dot == DotInstruction::Quads && acc.getElementType().isInteger(32) && !op.getIsSigned())
      result = call(names.quads, acc, {op.getAcc(), op.getCodes(), op.getX()});
    else if (target.dot == DotInstruction::Pairs && !op.getIsSigned())
      result = add(op.getAcc(), widenTo(acc, call(names.pairs, words(), {op.getCodes(), op.getX()})));
    else if (target.dot == DotInstruction::Pairs)
      result = add(op.getAcc(), widenTo(acc, signedPairs(op)));
    else
      return;
    replace(op, inOrder(result, "=x,0"));
  }

  /// The table in every 16 bytes, shuffled by the indices.
  void lower(tile::LookupOp op) {
    startAt(op);
    replace(op, call(names.lookup, op.getType(), {tableOf(op), op.getIndices()}));
  }

  void lower(tile::DotPairsOp op) {
    startAt(op);
    if (target.bf16 == Bf16Products::Pairs)
      replace(op, call(names.floatPairs, op.getType(), {op.getAcc(), op.getW(), op.getX()}));
  }

  void lower(tile::WidenOp op) {
    startAt(op);
    replace(op, widenTo(cast<VectorType>(op.getType()), op.getSums()));
  }

private:
  VectorType words() { return VectorType::get(target.vectorBytes / 2, b.getI16Type()); }

  /// 16-bit sums as they are, or added pairwise into 32-bit lanes.
  Value widenTo(VectorType acc, Value sums) {
    if (acc == sums.getType())
      return sums;
    Value ones = arith::ConstantOp::create(b, loc, DenseElementsAttr::get(words(), int16_t(1)));
    return call(names.widen, acc, {sums, ones});
  }

  /// |codes| times x carrying the codes' sign: pair sums stay within 2 * 128 * 127 = 32512.
  Value signedPairs(tile::DotOp op) {
    Value codes = op.getCodes();
    return call(names.pairs, words(), {magnitude(codes), withSign(op.getX(), codes)});
  }

  /// Looked-up codes have their magnitudes looked up too: shuffles leave the multiply pipes free, abs does not.
  Value magnitude(Value codes) {
    auto lookup = codes.getDefiningOp<tile::LookupOp>();
    if (!lookup)
      return LLVM::AbsOp::create(b, loc, codes.getType(), codes, /*is_int_min_poison=*/false);
    SmallVector<int64_t> table;
    for (int64_t value : lookup.getTable())
      table.push_back(int8_t(uint8_t(std::abs(value))));
    return tile::LookupOp::create(b, loc, codes.getType(), lookup.getIndices(), table);
  }

  Value withSign(Value x, Value codes) {
    if (names.sign)
      return call(names.sign, x.getType(), {x, codes});
    Value zero = arith::ConstantOp::create(b, loc, b.getZeroAttr(x.getType()));
    Value negative = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, codes, zero);
    return arith::SelectOp::create(b, loc, negative, arith::SubIOp::create(b, loc, zero, x), x);
  }

  const Target &target;
  const Names &names;
};

struct DotProductX86 : quoin::impl::DotProductX86Base<DotProductX86> {
  using DotProductX86Base::DotProductX86Base;

  void runOnOperation() override {
    Result<Target> found = findTarget(target);
    if (!found) {
      getOperation().emitError() << found.error().message << "; " << found.error().hint;
      return signalPassFailure();
    }
    if (found->isArm() || found->dot == DotInstruction::Generic)
      return;
    X86Lowering lowering(&getContext(), *found);
    getOperation().walk([&](tile::DotOp op) { lowering.lower(op); });
    getOperation().walk([&](tile::DotPairsOp op) { lowering.lower(op); });
    getOperation().walk([&](tile::LookupOp op) { lowering.lower(op); });
    getOperation().walk([&](tile::WidenOp op) { lowering.lower(op); });
  }
};

} // namespace

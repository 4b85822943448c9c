// quoin-dot-product-x86: the one place that names x86 dot-product instructions.
#include "lowering/Passes.h"
#include "lowering/TileDialect.h"

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

class DotLowering {
public:
  DotLowering(MLIRContext *context, const Target &target)
      : b(context), loc(UnknownLoc::get(context)), target(target), names(target.vectorBytes == 64 ? names512 : names256) {}

  void lower(tile::DotOp op) {
    b.setInsertionPoint(op);
    loc = op.getLoc();
    auto acc = cast<VectorType>(op.getAcc().getType());
    Value result;
    bool areWords = cast<VectorType>(op.getCodes().getType()).getElementType().isInteger(16);
    if (areWords && target.dot != DotInstruction::Generic)
      result = add(op.getAcc(), call(names.widen, acc, {op.getCodes(), op.getX()}));
    else if (target.dot == DotInstruction::Quads && acc.getElementType().isInteger(32) && !op.getIsSigned())
      result = call(names.quads, acc, {op.getAcc(), op.getCodes(), op.getX()});
    else if (target.dot == DotInstruction::Pairs && !op.getIsSigned())
      result = add(op.getAcc(), widenTo(acc, call(names.pairs, words(), {op.getCodes(), op.getX()})));
    else if (target.dot == DotInstruction::Pairs)
      result = add(op.getAcc(), widenTo(acc, signedPairs(op)));
    else
      result = generic(op, acc);
    if (target.dot != DotInstruction::Generic)
      result = inOrder(result);
    op.replaceAllUsesWith(result);
    op.erase();
  }

  /// Even and odd bytes as words: shifts within 16-bit lanes, the even bytes being the low halves.
  void lower(tile::WordsOp op) {
    b.setInsertionPoint(op);
    loc = op.getLoc();
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

  /// The table in every 16 bytes, shuffled by the indices.
  void lower(tile::LookupOp op) {
    b.setInsertionPoint(op);
    loc = op.getLoc();
    auto type = cast<VectorType>(op.getType());
    SmallVector<int8_t> table;
    for (int64_t i = 0; i < type.getNumElements(); ++i)
      table.push_back(size_t(i % 16) < op.getTable().size() ? int8_t(op.getTable()[i % 16]) : int8_t(0));
    Value all = arith::ConstantOp::create(b, loc, DenseElementsAttr::get(type, ArrayRef(table)));
    op.replaceAllUsesWith(target.dot == DotInstruction::Generic ? select(op, ArrayRef(table).take_front(op.getTable().size()))
                                                                : call(names.lookup, type, {all, op.getIndices()}));
    op.erase();
  }

  void lower(tile::DotPairsOp op) {
    b.setInsertionPoint(op);
    loc = op.getLoc();
    Value result = target.bf16 == Bf16Products::Pairs
                       ? call(names.floatPairs, op.getType(), {op.getAcc(), op.getW(), op.getX()})
                       : splitPairs(op);
    op.replaceAllUsesWith(result);
    op.erase();
  }

  void lower(tile::WidenOp op) {
    b.setInsertionPoint(op);
    loc = op.getLoc();
    auto type = cast<VectorType>(op.getType());
    op.replaceAllUsesWith(target.dot == DotInstruction::Generic ? addNeighbours(extend(op.getSums(), 32, true), type)
                                                                : widenTo(type, op.getSums()));
    op.erase();
  }

private:
  /// A chain of selects: the lookup in plain vector code.
  Value select(tile::LookupOp op, ArrayRef<int8_t> table) {
    auto splat = [&](int8_t value) {
      return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(cast<VectorType>(op.getType()), value)).getResult();
    };
    Value value = splat(table.front());
    for (size_t i = 1; i < table.size(); ++i) {
      Value isIndex = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, op.getIndices(), splat(int8_t(i)));
      value = arith::SelectOp::create(b, loc, isIndex, splat(table[i]), value);
    }
    return value;
  }

  VectorType words() { return VectorType::get(target.vectorBytes / 2, b.getI16Type()); }

  Value call(const char *name, Type type, ValueRange operands) {
    return LLVM::CallIntrinsicOp::create(b, loc, type, b.getStringAttr(name), operands).getResult(0);
  }

  Value add(Value a, Value c) { return arith::AddIOp::create(b, loc, a, c); }

  /// Keeps accumulations in the order written. LLVM's scheduler otherwise interleaves a whole unrolled group, and spills
  /// 70 to 150 registers of a 16 x 3 tile at half the speed; an empty side effect on the accumulator costs nothing.
  Value inOrder(Value acc) {
    return LLVM::InlineAsmOp::create(b, loc, acc.getType(), ValueRange{acc}, /*asm_string=*/"", /*constraints=*/"=x,0",
                                     /*has_side_effects=*/true, /*is_align_stack=*/false,
                                     LLVM::tailcallkind::TailCallKind::None, LLVM::AsmDialectAttr(), ArrayAttr())
        .getResult(0);
  }

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

  /// A bf16 is the upper half of an f32.
  Value splitPairs(tile::DotPairsOp op) {
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
    return sum;
  }

  Value generic(tile::DotOp op, VectorType acc) {
    unsigned bits = acc.getElementTypeBitWidth();
    Value products = arith::MulIOp::create(b, loc, extend(op.getCodes(), bits, op.getIsSigned()),
                                           extend(op.getX(), bits, true));
    return add(op.getAcc(), addNeighbours(products, acc));
  }

  OpBuilder b;
  Location loc;
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
    DotLowering lowering(&getContext(), *found);
    getOperation().walk([&](tile::DotOp op) { lowering.lower(op); });
    getOperation().walk([&](tile::DotPairsOp op) { lowering.lower(op); });
    getOperation().walk([&](tile::LookupOp op) { lowering.lower(op); });
    getOperation().walk([&](tile::WidenOp op) { lowering.lower(op); });
    getOperation().walk([&](tile::WordsOp op) { lowering.lower(op); });
  }
};

} // namespace

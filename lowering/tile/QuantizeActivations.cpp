// quoin-quantize-activations: X from f32 to int8 codes, scales and sums, row by row.
#include "lowering/KernelPlan.h"
#include "lowering/Passes.h"
#include "lowering/RoundFloat.h"
#include "lowering/tile/ActivationLayout.h"

#include <cfloat>
#include <limits>

namespace quoin {
#define GEN_PASS_DEF_QUANTIZEACTIVATIONS
#include "lowering/Passes.h.inc"
} // namespace quoin

using namespace mlir;
using namespace quoin;
using arith::CmpIPredicate;

namespace {

/// Columns handled as one vector; groups are multiples of it or smaller.
constexpr int64_t chunkColumns = 32;

/// What chunks must divide: every run that is looked at on its own.
int64_t chunkUnit(tile::XLayoutAttr layout) {
  int64_t unit = layout.getSumGroup() ? layout.getSumGroup() : layout.getBlock();
  return layout.getFloats() && layout.getGroup() > 0 ? std::gcd(unit, layout.getGroup()) : unit;
}

class QuantizeBuilder {
public:
  QuantizeBuilder(KernelBuilder &b, tile::XLayoutAttr layout, tile::Storage precision)
      : b(b), loc(b.getLoc()), layout(layout), precision(precision), k(b.argument(KernelArg::K)), offsets(b, layout, k),
        chunk(std::gcd(chunkUnit(layout), chunkColumns)),
        floats(VectorType::get(chunk, b.getF32Type())), ints(VectorType::get(chunk, b.getI32Type())) {}

  void build() {
    Value x = b.argument(KernelArg::X), ldx = b.argument(KernelArg::LdX), xq = b.argument(KernelArg::Xq);
    b.loop(b.argument(KernelArg::MBegin), b.argument(KernelArg::MEnd), 1, [&](Value m) {
      row = b.at(x, b.scale(b.mul(m, ldx), 4));
      out = b.at(xq, b.mul(m, offsets.rowBytes));
      if (layout.getGroup() < 0)
        return roundRow();
      b.loop(b.i64(0), offsets.groups(layout.getGroup()), 1, [&](Value g) { quantizeGroup(g); });
      if (layout.getBias())
        b.loop(b.i64(0), offsets.groups(layout.getBiasGroup()), 1, [&](Value g) { sumForBias(g); });
    });
  }

private:
  /// Columns [begin, end) of run `g` of `length` columns (0: all) of the padded row.
  std::pair<Value, Value> bounds(Value g, int64_t length) {
    if (!length)
      return {b.i64(0), offsets.columns};
    Value begin = b.scale(g, length);
    return {begin, b.min(b.add(begin, b.i64(length)), offsets.columns)};
  }

  void roundRow() {
    b.loop(b.i64(0), offsets.columns, chunk, [&](Value column) {
      Value value = roundFloat(b, load(column), precision);
      b.store(layout.getPairs() ? bf16Bits(b, value) : value, b.at(out, b.scale(column, activationCodeBytes(layout))));
    });
  }

  void quantizeGroup(Value g) {
    auto [begin, end] = bounds(g, layout.getGroup());
    // Magnitudes compare as integers, with infinities and NaNs above every number.
    Value top = b.loop(begin, end, chunk, {b.i32(0)}, [&](Value column, ValueRange carried) -> KernelBuilder::Values {
      Value bits = arith::BitcastOp::create(b, loc, ints, load(column));
      Value magnitude = arith::AndIOp::create(b, loc, bits, splat(int32_t(0x7fffffff)));
      Value largest = vector::ReductionOp::create(b, loc, vector::CombiningKind::MAXUI, magnitude);
      return {arith::MaxUIOp::create(b, loc, carried[0], largest).getResult()};
    })[0];
    Value amax = arith::BitcastOp::create(b, loc, b.getF32Type(), top);
    Value finite = b.cmp(CmpIPredicate::ult, top, b.i32(0x7f800000));
    Value zero = b.cmp(CmpIPredicate::eq, top, b.i32(0));
    Value usable = arith::AndIOp::create(
        b, loc, finite, arith::XOrIOp::create(b, loc, zero, arith::ConstantOp::create(b, loc, b.getBoolAttr(true))));
    Value scale = arith::DivFOp::create(b, loc, amax, b.f32(127));
    scale = arith::SelectOp::create(b, loc, finite, scale, b.f32(std::numeric_limits<float>::quiet_NaN()));
    Value inverse = arith::MinimumFOp::create(b, loc, arith::DivFOp::create(b, loc, b.f32(127), amax), b.f32(FLT_MAX));
    if (layout.getFloats()) {
      b.loop(begin, end, chunk, [&](Value column) {
        Value codes = arith::SIToFPOp::create(b, loc, floats, quantize(column, inverse, usable));
        Value value = arith::MulFOp::create(b, loc, codes, vector::BroadcastOp::create(b, loc, floats, scale));
        b.store(value, b.at(out, b.scale(column, 4)));
      });
      return;
    }
    b.store(scale, b.at(out, b.add(offsets.scales(), b.scale(g, 4))));
    int64_t sumGroup = layout.getSumGroup() ? layout.getSumGroup() : layout.getGroup();
    if (sumGroup == layout.getGroup()) // the weights' groups are as long or longer
      return storeCodes(begin, end, g, inverse, usable);
    b.loop(begin, end, sumGroup, [&](Value first) {
      storeCodes(first, b.add(first, b.i64(sumGroup)), b.divide(first, sumGroup), inverse, usable);
    });
  }

  Value quantize(Value column, Value inverse, Value usable) {
    Value scaled = arith::MulFOp::create(b, loc, load(column), vector::BroadcastOp::create(b, loc, floats, inverse));
    Value rounded = math::RoundEvenOp::create(b, loc, scaled);
    // Unusable groups are zeroed before the conversion, which is undefined for NaN.
    Value none = arith::ConstantOp::create(b, loc, b.getZeroAttr(floats));
    Value keep = vector::BroadcastOp::create(b, loc, VectorType::get(chunk, b.getI1Type()), usable);
    return arith::FPToSIOp::create(b, loc, ints, arith::SelectOp::create(b, loc, keep, rounded, none));
  }

  /// Codes of columns [begin, end), and their sum as the `index`-th of the row's.
  void storeCodes(Value begin, Value end, Value index, Value inverse, Value usable) {
    Value sum = b.loop(begin, end, chunk, {b.i32(0)}, [&](Value column, ValueRange carried) -> KernelBuilder::Values {
      Value quantized = quantize(column, inverse, usable);
      b.store(arith::TruncIOp::create(b, loc, VectorType::get(chunk, b.getI8Type()), quantized), b.at(out, column));
      if (layout.getWords())
        b.store(asWords(quantized), b.at(out, b.add(offsets.words, b.scale(column, 2))));
      Value part = vector::ReductionOp::create(b, loc, vector::CombiningKind::ADD, quantized);
      return {b.add(carried[0], part)};
    })[0];
    b.store(sum, b.at(out, b.add(offsets.sums(), b.scale(index, 4))));
  }

  /// Sum over a weight group's activation groups of scale * sum, fused in ascending order; the bare sum where activation
  /// groups are the longer ones.
  void sumForBias(Value g) {
    int64_t sumGroup = layout.getSumGroup();
    bool isBare = sumGroup != layout.getGroup();
    auto [begin, end] = bounds(g, layout.getBiasGroup());
    Value first = sumGroup ? b.divide(begin, sumGroup) : b.i64(0);
    Value last = sumGroup ? b.ceilDivide(end, sumGroup) : b.i64(1); // the last one may be cut
    Value total = b.loop(first, last, 1, {b.f32(0)}, [&](Value i, ValueRange carried) -> KernelBuilder::Values {
      Value sum = b.load(b.getI32Type(), b.at(out, b.add(offsets.sums(), b.scale(i, 4))));
      Value real = arith::SIToFPOp::create(b, loc, b.getF32Type(), sum);
      if (isBare)
        return {real};
      Value scale = b.load(b.getF32Type(), b.at(out, b.add(offsets.scales(), b.scale(i, 4))));
      return {math::FmaOp::create(b, loc, real, scale, carried[0]).getResult()};
    })[0];
    b.store(total, b.at(out, b.add(offsets.biasSums(), b.scale(g, 4))));
  }

  /// Each four columns as words in the order 0, 2, 1, 3: even and odd bytes of codes meet them in pairs.
  Value asWords(Value quantized) {
    SmallVector<int64_t> order;
    for (int64_t quad = 0; quad < chunk; quad += 4)
      order.append({quad, quad + 2, quad + 1, quad + 3});
    Value narrow = arith::TruncIOp::create(b, loc, VectorType::get(chunk, b.getI16Type()), quantized);
    return vector::ShuffleOp::create(b, loc, narrow, narrow, order);
  }

  /// A chunk of the row, zero past its end.
  Value load(Value column) {
    Value pointer = b.at(row, b.scale(column, 4));
    Value whole = b.cmp(CmpIPredicate::sle, b.add(column, b.i64(chunk)), k);
    return b.choose(
        whole, floats, [&] { return KernelBuilder::Values{b.load(floats, pointer)}; },
        [&] {
          SmallVector<int32_t> lanes(chunk);
          std::iota(lanes.begin(), lanes.end(), 0);
          Value left = arith::TruncIOp::create(b, loc, b.getI32Type(), b.sub(k, column));
          Value index = arith::ConstantOp::create(b, loc, DenseElementsAttr::get(ints, ArrayRef(lanes)));
          Value mask = b.cmp(CmpIPredicate::slt, index, vector::BroadcastOp::create(b, loc, ints, left));
          Value none = arith::ConstantOp::create(b, loc, b.getZeroAttr(floats));
          return KernelBuilder::Values{LLVM::MaskedLoadOp::create(b, loc, floats, pointer, mask, none, uint32_t(1))};
        })[0];
  }
  Value splat(int32_t value) { return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(ints, value)); }

  KernelBuilder &b;
  Location loc;
  tile::XLayoutAttr layout;
  tile::Storage precision;
  Value k;
  ActivationOffsets offsets;
  int64_t chunk;
  VectorType floats, ints;
  Value row, out;
};

struct QuantizeActivations : quoin::impl::QuantizeActivationsBase<QuantizeActivations> {
  void runOnOperation() override {
    for (KernelOp kernel : getOperation().getOps<KernelOp>()) {
      if (kernel->hasAttr(decodeOnlyAttrName))
        continue;
      FailureOr<KernelPlan> plan = planKernel(kernel);
      if (failed(plan))
        return signalPassFailure();
      if (!plan->layout)
        continue;
      KernelBuilder b(OpBuilder(&getContext()), kernel.getLoc());
      b.beginKernel(getOperation(), functionName(kernel.getSymName(), "quantize"));
      QuantizeBuilder(b, plan->xLayout(&getContext()), plan->precision).build();
    }
  }
};

} // namespace

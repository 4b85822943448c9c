// quoin-quantize-activations: X from f32 to int8 codes, scales and sums, row by row.
#include "lowering/KernelPlan.h"
#include "lowering/Passes.h"
#include "lowering/tile/ActivationLayout.h"

#include <cfloat>
#include <limits>

namespace quoin {
#define GEN_PASS_DEF_QUANTIZEACTIVATIONS
#include "lowering/Passes.h.inc"
} // namespace quoin

using namespace mlir;
using namespace quoin;

namespace {

/// Columns handled as one vector; groups are multiples of it or smaller.
constexpr int64_t chunkColumns = 32;

class QuantizeBuilder {
public:
  QuantizeBuilder(KernelBuilder &b, int64_t group, bool words)
      : b(b), loc(b.getLoc()), group(group), words(words), chunk(std::min(group, chunkColumns)),
        floats(VectorType::get(chunk, b.getF32Type())), ints(VectorType::get(chunk, b.getI32Type())) {}

  void build() {
    Value k = b.argument(KernelArg::K), x = b.argument(KernelArg::X), ldx = b.argument(KernelArg::LdX);
    Value xq = b.argument(KernelArg::Xq);
    Value groups = b.divide(k, group);
    Value rowBytes = activationRowBytes(b, k, group, words);
    b.loop(b.argument(KernelArg::MBegin), b.argument(KernelArg::MEnd), 1, [&](Value m) {
      Value row = b.at(x, b.scale(b.mul(m, ldx), 4));
      Value codes = b.at(xq, b.mul(m, rowBytes));
      Value scales = b.at(codes, k), sums = b.at(scales, b.scale(groups, 4)), wide = b.at(sums, b.scale(groups, 4));
      b.loop(b.i64(0), groups, 1, [&](Value g) {
        Value first = b.scale(g, group);
        quantizeGroup(b.at(row, b.scale(first, 4)), b.at(codes, first), b.at(scales, b.scale(g, 4)),
                      b.at(sums, b.scale(g, 4)), b.at(wide, b.scale(first, 2)));
      });
    });
  }

private:
  void quantizeGroup(Value x, Value codes, Value scaleAt, Value sumAt, Value wide) {
    Value chunks = b.i64(group / chunk);
    // Magnitudes compare as integers, with infinities and NaNs above every number.
    Value top = b.loop(b.i64(0), chunks, 1, {b.i32(0)}, [&](Value c, ValueRange carried) -> KernelBuilder::Values {
      Value bits = arith::BitcastOp::create(b, loc, ints, load(x, c));
      Value magnitude = arith::AndIOp::create(b, loc, bits, splat(int32_t(0x7fffffff)));
      Value largest = vector::ReductionOp::create(b, loc, vector::CombiningKind::MAXUI, magnitude);
      return {arith::MaxUIOp::create(b, loc, carried[0], largest).getResult()};
    })[0];
    Value amax = arith::BitcastOp::create(b, loc, b.getF32Type(), top);
    Value finite = b.cmp(arith::CmpIPredicate::ult, top, b.i32(0x7f800000));
    Value zero = b.cmp(arith::CmpIPredicate::eq, top, b.i32(0));
    Value usable = arith::AndIOp::create(
        b, loc, finite, arith::XOrIOp::create(b, loc, zero, arith::ConstantOp::create(b, loc, b.getBoolAttr(true))));
    Value scale = arith::DivFOp::create(b, loc, amax, b.f32(127));
    scale = arith::SelectOp::create(b, loc, finite, scale, b.f32(std::numeric_limits<float>::quiet_NaN()));
    Value inverse = arith::MinimumFOp::create(b, loc, arith::DivFOp::create(b, loc, b.f32(127), amax), b.f32(FLT_MAX));
    b.store(scale, scaleAt);
    Value sum = b.loop(b.i64(0), chunks, 1, {b.i32(0)}, [&](Value c, ValueRange carried) -> KernelBuilder::Values {
      Value scaled = arith::MulFOp::create(b, loc, load(x, c), vector::BroadcastOp::create(b, loc, floats, inverse));
      Value rounded = math::RoundEvenOp::create(b, loc, scaled);
      // Unusable groups are zeroed before the conversion, which is undefined for NaN.
      Value none = arith::ConstantOp::create(b, loc, b.getZeroAttr(floats));
      Value keep = vector::BroadcastOp::create(b, loc, VectorType::get(chunk, b.getI1Type()), usable);
      Value quantized = arith::FPToSIOp::create(b, loc, ints, arith::SelectOp::create(b, loc, keep, rounded, none));
      b.store(arith::TruncIOp::create(b, loc, VectorType::get(chunk, b.getI8Type()), quantized),
              b.at(codes, b.scale(c, chunk)));
      if (words)
        b.store(asWords(quantized), b.at(wide, b.scale(c, 2 * chunk)));
      Value part = vector::ReductionOp::create(b, loc, vector::CombiningKind::ADD, quantized);
      return {b.add(carried[0], part)};
    })[0];
    b.store(sum, sumAt);
  }

  /// Each four columns as words in the order 0, 2, 1, 3: even and odd bytes of codes meet them in pairs.
  Value asWords(Value quantized) {
    SmallVector<int64_t> order;
    for (int64_t quad = 0; quad < chunk; quad += 4)
      order.append({quad, quad + 2, quad + 1, quad + 3});
    Value narrow = arith::TruncIOp::create(b, loc, VectorType::get(chunk, b.getI16Type()), quantized);
    return vector::ShuffleOp::create(b, loc, narrow, narrow, order);
  }

  Value load(Value x, Value c) { return b.load(floats, b.at(x, b.scale(c, 4 * chunk))); }
  Value splat(int32_t value) { return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(ints, value)); }

  KernelBuilder &b;
  Location loc;
  int64_t group;
  bool words;
  int64_t chunk;
  VectorType floats, ints;
};

struct QuantizeActivations : quoin::impl::QuantizeActivationsBase<QuantizeActivations> {
  void runOnOperation() override {
    for (KernelOp kernel : getOperation().getOps<KernelOp>()) {
      if (kernel->hasAttr(decodeOnlyAttrName))
        continue;
      FailureOr<SmallVector<tile::RegimeAttr>> regimes = readSchedule(kernel);
      if (failed(regimes))
        return signalPassFailure();
      KernelBuilder b(OpBuilder(&getContext()), kernel.getLoc());
      b.beginKernel(getOperation(), functionName(kernel, "quantize"));
      QuantizeBuilder(b, kernel.getActivations().getPer(), usesWords(*regimes)).build();
    }
  }
};

} // namespace

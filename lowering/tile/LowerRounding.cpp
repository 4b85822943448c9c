// Roundings to stored types as code.
#include "lowering/tile/LowerExpression.h"

#include "mlir/Dialect/Math/IR/Math.h"

#include <cmath>
#include <limits>

using namespace mlir;
using quoin::spec::Rounding;
using quoin::spec::RoundTo;
using quoin::spec::ScalarType;

namespace quoin {

/// A float to the nearest integers under a mode, as a float.
static Value roundToWhole(KernelBuilder &b, Rounding mode, Value value) {
  Location loc = b.getLoc();
  switch (mode) {
  case Rounding::NearestEven:
    return math::RoundEvenOp::create(b, loc, value);
  case Rounding::NearestAway:
    return math::RoundOp::create(b, loc, value);
  case Rounding::TowardZero:
    return math::TruncOp::create(b, loc, value);
  case Rounding::Floor:
    return math::FloorOp::create(b, loc, value);
  case Rounding::Ceil:
    break;
  }
  return math::CeilOp::create(b, loc, value);
}

ExpressionLowering::Result ExpressionLowering::round(const RoundTo &to, Value value) {
  return to.type.isFloat() ? roundToFloat(to, value) : roundToInteger(to, value);
}

Value ExpressionLowering::roundToInteger(const RoundTo &to, Value value) {
  value = roundToWhole(b, to.mode, value);
  bool isSigned = to.type.kind == ScalarType::Kind::SInt;
  if (to.type.width == 32 && !isSigned)
    return saturate(value, "llvm.fptoui.sat");
  int64_t top = int64_t(1) << (isSigned ? to.type.width - 1 : to.type.width);
  Value limited = b.min(saturate(value, "llvm.fptosi.sat"), b.i32(int32_t(top - 1)));
  return arith::MaxSIOp::create(b, b.getLoc(), limited, b.i32(int32_t(isSigned ? -top : 0)));
}

namespace {
/// One rounding to a float type. In f64 every step but the rounding itself is exact: the types are subsets of f32.
class FloatRounding {
public:
  FloatRounding(KernelBuilder &b, const RoundTo &to, Value value)
      : b(b), loc(b.getLoc()), to(to), type(to.type), value(value),
        wide(arith::ExtFOp::create(b, loc, b.getF64Type(), value)) {}

  Value make() {
    Value rounded = onGrid();
    rounded = select(compare(arith::CmpFPredicate::OGT, math::AbsFOp::create(b, loc, rounded), wideConstant(largest())),
                     pastEnd(), arith::TruncFOp::create(b, loc, b.getF32Type(), rounded));
    if (type.special == ScalarType::Special::FNUZ) // zero has no sign
      rounded = select(compare(arith::CmpFPredicate::OEQ, rounded, b.f32(0)), b.f32(0), rounded);
    if (!type.hasSign) {
      Value least = b.f32(type.decodeFloat(0));
      rounded = select(compare(arith::CmpFPredicate::OLT, rounded, least), least, rounded);
      rounded = select(compare(arith::CmpFPredicate::OLT, value, b.f32(0)), constantFor(NAN), rounded);
    }
    return select(compare(arith::CmpFPredicate::UNO, value, value), constantFor(NAN), rounded);
  }

private:
  /// The value as a multiple of the spacing that the type has there, which is that of its least exponent below it.
  Value onGrid() {
    int lowest = type.special == ScalarType::Special::E8M0 ? -type.bias : 1 - type.bias;
    Value bits = arith::BitcastOp::create(b, loc, b.getI64Type(), wide);
    Value biased = arith::AndIOp::create(b, loc, arith::ShRUIOp::create(b, loc, bits, b.i64(52)), b.i64(0x7FF));
    Value exponent = b.min(b.sub(biased, b.i64(1023)), b.i64(128)); // infinity stays what it is
    exponent = arith::MaxSIOp::create(b, loc, exponent, b.i64(lowest));
    Value spacing = b.sub(exponent, b.i64(type.mantissa));
    Value scaled = arith::MulFOp::create(b, loc, wide, powerOfTwo(b.sub(b.i64(0), spacing)));
    return arith::MulFOp::create(b, loc, roundToWhole(b, to.mode, scaled), powerOfTwo(spacing));
  }

  /// What stands for values beyond the largest: that one where the mode goes toward zero, but for infinity itself.
  Value pastEnd() {
    Value inward = b.f32(largest()), outward = constantFor(INFINITY), magnitude;
    Value isInfinite = compare(arith::CmpFPredicate::OEQ, math::AbsFOp::create(b, loc, value), b.f32(INFINITY));
    Value isNegative = compare(arith::CmpFPredicate::OLT, value, b.f32(0));
    Value finite = to.mode == Rounding::TowardZero ? inward
                   : to.mode == Rounding::Floor    ? select(isNegative, outward, inward)
                   : to.mode == Rounding::Ceil     ? select(isNegative, inward, outward)
                                                   : outward;
    magnitude = to.saturate ? inward : select(isInfinite, outward, finite);
    return math::CopySignOp::create(b, loc, magnitude, value);
  }

  float largest() { return type.decodeFloat(spec::encodeScalar(type, INFINITY, Rounding::NearestEven, true)); }
  /// What a NaN or an infinity becomes.
  Value constantFor(float special) {
    return b.f32(type.decodeFloat(spec::encodeScalar(type, special, Rounding::NearestEven, to.saturate)));
  }
  Value powerOfTwo(Value exponent) {
    Value bits = arith::ShLIOp::create(b, loc, b.add(exponent, b.i64(1023)), b.i64(52));
    return arith::BitcastOp::create(b, loc, b.getF64Type(), bits);
  }
  Value wideConstant(double number) { return arith::ConstantOp::create(b, loc, b.getF64FloatAttr(number)); }
  Value compare(arith::CmpFPredicate predicate, Value left, Value right) {
    return arith::CmpFOp::create(b, loc, predicate, left, right);
  }
  Value select(Value condition, Value then, Value otherwise) {
    return arith::SelectOp::create(b, loc, condition, then, otherwise);
  }

  KernelBuilder &b;
  Location loc;
  const RoundTo &to;
  const ScalarType &type;
  Value value, wide;
};
} // namespace

Value ExpressionLowering::roundToFloat(const RoundTo &to, Value value) {
  if (to.type == *ScalarType::parse("f32") && !to.saturate)
    return value;
  if (to.type == *ScalarType::parse("f16") && to.mode == Rounding::NearestEven && !to.saturate) {
    Value half = arith::TruncFOp::create(b, b.getLoc(), b.getF16Type(), value); // one instruction
    return arith::ExtFOp::create(b, b.getLoc(), b.getF32Type(), half);
  }
  return FloatRounding(b, to, value).make();
}

} // namespace quoin

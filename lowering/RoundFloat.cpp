// f32 values rounded to a shorter type and kept as f32.
#include "lowering/RoundFloat.h"

using namespace mlir;

namespace quoin {

static Value constant(KernelBuilder &b, Type type, int32_t value) {
  if (auto vector = dyn_cast<VectorType>(type))
    return arith::ConstantOp::create(b, b.getLoc(), DenseElementsAttr::get(vector, value));
  return b.i32(value);
}

/// In integers: the conversion instruction is rare, and a call of a library must not come out. NaNs are plain ones,
/// which what is added does not turn into numbers.
static Value roundToBF16(KernelBuilder &b, Value value) {
  Location loc = b.getLoc();
  Type floats = value.getType(), ints = b.getI32Type();
  if (auto vector = dyn_cast<VectorType>(floats))
    ints = vector.cloneWith(std::nullopt, b.getI32Type());
  Value bits = arith::BitcastOp::create(b, loc, ints, value);
  Value odd = arith::AndIOp::create(b, loc, arith::ShRUIOp::create(b, loc, bits, constant(b, ints, 16)), constant(b, ints, 1));
  Value up = b.add(b.add(bits, odd), constant(b, ints, 0x7fff));
  Value rounded = arith::AndIOp::create(b, loc, up, constant(b, ints, int32_t(0xffff0000)));
  return arith::BitcastOp::create(b, loc, floats, rounded);
}

Value withPlainNans(KernelBuilder &b, Value value) {
  Location loc = b.getLoc();
  Type type = value.getType();
  TypedAttr nan = FloatAttr::get(b.getF32Type(), APFloat::getQNaN(APFloat::IEEEsingle()));
  if (auto vector = dyn_cast<VectorType>(type))
    nan = DenseElementsAttr::get(vector, nan);
  Value isNan = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNO, value, value);
  return arith::SelectOp::create(b, loc, isNan, arith::ConstantOp::create(b, loc, nan), value);
}

Value roundFloat(KernelBuilder &b, Value value, tile::Storage to, bool plainNans) {
  if (to == tile::Storage::BF16)
    return roundToBF16(b, plainNans ? value : withPlainNans(b, value));
  if (to != tile::Storage::F16)
    return value;
  Type halves = b.getF16Type();
  if (auto vector = dyn_cast<VectorType>(value.getType()))
    halves = vector.cloneWith(std::nullopt, halves);
  Value half = arith::TruncFOp::create(b, b.getLoc(), halves, value);
  return arith::ExtFOp::create(b, b.getLoc(), value.getType(), half);
}

/// Bits of a vector of f32, and those that bf16 keeps moved down.
static Value bitsOf(KernelBuilder &b, Value values) {
  auto ints = cast<VectorType>(values.getType()).cloneWith(std::nullopt, b.getI32Type());
  return arith::BitcastOp::create(b, b.getLoc(), ints, values);
}
static Value upperBits(KernelBuilder &b, Value values) {
  Value bits = bitsOf(b, values);
  return arith::ShRUIOp::create(b, b.getLoc(), bits, constant(b, bits.getType(), 16));
}

Value bf16Bits(KernelBuilder &b, Value values) {
  auto halves = cast<VectorType>(values.getType()).cloneWith(std::nullopt, b.getI16Type());
  return arith::TruncIOp::create(b, b.getLoc(), halves, upperBits(b, values));
}

Value bf16Pairs(KernelBuilder &b, Value low, Value high) {
  return arith::OrIOp::create(b, b.getLoc(), upperBits(b, low), bitsOf(b, high));
}

} // namespace quoin

// f32 values rounded to a shorter type and kept as f32.
#include "lowering/RoundFloat.h"

using namespace mlir;

namespace quoin {

static Value constant(KernelBuilder &b, Type type, int32_t value) {
  if (auto vector = dyn_cast<VectorType>(type))
    return arith::ConstantOp::create(b, b.getLoc(), DenseElementsAttr::get(vector, value));
  return b.i32(value);
}

/// In integers: the conversion instruction is rare, and a call of a library must not come out.
static Value roundToBF16(KernelBuilder &b, Value value) {
  Location loc = b.getLoc();
  Type floats = value.getType(), ints = b.getI32Type();
  if (auto vector = dyn_cast<VectorType>(floats))
    ints = vector.cloneWith(std::nullopt, b.getI32Type());
  Value bits = arith::BitcastOp::create(b, loc, ints, value);
  Value odd = arith::AndIOp::create(b, loc, arith::ShRUIOp::create(b, loc, bits, constant(b, ints, 16)), constant(b, ints, 1));
  Value up = b.add(b.add(bits, odd), constant(b, ints, 0x7fff));
  Value isNan = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNO, value, value);
  Value rounded = arith::SelectOp::create(b, loc, isNan, constant(b, ints, 0x7fc00000), up);
  rounded = arith::AndIOp::create(b, loc, rounded, constant(b, ints, int32_t(0xffff0000)));
  return arith::BitcastOp::create(b, loc, floats, rounded);
}

Value roundFloat(KernelBuilder &b, Value value, tile::Storage to) {
  if (to == tile::Storage::BF16)
    return roundToBF16(b, value);
  if (to != tile::Storage::F16)
    return value;
  Type halves = b.getF16Type();
  if (auto vector = dyn_cast<VectorType>(value.getType()))
    halves = vector.cloneWith(std::nullopt, halves);
  Value half = arith::TruncFOp::create(b, b.getLoc(), halves, value);
  return arith::ExtFOp::create(b, b.getLoc(), value.getType(), half);
}

} // namespace quoin

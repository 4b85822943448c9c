// A KernelBuilder that also speaks of vectors of one target's width, codes and coefficients.
#include "lowering/vector/VectorBuilder.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace quoin::tile {

VectorType VectorBuilder::floats() { return VectorType::get(target.lanes(), getF32Type()); }
VectorType VectorBuilder::ints() { return VectorType::get(target.lanes(), getI32Type()); }
VectorType VectorBuilder::bytes() { return VectorType::get(target.vectorBytes, getI8Type()); }
VectorType VectorBuilder::words() { return VectorType::get(target.vectorBytes / 2, getI16Type()); }

Value VectorBuilder::maskedLoad(Value pointer, Value mask) {
  return LLVM::MaskedLoadOp::create(*this, getLoc(), floats(), pointer, mask, zeroFloats(), uint32_t(1));
}

void VectorBuilder::maskedStore(Value value, Value pointer, Value mask) {
  LLVM::MaskedStoreOp::create(*this, getLoc(), value, pointer, mask, uint32_t(1));
}

void VectorBuilder::prefetch(Value pointer, int locality) {
  LLVM::Prefetch::create(*this, getLoc(), pointer, /*rw=*/0, /*hint=*/locality, /*cache=*/1);
}

Value VectorBuilder::laneMask(Value valid, int64_t first) {
  SmallVector<int32_t> lanes;
  for (int64_t lane = 0; lane < target.lanes(); ++lane)
    lanes.push_back(first + lane);
  Value index = arith::ConstantOp::create(*this, getLoc(), DenseElementsAttr::get(ints(), ArrayRef(lanes)));
  Value limit = broadcast(arith::TruncIOp::create(*this, getLoc(), getI32Type(), valid));
  return arith::CmpIOp::create(*this, getLoc(), arith::CmpIPredicate::slt, index, limit);
}

Value VectorBuilder::zeroFloats() {
  return arith::ConstantOp::create(*this, getLoc(), DenseElementsAttr::get(floats(), 0.0f));
}

Value VectorBuilder::zeroSums(int64_t bits) {
  auto type = VectorType::get(target.vectorBytes * 8 / bits, getIntegerType(bits));
  return arith::ConstantOp::create(*this, getLoc(), getZeroAttr(type));
}

Value VectorBuilder::splatInts(int64_t value) {
  return arith::ConstantOp::create(*this, getLoc(), DenseElementsAttr::get(ints(), int32_t(value)));
}

Value VectorBuilder::broadcast(Value scalar) {
  return vector::BroadcastOp::create(*this, getLoc(), VectorType::get(target.lanes(), scalar.getType()), scalar);
}

Value VectorBuilder::broadcastQuad(VectorType type, Value pointer) {
  return vector::BitCastOp::create(*this, getLoc(), type, broadcast(load(getI32Type(), pointer)));
}

Value VectorBuilder::coefficients(Value pointer, int64_t bits) {
  if (bits == 32)
    return load(floats(), pointer);
  Value half = load(VectorType::get(target.lanes(), getF16Type()), pointer);
  return arith::ExtFOp::create(*this, getLoc(), floats(), half);
}

Value VectorBuilder::codes(LayoutAttr layout, Value panel, int64_t rowInPanel, int64_t quad, bool flip) {
  Value all;
  int64_t shift = 0;
  for (auto [index, bits] : llvm::enumerate(layout.getPlanes())) {
    int64_t slots = 8 / bits;
    int64_t offset = layout.planeOffset(index) + 4 * (layout.getRows() * (quad / slots) + rowInPanel);
    Value part = load(bytes(), at(panel, i64(offset)));
    if (slots > 1)
      part = UnpackOp::create(*this, getLoc(), part.getType(), part, quad % slots, bits);
    if (shift) {
      Value amount = arith::ConstantOp::create(*this, getLoc(), DenseElementsAttr::get(bytes(), int8_t(shift)));
      part = arith::ShLIOp::create(*this, getLoc(), part, amount);
      all = arith::OrIOp::create(*this, getLoc(), all, part);
    } else {
      all = part;
    }
    shift += bits;
  }
  bool signExtend = layout.getIsSigned() && shift < 8;
  if (signExtend || flip) {
    // Two's complement of `shift` bits: (code ^ s) - s with s the sign bit; adding 128 modulo 256 flips the top bit.
    auto splat = [&](uint8_t value) {
      return arith::ConstantOp::create(*this, getLoc(), DenseElementsAttr::get(bytes(), int8_t(value)));
    };
    uint8_t sign = signExtend ? uint8_t(1u << (shift - 1)) : 0;
    if (signExtend)
      all = arith::SubIOp::create(*this, getLoc(), arith::XOrIOp::create(*this, getLoc(), all, splat(sign)), splat(sign));
    if (flip)
      all = arith::XOrIOp::create(*this, getLoc(), all, splat(0x80));
  }
  return all;
}

} // namespace quoin::tile

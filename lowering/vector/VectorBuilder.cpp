// A KernelBuilder that also speaks of vectors of one target's width, codes and coefficients.
#include "lowering/vector/VectorBuilder.h"

#include "lowering/SourceLines.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <bit>

using namespace mlir;

namespace quoin::tile {

VectorType VectorBuilder::floats() { return VectorType::get(target.lanes(), getF32Type()); }
VectorType VectorBuilder::ints() { return VectorType::get(target.lanes(), getI32Type()); }
VectorType VectorBuilder::bytes() { return VectorType::get(target.vectorBytes, getI8Type()); }
VectorType VectorBuilder::words() { return VectorType::get(target.vectorBytes / 2, getI16Type()); }
VectorType VectorBuilder::shortFloats() { return VectorType::get(target.vectorBytes / 2, getBF16Type()); }

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

Value VectorBuilder::splatFloat(double value) {
  return arith::ConstantOp::create(*this, getLoc(), DenseElementsAttr::get(floats(), float(value)));
}

Value VectorBuilder::splatByte(int64_t value) {
  return arith::ConstantOp::create(*this, getLoc(), DenseElementsAttr::get(bytes(), int8_t(uint8_t(value))));
}

Value VectorBuilder::codesAt(LayoutAttr layout, Value block, Value column, int64_t fixed) {
  int64_t bytesPerColumn = layout.getRows() * layout.codeBits(); // in bits: chunks are whole bytes
  if (layout.getBlock() == layout.getRun())
    return at(at(block, divide(scale(column, bytesPerColumn), 8)), i64(layout.headBytes() + layout.runHeadBytes() + fixed * bytesPerColumn / 8));
  Value all = add(column, i64(fixed));
  Value heads = scale(divide(all, layout.getRun()), layout.runHeadBytes());
  return at(at(block, i64(layout.headBytes() + layout.runHeadBytes())), add(divide(scale(all, bytesPerColumn), 8), heads));
}

Value VectorBuilder::codes(LayoutAttr layout, Value block, Value column, int64_t fixed, int64_t rowInPanel,
                           int64_t offset) {
  AtPart here(*this, getLoc(), "codes");
  Value all;
  int64_t shift = 0, inChunk = fixed % layout.chunkColumns(), quad = inChunk / 4;
  Value chunk = codesAt(layout, block, column, fixed - inChunk);
  for (auto [index, bits] : llvm::enumerate(layout.getPlanes())) {
    PlaneSet set(bits);
    int64_t first = layout.planeOffset(index) + 4 * (layout.getRows() * (quad / set.slots * set.vectors) + rowInPanel);
    for (const CodePiece &piece : set.pieces(quad % set.slots)) {
      Value part = load(bytes(), at(chunk, i64(first + 4 * layout.getRows() * piece.vector)));
      if (bits < 8)
        part = UnpackOp::create(*this, getLoc(), part.getType(), part, piece.bits, piece.from, piece.to + shift);
      all = all ? arith::OrIOp::create(*this, getLoc(), all, part).getResult() : part;
    }
    shift += bits;
  }
  if (!layout.getLevels().empty()) {
    llvm::SmallVector<int64_t> table;
    for (int64_t level : layout.getLevels())
      table.push_back(int8_t(uint8_t(level - layout.lowest() - offset)));
    return LookupOp::create(*this, getLoc(), all.getType(), all, table);
  }
  if (std::abs(offset) == 128) // modulo 256, taking 128 away flips the top bit
    return arith::XOrIOp::create(*this, getLoc(), all, splatByte(128));
  return offset ? arith::SubIOp::create(*this, getLoc(), all, splatByte(offset)).getResult() : all;
}

Value VectorBuilder::numberAt(LayoutAttr layout, ScalarAttr scalar, Value numbers, Value block, Value column,
                              int64_t rowInPanel) {
  int64_t inRun = layout.scalarOffset(scalar) + rowInPanel * scalar.bytes();
  if (!scalar.getColumns())
    return at(numbers, i64(inRun));
  int64_t bytes = layout.getRows() * scalar.bytes();
  if (!layout.isInRun(scalar))
    return at(at(block, scale(divide(column, scalar.getColumns()), bytes)), i64(inRun));
  Value run = divide(column, layout.getRun()), inside = sub(column, scale(run, layout.getRun()));
  Value offset = add(scale(run, layout.runBytes()), scale(divide(inside, scalar.getColumns()), bytes));
  return at(at(block, offset), i64(inRun));
}

Value VectorBuilder::integerNumbers(ScalarAttr scalar, Value pointer) {
  if (scalar.getStorage() == Storage::S32)
    return load(ints(), pointer);
  Value narrow = load(VectorType::get(target.lanes(), getI8Type()), pointer);
  if (scalar.getStorage() == Storage::S8)
    return arith::ExtSIOp::create(*this, getLoc(), ints(), narrow);
  return arith::ExtUIOp::create(*this, getLoc(), ints(), narrow);
}

Value VectorBuilder::floatNumbers(ScalarAttr scalar, Value pointer) {
  Location loc = getLoc();
  auto asFloats = [&](Value bits) { return vector::BitCastOp::create(*this, loc, floats(), bits).getResult(); };
  auto shiftLeft = [&](Value value, int64_t amount) {
    return arith::ShLIOp::create(*this, loc, value, splatInts(amount)).getResult();
  };
  switch (scalar.getStorage()) {
  case Storage::F32:
    return load(floats(), pointer);
  case Storage::F16:
    return arith::ExtFOp::create(*this, loc, floats(), load(VectorType::get(target.lanes(), getF16Type()), pointer));
  case Storage::BF16: {
    Value high = load(VectorType::get(target.lanes(), getI16Type()), pointer);
    return asFloats(shiftLeft(arith::ExtUIOp::create(*this, loc, ints(), high), 16));
  }
  case Storage::S32:
  case Storage::U8:
  case Storage::S8:
    return arith::SIToFPOp::create(*this, loc, floats(), integerNumbers(scalar, pointer));
  case Storage::Exponent:
  case Storage::ExponentOrNan:
    break;
  }
  // 2^(e - 128) as the product of two normal powers: it may itself be subnormal.
  Value e = arith::ExtUIOp::create(*this, loc, ints(), load(VectorType::get(target.lanes(), getI8Type()), pointer));
  Value half = arith::ShRUIOp::create(*this, loc, e, splatInts(1)), rest = sub(e, half);
  auto power = [&](Value exponent) { return asFloats(shiftLeft(add(exponent, splatInts(127 - 64)), 23)); };
  Value value = arith::MulFOp::create(*this, loc, power(half), power(rest));
  if (scalar.getStorage() == Storage::Exponent)
    return value;
  Value isNan = cmp(arith::CmpIPredicate::eq, e, splatInts(0));
  return arith::SelectOp::create(*this, loc, isNan, splatFloat(std::numeric_limits<double>::quiet_NaN()), value);
}

Value VectorBuilder::product(Value outer, Value sub, double factor) {
  if (factor != 1) // with the number that changes less often
    outer = arith::MulFOp::create(*this, getLoc(), outer, splatFloat(factor));
  return sub ? arith::MulFOp::create(*this, getLoc(), outer, sub).getResult() : outer;
}

Value VectorBuilder::scaling(LayoutAttr layout, Role whole, Role outer, Role sub, Value numbers, Value block, Value column,
                             int64_t rowInPanel) {
  AtPart here(*this, getLoc(), stringifyRole(whole));
  auto numbersOf = [&](ScalarAttr scalar) {
    return floatNumbers(scalar, numberAt(layout, scalar, numbers, block, column, rowInPanel));
  };
  if (ScalarAttr one = layout.find(whole))
    return product(numbersOf(one), {}, one.getFactor().getValueAsDouble());
  ScalarAttr slow = layout.find(outer), fast = layout.find(sub);
  if (!fast)
    return {};
  double factor = fast.getFactor().getValueAsDouble();
  if (!slow) // a share of the coefficient
    return product(coefficients(layout, numbers, block, column, rowInPanel), numbersOf(fast), factor);
  return product(numbersOf(slow), numbersOf(fast), slow.getFactor().getValueAsDouble() * factor);
}

Value VectorBuilder::coefficients(LayoutAttr layout, Value numbers, Value block, Value column, int64_t rowInPanel) {
  return scaling(layout, Role::Coefficient, Role::Outer, Role::Sub, numbers, block, column, rowInPanel);
}

Value VectorBuilder::biases(LayoutAttr layout, Value numbers, Value block, Value column, int64_t rowInPanel) {
  return scaling(layout, Role::Bias, Role::BiasOuter, Role::BiasSub, numbers, block, column, rowInPanel);
}

Value VectorBuilder::zeros(LayoutAttr layout, Value numbers, Value block, Value column, int64_t rowInPanel) {
  AtPart here(*this, getLoc(), stringifyRole(Role::Zero));
  ScalarAttr zero = layout.find(Role::Zero);
  return zero ? integerNumbers(zero, numberAt(layout, zero, numbers, block, column, rowInPanel)) : Value();
}

/// access(v, c) for the whole tile.
static KernelBuilder::Values tileOf(int64_t vectors, int64_t cols, function_ref<Value(int64_t, int64_t)> access) {
  KernelBuilder::Values values;
  for (int64_t v = 0; v < vectors; ++v)
    for (int64_t c = 0; c < cols; ++c)
      if (Value value = access(v, c))
        values.push_back(value);
  return values;
}

Value VectorBuilder::tileRow(Value y, Value ldy, int64_t c, int64_t v) {
  return at(y, add(scale(ldy, 4 * c), i64(4 * v * target.lanes())));
}

VectorBuilder::Values VectorBuilder::tileSums(Value init, Value y, Value ldy, Value valid, int64_t vectors, int64_t cols) {
  Value full = cmp(arith::CmpIPredicate::sge, valid, i64(vectors * target.lanes()));
  llvm::SmallVector<Type> types(vectors * cols, floats());
  auto whole = [&] {
    return tileOf(vectors, cols, [&](int64_t v, int64_t c) { return load(floats(), tileRow(y, ldy, c, v)); });
  };
  auto masked = [&] {
    return tileOf(vectors, cols, [&](int64_t v, int64_t c) {
      return maskedLoad(tileRow(y, ldy, c, v), laneMask(valid, v * target.lanes()));
    });
  };
  return choose(
      init, types, [&] { return Values(types.size(), zeroFloats()); }, [&] { return choose(full, types, whole, masked); });
}

VectorBuilder::Values VectorBuilder::addTileBias(Values sums, Value bias, Value valid, int64_t vectors, int64_t cols) {
  Value full = cmp(arith::CmpIPredicate::sge, valid, i64(vectors * target.lanes()));
  llvm::SmallVector<Type> types(vectors * cols, floats());
  auto with = [&](function_ref<Value(Value, int64_t)> loadBias) {
    return tileOf(vectors, cols, [&](int64_t v, int64_t c) -> Value {
      Value numbers = loadBias(at(bias, i64(4 * v * target.lanes())), v);
      return arith::AddFOp::create(*this, getLoc(), sums[v * cols + c], numbers);
    });
  };
  auto whole = [&] { return with([&](Value pointer, int64_t) { return load(floats(), pointer); }); };
  auto masked = [&] {
    return with([&](Value pointer, int64_t v) { return maskedLoad(pointer, laneMask(valid, v * target.lanes())); });
  };
  return choose(
      notNull(bias), types, [&] { return choose(full, types, whole, masked); }, [&] { return sums; });
}

void VectorBuilder::storeTile(Values sums, Value y, Value ldy, Value valid, int64_t vectors, int64_t cols) {
  Value full = cmp(arith::CmpIPredicate::sge, valid, i64(vectors * target.lanes()));
  auto whole = [&] {
    return tileOf(vectors, cols, [&](int64_t v, int64_t c) -> Value {
      return store(sums[v * cols + c], tileRow(y, ldy, c, v)), Value();
    });
  };
  auto masked = [&] {
    return tileOf(vectors, cols, [&](int64_t v, int64_t c) -> Value {
      return maskedStore(sums[v * cols + c], tileRow(y, ldy, c, v), laneMask(valid, v * target.lanes())), Value();
    });
  };
  choose(full, {}, whole, masked);
}

Value VectorBuilder::gather(llvm::ArrayRef<float> table, Value indices) {
  llvm::SmallVector<uint32_t> words;
  for (float value : table)
    words.push_back(std::bit_cast<uint32_t>(value));
  Value base = constantArray(words);
  auto pointers = LLVM::getVectorType(pointer(), target.lanes());
  Value wide = arith::ExtUIOp::create(*this, getLoc(), VectorType::get(target.lanes(), getI64Type()), indices);
  Value addresses = LLVM::GEPOp::create(*this, getLoc(), pointers, getF32Type(), base, ValueRange{wide});
  Value all = arith::ConstantOp::create(
      *this, getLoc(), DenseElementsAttr::get(VectorType::get(target.lanes(), getI1Type()), true));
  return LLVM::masked_gather::create(*this, getLoc(), floats(), addresses, all, ValueRange{zeroFloats()}, uint32_t(4));
}

} // namespace quoin::tile

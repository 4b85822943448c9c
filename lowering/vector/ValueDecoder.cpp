// Packed weights as f32 values: of one vector of rows, four columns at a time.
#include "lowering/vector/ValueDecoder.h"

#include "lowering/RoundFloat.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <limits>

using namespace mlir;

namespace quoin::tile {

void ValueDecoder::moveTo(Value newNumbers, Value newBlock, int64_t row) {
  numbers = newNumbers;
  block = newBlock;
  rowInPanel = row;
}

void ValueDecoder::readNumbers(Value column) {
  if (layout.getPlanes().empty()) // a coefficient a column, and nothing else
    return;
  coefficient = b.coefficients(layout, numbers, block, column, rowInPanel);
  bias = b.biases(layout, numbers, block, column, rowInPanel);
  for (Value *number : {&coefficient, &bias}) // here rather than in every value
    if (*number && precision == Storage::BF16)
      *number = withPlainNans(b, *number);
  zero = b.zeros(layout, numbers, block, column, rowInPanel);
  if (zero)
    zero = b.sub(b.splatInts(constant), zero);
  else if (constant)
    zero = b.splatInts(constant);
}

SmallVector<Value, 4> ValueDecoder::quad(Value column, int64_t fixed) {
  Location loc = b.getLoc();
  SmallVector<Value, 4> values;
  if (layout.getPlanes().empty()) {
    for (int64_t t = 0; t < 4; ++t) {
      Value number = b.coefficients(layout, numbers, block, b.add(column, b.i64(fixed + t)), rowInPanel);
      values.push_back(roundFloat(b, number, precision));
    }
    return values;
  }
  // Byte t of a lane is column t.
  Value codes = vector::BitCastOp::create(b, loc, b.ints(), b.codes(layout, block, column, fixed, rowInPanel, 0));
  for (int64_t t = 0; t < 4; ++t) {
    Value code = t ? arith::ShRUIOp::create(b, loc, codes, b.splatInts(8 * t)).getResult() : codes;
    if (t < 3)
      code = arith::AndIOp::create(b, loc, code, b.splatInts(255));
    values.push_back(roundFloat(b, decode(code), precision, /*plainNans=*/!layout.getTable()));
  }
  return values;
}

Value ValueDecoder::decode(Value code) {
  Value value = meaning(code);
  if (coefficient)
    value = arith::MulFOp::create(b, b.getLoc(), value, coefficient);
  if (bias)
    value = arith::AddFOp::create(b, b.getLoc(), value, bias);
  return value;
}

/// code - zero as f32, exactly, or what the table says.
Value ValueDecoder::meaning(Value code) {
  if (DenseF32ArrayAttr table = layout.getTable()) {
    // Packed weights may come from anywhere: whatever bits a code has, there is a number for it.
    SmallVector<float> numbers(table.asArrayRef());
    numbers.resize(size_t(1) << layout.codeBits(), std::numeric_limits<float>::quiet_NaN());
    return b.gather(numbers, code);
  }
  if (zero)
    code = b.add(code, zero);
  return arith::SIToFPOp::create(b, b.getLoc(), b.floats(), code);
}

/// Steps of whole chunks where groups are as long.
KernelBuilder::Values forEachQuad(VectorBuilder &b, LayoutAttr layout, KernelBuilder::Values values,
                                  function_ref<void(Value)> group,
                                  function_ref<KernelBuilder::Values(Value, int64_t, ValueRange)> quad) {
  bool hasCodes = !layout.getPlanes().empty();
  int64_t chunk = hasCodes ? layout.chunkColumns() : 4;
  int64_t length = !hasCodes ? chunk : layout.getGroup() ? layout.getGroup() : layout.getBlock();
  auto quads = [&](Value column, int64_t columns, ValueRange carried, bool manyGroups) {
    KernelBuilder::Values next(carried);
    for (int64_t fixed = 0; fixed < columns; fixed += 4) {
      if (manyGroups && fixed % length == 0)
        group(b.add(column, b.i64(fixed)));
      next = quad(column, fixed, next);
    }
    return next;
  };
  Value begin = b.i64(0), end = b.i64(layout.getBlock());
  if (length % chunk)
    return b.loop(begin, end, std::lcm(length, chunk), values, [&](Value column, ValueRange carried) {
      return quads(column, std::lcm(length, chunk), carried, true);
    });
  return b.loop(begin, end, length, values, [&](Value first, ValueRange outer) {
    group(first);
    return b.loop(b.i64(0), b.i64(length), chunk, outer,
                  [&](Value inside, ValueRange carried) { return quads(b.add(first, inside), chunk, carried, false); });
  });
}

} // namespace quoin::tile

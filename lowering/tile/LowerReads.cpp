// Reads of fields and tables as code: bit maps become byte addresses, shifts and masks.
#include "lowering/SourceLines.h"
#include "lowering/tile/LowerExpression.h"

#include "mlir/IR/BuiltinOps.h"

#include <bit>

using namespace mlir;
using arith::CmpIPredicate;
using quoin::spec::Field;
using quoin::spec::Node;
using quoin::spec::NodeId;
using quoin::spec::ScalarType;

namespace quoin {

ExpressionLowering::Result ExpressionLowering::table(const Node &node) {
  const spec::Table &table = format.tables[node.imm];
  if (table.values.empty())
    return unsupported("reads of an empty table");
  Value linear = b.i64(0);
  for (auto [argument, extent] : llvm::zip_equal(node.args, table.extents)) {
    Result index = lower(argument);
    if (failed(index))
      return failure();
    Value inside = arith::MinUIOp::create(b, b.getLoc(), asIndex(*index), b.i64(extent - 1));
    linear = b.add(b.scale(linear, extent), inside);
  }
  Value word = b.load(b.getI32Type(), b.at(b.constantArray(table.values), b.scale(linear, 4)));
  if (!table.isFloat())
    return word;
  return arith::BitcastOp::create(b, b.getLoc(), b.getF32Type(), word).getResult();
}

Value ExpressionLowering::streamBase(const Field &field) {
  const spec::Stream &stream = format.streams[field.stream];
  Value base = b.load(b.pointer(), b.at(streams, b.i64(8 * field.stream)));
  return stream.isRecord ? b.at(base, b.scale(record, stream.recordBytes)) : base;
}

LogicalResult ExpressionLowering::forEachSlice(const Field &field, function_ref<void(int, int, Value)> f) {
  int shift = 0;
  int repeats = field.bitVar >= 0 ? field.type.width : 1;
  for (int bit = 0; bit < repeats; ++bit) {
    Scope inner = scope;
    if (field.bitVar >= 0)
      inner.variables[field.bitVar] = b.i64(bit);
    for (const spec::Slice &slice : field.slices) {
      Result offset = inScope(inner, [&] { return lower(slice.offset); });
      if (failed(offset))
        return failure();
      f(shift, slice.width, asIndex(*offset));
      shift += slice.width;
    }
  }
  return success();
}

/// `width` bits at `bit` as i32. Bytes are addressed no further than the one that holds the last bit.
Value ExpressionLowering::gather(Value base, Value bit, int width) {
  Location loc = b.getLoc();
  Value first = arith::ShRUIOp::create(b, loc, bit, b.i64(3));
  Value last = arith::ShRUIOp::create(b, loc, b.add(bit, b.i64(width - 1)), b.i64(3));
  Value word;
  for (int byte = 0; byte < (width + 14) / 8; ++byte) {
    Value address = b.at(base, byte ? b.min(b.add(first, b.i64(byte)), last) : first);
    Value part = arith::ExtUIOp::create(b, loc, b.getI64Type(), b.load(b.getI8Type(), address));
    if (byte)
      part = arith::ShLIOp::create(b, loc, part, b.i64(8 * byte));
    word = word ? arith::OrIOp::create(b, loc, word, part).getResult() : part;
  }
  word = arith::ShRUIOp::create(b, loc, word, arith::AndIOp::create(b, loc, bit, b.i64(7)));
  word = arith::AndIOp::create(b, loc, word, b.i64((int64_t(1) << width) - 1));
  return arith::TruncIOp::create(b, loc, b.getI32Type(), word);
}

/// Stores bit by bit into bytes that start as zero: the order of stores does not matter.
void ExpressionLowering::scatter(Value base, Value bit, int width, Value code) {
  Location loc = b.getLoc();
  Value one = arith::ConstantOp::create(b, loc, b.getI8IntegerAttr(1));
  for (int i = 0; i < width; ++i) {
    Value position = b.add(bit, b.i64(i));
    Value address = b.at(base, arith::ShRUIOp::create(b, loc, position, b.i64(3)));
    Value shift = arith::TruncIOp::create(b, loc, b.getI8Type(), arith::AndIOp::create(b, loc, position, b.i64(7)));
    Value value = arith::TruncIOp::create(b, loc, b.getI8Type(), arith::ShRUIOp::create(b, loc, code, b.i32(i)));
    Value set = arith::ShLIOp::create(b, loc, arith::AndIOp::create(b, loc, value, one), shift);
    Value kept =
        arith::AndIOp::create(b, loc, b.load(b.getI8Type(), address),
                              arith::XOrIOp::create(b, loc, arith::ShLIOp::create(b, loc, one, shift),
                                                    arith::ConstantOp::create(b, loc, b.getI8IntegerAttr(-1))));
    b.store(arith::OrIOp::create(b, loc, kept, set), address);
  }
}

ExpressionLowering::Result ExpressionLowering::readBits(const Field &field, bool isDoubtful) {
  struct Piece {
    int shift, width;
    Value bit;
  };
  SmallVector<Piece> pieces;
  if (failed(forEachSlice(field, [&](int shift, int width, Value bit) { pieces.push_back({shift, width, bit}); })))
    return failure();
  auto whole = [&]() -> Result {
    Value base = streamBase(field), code = b.i32(0);
    for (const Piece &piece : pieces) {
      Value part = gather(base, piece.bit, piece.width);
      if (piece.shift)
        part = arith::ShLIOp::create(b, b.getLoc(), part, b.i32(piece.shift));
      code = arith::OrIOp::create(b, b.getLoc(), code, part);
    }
    return code;
  };
  if (!isDoubtful)
    return decodeCode(field.type, *whole());
  const spec::Stream &stream = format.streams[field.stream];
  Value bits = stream.isRecord ? b.i64(8 * stream.recordBytes) : b.scale(streamBytes(field.stream), 8), isInside;
  auto require = [&](Value bit) {
    Value fits = b.cmp(CmpIPredicate::ult, bit, bits);
    isInside = isInside ? arith::AndIOp::create(b, b.getLoc(), isInside, fits).getResult() : fits;
  };
  for (const Piece &piece : pieces) {
    require(piece.bit);
    if (piece.width > 1)
      require(b.add(piece.bit, b.i64(piece.width - 1)));
  }
  Result code = choose(isInside, b.getI32Type(), whole, [&]() -> Result { return b.i32(0); });
  return failed(code) ? code : Result(decodeCode(field.type, *code));
}

Value ExpressionLowering::isPresent(int32_t stream) {
  return b.notNull(b.load(b.pointer(), b.at(streams, b.i64(8 * stream))));
}

/// A stream that may be absent: its default where its pointer is null.
ExpressionLowering::Result ExpressionLowering::withDefault(const Field &field, function_ref<Result()> stored) {
  const spec::Stream &stream = format.streams[field.stream];
  Type type = field.type.isFloat() ? Type(b.getF32Type()) : Type(b.getI32Type());
  return choose(isPresent(field.stream), type, stored, [&]() -> Result {
    Scope inner;
    for (auto [variable, index] : llvm::zip_equal(stream.defaultVars, field.indices))
      inner.variables[variable] = scope.variables[index];
    Result value = inScope(inner, [&] { return lower(stream.defaultValue); });
    if (failed(value))
      return failure();
    return field.type.isFloat() ? asFloat(*value) : broadcastTo(type, *value); // the default may be an index
  });
}

ExpressionLowering::Result ExpressionLowering::readField(int32_t id, ArrayRef<Value> indices, bool isDoubtful) {
  const Field &field = format.fields[id];
  AtPart here(b, b.getLoc(), "field " + field.name);
  const spec::Stream &stream = format.streams[field.stream];
  if (stream.isRecord && !record)
    return unsupported("records that are read outside a position");
  Scope inner;
  for (auto [variable, index] : llvm::zip_equal(field.indices, indices))
    inner.variables[variable] = index;
  bool outer = std::exchange(allDoubtful, allDoubtful || isDoubtful);
  Result value = inScope(std::move(inner), [&] {
    auto stored = [&] { return readBits(field, allDoubtful); };
    return stream.optional ? withDefault(field, stored) : stored();
  });
  allDoubtful = outer;
  return value;
}

ExpressionLowering::Result ExpressionLowering::read(const Node &node, bool isDoubtful) {
  SmallVector<Value> indices;
  for (NodeId argument : node.args) {
    Result index = lower(argument);
    if (failed(index))
      return failure();
    indices.push_back(asIndex(*index));
  }
  return readField(int32_t(node.imm), indices, isDoubtful);
}

LogicalResult ExpressionLowering::storeField(NodeId read, Value code) {
  const Node &node = format.nodes[read];
  const Field &field = format.fields[node.imm];
  AtPart here(b, b.getLoc(), "field " + field.name);
  if (doubtful.reads[read])
    return unsupported("stores to places that follow stored data");
  Scope inner;
  for (auto [variable, argument] : llvm::zip_equal(field.indices, node.args)) {
    Result index = lower(argument);
    if (failed(index))
      return failure();
    inner.variables[variable] = asIndex(*index);
  }
  Result done = inScope(std::move(inner), [&]() -> Result {
    Value base = streamBase(field);
    LogicalResult stored = forEachSlice(field, [&](int shift, int width, Value bit) {
      Value part = shift ? arith::ShRUIOp::create(b, b.getLoc(), code, b.i32(shift)).getResult() : code;
      scatter(base, bit, width, part);
    });
    return failed(stored) ? Result(failure()) : Result(code);
  });
  return success(succeeded(done));
}

Value ExpressionLowering::decodeCode(const ScalarType &type, Value code) {
  Location loc = b.getLoc();
  if (type.kind == ScalarType::Kind::UInt || (type.kind == ScalarType::Kind::SInt && type.width == 32))
    return code;
  if (type.kind == ScalarType::Kind::SInt) {
    Value unused = b.i32(32 - type.width);
    return arith::ShRSIOp::create(b, loc, arith::ShLIOp::create(b, loc, code, unused), unused);
  }
  auto bits = [&](Value integer) { return arith::BitcastOp::create(b, loc, b.getF32Type(), integer).getResult(); };
  if (type == *ScalarType::parse("f32"))
    return bits(code);
  if (type == *ScalarType::parse("bf16"))
    return bits(arith::ShLIOp::create(b, loc, code, b.i32(16)));
  if (type == *ScalarType::parse("f16")) {
    Value half = arith::BitcastOp::create(b, loc, b.getF16Type(),
                                          arith::TruncIOp::create(b, loc, b.getI16Type(), code).getResult());
    return arith::ExtFOp::create(b, loc, b.getF32Type(), half);
  }
  return floatFromTable(type, code);
}

/// Small floats are looked up: every value of at most 8 bits is exact in f32.
Value ExpressionLowering::floatFromTable(const ScalarType &type, Value code) {
  SmallVector<uint32_t> values;
  for (uint32_t c = 0; c < (uint32_t(1) << type.width); ++c)
    values.push_back(std::bit_cast<uint32_t>(type.decodeFloat(c)));
  Value index = arith::ExtUIOp::create(b, b.getLoc(), b.getI64Type(), code);
  return b.load(b.getF32Type(), b.at(b.constantArray(values), b.scale(index, 4)));
}

} // namespace quoin

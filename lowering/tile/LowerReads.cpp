// Reads of fields and tables as code: bit maps become byte addresses, shifts and masks.
#include "lowering/tile/LowerExpression.h"

#include "mlir/IR/BuiltinOps.h"

#include <bit>

using namespace mlir;
using quoin::spec::Field;
using quoin::spec::Node;
using quoin::spec::NodeId;
using quoin::spec::ScalarType;
using arith::CmpIPredicate;

namespace quoin {

bool ExpressionLowering::dependsOnData(NodeId id) const {
  if (id < 0)
    return false;
  const Node &node = format.nodes[id];
  if (node.op == spec::Op::Read)
    return true;
  auto depends = [&](NodeId operand) { return dependsOnData(operand); };
  return depends(node.a) || depends(node.b) || depends(node.c) || llvm::any_of(node.args, depends) ||
         llvm::any_of(node.cuts, depends);
}

/// Indices as i64; the ones that come from data are clamped so that whatever is stored, reads stay inside.
static Value clampIndex(KernelBuilder &b, Value index, Value extent) {
  Value last = b.sub(extent, b.i64(1));
  return arith::MinUIOp::create(b, b.getLoc(), index, last);
}

static Value asIndex(KernelBuilder &b, Value value) {
  if (value.getType().isInteger(64))
    return value;
  return arith::ExtSIOp::create(b, b.getLoc(), b.getI64Type(), value);
}

ExpressionLowering::Result ExpressionLowering::table(const Node &node) {
  const spec::Table &table = format.tables[node.imm];
  Value linear = b.i64(0);
  for (auto [argument, extent] : llvm::zip_equal(node.args, table.extents)) {
    Result index = lower(argument);
    if (failed(index))
      return failure();
    linear = b.add(b.scale(linear, extent), clampIndex(b, asIndex(b, *index), b.i64(extent)));
  }
  Value word = b.load(b.getI32Type(), b.at(b.constantArray(table.values), b.scale(linear, 4)));
  if (!table.isFloat())
    return word;
  return arith::BitcastOp::create(b, b.getLoc(), b.getF32Type(), word).getResult();
}

FailureOr<ExpressionLowering::Scope> ExpressionLowering::fieldScope(const Field &field, const std::vector<NodeId> &indices) {
  Scope inner;
  for (auto [position, argument] : llvm::enumerate(indices)) {
    Result index = lower(argument);
    if (failed(index))
      return failure();
    Value value = asIndex(b, *index);
    if (dependsOnData(argument)) {
      Result extent = lower(field.extents[position]);
      if (failed(extent))
        return failure();
      value = clampIndex(b, value, asIndex(b, *extent));
    }
    inner.variables[field.indices[position]] = value;
  }
  return inner;
}

Value ExpressionLowering::streamBase(const Field &field) {
  const spec::Stream &stream = format.streams[field.stream];
  Value base = b.load(b.pointer(), b.at(streams, b.i64(8 * field.stream)));
  return stream.isRecord ? b.at(base, b.scale(record, stream.recordBytes)) : base;
}

LogicalResult ExpressionLowering::forEachSlice(const Field &field, function_ref<LogicalResult(int, int, Value)> f) {
  int shift = 0;
  int copies = field.bitVar >= 0 ? field.type.width : 1;
  for (int bit = 0; bit < copies; ++bit) {
    Scope inner{scope.variables, {}};
    if (field.bitVar >= 0)
      inner.variables[field.bitVar] = b.i64(bit);
    for (const spec::Slice &slice : field.slices) {
      Result offset = inScope(inner, [&] { return lower(slice.offset); });
      if (failed(offset) || failed(f(shift, slice.width, asIndex(b, *offset))))
        return failure();
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
    Value kept = arith::AndIOp::create(
        b, loc, b.load(b.getI8Type(), address),
        arith::XOrIOp::create(b, loc, arith::ShLIOp::create(b, loc, one, shift),
                              arith::ConstantOp::create(b, loc, b.getI8IntegerAttr(-1))));
    b.store(arith::OrIOp::create(b, loc, kept, set), address);
  }
}

ExpressionLowering::Result ExpressionLowering::readBits(const Field &field) {
  Value base = streamBase(field), code;
  LogicalResult done = forEachSlice(field, [&](int shift, int width, Value bit) {
    Value part = gather(base, bit, width);
    if (shift)
      part = arith::ShLIOp::create(b, b.getLoc(), part, b.i32(shift));
    code = code ? arith::OrIOp::create(b, b.getLoc(), code, part).getResult() : part;
    return success();
  });
  if (failed(done))
    return failure();
  return decodeCode(field.type, code);
}

/// A stream that may be absent: its default where its pointer is null.
ExpressionLowering::Result ExpressionLowering::withDefault(const Field &field, function_ref<Result()> stored) {
  const spec::Stream &stream = format.streams[field.stream];
  Type type = field.type.isFloat() ? Type(b.getF32Type()) : Type(b.getI32Type());
  bool ok = true;
  auto keep = [&](Result result) {
    ok &= succeeded(result);
    return KernelBuilder::Values{succeeded(result) ? *result : LLVM::PoisonOp::create(b, b.getLoc(), type).getResult()};
  };
  Value present = b.notNull(b.load(b.pointer(), b.at(streams, b.i64(8 * field.stream))));
  Scope outer = scope;
  KernelBuilder::Values result = b.choose(
      present, type, [&] { return keep(inScope(outer, stored)); },
      [&] {
        Scope inner;
        for (auto [variable, index] : llvm::zip_equal(stream.defaultVars, field.indices))
          inner.variables[variable] = outer.variables[index];
        Result value = inScope(inner, [&] { return lower(stream.defaultValue); });
        if (succeeded(value) && value->getType() != type) // an index default of an integer stream
          value = broadcastTo(type, *value);
        return keep(value);
      });
  if (!ok)
    return failure();
  return result[0];
}

ExpressionLowering::Result ExpressionLowering::read(const Node &node) {
  const Field &field = format.fields[node.imm];
  FailureOr<Scope> inner = fieldScope(field, node.args);
  if (failed(inner))
    return failure();
  return inScope(*inner, [&] {
    auto stored = [&] { return readBits(field); };
    return format.streams[field.stream].optional ? withDefault(field, stored) : stored();
  });
}

LogicalResult ExpressionLowering::storeField(NodeId read, Value code) {
  const Node &node = format.nodes[read];
  const Field &field = format.fields[node.imm];
  FailureOr<Scope> inner = fieldScope(field, node.args);
  if (failed(inner))
    return failure();
  Result done = inScope(*inner, [&]() -> Result {
    Value base = streamBase(field);
    LogicalResult stored = forEachSlice(field, [&](int shift, int width, Value bit) {
      Value part = shift ? arith::ShRUIOp::create(b, b.getLoc(), code, b.i32(shift)).getResult() : code;
      scatter(base, bit, width, part);
      return success();
    });
    if (failed(stored))
      return failure();
    return code;
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
    Value half = arith::BitcastOp::create(b, loc, b.getF16Type(), arith::TruncIOp::create(b, loc, b.getI16Type(), code).getResult());
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

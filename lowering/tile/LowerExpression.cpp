// Expressions of a resolved format as code: positions, operations and conversions.
#include "lowering/tile/LowerExpression.h"

#include "runtime/spec/Ops.h"

#include "mlir/Dialect/Math/IR/Math.h"

#include <bit>

using namespace mlir;
using arith::CmpIPredicate;
using quoin::spec::Node;
using quoin::spec::NodeId;
using quoin::spec::ValueType;

namespace quoin {

ExpressionLowering::ExpressionLowering(KernelBuilder &b, const spec::Format &format, Value streams, Value n, Value k)
    : b(b), format(format), doubtful(format), streams(streams), sizeN(n), sizeK(k),
      lengths(b.argument(KernelArg::StreamBytes)) {
  findSizes();
}

void ExpressionLowering::setPosition(Value n, Value k) {
  scope = Scope();
  if (!format.hasTile) {
    scope.variables[format.decodeVars[0]] = n;
    scope.variables[format.decodeVars[1]] = k;
    return;
  }
  int64_t rows = format.tileRows, cols = format.tileCols;
  Value tileN = b.divide(n, rows), tileK = b.divide(k, cols);
  record = b.add(b.mul(tileN, b.divide(sizeK, cols)), tileK);
  if (format.decodeVars.size() == 2) {
    scope.variables[format.decodeVars[0]] = n;
    scope.variables[format.decodeVars[1]] = k;
    return;
  }
  Value inRow = b.sub(n, b.scale(tileN, rows)), inCol = b.sub(k, b.scale(tileK, cols));
  scope.variables[format.decodeVars[0]] = b.add(b.scale(inRow, cols), inCol);
}

ExpressionLowering::Result ExpressionLowering::lower(NodeId id) {
  auto found = scope.values.find(id);
  if (found != scope.values.end())
    return found->second;
  Result value = compute(format.nodes[id]);
  if (succeeded(value))
    scope.values[id] = *value;
  return value;
}

ExpressionLowering::Result ExpressionLowering::inScope(Scope inner, function_ref<Result()> body) {
  std::swap(scope, inner);
  Result value = body();
  std::swap(scope, inner);
  return value;
}

LogicalResult ExpressionLowering::unsupported(const char *what) {
  return emitError(b.getLoc()) << "no code is made for " << what << " (format \"" << format.name << "\")";
}

Type ExpressionLowering::typeOf(const Node &node) {
  return node.type == ValueType::F32   ? Type(b.getF32Type())
         : node.type == ValueType::I32 ? Type(b.getI32Type())
                                       : Type(b.getI64Type());
}

/// The integer constant or value `value` (i64) as `type`.
Value ExpressionLowering::broadcastTo(Type type, Value value) {
  if (type == value.getType())
    return value;
  return arith::TruncIOp::create(b, b.getLoc(), type, value);
}

/// An integer as i64.
Value ExpressionLowering::asIndex(Value value) {
  if (value.getType().isInteger(64))
    return value;
  return arith::ExtSIOp::create(b, b.getLoc(), b.getI64Type(), value);
}

/// A number as f32.
Value ExpressionLowering::asFloat(Value value) {
  if (isa<FloatType>(value.getType()))
    return value;
  return arith::SIToFPOp::create(b, b.getLoc(), b.getF32Type(), value);
}

/// f32 to i32 by a saturating conversion; NaN gives 0.
Value ExpressionLowering::saturate(Value value, const char *intrinsic) {
  return LLVM::CallIntrinsicOp::create(b, b.getLoc(), b.getI32Type(), b.getStringAttr(intrinsic), ValueRange{value})
      .getResult(0);
}

ExpressionLowering::Result ExpressionLowering::compute(const Node &node) {
  switch (node.op) {
  case spec::Op::Int:
    return node.type == ValueType::I32 ? b.i32(int32_t(node.imm)) : b.i64(node.imm);
  case spec::Op::Float:
    return b.f32(std::bit_cast<float>(uint32_t(node.imm)));
  case spec::Op::Var: {
    auto found = scope.variables.find(spec::VarId(node.imm));
    if (found == scope.variables.end())
      return unsupported("a variable outside its range");
    return found->second;
  }
  case spec::Op::Size:
    if (node.imm >= 0 && !sizes[node.imm])
      return unsupported("a free size that no stream tells");
    return node.imm >= 0 ? sizes[node.imm] : node.imm == -1 ? sizeN : sizeK;
  case spec::Op::Read:
    return read(node, doubtful.reads[&node - format.nodes.data()]);
  case spec::Op::Table:
    return table(node);
  case spec::Op::SplitAt:
  case spec::Op::SplitBy:
  case spec::Op::SplitAll: {
    Result value = lower(node.a);
    if (failed(value))
      return failure();
    return node.op == spec::Op::SplitAt   ? splitAt(node, 0, *value)
           : node.op == spec::Op::SplitBy ? splitBy(node, 0, b.i64(0), *value)
                                          : splitAll(node, *value);
  }
  case spec::Op::Temp:
  case spec::Op::Weight:
    return unsupported("what belongs to encoding");
  case spec::Op::Log2: // correctly rounded it is a library of its own
    return unsupported("log2");
  default:
    break;
  }
  if (spec::isLoop(node.op))
    return loop(node);
  Value operands[3];
  NodeId ids[3] = {node.a, node.b, node.c};
  for (int i = 0; i < 3 && ids[i] >= 0; ++i) {
    Result operand = lower(ids[i]);
    if (failed(operand))
      return failure();
    operands[i] = *operand;
  }
  if (node.op == spec::Op::Select) {
    Value zero = broadcastTo(operands[0].getType(), b.i64(0));
    Value condition = b.cmp(CmpIPredicate::ne, operands[0], zero);
    return arith::SelectOp::create(b, b.getLoc(), condition, operands[1], operands[2]).getResult();
  }
  return arithmetic(node, operands[0], operands[1]);
}

ExpressionLowering::Result ExpressionLowering::arithmetic(const Node &node, Value a, Value operand) {
  Location loc = b.getLoc();
  bool isFloat = isa<FloatType>(a.getType());
  switch (node.op) {
  case spec::Op::Neg:
    if (isFloat)
      return arith::NegFOp::create(b, loc, a).getResult();
    return b.sub(broadcastTo(a.getType(), b.i64(0)), a);
  case spec::Op::Abs:
    if (isFloat)
      return math::AbsFOp::create(b, loc, a).getResult();
    return math::AbsIOp::create(b, loc, a).getResult();
  case spec::Op::Not:
    return arith::XOrIOp::create(b, loc, a, broadcastTo(a.getType(), b.i64(-1))).getResult();
  case spec::Op::Popcount:
    return math::CtPopOp::create(b, loc, a).getResult();
  case spec::Op::Parity:
    return arith::AndIOp::create(b, loc, math::CtPopOp::create(b, loc, a), b.i32(1)).getResult();
  case spec::Op::Clz:
    return math::CountLeadingZerosOp::create(b, loc, a).getResult();
  case spec::Op::ToF32:
  case spec::Op::ToI32:
  case spec::Op::ToIndex:
  case spec::Op::FromBits:
  case spec::Op::Bits:
    return convert(node, a);
  case spec::Op::Round:
    return round(format.rounds[node.imm], a);
  case spec::Op::Ldexp: {
    // Through f64, where the product is exact: one rounding.
    Value limited = arith::MaxSIOp::create(b, loc, b.min(operand, b.i32(400)), b.i32(-400));
    Value biased = b.add(arith::ExtSIOp::create(b, loc, b.getI64Type(), limited), b.i64(1023));
    Value power =
        arith::BitcastOp::create(b, loc, b.getF64Type(), arith::ShLIOp::create(b, loc, biased, b.i64(52)).getResult());
    Value wide = arith::ExtFOp::create(b, loc, b.getF64Type(), a);
    return arith::TruncFOp::create(b, loc, b.getF32Type(), arith::MulFOp::create(b, loc, wide, power)).getResult();
  }
  case spec::Op::Eq:
  case spec::Op::Ne:
  case spec::Op::Lt:
  case spec::Op::Le:
  case spec::Op::Gt:
  case spec::Op::Ge:
    return compare(node, a, operand);
  default:
    return isFloat ? floatBinary(node, a, operand) : integerBinary(node, a, operand);
  }
}

ExpressionLowering::Result ExpressionLowering::compare(const Node &node, Value a, Value operand) {
  using F = arith::CmpFPredicate;
  using I = CmpIPredicate;
  static constexpr I integers[] = {I::eq, I::ne, I::slt, I::sle, I::sgt, I::sge};
  static constexpr F floats[] = {F::OEQ, F::UNE, F::OLT, F::OLE, F::OGT, F::OGE};
  int which = int(node.op) - int(spec::Op::Eq);
  Value condition = isa<FloatType>(a.getType())
                        ? arith::CmpFOp::create(b, b.getLoc(), floats[which], a, operand).getResult()
                        : b.cmp(integers[which], a, operand);
  return arith::ExtUIOp::create(b, b.getLoc(), b.getI32Type(), condition).getResult();
}

ExpressionLowering::Result ExpressionLowering::floatBinary(const Node &node, Value a, Value operand) {
  Location loc = b.getLoc();
  auto smaller = [&](Value left, Value right) {
    return arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OLT, left, right);
  };
  switch (node.op) {
  case spec::Op::Add:
    return arith::AddFOp::create(b, loc, a, operand).getResult();
  case spec::Op::Sub:
    return arith::SubFOp::create(b, loc, a, operand).getResult();
  case spec::Op::Mul:
    return arith::MulFOp::create(b, loc, a, operand).getResult();
  case spec::Op::Div:
    return arith::DivFOp::create(b, loc, a, operand).getResult();
  case spec::Op::Min: // the second operand where either is NaN
    return arith::SelectOp::create(b, loc, smaller(a, operand), a, operand).getResult();
  case spec::Op::Max:
    return arith::SelectOp::create(b, loc, smaller(operand, a), a, operand).getResult();
  default:
    return unsupported("this operation on f32");
  }
}

ExpressionLowering::Result ExpressionLowering::integerBinary(const Node &node, Value a, Value operand) {
  Location loc = b.getLoc();
  Value zero = broadcastTo(a.getType(), b.i64(0));
  /// Quotient or remainder by a divisor made 1 where it is 0.
  auto divided = [&](spec::Op op) {
    Value one = broadcastTo(a.getType(), b.i64(1));
    Value isZero = b.cmp(CmpIPredicate::eq, operand, zero);
    Value divisor = arith::SelectOp::create(b, loc, isZero, one, operand);
    Value remainder = arith::RemSIOp::create(b, loc, a, divisor); // of the quotient toward 0
    Value below = b.cmp(CmpIPredicate::slt, remainder, zero);
    Value result;
    if (op == spec::Op::Mod) {
      result = arith::SelectOp::create(b, loc, below, b.add(remainder, divisor), remainder);
    } else {
      Value truncated = arith::DivSIOp::create(b, loc, a, divisor);
      auto one = [&](Value condition) { return arith::ExtUIOp::create(b, loc, a.getType(), condition); };
      result = op == spec::Op::FloorDiv ? b.sub(truncated, one(below))
                                        : b.add(truncated, one(b.cmp(CmpIPredicate::sgt, remainder, zero)));
    }
    return arith::SelectOp::create(b, loc, isZero, zero, result).getResult();
  };
  auto shifted = [&](Value value) {
    Value inRange = b.cmp(CmpIPredicate::ult, operand, b.i32(32));
    return arith::SelectOp::create(b, loc, inRange, value, zero).getResult();
  };
  auto amount = [&] { return arith::AndIOp::create(b, loc, operand, b.i32(31)).getResult(); };
  switch (node.op) {
  case spec::Op::Add:
    return b.add(a, operand);
  case spec::Op::Sub:
    return b.sub(a, operand);
  case spec::Op::Mul:
    return b.mul(a, operand);
  case spec::Op::FloorDiv:
  case spec::Op::CeilDiv:
  case spec::Op::Mod:
    return divided(node.op);
  case spec::Op::And:
    return arith::AndIOp::create(b, loc, a, operand).getResult();
  case spec::Op::Or:
    return arith::OrIOp::create(b, loc, a, operand).getResult();
  case spec::Op::Xor:
    return arith::XOrIOp::create(b, loc, a, operand).getResult();
  case spec::Op::Shl:
    return shifted(arith::ShLIOp::create(b, loc, a, amount()));
  case spec::Op::Shr:
    return shifted(arith::ShRUIOp::create(b, loc, a, amount()));
  case spec::Op::Min:
    return b.min(a, operand);
  case spec::Op::Max:
    return arith::MaxSIOp::create(b, loc, a, operand).getResult();
  default:
    return unsupported("this operation on integers");
  }
}

ExpressionLowering::Result ExpressionLowering::convert(const Node &node, Value a) {
  Location loc = b.getLoc();
  switch (node.op) {
  case spec::Op::ToF32:
    return asFloat(a);
  case spec::Op::ToI32:
    if (isa<FloatType>(a.getType()))
      return saturate(a, "llvm.fptosi.sat");
    return broadcastTo(b.getI32Type(), a);
  case spec::Op::ToIndex:
    return asIndex(a);
  case spec::Op::FromBits:
    return arith::BitcastOp::create(b, loc, b.getF32Type(), a).getResult();
  default:
    return arith::BitcastOp::create(b, loc, b.getI32Type(), a).getResult();
  }
}

} // namespace quoin

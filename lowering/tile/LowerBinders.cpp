// Loops and splits as code: what binds variables.
#include "lowering/tile/LowerExpression.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using arith::CmpIPredicate;
using quoin::spec::Node;
using quoin::spec::ValueType;

namespace quoin {

/// Sums are unrolled up to this many terms, nested ones together.
static constexpr int64_t maxUnrolledTerms = 64;

static Value zeroOf(KernelBuilder &b, Type type) {
  return arith::ConstantOp::create(b, b.getLoc(), cast<TypedAttr>(b.getZeroAttr(type)));
}

ExpressionLowering::Result ExpressionLowering::loop(const Node &node) {
  if (node.b >= 0)
    return unsupported("loops of variable length");
  if (node.imm == 0)
    return zeroOf(b, typeOf(node));
  if (node.op == spec::Op::Search)
    return search(node);
  if (node.op == spec::Op::Sum && copies * node.imm <= maxUnrolledTerms)
    return unrolledSum(node);
  Value zero = zeroOf(b, typeOf(format.nodes[node.a])), best = b.i64(0);
  bool ok = true;
  KernelBuilder::Values result =
      b.loop(b.i64(0), b.i64(node.imm), 1, {zero, best}, [&](Value step, ValueRange carried) -> KernelBuilder::Values {
        Scope inner = scope;
        inner.variables[node.var] = step;
        Result term = inScope(std::move(inner), [&] { return lower(node.a); });
        if (succeeded(term) && node.op == spec::Op::AbsMax)
          term = arithmetic({.op = spec::Op::Abs}, *term, {});
        Result folded = succeeded(term) ? fold(node, carried[0], *term) : term;
        ok &= succeeded(folded);
        if (failed(folded))
          return carried;
        // The first term stands alone: nothing is its equal in rounding and signs.
        Value isFirst = b.cmp(CmpIPredicate::eq, step, b.i64(0));
        Value next = arith::SelectOp::create(b, b.getLoc(), isFirst, *term, *folded), at = carried[1];
        if (node.op == spec::Op::ArgMin) {
          Result less = compare({.op = spec::Op::Lt}, *term, carried[0]);
          Value isLess = broadcastTo(b.getI1Type(), *less);
          at = arith::SelectOp::create(b, b.getLoc(), isLess, step, at);
        }
        return {next, at};
      });
  if (!ok)
    return failure();
  return result[node.op == spec::Op::ArgMin ? 1 : 0];
}

ExpressionLowering::Result ExpressionLowering::unrolledSum(const Node &node) {
  Value total;
  copies *= node.imm;
  for (int64_t term = 0; term < node.imm; ++term) {
    Scope inner = scope;
    inner.variables[node.var] = b.i64(term);
    Result value = inScope(std::move(inner), [&] { return lower(node.a); });
    if (succeeded(value) && total)
      value = fold(node, total, *value);
    if (failed(value))
      return failure();
    total = *value;
  }
  copies /= node.imm;
  return total;
}

/// `accumulated` joined with a term.
ExpressionLowering::Result ExpressionLowering::fold(const Node &node, Value accumulated, Value term) {
  bool isFloat = isa<FloatType>(term.getType());
  auto binary = [&](spec::Op op, Value left, Value right) {
    return isFloat ? floatBinary({.op = op}, left, right) : integerBinary({.op = op}, left, right);
  };
  switch (node.op) {
  case spec::Op::Sum:
    return binary(spec::Op::Add, accumulated, term);
  case spec::Op::MinOver:
  case spec::Op::ArgMin:
    // The evaluator keeps what it has unless the term is less; min takes its second operand unless the first is.
    return node.op == spec::Op::ArgMin ? binary(spec::Op::Min, term, accumulated)
                                       : binary(spec::Op::Min, accumulated, term);
  case spec::Op::MaxOver:
  case spec::Op::AbsMax:
    return binary(spec::Op::Max, accumulated, term);
  case spec::Op::SignMax: {
    Result left = arithmetic({.op = spec::Op::Abs}, term, {}),
           right = arithmetic({.op = spec::Op::Abs}, accumulated, {});
    Value isLarger;
    if (isFloat)
      isLarger = arith::CmpFOp::create(b, b.getLoc(), arith::CmpFPredicate::OGT, *left, *right);
    else // as unsigned numbers the least integer has a magnitude too
      isLarger = b.cmp(CmpIPredicate::ugt, *left, *right);
    return arith::SelectOp::create(b, b.getLoc(), isLarger, term, accumulated).getResult();
  }
  default:
    return unsupported("this loop");
  }
}

/// Bisection with as many steps as the extent has bits; the ones after the end change nothing.
ExpressionLowering::Result ExpressionLowering::search(const Node &node) {
  bool ok = true;
  KernelBuilder::Values result =
      b.loop(b.i64(0), b.i64(llvm::Log2_64(uint64_t(node.imm)) + 1), 1, {b.i64(0), b.i64(node.imm)},
             [&](Value, ValueRange carried) -> KernelBuilder::Values {
               Value low = carried[0], high = carried[1];
               Value isOpen = b.cmp(CmpIPredicate::slt, low, high);
               Value middle = b.min(b.divide(b.add(low, high), 2), b.i64(node.imm - 1));
               Scope inner = scope;
               inner.variables[node.var] = middle;
               Result condition = inScope(std::move(inner), [&] { return lower(node.a); });
               ok &= succeeded(condition);
               if (failed(condition))
                 return carried;
               Value holds = b.cmp(CmpIPredicate::ne, *condition, zeroOf(b, condition->getType()));
               auto select = [&](Value which, Value then, Value otherwise) -> Value {
                 return arith::SelectOp::create(b, b.getLoc(), which, then, otherwise);
               };
               Value nextLow = select(holds, low, b.add(middle, b.i64(1))), nextHigh = select(holds, middle, high);
               return {select(isOpen, nextLow, low), select(isOpen, nextHigh, high)};
             });
  if (!ok)
    return failure();
  return result[0];
}

/// Only the branch taken is evaluated; what it makes is not visible outside it.
ExpressionLowering::Result ExpressionLowering::choose(Value condition, Type type, function_ref<Result()> then,
                                                      function_ref<Result()> otherwise) {
  bool ok = true;
  auto inBranch = [&](function_ref<Result()> body) {
    Result result = inScope(scope, body);
    ok &= succeeded(result);
    return KernelBuilder::Values{succeeded(result) ? *result : LLVM::PoisonOp::create(b, b.getLoc(), type).getResult()};
  };
  KernelBuilder::Values result =
      b.choose(condition, type, [&] { return inBranch(then); }, [&] { return inBranch(otherwise); });
  if (!ok)
    return failure();
  return result[0];
}

/// A branch of a split at a position that counts from the start of its range.
ExpressionLowering::Result ExpressionLowering::inRange(const Node &node, size_t branch, Value position) {
  Scope inner = scope;
  inner.variables[node.vars[branch]] = position;
  return inScope(std::move(inner), [&] { return lower(node.args[branch]); });
}

ExpressionLowering::Result ExpressionLowering::splitAt(const Node &node, size_t branch, Value value) {
  auto take = [&]() -> Result {
    if (branch == 0)
      return inRange(node, branch, value);
    Result start = lower(node.cuts[branch - 1]);
    return failed(start) ? start : inRange(node, branch, b.sub(value, *start));
  };
  if (branch == node.cuts.size())
    return take();
  Result cut = lower(node.cuts[branch]);
  if (failed(cut))
    return failure();
  return choose(b.cmp(CmpIPredicate::slt, value, *cut), typeOf(node), take,
                [&] { return splitAt(node, branch + 1, value); });
}

/// The last range takes what lies past the lengths' sum, which only wrong data has.
ExpressionLowering::Result ExpressionLowering::splitBy(const Node &node, size_t branch, Value start, Value value) {
  auto take = [&] { return inRange(node, branch, b.sub(value, start)); };
  if (branch + 1 == node.args.size())
    return take();
  Result length = readField(int32_t(node.imm), {b.i64(int64_t(branch))}, /*isDoubtful=*/true);
  if (failed(length))
    return failure();
  Value end = b.add(start, asIndex(*length));
  return choose(b.cmp(CmpIPredicate::slt, value, end), typeOf(node), take,
                [&] { return splitBy(node, branch + 1, end, value); });
}

/// The last range that starts at or before the value: empty ones before it start there too.
ExpressionLowering::Result ExpressionLowering::splitAll(const Node &node, Value value) {
  Result count = elementCount(int32_t(node.imm));
  if (failed(count))
    return failure();
  bool ok = true;
  KernelBuilder::Values found =
      b.loop(b.i64(0), *count, 1, {b.i64(0), b.i64(0), b.i64(0)}, // end of the ranges so far; range, its start
             [&](Value range, ValueRange carried) -> KernelBuilder::Values {
               Result length = readField(int32_t(node.imm), {range}, /*isDoubtful=*/true);
               ok &= succeeded(length);
               if (failed(length))
                 return carried;
               Value startsBefore = b.cmp(CmpIPredicate::sge, value, carried[0]);
               Value at = arith::SelectOp::create(b, b.getLoc(), startsBefore, range, carried[1]);
               Value start = arith::SelectOp::create(b, b.getLoc(), startsBefore, carried[0], carried[2]);
               return {b.add(carried[0], asIndex(*length)), at, start};
             });
  if (!ok)
    return failure();
  Scope inner = scope;
  inner.variables[node.vars[0]] = found[1];
  inner.variables[node.vars[1]] = b.sub(value, found[2]);
  return inScope(std::move(inner), [&] { return lower(node.args[0]); });
}

} // namespace quoin

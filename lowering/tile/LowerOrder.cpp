// The tensor's values: permuted axes and overlays.
#include "lowering/tile/LowerExpression.h"

using namespace mlir;
using arith::CmpIPredicate;
using quoin::spec::Permute;

namespace quoin {

const Permute *ExpressionLowering::permuteOf(int axis) const {
  for (const Permute &permute : format.permutes)
    if (permute.axis == axis)
      return &permute;
  return nullptr;
}

/// What an order holds at `index`, which is inside its axis whatever is stored.
ExpressionLowering::Result ExpressionLowering::orderEntry(const Permute &permute, Value index) {
  Result entry = readField(permute.field, {index}, /*isDoubtful=*/true);
  if (failed(entry))
    return failure();
  Value last = b.sub(permute.axis == 0 ? sizeN : sizeK, b.i64(1));
  return arith::MinUIOp::create(b, b.getLoc(), asIndex(*entry), last).getResult();
}

/// Where an order holds `entry`; 0 if nowhere.
ExpressionLowering::Result ExpressionLowering::searchOrder(const Permute &permute, Value entry) {
  bool ok = true;
  KernelBuilder::Values found = b.loop(b.i64(0), permute.axis == 0 ? sizeN : sizeK, 1, {b.i64(0)},
                                       [&](Value index, ValueRange carried) -> KernelBuilder::Values {
                                         Result here = orderEntry(permute, index);
                                         ok &= succeeded(here);
                                         if (failed(here))
                                           return carried;
                                         Value isHere = b.cmp(CmpIPredicate::eq, *here, entry);
                                         return {arith::SelectOp::create(b, b.getLoc(), isHere, index, carried[0])};
                                       });
  if (!ok)
    return failure();
  return found[0];
}

ExpressionLowering::Result ExpressionLowering::storedIndex(int axis, Value logical) {
  const Permute *permute = permuteOf(axis);
  if (!permute)
    return logical;
  return permute->storedToLogical ? searchOrder(*permute, logical) : orderEntry(*permute, logical);
}

ExpressionLowering::Result ExpressionLowering::logicalIndex(int axis, Value stored) {
  const Permute *permute = permuteOf(axis);
  if (!permute)
    return stored;
  return permute->storedToLogical ? orderEntry(*permute, stored) : searchOrder(*permute, stored);
}

ExpressionLowering::Result ExpressionLowering::storedValue(Value n, Value k) {
  setPosition(n, k);
  return lower(format.decodeValue);
}

ExpressionLowering::Result ExpressionLowering::value(Value n, Value k) {
  Result row = storedIndex(0, n), column = storedIndex(1, k);
  return failed(row) || failed(column) ? Result(failure()) : storedValue(*row, *column);
}

static Value isBetween(KernelBuilder &b, Value begin, Value value, Value end) {
  return arith::AndIOp::create(b, b.getLoc(), b.cmp(CmpIPredicate::sge, value, begin),
                               b.cmp(CmpIPredicate::slt, value, end));
}

static void when(KernelBuilder &b, Value condition, function_ref<void()> body) {
  b.choose(condition, {}, [&] { return body(), KernelBuilder::Values(); }, [] { return KernelBuilder::Values(); });
}

LogicalResult ExpressionLowering::forEachIndex(int axis, Value begin, Value end,
                                               function_ref<LogicalResult(Value, Value)> body) {
  const Permute *permute = permuteOf(axis);
  LogicalResult result = success();
  if (!permute || !permute->storedToLogical) {
    b.loop(begin, end, 1, [&](Value logical) {
      Result stored = storedIndex(axis, logical);
      result = failed(stored) ? failure() : body(*stored, logical);
    });
    return result;
  }
  // All stored indices, to do those that belong here: each caller's rows are its own, whatever the order holds.
  b.loop(b.i64(0), axis == 0 ? sizeN : sizeK, 1, [&](Value stored) {
    Result logical = orderEntry(*permute, stored);
    if (failed(logical))
      return void(result = failure());
    when(b, isBetween(b, begin, *logical, end), [&] { result = body(stored, *logical); });
  });
  return result;
}

LogicalResult ExpressionLowering::forEachOverlay(Value nBegin, Value nEnd,
                                                 function_ref<void(Value, Value, function_ref<Value(Value)>)> body) {
  bool ok = true;
  auto keep = [&](Result result) -> Value {
    ok &= succeeded(result);
    return succeeded(result) ? *result : b.i64(0);
  };
  for (const spec::Overlay &overlay : format.overlays) {
    Value count = keep(elementCount(overlay.rows));
    b.loop(b.i64(0), count, 1, [&](Value entry) {
      auto at = [&](int32_t field) { return keep(readField(field, {entry}, /*isDoubtful=*/true)); };
      Value n = asIndex(at(overlay.rows)), k = asIndex(at(overlay.cols)), zero = b.i64(0);
      when(b, arith::AndIOp::create(b, b.getLoc(), isBetween(b, zero, n, sizeN), isBetween(b, zero, k, sizeK)), [&] {
        Value row = keep(logicalIndex(0, n));
        when(b, isBetween(b, nBegin, row, nEnd), [&] {
          Value column = keep(logicalIndex(1, k)), patch = asFloat(at(overlay.values));
          body(row, column, [&](Value value) -> Value {
            return overlay.add ? arith::AddFOp::create(b, b.getLoc(), value, patch).getResult() : patch;
          });
        });
      });
    });
  }
  return success(ok);
}

} // namespace quoin

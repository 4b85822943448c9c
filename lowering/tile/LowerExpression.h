// Expressions of a resolved format as code: the compiled twin of the evaluator, used by packers and decode kernels.
#pragma once

#include "lowering/KernelBuilder.h"
#include "lowering/tile/DoubtfulReads.h"
#include "runtime/spec/Format.h"

#include <map>

namespace quoin {

/// Emits values of a format's nodes at the builder's insertion point. Reads never leave a stream, whatever is stored:
/// those whose place follows stored data are compared with the stream's length, and give the value of code 0 outside.
class ExpressionLowering {
public:
  /// To be made at the start of a function, whose arguments it reads. `streams` is the array of stream pointers; N and
  /// K are i64 values.
  ExpressionLowering(KernelBuilder &b, const spec::Format &format, mlir::Value streams, mlir::Value n, mlir::Value k);

  /// Sets what decode's variables mean from here on: stored row and column, and with them the record.
  void setPosition(mlir::Value n, mlir::Value k);
  /// i64 for index nodes, i32, f32. Fails, with a diagnostic at the builder's location, on what code is not made for
  /// (encoder's nodes).
  mlir::FailureOr<mlir::Value> lower(spec::NodeId node);
  /// Stores the low bits of `code` (i32) into the bits of a field read at the current position: the inverse of a read.
  mlir::LogicalResult storeField(spec::NodeId read, mlir::Value code);

  /// Whether a stream that may be absent is there (i1).
  mlir::Value isPresent(int32_t stream);

  // The tensor's values. Of a format without permutes a stored position is the logical one, and without overlays
  // storedValue is the whole value. All of these set the position.

  /// W at a stored position, before overlays.
  mlir::FailureOr<mlir::Value> storedValue(mlir::Value n, mlir::Value k);
  /// W at a logical position, before overlays. Costs a search along each axis of order `stored_to_logical`: prefer
  /// forEachIndex, or storedIndex outside the inner loop.
  mlir::FailureOr<mlir::Value> value(mlir::Value n, mlir::Value k);
  /// The stored index of a logical one along an axis (0: n, 1: k), and the inverse; either is a search in one of the
  /// two kinds of order. Always inside the axis.
  mlir::FailureOr<mlir::Value> storedIndex(int axis, mlir::Value logical);
  mlir::FailureOr<mlir::Value> logicalIndex(int axis, mlir::Value stored);
  /// body(stored, logical) for each logical index in [begin, end), in an order that needs no search.
  mlir::LogicalResult forEachIndex(int axis, mlir::Value begin, mlir::Value end,
                                   llvm::function_ref<mlir::LogicalResult(mlir::Value, mlir::Value)> body);
  /// body(n, k, patch) for the entries of all overlays with logical row in [nBegin, nEnd), in the order they apply. (n,
  /// k) is logical; patch(value) is what becomes of the f32 value there.
  mlir::LogicalResult
  forEachOverlay(mlir::Value nBegin, mlir::Value nEnd,
                 llvm::function_ref<void(mlir::Value, mlir::Value, llvm::function_ref<mlir::Value(mlir::Value)>)> body);

private:
  /// Values of variables, and of nodes under them.
  struct Scope {
    std::map<spec::VarId, mlir::Value> variables;
    std::map<spec::NodeId, mlir::Value> values;
  };
  using Result = mlir::FailureOr<mlir::Value>;

  Result compute(const spec::Node &node);
  Result arithmetic(const spec::Node &node, mlir::Value a, mlir::Value b);
  Result compare(const spec::Node &node, mlir::Value a, mlir::Value b);
  Result integerBinary(const spec::Node &node, mlir::Value a, mlir::Value b);
  Result floatBinary(const spec::Node &node, mlir::Value a, mlir::Value b);
  Result convert(const spec::Node &node, mlir::Value a);
  Result table(const spec::Node &node);
  mlir::Type typeOf(const spec::Node &node);
  mlir::Value broadcastTo(mlir::Type type, mlir::Value value);
  mlir::Value asIndex(mlir::Value value);
  mlir::Value asFloat(mlir::Value value);
  mlir::Value saturate(mlir::Value value, const char *intrinsic);
  Result inScope(Scope scope, llvm::function_ref<Result()> body);
  mlir::LogicalResult unsupported(const char *what);

  // LowerRounding.cpp
  Result round(const spec::RoundTo &to, mlir::Value value);
  mlir::Value roundToFloat(const spec::RoundTo &to, mlir::Value value);
  mlir::Value roundToInteger(const spec::RoundTo &to, mlir::Value value);

  // LowerBinders.cpp: loops and splits
  Result loop(const spec::Node &node);
  Result unrolledSum(const spec::Node &node);
  Result fold(const spec::Node &node, mlir::Value accumulated, mlir::Value term);
  Result search(const spec::Node &node);
  Result choose(mlir::Value condition, mlir::Type type, llvm::function_ref<Result()> then,
                llvm::function_ref<Result()> otherwise);
  Result inRange(const spec::Node &node, size_t branch, mlir::Value position);
  Result splitAt(const spec::Node &node, size_t branch, mlir::Value value);
  Result splitBy(const spec::Node &node, size_t branch, mlir::Value start, mlir::Value value);
  Result splitAll(const spec::Node &node, mlir::Value value);

  // LowerReads.cpp
  Result read(const spec::Node &node, bool isDoubtful);
  /// A field at `indices` (i64). `isDoubtful`: they may be anything.
  Result readField(int32_t field, llvm::ArrayRef<mlir::Value> indices, bool isDoubtful);
  Result readBits(const spec::Field &field, bool isDoubtful);
  Result withDefault(const spec::Field &field, llvm::function_ref<Result()> stored);
  mlir::Value decodeCode(const spec::ScalarType &type, mlir::Value code);
  mlir::Value floatFromTable(const spec::ScalarType &type, mlir::Value code);
  /// For each slice (per-bit maps: each bit) of a field, in the current scope: f(shift in the code, width, bit offset).
  mlir::LogicalResult forEachSlice(const spec::Field &field, llvm::function_ref<void(int, int, mlir::Value)> f);
  mlir::Value streamBase(const spec::Field &field);
  mlir::Value gather(mlir::Value base, mlir::Value bit, int width);
  void scatter(mlir::Value base, mlir::Value bit, int width, mlir::Value code);
  // StreamLengths.cpp
  void findSizes();
  bool inferSize(int64_t size);
  bool isKnown(spec::NodeId root) const;
  mlir::Value streamBytes(int32_t stream);
  /// Elements of a field of one index: its extent, and no more than its stream holds.
  Result elementCount(int32_t field);

  // LowerOrder.cpp
  const spec::Permute *permuteOf(int axis) const;
  Result orderEntry(const spec::Permute &permute, mlir::Value index);
  Result searchOrder(const spec::Permute &permute, mlir::Value entry);

  KernelBuilder &b;
  const spec::Format &format;
  const DoubtfulReads doubtful;
  mlir::Value streams, sizeN, sizeK, lengths, record;
  std::vector<mlir::Value> sizes; ///< free sizes; null where no stream tells
  bool allDoubtful = false;       ///< inside the map of a field whose indices may be anything
  int64_t copies = 1;             ///< of the code being made, by unrolled sums
  Scope scope;
};

} // namespace quoin

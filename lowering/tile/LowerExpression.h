// Expressions of a resolved format as code: the compiled twin of the evaluator, used by packers and decode kernels.
#pragma once

#include "lowering/KernelBuilder.h"
#include "runtime/spec/Format.h"

#include <map>

namespace quoin {

/// Emits values of a format's nodes at the builder's insertion point. Reads never leave a stream: data-dependent indices
/// are clamped to their extent.
class ExpressionLowering {
public:
  /// `streams` is the array of stream pointers; N and K are i64 values.
  ExpressionLowering(KernelBuilder &b, const spec::Format &format, mlir::Value streams, mlir::Value n, mlir::Value k);

  /// Sets what decode's variables mean from here on: row and column, and with them the record.
  void setPosition(mlir::Value n, mlir::Value k);
  /// i64 for index nodes, i32, f32. Fails, with a diagnostic at the builder's location, on what code is not made for
  /// (splits by stored lengths, encoder's nodes).
  mlir::FailureOr<mlir::Value> lower(spec::NodeId node);
  /// Stores the low bits of `code` (i32) into the bits of a field read at the current position: the inverse of a read.
  mlir::LogicalResult storeField(spec::NodeId read, mlir::Value code);

private:
  /// Values of variables, and of nodes under them.
  struct Scope {
    std::map<spec::VarId, mlir::Value> variables;
    std::map<spec::NodeId, mlir::Value> values;
  };
  using Result = mlir::FailureOr<mlir::Value>;

  Result compute(const spec::Node &node);
  Result arithmetic(const spec::Node &node, mlir::Value a, mlir::Value b);
  Result integerBinary(const spec::Node &node, mlir::Value a, mlir::Value b);
  Result floatBinary(const spec::Node &node, mlir::Value a, mlir::Value b);
  Result convert(const spec::Node &node, mlir::Value a);
  Result round(const spec::RoundTo &to, mlir::Value value);
  Result sum(const spec::Node &node);
  Result splitAt(const spec::Node &node, size_t branch, mlir::Value value);
  Result table(const spec::Node &node);
  Result read(const spec::Node &node);
  Result readBits(const spec::Field &field);
  Result withDefault(const spec::Field &field, llvm::function_ref<Result()> stored);
  mlir::Value decodeCode(const spec::ScalarType &type, mlir::Value code);
  mlir::Value floatFromTable(const spec::ScalarType &type, mlir::Value code);

  /// Scope of a field's map: its index variables bound to the read's indices, clamped where they come from data.
  mlir::FailureOr<Scope> fieldScope(const spec::Field &field, const std::vector<spec::NodeId> &indices);
  /// For each slice (per-bit maps: each bit) of a field, in the current scope: f(shift in the code, width, bit offset).
  mlir::LogicalResult forEachSlice(const spec::Field &field,
                                   llvm::function_ref<mlir::LogicalResult(int, int, mlir::Value)> f);
  mlir::Value streamBase(const spec::Field &field);
  mlir::Value gather(mlir::Value base, mlir::Value bit, int width);
  void scatter(mlir::Value base, mlir::Value bit, int width, mlir::Value code);
  Result inScope(Scope scope, llvm::function_ref<Result()> body);
  bool dependsOnData(spec::NodeId node) const;
  mlir::Value broadcastTo(mlir::Type type, mlir::Value value);
  mlir::LogicalResult unsupported(const char *what);

  KernelBuilder &b;
  const spec::Format &format;
  mlir::Value streams, sizeN, sizeK, record;
  Scope scope;
};

} // namespace quoin

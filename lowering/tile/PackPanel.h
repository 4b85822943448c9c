// One panel of packed weights: filled from stored streams, and taken apart into them again.
#pragma once

#include "lowering/KernelPlan.h"
#include "lowering/tile/LowerExpression.h"

namespace quoin {

/// Emits code at the builder's place in a kernel function, whose arguments name the streams, N and K.
class PanelPacker {
public:
  PanelPacker(KernelBuilder &b, const KernelPlan &plan);

  /// Rows from `firstRow` on, blocks [first, first + count), to `panel`: what covers whole rows, then block after block.
  mlir::LogicalResult pack(mlir::Value firstRow, mlir::Value panel, mlir::Value first, mlir::Value count);
  /// The inverse, into streams that start as zeros; only for forms that isInvertible.
  mlir::LogicalResult unpack(mlir::Value firstRow, mlir::Value panel, mlir::Value first, mlir::Value count);

private:
  using Value = mlir::Value;

  void keep(mlir::LogicalResult step);
  void forEachBlock(Value panel, Value first, Value count, llvm::function_ref<void(Value, Value)> body);
  void forEachScalar(llvm::function_ref<void(const PackedScalar &, tile::ScalarAttr)> body);
  /// The runs of a scalar in one block: first column, and where its rows' numbers lie.
  void forEachRun(tile::ScalarAttr place, Value firstColumn, Value block, llvm::function_ref<void(Value, Value)> body);
  /// Rows of a panel that W has.
  void forEachRow(Value firstRow, llvm::function_ref<void(Value, Value)> body);
  /// `value()` for elements of W, zero for the padding of the last panel and the last block.
  Value whenInside(Value row, Value column, Value zero, llvm::function_ref<mlir::FailureOr<Value>()> value);
  void patchOverlays(Value firstRow, Value panel, Value first, Value count);
  void packCodes(Value firstRow, Value firstColumn, Value block);
  /// Bytes from a block's start to the chunk at `column`.
  Value chunkOffset(Value column);
  void packPlane(Value firstRow, Value firstColumn, Value plane, int64_t bits, int64_t lowest);
  /// A code less the lowest, or its position in the list of levels.
  mlir::FailureOr<Value> storedCode(Value row, Value column);
  /// Whether a value follows a stream that may be absent.
  bool readsOptional(spec::NodeId id) const;
  Value unlessOrdered(Value number, Value row, Value column, int64_t columns);
  void refuse();
  Value isConstant(const PackedScalar &scalar, Value row, Value begin, Value end);
  void packScalar(const PackedScalar &scalar, tile::ScalarAttr place, Value firstRow, Value column, Value numbers);
  Value stored(Value number, tile::Storage storage);
  void unpackScalar(const PackedScalar &scalar, tile::ScalarAttr place, Value firstRow, Value column, Value numbers);
  Value codeAt(Value block, Value r, Value c);

  KernelBuilder &b;
  mlir::Location loc;
  const KernelPlan &plan;
  const PackedForm &form;
  tile::LayoutAttr layout;
  Value n, k;
  ExpressionLowering expressions;
  mlir::LogicalResult result = mlir::success();
};

} // namespace quoin

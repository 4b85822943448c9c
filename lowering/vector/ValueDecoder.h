// Packed weights as f32 values: of one vector of rows, four columns at a time.
#pragma once

#include "lowering/vector/VectorBuilder.h"

namespace quoin::tile {

class ValueDecoder {
public:
  /// Values are `coefficient * (code - zero) + bias`, rounded to `precision`.
  ValueDecoder(VectorBuilder &b, LayoutAttr layout, int64_t zero, Storage precision)
      : b(b), layout(layout), constant(layout.lowest() - zero), precision(precision) {}

  /// Goes to a block, and to the rows of one vector; `numbers` points at what covers whole rows.
  void moveTo(mlir::Value numbers, mlir::Value block, int64_t rowInPanel);
  /// Reads what does not change on the group at a column of the block.
  void readNumbers(mlir::Value column);
  /// Columns column + fixed + (0..3) of the block, in a group whose numbers were read.
  llvm::SmallVector<mlir::Value, 4> quad(mlir::Value column, int64_t fixed);

private:
  mlir::Value meaning(mlir::Value code);
  mlir::Value decode(mlir::Value code);

  VectorBuilder &b;
  LayoutAttr layout;
  int64_t constant, rowInPanel = 0;
  Storage precision;
  mlir::Value numbers, block, coefficient, bias, zero;
};

/// values = quad(column, fixed, values) for every four columns of a block, after group(column) where a group begins.
KernelBuilder::Values
forEachQuad(VectorBuilder &b, LayoutAttr layout, KernelBuilder::Values values,
            llvm::function_ref<void(mlir::Value)> group,
            llvm::function_ref<KernelBuilder::Values(mlir::Value, int64_t, mlir::ValueRange)> quad);

} // namespace quoin::tile

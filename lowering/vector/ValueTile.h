// Weights decoded to f32 or to pairs of bf16, and tiles that multiply them: the path every format can take.
#pragma once

#include "lowering/vector/VectorBuilder.h"

namespace quoin::tile {

/// Emits a loop over the blocks at `op`'s place.
void buildDecodeValues(mlir::OpBuilder &builder, DecodeValuesOp op, const Target &target);

/// Fills `function`, whose arguments are the operands of `op`, with the tile's code.
void buildValueTile(mlir::OpBuilder &builder, MatmulValuesOp op, const Target &target, mlir::func::FuncOp function);
/// Likewise.
void buildDecodedTile(mlir::OpBuilder &builder, MatmulDecodedOp op, const Target &target, mlir::func::FuncOp function);

} // namespace quoin::tile

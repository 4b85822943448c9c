// The body of one tile function: loops over runs of columns, from what is unrolled up to all of K.
#pragma once

#include "lowering/vector/VectorBuilder.h"

namespace quoin::tile {

/// Fills `function`, whose arguments are the operands of `op`, with the tile's code.
void buildTile(mlir::OpBuilder &builder, MatmulOp op, const Target &target, mlir::func::FuncOp function);

} // namespace quoin::tile

// Where the bits of one code lie in a plane, for rows and columns that are known only when the code runs.
#pragma once

#include "lowering/KernelBuilder.h"
#include "lowering/TileDialect.h"

namespace quoin {

/// body(byte offset in the plane of a chunk, from, mask, to) for every piece of the code of row `r`, column `column` of
/// the chunk: (byte >> from & mask) << to is its share. Unrolled over as many pieces as any slot has; empty ones have
/// mask 0.
void forEachPiece(KernelBuilder &b, const tile::PlaneSet &set, int64_t rows, mlir::Value r, mlir::Value column,
                  llvm::function_ref<void(mlir::Value, mlir::Value, mlir::Value, mlir::Value)> body);

} // namespace quoin

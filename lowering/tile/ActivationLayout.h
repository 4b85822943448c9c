// Where quantized X lies: one row is K codes (int8), then a scale (f32) and then a sum of codes (i32) per group, then, where
// a schedule multiplies words, the codes again as int16 with each four columns in the order 0, 2, 1, 3.
#pragma once

#include "lowering/KernelBuilder.h"
#include "lowering/TileDialect.h"

namespace quoin {

/// True where some regime reads X as words.
inline bool usesWords(llvm::ArrayRef<tile::RegimeAttr> regimes) {
  return llvm::any_of(regimes, [](tile::RegimeAttr regime) { return regime.getOperands() == tile::Operands::Words; });
}

/// Bytes a column of X takes for its codes.
inline int64_t activationCodeBytes(llvm::ArrayRef<tile::RegimeAttr> regimes) { return usesWords(regimes) ? 3 : 1; }

/// Bytes from one row of quantized X to the next: codes and 8 * K / group, rounded up to 64.
inline mlir::Value activationRowBytes(KernelBuilder &b, mlir::Value k, int64_t group, bool words) {
  mlir::Value bytes = b.add(b.scale(k, words ? 3 : 1), b.scale(b.divide(k, group), 8));
  return b.scale(b.divide(b.add(bytes, b.i64(63)), 64), 64);
}

} // namespace quoin

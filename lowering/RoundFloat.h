// f32 values rounded to a shorter type and kept as f32.
#pragma once

#include "lowering/KernelBuilder.h"
#include "lowering/TileDialect.h"

namespace quoin {

/// `value` (f32, or a vector of it) rounded to nearest even; Storage::F32 is the value itself. NaN stays NaN;
/// `plainNans` promises that the lower half of every NaN's bits is 0, which saves a comparison.
mlir::Value roundFloat(KernelBuilder &b, mlir::Value value, tile::Storage to, bool plainNans = false);
/// `value` with such NaNs; arithmetic with it and numbers makes no others.
mlir::Value withPlainNans(KernelBuilder &b, mlir::Value value);

/// Bits of a vector of values that are rounded to bf16 already, 16 a lane.
mlir::Value bf16Bits(KernelBuilder &b, mlir::Value values);
/// The same of two vectors, those of `low` in the low halves of 32-bit lanes.
mlir::Value bf16Pairs(KernelBuilder &b, mlir::Value low, mlir::Value high);

} // namespace quoin

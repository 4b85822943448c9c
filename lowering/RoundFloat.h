// f32 values rounded to a shorter type and kept as f32.
#pragma once

#include "lowering/KernelBuilder.h"
#include "lowering/TileDialect.h"

namespace quoin {

/// `value` (f32, or a vector of it) rounded to nearest even; Storage::F32 is the value itself. NaN stays NaN.
mlir::Value roundFloat(KernelBuilder &b, mlir::Value value, tile::Storage to);

} // namespace quoin

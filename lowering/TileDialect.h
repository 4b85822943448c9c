// The `qtile` dialect (TileDialect.td).
#pragma once

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "lowering/TileDialect.h.inc"
#include "lowering/TileEnums.h.inc"
#define GET_ATTRDEF_CLASSES
#include "lowering/TileAttrs.h.inc"
#define GET_OP_CLASSES
#include "lowering/TileOps.h.inc"

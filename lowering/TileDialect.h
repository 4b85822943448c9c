// The `qtile` dialect (TileDialect.td).
#pragma once

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace quoin::tile {

/// Bits [from, from + bits) of every byte of a plane's vector `vector` are bits [to, to + bits) of a code.
struct CodePiece {
  int64_t vector, from, bits, to;
};

/// A plane of `bits` bits is cut into sets of the fewest codes that fill whole bytes.
struct PlaneSet {
  explicit PlaneSet(int64_t bits);
  int64_t bits, slots, vectors;
  /// Where the code of one of the slots lies: one piece, or one for each vector whose spare bits it takes.
  llvm::SmallVector<CodePiece> pieces(int64_t slot) const;
  /// Columns of a set: four a slot.
  int64_t columns() const { return 4 * slots; }
};

} // namespace quoin::tile

#include "lowering/TileDialect.h.inc"
#include "lowering/TileEnums.h.inc"
#define GET_ATTRDEF_CLASSES
#include "lowering/TileAttrs.h.inc"
#define GET_OP_CLASSES
#include "lowering/TileOps.h.inc"

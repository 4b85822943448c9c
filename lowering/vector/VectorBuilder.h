// A KernelBuilder that also speaks of vectors of one target's width, codes and coefficients.
#pragma once

#include "lowering/KernelBuilder.h"
#include "lowering/Target.h"
#include "lowering/TileDialect.h"

namespace quoin::tile {

class VectorBuilder : public KernelBuilder {
public:
  VectorBuilder(const mlir::OpBuilder &builder, mlir::Location loc, const Target &target)
      : KernelBuilder(builder, loc), target(target) {}

  // Types: f32, i32, i8 and i16 lanes filling one vector.
  mlir::VectorType floats();
  mlir::VectorType ints();
  mlir::VectorType bytes();
  mlir::VectorType words();

  // Memory.
  mlir::Value maskedLoad(mlir::Value pointer, mlir::Value mask);
  void maskedStore(mlir::Value value, mlir::Value pointer, mlir::Value mask);
  /// Fetches a line ahead into the first (locality 3) or second level (2) of cache.
  void prefetch(mlir::Value pointer, int locality = 3);
  /// Lanes i with first + i < valid.
  mlir::Value laneMask(mlir::Value valid, int64_t first);

  // Values.
  mlir::Value zeroFloats();
  mlir::Value zeroSums(int64_t bits);
  mlir::Value splatInts(int64_t value);
  mlir::Value broadcast(mlir::Value scalar);
  /// Four bytes repeated in every 32-bit lane, as a vector of `type`.
  mlir::Value broadcastQuad(mlir::VectorType type, mlir::Value pointer);
  /// One f32 a lane from coefficients stored with 16 or 32 bits.
  mlir::Value coefficients(mlir::Value pointer, int64_t bits);
  /// Codes of the rows of one vector and columns 4 * quad .. 4 * quad + 3 of the group at `panel`, one a byte; `flip` adds 128
  /// modulo 256.
  mlir::Value codes(LayoutAttr layout, mlir::Value panel, int64_t rowInPanel, int64_t quad, bool flip);

private:
  const Target &target;
};

} // namespace quoin::tile

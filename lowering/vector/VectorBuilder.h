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

  // Types: f32, i32, i8, i16 and bf16 lanes filling one vector.
  mlir::VectorType floats();
  mlir::VectorType ints();
  mlir::VectorType bytes();
  mlir::VectorType words();
  mlir::VectorType shortFloats();

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
  /// The 32-bit lanes of two vectors of bytes in turn, first of their lower halves, then of their upper ones.
  std::pair<mlir::Value, mlir::Value> interleaveQuads(mlir::Value left, mlir::Value right);
  /// Lanes `first`, first + 2, ... of two vectors of 32-bit lanes, one after the other.
  mlir::Value everySecond(mlir::Value left, mlir::Value right, int64_t first);
  /// Eight bytes from each of two places, as one vector of 16.
  mlir::Value joinHalves(mlir::Value first, mlir::Value second);
  /// Codes of the rows of one vector at columns column + fixed + (0..3) of a block, one a byte, less the lowest integer that
  /// codes stand for and less `offset` modulo 256. `column` is a multiple of the layout's chunkColumns.
  mlir::Value codes(LayoutAttr layout, mlir::Value block, mlir::Value column, int64_t fixed, int64_t rowInPanel,
                    int64_t offset);
  /// One f32 a lane: what the layout stores for a coefficient (or a bias) at a column of a block; null where there is none.
  /// `numbers` points at what covers whole rows.
  mlir::Value coefficients(LayoutAttr layout, mlir::Value numbers, mlir::Value block, mlir::Value column, int64_t rowInPanel);
  mlir::Value biases(LayoutAttr layout, mlir::Value numbers, mlir::Value block, mlir::Value column, int64_t rowInPanel);
  /// One i32 a lane: the stored part of the zero point, null where there is none.
  mlir::Value zeros(LayoutAttr layout, mlir::Value numbers, mlir::Value block, mlir::Value column, int64_t rowInPanel);
  /// Address of the chunk at `column` + `fixed`.
  mlir::Value codesAt(LayoutAttr layout, mlir::Value block, mlir::Value column, int64_t fixed);
  /// Address of a scalar of the rows from `rowInPanel` on, at a column of a block.
  mlir::Value numberAt(LayoutAttr layout, ScalarAttr scalar, mlir::Value numbers, mlir::Value block, mlir::Value column,
                       int64_t rowInPanel);

  // Tiles of Y: `vectors` vectors of rows of W by `cols` rows of Y, [v * cols + c]. Whole accesses where all rows are valid,
  // masked ones at the end of W.
  /// +0 when `init`, else what Y holds.
  Values tileSums(mlir::Value init, mlir::Value y, mlir::Value ldy, mlir::Value valid, int64_t vectors, int64_t cols);
  /// Sums with one float of `bias` a row added, unless it is null.
  Values addTileBias(Values sums, mlir::Value bias, mlir::Value valid, int64_t vectors, int64_t cols);
  void storeTile(Values sums, mlir::Value y, mlir::Value ldy, mlir::Value valid, int64_t vectors, int64_t cols);

  /// table[index], lane by lane, from constants of the module; indices are inside the table.
  mlir::Value gather(llvm::ArrayRef<float> table, mlir::Value indices);

private:
  mlir::Value tileRow(mlir::Value y, mlir::Value ldy, int64_t c, int64_t v);
  mlir::Value scaling(LayoutAttr layout, Role whole, Role outer, Role sub, mlir::Value numbers, mlir::Value block,
                      mlir::Value column, int64_t rowInPanel);
  mlir::Value floatNumbers(ScalarAttr scalar, mlir::Value pointer);
  mlir::Value integerNumbers(ScalarAttr scalar, mlir::Value pointer);
  mlir::Value product(mlir::Value outer, mlir::Value sub, double factor);
  mlir::Value splatFloat(double value);
  mlir::Value splatByte(int64_t value);

  const Target &target;
};

} // namespace quoin::tile

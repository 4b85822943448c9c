// Byte offsets in a row of quantized X (#qtile.x_layout).
#pragma once

#include "lowering/KernelBuilder.h"
#include "lowering/TileDialect.h"

namespace quoin {

/// The shorter of two groups, and the longer; 0 is all of K, the longest there is.
inline int64_t shorterGroup(int64_t a, int64_t b) { return a == 0 ? b : b == 0 ? a : std::min(a, b); }
inline int64_t longerGroup(int64_t a, int64_t b) { return a == 0 || b == 0 ? 0 : std::max(a, b); }

/// True where some regime reads X as words.
inline bool usesWords(llvm::ArrayRef<tile::RegimeAttr> regimes) {
  return llvm::any_of(regimes, [](tile::RegimeAttr regime) { return regime.getOperands() == tile::Operands::Words; });
}

/// True where X is read as pairs of bf16.
inline bool usesPairs(llvm::ArrayRef<tile::RegimeAttr> regimes) {
  return !regimes.empty() && regimes.front().getOperands() == tile::Operands::Pairs;
}

/// Bytes a column of X takes for its codes.
inline int64_t activationCodeBytes(tile::XLayoutAttr layout) {
  return layout.getPairs() ? 2 : layout.getFloats() ? 4 : layout.getWords() ? 3 : 1;
}

/// Bytes per run of columns beside the codes, in the order they lie in: {columns, bytes}.
inline llvm::SmallVector<std::pair<int64_t, int64_t>> activationParts(tile::XLayoutAttr layout) {
  if (layout.getFloats())
    return {};
  llvm::SmallVector<std::pair<int64_t, int64_t>> parts = {{layout.getGroup(), 4}, {layout.getSumGroup(), 4}};
  if (layout.getBias())
    parts.push_back({layout.getBiasGroup(), 4});
  return parts;
}

/// Offsets as values, from K.
class ActivationOffsets {
public:
  ActivationOffsets(KernelBuilder &b, tile::XLayoutAttr layout, mlir::Value k) : b(b) {
    columns = b.scale(b.ceilDivide(k, layout.getBlock()), layout.getBlock());
    words = columns;
    mlir::Value end = b.scale(columns, activationCodeBytes(layout));
    for (auto [run, bytes] : activationParts(layout)) {
      parts.push_back(end);
      end = b.add(end, b.scale(groups(run), bytes));
    }
    rowBytes = b.scale(b.ceilDivide(end, 64), 64);
  }
  /// How many runs of `length` columns (0: all) a row has, the last one perhaps short.
  mlir::Value groups(int64_t length) { return length ? b.ceilDivide(columns, length) : b.i64(1); }

  mlir::Value columns;  ///< K rounded up to whole blocks
  mlir::Value words, rowBytes;
  mlir::Value scales() const { return parts[0]; }
  mlir::Value sums() const { return parts[1]; }
  mlir::Value biasSums() const { return parts[2]; }

private:
  KernelBuilder &b;
  llvm::SmallVector<mlir::Value> parts;
};

} // namespace quoin

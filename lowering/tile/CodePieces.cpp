// Pieces of codes by slot, read from constant tables.
#include "lowering/tile/CodePieces.h"

using namespace mlir;

namespace quoin {

void forEachPiece(KernelBuilder &b, const tile::PlaneSet &set, int64_t rows, Value r, Value column,
                  function_ref<void(Value, Value, Value, Value)> body) {
  size_t most = 0;
  for (int64_t slot = 0; slot < set.slots; ++slot)
    most = std::max(most, set.pieces(slot).size());
  Value index = b.divide(column, set.columns()), inSet = b.sub(column, b.scale(index, set.columns()));
  Value slot = b.divide(inSet, 4), t = b.sub(inSet, b.scale(slot, 4));
  for (size_t i = 0; i < most; ++i) {
    SmallVector<uint32_t> vectors, froms, masks, tos;
    for (int64_t each = 0; each < set.slots; ++each) {
      SmallVector<tile::CodePiece> pieces = set.pieces(each);
      tile::CodePiece piece = i < pieces.size() ? pieces[i] : tile::CodePiece{};
      vectors.push_back(uint32_t(piece.vector)), froms.push_back(uint32_t(piece.from)),
          tos.push_back(uint32_t(piece.to));
      masks.push_back((1u << piece.bits) - 1);
    }
    auto of = [&](ArrayRef<uint32_t> table) {
      if (llvm::all_equal(table))
        return b.i32(int32_t(table.front()));
      return b.load(b.getI32Type(), b.at(b.constantArray(table), b.scale(slot, 4)));
    };
    Value vector = arith::ExtUIOp::create(b, b.getLoc(), b.getI64Type(), of(vectors));
    Value row = b.add(b.scale(b.add(b.scale(index, set.vectors), vector), rows), r);
    body(b.add(b.scale(row, 4), t), of(froms), of(masks), of(tos));
  }
}

} // namespace quoin

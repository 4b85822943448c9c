// What the lowerings of dot products share, whatever the target.
#pragma once

#include "lowering/TileDialect.h"

namespace quoin {

/// Builds at one op after the other. An op that a target has no instruction for stays: quoin-dot-product-generic takes it.
class DotLowering {
public:
  explicit DotLowering(mlir::MLIRContext *context) : b(context), loc(mlir::UnknownLoc::get(context)) {}

protected:
  void startAt(mlir::Operation *op) {
    b.setInsertionPoint(op);
    loc = op->getLoc();
  }

  /// `result` in place of what `op` gives.
  static void replace(mlir::Operation *op, mlir::Value result) {
    op->getResult(0).replaceAllUsesWith(result);
    op->erase();
  }

  mlir::Value call(const char *intrinsic, mlir::Type type, mlir::ValueRange operands) {
    return mlir::LLVM::CallIntrinsicOp::create(b, loc, type, b.getStringAttr(intrinsic), operands).getResult(0);
  }

  mlir::Value add(mlir::Value left, mlir::Value right) { return mlir::arith::AddIOp::create(b, loc, left, right); }

  /// Keeps accumulations in the order written. LLVM's scheduler otherwise interleaves a whole unrolled group, and spills
  /// 70 to 150 registers of a 16 x 3 tile at half the speed; an empty side effect on the accumulator costs nothing.
  /// `constraints` names the vector registers: an output that is the first input.
  mlir::Value inOrder(mlir::Value acc, const char *constraints) {
    return mlir::LLVM::InlineAsmOp::create(b, loc, acc.getType(), mlir::ValueRange{acc}, /*asm_string=*/"", constraints,
                                           /*has_side_effects=*/true, /*is_align_stack=*/false,
                                           mlir::LLVM::tailcallkind::TailCallKind::None, mlir::LLVM::AsmDialectAttr(),
                                           mlir::ArrayAttr())
        .getResult(0);
  }

  /// The bytes of a lookup: its table over and over, each filled up with zeros to the 16 entries of a shuffle.
  mlir::Value tableOf(tile::LookupOp op) {
    auto type = mlir::cast<mlir::VectorType>(op.getType());
    llvm::SmallVector<int8_t> bytes;
    for (int64_t i = 0; i < type.getNumElements(); ++i)
      bytes.push_back(size_t(i % 16) < op.getTable().size() ? int8_t(op.getTable()[i % 16]) : int8_t(0));
    return mlir::arith::ConstantOp::create(b, loc, mlir::DenseElementsAttr::get(type, llvm::ArrayRef(bytes)));
  }

  mlir::OpBuilder b;
  mlir::Location loc;
};

} // namespace quoin

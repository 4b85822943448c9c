// All passes, in pipeline order.
#ifndef QUOIN_LOWERING_PASSES
#define QUOIN_LOWERING_PASSES

include "mlir/Pass/PassBase.td"

//===-- stage 3: choose ------------------------------------------------------------------------------------------===//

def ChooseSchedule : Pass<"quoin-choose-schedule", "::mlir::ModuleOp"> {
  let summary = "give every matmul kernel its normal form, layout and schedule";
  let description = [{
    Brings the weights' decode expression to its normal form, chooses a strategy from it by the cost model, and writes both
    on the kernel: `normal`, `layout` (how packed weights lie) and `schedule` (regimes by rows of X). Attributes that are
    there already are kept: that is how a schedule is overridden by hand. A remark at the kernel says which strategy is taken,
    what it is predicted to cost, and of each other one what it would cost or why it cannot be taken.
  }];
  let options = [Option<"target", "target", "std::string", "\"host\"", "target the schedule is for">];
  let dependentDialects = ["::quoin::tile::QTileDialect"];
}

//===-- stage 4: tile and pack -----------------------------------------------------------------------------------===//

def PackOperands : Pass<"quoin-pack-operands", "::mlir::ModuleOp"> {
  let summary = "write functions that convert stored weights to the kernel's layout and back";
  let description = [{
    For every kernel with a layout, `<kernel>.pack` reads codes and coefficients through the format's bit maps and stores
    them as the layout says, `<kernel>.unpack` is its inverse. Rows past N in the last panel are zero.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::func::FuncDialect", "::mlir::scf::SCFDialect",
                           "::mlir::math::MathDialect", "::mlir::LLVM::LLVMDialect"];
}

def DecodeWeights : Pass<"quoin-decode-weights", "::mlir::ModuleOp"> {
  let summary = "write the decode kernel of every format used";
  let description = [{
    `<kernel>.decode` evaluates the format's decode expression for every weight, in f32, each operation rounded as
    written: the compiled twin of the evaluator.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::func::FuncDialect", "::mlir::scf::SCFDialect",
                           "::mlir::math::MathDialect", "::mlir::LLVM::LLVMDialect"];
}

def QuantizeActivations : Pass<"quoin-quantize-activations", "::mlir::ModuleOp"> {
  let summary = "write the function that quantizes X to int8 by groups";
  let description = [{
    `<kernel>.quantize`: per group s = amax / 127, codes = round-to-nearest-even(x * min(127 / amax, largest finite));
    amax = 0 gives s = 0 and codes 0, a NaN or infinity in the group gives s = NaN and codes 0. Sums of codes are kept for
    zero points.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::func::FuncDialect", "::mlir::scf::SCFDialect",
                           "::mlir::math::MathDialect", "::mlir::vector::VectorDialect", "::mlir::LLVM::LLVMDialect"];
}

def TileMatmul : Pass<"quoin-tile-matmul", "::mlir::ModuleOp"> {
  let summary = "turn scheduled kernels into loops over tiles";
  let description = [{
    `<kernel>.matmul` picks the regime of the schedule that M asks for and walks the rows of W and X tile by tile. The
    kernel op is erased, and so are the declarations it came from.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::func::FuncDialect", "::mlir::scf::SCFDialect",
                           "::mlir::LLVM::LLVMDialect", "::quoin::tile::QTileDialect"];
}

//===-- stage 5: vectors -----------------------------------------------------------------------------------------===//

def VectorizeTile : Pass<"quoin-vectorize-tile", "::mlir::ModuleOp"> {
  let summary = "turn tiles into loops over scale groups on whole vectors";
  let description = [{
    `qtile.matmul` becomes a call of a private function with `qtile.unpack`, `qtile.dot` and `qtile.widen` on vectors of the
    target's width, `qtile.decode_panel` a loop.
  }];
  let options = [Option<"target", "target", "std::string", "\"host\"", "target the vectors are for">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::func::FuncDialect", "::mlir::scf::SCFDialect",
                           "::mlir::math::MathDialect", "::mlir::vector::VectorDialect"];
}

def UnpackBits : Pass<"quoin-unpack-bits", "::mlir::ModuleOp"> {
  let summary = "turn qtile.unpack into shifts and masks";
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

//===-- stage 6a: CPU --------------------------------------------------------------------------------------------===//

def DotProductX86 : Pass<"quoin-dot-product-x86", "::mlir::ModuleOp"> {
  let summary = "turn qtile.dot, qtile.dot_pairs, qtile.lookup and qtile.widen into x86 instructions";
  let description = [{
    The one place that names x86 dot-product instructions. What the target has no instruction for stays.
  }];
  let options = [Option<"target", "target", "std::string", "\"host\"", "target whose instruction table is used">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::LLVM::LLVMDialect"];
}

def DotProductArm : Pass<"quoin-dot-product-arm", "::mlir::ModuleOp"> {
  let summary = "turn qtile.dot, qtile.dot_matrix and qtile.lookup into AArch64 instructions";
  let description = [{
    The one place that names AArch64 dot-product instructions. What the target has no instruction for stays.
  }];
  let options = [Option<"target", "target", "std::string", "\"host\"", "target whose instruction table is used">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::vector::VectorDialect",
                           "::mlir::LLVM::LLVMDialect"];
}

def TilesX86 : Pass<"quoin-tiles-x86", "::mlir::ModuleOp"> {
  let summary = "turn qtile.tile_products into x86 tile instructions";
  let description = [{
    The one place that names the tile instructions of AMX. A function with such products configures the tile registers when
    it begins and releases them when it returns. Targets without them are left alone.
  }];
  let options = [Option<"target", "target", "std::string", "\"host\"", "target whose instruction table is used">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::LLVM::LLVMDialect"];
}

def DotProductGeneric : Pass<"quoin-dot-product-generic", "::mlir::ModuleOp"> {
  let summary = "turn what is left of qtile's arithmetic into plain vector code";
  let description = [{
    `qtile.dot`, `qtile.dot_matrix`, `qtile.dot_pairs`, `qtile.lookup`, `qtile.tile_products`, `qtile.widen` and `qtile.words`
    that no instruction of the target was
    found for, in arithmetic on vectors, with the same bits.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect", "::mlir::scf::SCFDialect",
                           "::mlir::vector::VectorDialect", "::mlir::LLVM::LLVMDialect"];
}

def VerifyNoNarrowTypes : Pass<"quoin-verify-no-narrow-types", "::mlir::ModuleOp"> {
  let summary = "reject types that LLVM would miscompile";
  let description = [{
    Below the description only integers of 1 (conditions), 8, 16, 32 and 64 bits, f16, bf16 and f32 may occur: upstream
    lowerings of narrower integers and small floats fail silently.
  }];
}

#endif

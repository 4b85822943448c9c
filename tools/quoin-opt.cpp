// Runs passes over quoin IR, as mlir-opt does over its own.
#include "dialect/QuoinDialect.h"
#include "lowering/Passes.h"
#include "lowering/Pipelines.h"
#include "lowering/TileDialect.h"

#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  registry.insert<quoin::QuoinDialect, quoin::tile::QTileDialect, mlir::arith::ArithDialect, mlir::func::FuncDialect,
                  mlir::math::MathDialect, mlir::scf::SCFDialect, mlir::vector::VectorDialect, mlir::LLVM::LLVMDialect>();
  quoin::registerQuoinPasses();
  quoin::registerPipelines();
  mlir::registerTransformsPasses();
  return mlir::asMainReturnCode(mlir::MlirOptMain(argc, argv, "Quoin optimizer driver\n", registry));
}

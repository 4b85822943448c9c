// Runs passes over quoin IR, as mlir-opt does over its own.
#include "dialect/QuoinDialect.h"

#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  registry.insert<quoin::QuoinDialect>();
  return mlir::asMainReturnCode(mlir::MlirOptMain(argc, argv, "Quoin optimizer driver\n", registry));
}

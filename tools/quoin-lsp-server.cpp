// A language server for quoin texts: editors show diagnostics, definitions and completions while one writes.
#include "dialect/QuoinDialect.h"

#include "mlir/Tools/mlir-lsp-server/MlirLspServerMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  registry.insert<quoin::QuoinDialect>();
  return mlir::failed(mlir::MlirLspServerMain(argc, argv, registry));
}

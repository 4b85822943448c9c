// Hostile texts: the limits, the dialect's parser and verifiers, and the resolver. What begins as bytecode goes to MLIR's
// reader of it, which no tool but quoin-opt would do.
#include "dialect/QuoinDialect.h"
#include "dialect/Resolve.h"
#include "dialect/TextLimits.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"

#include <memory>
#include <string>

using namespace mlir;

/// Attributes live as long as their context, so it is made anew from time to time.
static MLIRContext &context() {
  static std::unique_ptr<MLIRContext> current;
  static int uses = 0;
  if (!current || ++uses % 2000 == 0) {
    DialectRegistry registry;
    registry.insert<quoin::QuoinDialect>();
    current = std::make_unique<MLIRContext>(registry, MLIRContext::Threading::DISABLED);
    current->loadAllAvailableDialects();
    current->printOpOnDiagnostic(false);
  }
  return *current;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string text(reinterpret_cast<const char *>(data), size);
  if (!quoin::isBytecode(text) && !quoin::checkText(text, "fuzz"))
    return 0;
  ScopedDiagnosticHandler quiet(&context(), [](Diagnostic &) { return success(); });
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, &context(), "fuzz");
  if (!module)
    return 0;
  for (quoin::FormatOp format : module->getOps<quoin::FormatOp>())
    (void)quoin::resolve(format, {}, quoin::TableFiles::Tolerate);
  return 0;
}

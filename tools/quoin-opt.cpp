// Runs passes over quoin IR, as mlir-opt does over its own.
#include "dialect/QuoinDialect.h"
#include "dialect/TextLimits.h"
#include "lowering/Passes.h"
#include "lowering/Pipelines.h"
#include "lowering/TileDialect.h"
#include "runtime/file.h"

#include "mlir/Support/FileUtilities.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace mlir;

static int explain(const quoin::Error &error) {
  llvm::errs() << "quoin-opt: error: " << error.message << "\n";
  if (!error.hint.empty())
    llvm::errs() << "  hint: " << error.hint << "\n";
  return 1;
}

/// Diagnostics are read by people: they say where, and leave the operation out. Who wants it asks for it.
static void showNoOperations() {
  registerMLIRContextCLOptions();
  llvm::cl::Option *option = llvm::cl::getRegisteredOptions().lookup("mlir-print-op-on-diagnostic");
  static_cast<llvm::cl::opt<bool> *>(option)->setInitialValue(false);
}

/// The libraries of LLVM register hundreds of options of their own, which --help-hidden lists.
static void hideOptionsOfLlvm() {
  for (auto &[name, option] : llvm::cl::getRegisteredOptions())
    if (name != "help" && name != "version")
      option->setHiddenFlag(llvm::cl::Hidden);
}

/// What mlir-opt does with its files, and checks the text before it is parsed. Bytecode is taken from those who trust
/// it.
static int runOnFile(const std::string &input, const std::string &output, DialectRegistry &registry,
                     const MlirOptMainConfig &config) {
  std::string problem;
  std::unique_ptr<llvm::MemoryBuffer> buffer = openInputFile(input, &problem);
  if (!buffer)
    return explain({problem, ""});
  if (!quoin::isBytecode(buffer->getBuffer()))
    if (quoin::Result<void> good = quoin::checkText(buffer->getBuffer(), buffer->getBufferIdentifier()); !good)
      return explain(good.error());
  if (llvm::sys::fs::equivalent(input, output))
    return explain({"-o \"" + output + "\" is the input", "name another file"});
  if (output == "-")
    return asMainReturnCode(MlirOptMain(llvm::outs(), std::move(buffer), registry, config));
  std::string text;
  llvm::raw_string_ostream out(text);
  if (failed(MlirOptMain(out, std::move(buffer), registry, config)))
    return 1;
  std::span<const uint8_t> part(reinterpret_cast<const uint8_t *>(text.data()), text.size());
  if (quoin::Outcome<void> written = quoin::writeFile(output, {&part, 1}); !written)
    return explain(written.error().error);
  return 0;
}

int main(int argc, char **argv) {
  hideOptionsOfLlvm(); // which are the ones registered before ours
  DialectRegistry registry;
  registry.insert<quoin::QuoinDialect, quoin::tile::QTileDialect, arith::ArithDialect, func::FuncDialect,
                  math::MathDialect, scf::SCFDialect, vector::VectorDialect, LLVM::LLVMDialect>();
  quoin::registerQuoinPasses();
  quoin::registerPipelines();
  registerTransformsPasses();
  showNoOperations();
  auto [input, output] = registerAndParseCLIOptions(argc, argv, "Quoin optimizer driver\n", registry);
  MlirOptMainConfig config = MlirOptMainConfig::createFromCLOptions();
  if (config.shouldShowDialects() || config.shouldListPasses()) // reads no file
    return asMainReturnCode(MlirOptMain(argc, argv, input, output, registry));
  llvm::InitLLVM init(argc, argv);
  return runOnFile(input, output, registry, config);
}

// From a module in the LLVM dialect to machine code of a target.
#include "codegen/EmitObject.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "mlir/Target/LLVMIR/LLVMTranslationInterface.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Target/TargetOptions.h"

#include <fmt/format.h>
#include <mutex>

namespace quoin {

static void initializeLlvm() {
  static std::once_flag once;
  std::call_once(once, [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    LLVMInitializeX86AsmParser();
    LLVMInitializeAArch64TargetInfo();
    LLVMInitializeAArch64Target();
    LLVMInitializeAArch64TargetMC();
    LLVMInitializeAArch64AsmPrinter();
    LLVMInitializeAArch64AsmParser();
  });
}

static Result<std::unique_ptr<llvm::TargetMachine>> makeMachine(const Target &target) {
  initializeLlvm();
  std::string error;
  llvm::Triple triple(target.triple);
  const llvm::Target *found = llvm::TargetRegistry::lookupTarget(triple, error);
  if (!found)
    return fail(fmt::format("no code generator for target \"{}\": {}", target.name, error));
  llvm::TargetOptions options;
  options.AllowFPOpFusion = llvm::FPOpFusion::Strict; // results are part of a kernel's declaration
  options.MCOptions.AsmVerbose = true;
  return std::unique_ptr<llvm::TargetMachine>(found->createTargetMachine(
      triple, target.cpu, target.features, options, llvm::Reloc::PIC_, llvm::CodeModel::Small,
      llvm::CodeGenOptLevel::Aggressive));
}

static void optimize(llvm::Module &module, llvm::TargetMachine &machine) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager cgscc;
  llvm::ModuleAnalysisManager modules;
  llvm::PipelineTuningOptions tuning;
  tuning.LoopUnrolling = false; // schedules say what is unrolled
  llvm::PassBuilder builder(&machine, tuning);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(cgscc);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, cgscc, modules);
  builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O3).run(module, modules);
}

/// Freestanding code: nothing may become a call of memset or memcpy, and vectors keep their full width.
static void markFunctions(llvm::Module &module, const Target &target) {
  for (llvm::Function &function : module) {
    if (function.isDeclaration())
      continue;
    function.addFnAttr("no-builtins");
    function.addFnAttr("target-cpu", target.cpu);
    function.addFnAttr("target-features", target.features);
    function.addFnAttr("prefer-vector-width", std::to_string(8 * target.vectorBytes));
    function.addFnAttr("min-legal-vector-width", std::to_string(8 * target.vectorBytes));
    function.addFnAttr(llvm::Attribute::NoUnwind);
    if (function.hasLocalLinkage())
      function.addFnAttr(llvm::Attribute::NoInline); // one tile, one function: see quoin-vectorize-tile
  }
}

void prepareEmission(mlir::MLIRContext &context) {
  auto *llvmDialect = context.getLoadedDialect<mlir::LLVM::LLVMDialect>();
  if (llvmDialect && llvmDialect->getRegisteredInterface<mlir::LLVMTranslationDialectInterface>())
    return;
  mlir::registerBuiltinDialectTranslation(context);
  mlir::registerLLVMDialectTranslation(context);
}

Result<std::string> emitObject(mlir::ModuleOp module, const Target &target, ObjectKind kind) {
  prepareEmission(*module.getContext());
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> translated = mlir::translateModuleToLLVMIR(module, context);
  if (!translated)
    return fail("the kernel's LLVM dialect form does not translate", "stop before with --emit=llvm and look at it");
  Result<std::unique_ptr<llvm::TargetMachine>> machine = makeMachine(target);
  if (!machine)
    return std::unexpected(machine.error());
  translated->setTargetTriple(llvm::Triple(target.triple));
  translated->setDataLayout((*machine)->createDataLayout());
  markFunctions(*translated, target);
  optimize(*translated, **machine);

  llvm::SmallString<0> bytes;
  llvm::raw_svector_ostream stream(bytes);
  if (kind == ObjectKind::LlvmIr) {
    translated->print(stream, nullptr);
    return bytes.str().str();
  }
  llvm::legacy::PassManager emitter;
  auto fileType = kind == ObjectKind::Object ? llvm::CodeGenFileType::ObjectFile : llvm::CodeGenFileType::AssemblyFile;
  if ((*machine)->addPassesToEmitFile(emitter, stream, nullptr, fileType))
    return fail(fmt::format("target \"{}\" cannot emit this kind of file", target.name));
  emitter.run(*translated);
  return bytes.str().str();
}

} // namespace quoin

#include "codegen/DebugLines.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace mlir;

namespace quoin {

/// A text that is a file has its whole path, so that debuggers find it from any folder.
static FileLineColLoc lineOf(Location location) {
  auto line = location->findInstanceOf<FileLineColLoc>();
  if (!line)
    return line;
  SmallString<128> path(line.getFilename().getValue());
  if (llvm::sys::fs::exists(path))
    (void)llvm::sys::fs::make_absolute(path); // which leaves it as it is where there is no folder to be in
  return FileLineColLoc::get(line.getContext(), path, line.getLine(), line.getColumn());
}

static LLVM::DIFileAttr fileOf(FileLineColLoc line) {
  StringRef path = line.getFilename().getValue();
  return LLVM::DIFileAttr::get(line.getContext(), llvm::sys::path::filename(path), llvm::sys::path::parent_path(path));
}

/// Puts every operation of a function on one line. A kernel and its format may stand in two files: where an operation's
/// is not the function's, it says so.
static void placeBody(LLVM::LLVMFuncOp function) {
  auto scope = function.getLoc()->findInstanceOf<FusedLocWith<LLVM::DISubprogramAttr>>();
  FileLineColLoc begin = lineOf(function.getLoc());
  if (!scope || !begin)
    return;
  function.walk([&](Operation *op) {
    if (op == function.getOperation())
      return;
    FileLineColLoc line = lineOf(op->getLoc());
    if (!line)
      line = begin;
    if (line.getFilename() == begin.getFilename())
      return op->setLoc(line);
    auto other = LLVM::DILexicalBlockFileAttr::get(op->getContext(), scope.getMetadata(), fileOf(line), 0);
    op->setLoc(FusedLoc::get(op->getContext(), {line}, other));
  });
}

Result<void> addDebugLines(ModuleOp module) {
  for (auto function : module.getOps<LLVM::LLVMFuncOp>())
    if (FileLineColLoc line = lineOf(function.getLoc())) {
      function->setLoc(line);
      module->setLoc(line); // the compile unit takes its name from it
    }
  PassManager passes(module.getContext());
  passes.addPass(LLVM::createDIScopeForLLVMFuncOpPass()); // line tables only, unless told otherwise
  if (failed(passes.run(module)))
    return fail("debug information cannot be added", "compile without -g");
  for (auto function : module.getOps<LLVM::LLVMFuncOp>())
    placeBody(function);
  return {};
}

} // namespace quoin

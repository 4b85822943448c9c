#include "codegen/RunPasses.h"

#include "codegen/Version.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

#include <fmt/format.h>

using namespace mlir;

namespace quoin {

/// Writes what failed as a text that quoin-opt fails on, too.
static Result<void> keepReproducer(ModuleOp module, PassManager &passes, const char *what) {
  int descriptor = -1;
  llvm::SmallString<128> path;
  if (std::error_code problem = llvm::sys::fs::createTemporaryFile("quoin-reproducer", "mlir", descriptor, path))
    return fail(fmt::format("compilation stopped at {} without a reason", what),
                fmt::format("report it; no reproducer could be written: {}", problem.message()));
  llvm::raw_fd_ostream out(descriptor, /*shouldClose=*/true);
  out << "// quoin " << version << " " << commit << ", LLVM " << llvmVersion << ": stopped at " << what
      << "\n// RUN: quoin-opt %s --pass-pipeline='";
  passes.printAsTextualPipeline(out);
  out << "'\n" << module << "\n";
  return fail(fmt::format("compilation stopped at {} without a reason", what),
              fmt::format("report it with the file {}, which shows it", path.str().str()));
}

Result<void> runPasses(ModuleOp module, llvm::function_ref<void(OpPassManager &)> addPasses, const char *what) {
  auto passes = PassManager::on<ModuleOp>(module.getContext());
  addPasses(passes);
  OwningOpRef<ModuleOp> before = module.clone();
  bool explained = false;
  ScopedDiagnosticHandler watch(module.getContext(), [&](Diagnostic &diagnostic) {
    explained |= diagnostic.getSeverity() == DiagnosticSeverity::Error;
    return failure(); // for those who print it
  });
  if (succeeded(passes.run(module)))
    return {};
  if (!explained)
    return keepReproducer(*before, passes, what);
  return fail(fmt::format("compilation stopped at {}", what));
}

} // namespace quoin

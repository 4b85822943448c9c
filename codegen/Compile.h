// Stages 3 to 7 on one page: from a module with kernels to code, a bundle, or any stage's text in between.
#pragma once

#include "codegen/Manifest.h"
#include "codegen/WriteBundle.h"
#include "dialect/Library.h"

#include "mlir/IR/BuiltinOps.h"

namespace quoin {

/// Where a compilation stops.
enum class Stage { Quoin, Normal, Schedule, Tile, Vector, Llvm, Asm, Object, Bundle };

/// Names of all stages, in order.
std::vector<std::string> allStages();

/// The stage called `name` ("quoin", "schedule", ...), or an error that lists them.
Result<Stage> findStage(std::string_view name);

/// Makes the library's context know every dialect a module meets on its way; files added after it may carry layouts and
/// schedules.
void loadDialects(Library &library);

/// A module to compile, made of declarations that a library found. Owned by the library's context.
mlir::OwningOpRef<mlir::ModuleOp> beginModule(Library &library);

/// Declares a format in the module as the library found it; a second time does nothing.
void addFormat(mlir::ModuleOp module, const FoundFormat &found);

/// Adds `quoin.kernel @matmul_<format>_<activations>` for weights `format`, a name declared in the module;
/// `activations` as on the command line ("int8", "int8:32", ...), "none" for the decode kernel alone.
Result<void> addKernel(mlir::ModuleOp module, const std::string &format, const std::string &activations,
                       bool isStored = false);

/// Whether code says which lines of the text it comes from (assembly and objects; an image has no room for it).
enum class DebugInfo { None, Lines };

/// The module after a stage (Quoin to Llvm) for one target, as text that parses on its own; for Asm the assembly.
Result<std::string> emitStage(mlir::ModuleOp module, const Target &target, Stage stage,
                              DebugInfo debug = DebugInfo::None);

struct Compiled {
  std::vector<KernelRecord> kernels;
  std::vector<TargetImage> images;
  std::vector<std::string> objects; ///< ELF bytes, one a target
};

/// All targets' code. `module` is left as it was. Diagnostics of failed passes go to the context's handler.
Result<Compiled> compile(mlir::ModuleOp module, const std::vector<Target> &targets, DebugInfo debug = DebugInfo::None);

/// SHA-256 in hexadecimal.
std::string hashText(std::string_view text);

/// The bundle of what was compiled; an error where the runtime would refuse it, as with tables too large for a
/// manifest.
Result<std::string> makeBundle(const Compiled &compiled, const std::string &textHash);

} // namespace quoin

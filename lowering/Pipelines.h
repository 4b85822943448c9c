// The pipelines: which passes turn a description into code, read top to bottom.
#pragma once

#include "mlir/Pass/PassManager.h"

#include <string>

namespace quoin {

/// Stage 3: normal form, layout and schedule on every kernel.
void addScheduleStage(mlir::OpPassManager &pm, const std::string &target);
/// Stage 4: kernels as functions with loops over tiles.
void addTileStage(mlir::OpPassManager &pm);
/// Stage 5: tiles as vector code.
void addVectorStage(mlir::OpPassManager &pm, const std::string &target);
/// Stage 6a: the LLVM dialect, with the target's instructions.
void addLlvmStage(mlir::OpPassManager &pm, const std::string &target);

/// Makes the stages available to quoin-opt as `quoin-schedule-stage`, `quoin-tile-stage`, `quoin-vector-stage` and
/// `quoin-llvm-stage`, the ones that need it with option `target`.
void registerPipelines();

} // namespace quoin

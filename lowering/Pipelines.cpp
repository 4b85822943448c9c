// The pipelines: which passes turn a description into code, read top to bottom.
#include "lowering/Pipelines.h"

#include "lowering/Passes.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace quoin {

void addScheduleStage(OpPassManager &pm, const std::string &target) { pm.addPass(createChooseSchedule({target})); }

void addTileStage(OpPassManager &pm) {
  pm.addPass(createPackOperands());
  pm.addPass(createDecodeWeights());
  pm.addPass(createQuantizeActivations());
  pm.addPass(createTileMatmul());
}

void addVectorStage(OpPassManager &pm, const std::string &target) {
  pm.addPass(createVectorizeTile({target}));
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}

void addLlvmStage(OpPassManager &pm, const std::string &target) {
  pm.addPass(createUnpackBits());
  pm.addPass(createTilesX86({target}));
  pm.addPass(createDotProductX86({target}));
  pm.addPass(createDotProductArm({target}));
  pm.addPass(createDotProductGeneric());
  pm.addPass(createSCFToControlFlowPass());
  pm.addPass(createConvertVectorToLLVMPass());
  pm.addPass(createConvertMathToLLVMPass());
  pm.addPass(createArithToLLVMConversionPass());
  pm.addPass(createConvertFuncToLLVMPass());
  pm.addPass(createConvertControlFlowToLLVMPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(createVerifyNoNarrowTypes());
}

namespace {
struct TargetOptions : PassPipelineOptions<TargetOptions> {
  PassOptions::Option<std::string> target{*this, "target", llvm::cl::desc("target name"), llvm::cl::init("host")};
};
} // namespace

void registerPipelines() {
  using Register = PassPipelineRegistration<TargetOptions>;
  Register("quoin-schedule-stage", "stage 3: normal form, layout and schedule on every kernel",
           [](OpPassManager &pm, const TargetOptions &options) { addScheduleStage(pm, options.target); });
  PassPipelineRegistration<>("quoin-tile-stage", "stage 4: kernels as functions with loops over tiles",
                             [](OpPassManager &pm) { addTileStage(pm); });
  Register("quoin-vector-stage", "stage 5: tiles as vector code",
           [](OpPassManager &pm, const TargetOptions &options) { addVectorStage(pm, options.target); });
  Register("quoin-llvm-stage", "stage 6a: the LLVM dialect, with the target's instructions",
           [](OpPassManager &pm, const TargetOptions &options) { addLlvmStage(pm, options.target); });
}

} // namespace quoin

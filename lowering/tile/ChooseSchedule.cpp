// quoin-choose-schedule: the normal form, layout and schedule of every kernel, written where they can be read and changed.
#include "lowering/KernelPlan.h"
#include "lowering/Passes.h"
#include "lowering/Schedule.h"

namespace quoin {
#define GEN_PASS_DEF_CHOOSESCHEDULE
#include "lowering/Passes.h.inc"
} // namespace quoin

using namespace mlir;
using namespace quoin;

namespace {
struct ChooseSchedule : quoin::impl::ChooseScheduleBase<ChooseSchedule> {
  using ChooseScheduleBase::ChooseScheduleBase;

  void runOnOperation() override {
    Result<Target> found = findTarget(target);
    if (!found) {
      getOperation().emitError() << found.error().message << "; " << found.error().hint;
      return signalPassFailure();
    }
    for (KernelOp kernel : getOperation().getOps<KernelOp>())
      if (failed(choose(kernel, *found)))
        return signalPassFailure();
  }

  LogicalResult choose(KernelOp kernel, const Target &found) {
    FailureOr<KernelPlan> plan = planKernel(kernel);
    if (failed(plan) || failed(checkTarget(kernel, *plan, found)))
      return failure();
    Builder b(&getContext());
    kernel->setAttr(normalAttrName, b.getStringAttr(describe(plan->normal, plan->format)));
    if (kernel->hasAttr(decodeOnlyAttrName))
      return success();
    Schedule schedule = chooseSchedule(&getContext(), *plan, found);
    if (!kernel->hasAttr(packedLayoutAttrName))
      kernel->setAttr(packedLayoutAttrName, schedule.layout);
    if (!kernel->hasAttr(scheduleAttrName)) {
      SmallVector<Attribute> regimes(schedule.regimes.begin(), schedule.regimes.end());
      kernel->setAttr(scheduleAttrName, b.getArrayAttr(regimes));
    }
    kernel.emitRemark() << describe(schedule);
    return success();
  }
};
} // namespace

// What passes know of a kernel.
#include "lowering/KernelPlan.h"

#include "dialect/Resolve.h"

#include "mlir/IR/BuiltinOps.h"

using namespace mlir;

namespace quoin {

std::string functionName(KernelOp kernel, StringRef part) { return (kernel.getSymName() + "__" + part).str(); }

FailureOr<SmallVector<tile::RegimeAttr>> readSchedule(KernelOp kernel) {
  SmallVector<tile::RegimeAttr> regimes;
  auto list = kernel->getAttrOfType<ArrayAttr>(scheduleAttrName);
  for (Attribute attribute : list ? list.getValue() : ArrayRef<Attribute>()) {
    auto regime = dyn_cast<tile::RegimeAttr>(attribute);
    if (!regime)
      return kernel.emitError() << "\"" << scheduleAttrName << "\" lists #qtile.regime attributes, found " << attribute;
    regimes.push_back(regime);
  }
  return regimes;
}

FailureOr<KernelPlan> planKernel(KernelOp kernel) {
  FailureOr<spec::Format> format = resolveWeights(kernel);
  if (failed(format))
    return failure();
  KernelPlan plan;
  plan.format = std::move(*format);
  Result<NormalForm> normal = normalForm(plan.format);
  if (!normal) {
    kernel.emitError() << "weights \"" << plan.format.name << "\" have no normal form: " << normal.error().message;
    return failure();
  }
  plan.normal = std::move(*normal);
  if (kernel.getActivations().isInt8())
    plan.activationGroup = kernel.getActivations().getPer();
  plan.layout = kernel->getAttrOfType<tile::LayoutAttr>(packedLayoutAttrName);
  FailureOr<SmallVector<tile::RegimeAttr>> regimes = readSchedule(kernel);
  if (failed(regimes))
    return failure();
  plan.regimes = std::move(*regimes);
  if (failed(checkSchedule(kernel, plan)))
    return failure();
  return plan;
}

} // namespace quoin

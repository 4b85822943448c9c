// What passes know of a kernel.
#include "lowering/KernelPlan.h"

#include "dialect/Resolve.h"
#include "lowering/tile/ActivationLayout.h"

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

/// The activation group asked for, or the largest below it that nests with the weights' groups and blocks.
static int64_t nestingGroup(int64_t asked, const PackedForm &form) {
  int64_t group = form.group, block = blockColumns(form);
  auto nests = [](int64_t a, int64_t b) { return a == 0 || b == 0 || a % b == 0 || b % a == 0; };
  for (int64_t length = asked; length > 0; --length)
    if (length % 4 == 0 && nests(length, group) && nests(length, block))
      return length;
  return 0;
}

tile::XLayoutAttr KernelPlan::xLayout(MLIRContext *context) const {
  return tile::XLayoutAttr::get(context, activationGroup, shorterGroup(activationGroup, layout.getGroup()),
                                layout.getGroup(), layout.hasBias(), layout.getBlock(), usesWords(regimes));
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
  if (kernel.getActivations().isInt8()) {
    plan.packed = packedForm(plan.format, plan.normal);
    plan.askedActivationGroup = kernel.getActivations().getPer();
    plan.activationGroup = plan.packed ? nestingGroup(plan.askedActivationGroup, *plan.packed) : plan.askedActivationGroup;
  }
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

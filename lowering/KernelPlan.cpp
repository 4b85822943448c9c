// What passes know of a kernel.
#include "lowering/KernelPlan.h"

#include "dialect/Resolve.h"
#include "lowering/Schedule.h"
#include "lowering/tile/ActivationLayout.h"

#include "mlir/IR/BuiltinOps.h"

#include "llvm/ADT/StringExtras.h"

#include <fmt/format.h>

using namespace mlir;

namespace quoin {

std::string wordOf(StringRef name) {
  std::string word = !name.empty() && llvm::isDigit(name.front()) ? "_" : "";
  for (char each : name)
    word += llvm::isAlnum(each) ? each : '_';
  return word;
}

std::string functionName(StringRef kernel, StringRef part) { return wordOf(kernel) + "__" + part.str(); }

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
  if (asked == 0) // a whole row
    return 0;
  int64_t group = form.group, block = blockColumns(form);
  auto nests = [](int64_t a, int64_t b) { return a == 0 || b == 0 || a % b == 0 || b % a == 0; };
  for (int64_t length = asked - asked % 4; length > 4; length -= 4)
    if (nests(length, group) && nests(length, block))
      return length;
  return 4;
}

void planForm(ActivationsAttr activations, KernelPlan &plan) {
  plan.askedActivationGroup = plan.activationGroup = activations.isInt8() ? activations.getPer() : -1;
  if (activations.isInt8()) {
    Result<PackedForm> packed = packedForm(plan.format, plan.normal);
    plan.isExact = packed && blockColumns(*packed) <= maxPackedBlock;
    if (plan.isExact) {
      plan.form = std::move(*packed);
      plan.activationGroup = nestingGroup(plan.askedActivationGroup, plan.form);
      bool isFine = plan.activationGroup && (!plan.form.group || plan.activationGroup < plan.form.group);
      if (isFine)
        addZeroPoints(plan.format, plan.form, plan.normal);
      int64_t length = shorterGroup(plan.activationGroup, plan.form.group), most = mostProducts(plan.form);
      if (length <= most) {
        plan.mostColumns = length ? 0 : most;
        return;
      }
      plan.isExact = false;
      plan.activationGroup = plan.askedActivationGroup;
      plan.whyValues = fmt::format("sums of {} products of its integers do not fit 32 bits", length);
    } else {
      plan.whyValues = packed ? "its groups and blocks meet again after very many columns only" : packed.error().message;
    }
  } else {
    plan.whyValues = "activations are " + activations.spelling();
    plan.precision = activations.getPrecision() == Precision::BF16  ? tile::Storage::BF16
                     : activations.getPrecision() == Precision::F16 ? tile::Storage::F16
                                                                    : tile::Storage::F32;
  }
  plan.form = valueForm(plan.format, plan.normal, activations.isInt8() ? Precision::F32 : activations.getPrecision());
}

tile::XLayoutAttr KernelPlan::xLayout(MLIRContext *context) const {
  if (!isExact)
    return tile::XLayoutAttr::get(context, activationGroup, 0, 0, false, layout.getBlock(), false, true,
                                  usesPairs(regimes));
  return tile::XLayoutAttr::get(context, activationGroup, shorterGroup(activationGroup, layout.getGroup()),
                                layout.getGroup(), layout.hasBias(), layout.getBlock(), usesWords(regimes), false,
                                false);
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
  planForm(kernel.getActivations(), plan);
  plan.isStored = kernel.weightLayout() == quoin::Layout::Stored;
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

#include "dialect/FormatName.h"
#include "dialect/LibraryText.h"

using namespace llvm;
using namespace mlir;

namespace quoin {

StringRef declaredName(Operation *op) {
  if (auto format = dyn_cast<FormatOp>(op))
    return format.getSymName();
  if (auto instance = dyn_cast<InstanceOp>(op))
    return instance.getSymName().value_or(instance.getPattern().value_or(""));
  if (auto policy = dyn_cast<PolicyOp>(op))
    return policy.getSymName();
  return "";
}

NamedFormat findFormat(ModuleOp module, StringRef name) {
  NamedFormat found; // a name of other case counts where there is none of this one
  for (Operation &op : *module.getBody()) {
    auto instance = dyn_cast<InstanceOp>(op);
    if (!instance && !isa<FormatOp>(op))
      continue;
    if (instance && instance.getPattern()) {
      if (std::optional<Parameters> parameters = found.op ? std::nullopt : matchPattern(*instance.getPattern(), name))
        found = {&op, std::move(*parameters)};
    } else if (declaredName(&op) == name) {
      return {&op, {}};
    } else if (!found.op && declaredName(&op).equals_insensitive(name)) {
      found = {&op, {}};
    }
  }
  return found;
}

Parameters boundParameters(const NamedFormat &named) {
  Parameters result = named.parameters;
  if (auto instance = dyn_cast_or_null<InstanceOp>(named.op))
    for (auto [param, value] : zip_equal(instance.getParamNames().getAsRange<StringAttr>(), instance.getParamValues()))
      result[param.str()] = value;
  return result;
}

FormatOp formatOf(ModuleOp module, Operation *op) {
  if (auto format = dyn_cast<FormatOp>(op))
    return format;
  auto instance = cast<InstanceOp>(op);
  FormatOp found;
  for (auto format : module.getOps<FormatOp>()) {
    if (format.getSymName() == instance.getFormat())
      return format;
    if (!found && format.getSymName().equals_insensitive(instance.getFormat()))
      found = format;
  }
  return found;
}

} // namespace quoin

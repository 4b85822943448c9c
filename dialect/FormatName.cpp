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
  for (Operation &op : *module.getBody()) {
    auto instance = dyn_cast<InstanceOp>(op);
    if (!instance && !isa<FormatOp>(op))
      continue;
    if (instance && instance.getPattern()) {
      if (std::optional<Parameters> parameters = matchPattern(*instance.getPattern(), name))
        return {&op, std::move(*parameters)};
    } else if (declaredName(&op).equals_insensitive(name)) {
      return {&op, {}};
    }
  }
  return {};
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
  for (auto format : module.getOps<FormatOp>())
    if (format.getSymName().equals_insensitive(instance.getFormat()))
      return format;
  return {};
}

} // namespace quoin

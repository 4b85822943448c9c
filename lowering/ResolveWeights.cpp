// The format a kernel's weights name: from the module the kernel is in, or else from the library.
#include "dialect/Library.h"
#include "lowering/KernelPlan.h"

#include "mlir/IR/BuiltinOps.h"

using namespace mlir;

namespace quoin {

/// Names are compared without regard to case, as everywhere.
template <typename Op> static Op findByName(ModuleOp module, StringRef name) {
  for (Op op : module.getOps<Op>()) {
    auto symbol = op->template getAttrOfType<StringAttr>(SymbolTable::getSymbolAttrName());
    if (symbol && symbol.getValue().equals_insensitive(name))
      return op;
  }
  return {};
}

static FailureOr<spec::Format> resolveInstance(ModuleOp module, InstanceOp instance) {
  FormatOp format = findByName<FormatOp>(module, instance.getFormat());
  if (!format)
    return instance.emitError() << "format \"" << instance.getFormat() << "\" is not declared here";
  Parameters parameters;
  for (auto [name, value] : llvm::zip_equal(instance.getParamNames().getAsValueRange<StringAttr>(), instance.getParamValues()))
    parameters[name.str()] = value;
  FailureOr<spec::Format> resolved = resolve(format, parameters);
  if (succeeded(resolved))
    resolved->name = instance.getSymName()->str();
  return resolved;
}

FailureOr<spec::Format> resolveWeights(KernelOp kernel) {
  auto module = kernel->getParentOfType<ModuleOp>();
  StringRef name = kernel.getWeights();
  if (FormatOp format = findByName<FormatOp>(module, name))
    return resolve(format);
  if (InstanceOp instance = findByName<InstanceOp>(module, name))
    return resolveInstance(module, instance);
  Library library;
  Result<FoundFormat> found = library.find(name);
  if (!found) {
    kernel.emitError() << found.error().message << (found.error().hint.empty() ? "" : "; ") << found.error().hint;
    return failure();
  }
  return found->format;
}

} // namespace quoin

// The format a kernel's weights name: from the module the kernel is in, or else from the library.
#include "dialect/FormatName.h"
#include "dialect/Library.h"
#include "lowering/KernelPlan.h"

using namespace mlir;

namespace quoin {

static FailureOr<spec::Format> resolveDeclared(ModuleOp module, const NamedFormat &named, StringRef name) {
  FormatOp format = formatOf(module, named.op);
  auto instance = dyn_cast<InstanceOp>(named.op);
  if (!format)
    return instance.emitError() << "format \"" << instance.getFormat() << "\" is not declared here";
  FailureOr<spec::Format> resolved = resolve(format, boundParameters(named));
  if (succeeded(resolved) && instance)
    resolved->name = instance.getSymName().value_or(name).str();
  return resolved;
}

FailureOr<spec::Format> resolveWeights(KernelOp kernel) {
  auto module = kernel->getParentOfType<ModuleOp>();
  StringRef name = kernel.getWeights();
  if (NamedFormat named = findFormat(module, name); named.op)
    return resolveDeclared(module, named, name);
  Library library;
  Result<FoundFormat> found = library.find(name);
  if (!found) {
    kernel.emitError() << found.error().message << (found.error().hint.empty() ? "" : "; ") << found.error().hint;
    return failure();
  }
  return found->format;
}

} // namespace quoin

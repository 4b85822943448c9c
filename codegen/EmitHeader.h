// The C header beside an object file, for linking kernels statically without the runtime.
#pragma once

#include "codegen/Manifest.h"

namespace quoin {

/// Declares every function the image has, and for each kernel that multiplies the sizes of its operands, as `manifest`
/// says them. `guard` is a C identifier.
std::string emitHeader(const std::vector<KernelRecord> &kernels, const nlohmann::json &manifest, const Image &image,
                       const std::string &guard);

} // namespace quoin

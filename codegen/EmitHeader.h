// The C header beside an object file, for linking kernels statically without the runtime.
#pragma once

#include "codegen/Manifest.h"

namespace quoin {

/// Declares every function the image has, with what each kernel expects in its comment. `guard` is a C identifier.
std::string emitHeader(const std::vector<KernelRecord> &kernels, const Image &image, const std::string &guard);

} // namespace quoin

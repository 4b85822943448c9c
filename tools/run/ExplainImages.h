// Why a kernel's images are taken or refused on a machine, and what of the machine no image taken uses.
#pragma once

#include "runtime/manifest.h"

#include <functional>

namespace quoin {

/// A machine as images see it.
struct Machine {
  std::string_view arch;
  std::function<bool(std::string_view)> has; ///< a feature by LLVM's name
};

/// The machine this runs on.
Machine thisMachine();

/// One line for each image, such as "x86-64-v4: refused, this machine lacks avx512f". `taken` is the image in use, null
/// where there is none; `asked` whether --isa asked for it.
std::vector<std::string> explainImages(const ManifestKernel &kernel, const ManifestImage *taken, bool asked,
                                       const Machine &machine);

/// One line for each group of features that the machine has, that would make this kernel faster, and that the image
/// taken makes no use of.
std::vector<std::string> unusedGains(const ManifestKernel &kernel, const ManifestImage *taken, const Machine &machine);

/// The lines on features that kernels gain by: which the machine has.
std::vector<std::string> describeGains(const Machine &machine);

} // namespace quoin

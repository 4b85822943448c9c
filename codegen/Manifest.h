// The manifest of a bundle: what the loader must know of each kernel (runtime/BundleFormat.h lists the fields).
#pragma once

#include "codegen/LinkImage.h"
#include "lowering/KernelPlan.h"
#include "lowering/Target.h"

#include <nlohmann/json.hpp>

#include <set>

namespace quoin {

/// What is known of a kernel once it has a schedule, before it becomes code. Targets share everything but schedule and
/// scratch.
struct KernelRecord {
  std::string name;
  std::string activations; ///< "int8:32"; empty for decode-only kernels
  KernelPlan plan;
  std::map<std::string, std::string> schedules;               ///< text by target name
  std::set<std::string> bf16PairTargets = {};                 ///< that multiply pairs of bf16 by an instruction
  int64_t scratchBytes = 0;                                   ///< most any target needs
  int64_t xCodeBytes = 1;                                     ///< likewise, for the codes of one column of X
  llvm::SmallVector<std::pair<int64_t, int64_t>> xParts = {}; ///< {columns, bytes} of what lies beside them

  bool hasMatmul() const { return plan.layout != nullptr; }
};

/// One target's code.
struct TargetImage {
  Target target;
  Image image;
};

/// Identifies the order of bytes of packed weights: of the format's meaning and the layout, in hexadecimal.
std::string layoutId(const KernelRecord &kernel);

/// The whole manifest. `textHash` is the SHA-256 of the description the kernels come from, in hexadecimal.
nlohmann::json makeManifest(const std::vector<KernelRecord> &kernels, const std::vector<TargetImage> &images,
                            const std::string &textHash);

} // namespace quoin

// What passes know of a kernel: its resolved weights, their normal form, and the numbers derived from both.
#pragma once

#include "dialect/NormalForm.h"
#include "dialect/QuoinOps.h"
#include "lowering/PackedForm.h"
#include "lowering/TileDialect.h"
#include "runtime/spec/Format.h"

namespace quoin {

struct Target;

/// Names of the attributes that quoin-choose-schedule puts on a kernel.
inline constexpr const char *normalAttrName = "normal";
inline constexpr const char *packedLayoutAttrName = "packed_layout";
inline constexpr const char *scheduleAttrName = "schedule";
/// Unit attribute: the kernel asks for its decode function alone.
inline constexpr const char *decodeOnlyAttrName = "decode_only";

struct KernelPlan {
  spec::Format format; ///< with the nodes that normal and packed form refer to
  NormalForm normal;
  PackedForm form;
  /// Products of integers, summed exactly; else `form` gives f32 values, rounded to `precision` as X is.
  bool isExact = false;
  std::string whyValues; ///< why it is not exact
  tile::Storage precision = tile::Storage::F32;
  bool isStored = false; ///< runs on the checkpoint's streams: panels are packed into scratch memory as they are needed
  tile::LayoutAttr layout;                        ///< null before quoin-choose-schedule
  llvm::SmallVector<tile::RegimeAttr> regimes;    ///< likewise empty

  /// Columns an activation scale covers, 0: all of K, -1: X is not quantized. Nests with the weights' groups: where what was asked for does not,
  /// it is the largest length that does.
  int64_t activationGroup = 0;
  int64_t askedActivationGroup = 0;
  /// Most columns that one exact sum of a whole row may have; 0: sums are of groups.
  int64_t mostColumns = 0;
  /// Where quantized X lies; needs a layout.
  tile::XLayoutAttr xLayout(mlir::MLIRContext *context) const;
};

/// A name as a word of C: "my-kernel" as "my_kernel". Other names may have the same.
std::string wordOf(llvm::StringRef name);

/// Symbol of one of a kernel's functions, a word of C: "<kernel>__matmul".
std::string functionName(llvm::StringRef kernel, llvm::StringRef part);

/// The format a kernel's weights name, from the module the kernel is in or else from the library.
mlir::FailureOr<spec::Format> resolveWeights(KernelOp kernel);

/// The regimes written on a kernel, none before quoin-choose-schedule; a diagnostic for anything that is no regime.
mlir::FailureOr<llvm::SmallVector<tile::RegimeAttr>> readSchedule(KernelOp kernel);

/// Layout of a regime's decoded panels of `rows` rows: whole bytes or words, and f32 numbers.
tile::LayoutAttr decodedLayout(tile::LayoutAttr layout, tile::RegimeAttr regime, int64_t rows);

/// Checks layout and regimes, which a user's text may give, against what the kernel's weights need. Whatever passes makes a
/// right kernel; the rest is a diagnostic at the op.
mlir::LogicalResult checkSchedule(KernelOp kernel, const KernelPlan &plan);
/// The same for what a target needs of them.
mlir::LogicalResult checkTarget(KernelOp kernel, const KernelPlan &plan, const Target &target);

/// Chooses what is multiplied: fills form, isExact, precision and the activation group of a plan that has format and
/// normal form.
void planForm(ActivationsAttr activations, KernelPlan &plan);

/// Everything above for one kernel, checked; diagnostics at the op on failure.
mlir::FailureOr<KernelPlan> planKernel(KernelOp kernel);

} // namespace quoin

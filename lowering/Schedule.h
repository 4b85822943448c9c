// The cost model: from a normal form and a target to a layout and a schedule, with reasons. One table, pure functions.
#pragma once

#include "lowering/KernelPlan.h"
#include "lowering/Target.h"
#include "lowering/TileDialect.h"

namespace quoin {

struct Prediction {
  int64_t m;                 ///< rows of X
  double instructionsPer32;  ///< vector instructions a lane group of weight rows spends on 32 columns, per row of X
  double share;              ///< predicted share of the dot-product limit (M large), 0 where memory decides
};

struct Schedule {
  tile::LayoutAttr layout;
  llvm::SmallVector<tile::RegimeAttr> regimes;
  std::string strategy;      ///< "integer dot product"
  std::string reasons;       ///< one sentence a decision
  llvm::SmallVector<Prediction> predictions;
};

/// Where weights of a packed form lie.
tile::LayoutAttr packedLayout(mlir::MLIRContext *context, const PackedForm &form);

/// Layout and schedule of a kernel of this plan; there always is one.
Schedule chooseSchedule(mlir::MLIRContext *context, const KernelPlan &plan, const Target &target);

/// What a schedule needs beside its operands: decoded panels, and packed ones where weights stay as they are stored.
struct ScratchSizes {
  int64_t packed = 0, decoded = 0; ///< bytes; decoded panels come after the packed ones
};
ScratchSizes scratchSizes(const KernelPlan &plan, tile::RegimeAttr regime);

} // namespace quoin

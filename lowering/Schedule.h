// The cost model: from a normal form and a target to a layout and a schedule, with reasons. One table, pure functions.
#pragma once

#include "lowering/PackedForm.h"
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

/// Schedule of an int8 kernel with activation groups of `activationGroup` columns; an error says what the weights have
/// that no strategy serves.
Result<Schedule> chooseSchedule(mlir::MLIRContext *context, const spec::Format &format, const Result<PackedForm> &packed,
                                int64_t activationGroup, const Target &target);

} // namespace quoin

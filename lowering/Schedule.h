// The cost model: from a normal form and a target to a layout and a schedule, with reasons. One table, pure functions.
#pragma once

#include "lowering/KernelPlan.h"
#include "lowering/Strategy.h"
#include "lowering/Target.h"
#include "lowering/TileDialect.h"

namespace quoin {

struct Schedule {
  tile::LayoutAttr layout;
  llvm::SmallVector<tile::RegimeAttr> regimes;
  llvm::SmallVector<Strategy> strategies; ///< the one taken, then those that lost
  std::string notes;                      ///< more that decided, lines that begin with a line break
  double share = 0; ///< predicted share of the dot-product limit with many rows of X; 0 for f32 products
};

/// Strategies and notes as lines of text.
std::string describe(const Schedule &schedule);

/// Rows of a packed panel: the lanes of the widest vectors there are, so that one layout serves every instruction set.
inline constexpr int64_t panelRows = 16;

/// Where weights of a packed form lie.
tile::LayoutAttr packedLayout(mlir::MLIRContext *context, const PackedForm &form);

/// Layout and schedule of a kernel of this plan; there always is one.
Schedule chooseSchedule(mlir::MLIRContext *context, const KernelPlan &plan, const Target &target);

/// Vector instructions that make a dot-product operand of packed codes.
double decodeSteps(const PackedForm &form);

/// True for bf16 values that the target multiplies two columns at a time.
bool multipliesPairs(const Target &target, const KernelPlan &plan);

/// What packing does to the size of weights, where it adds more than 3 %: "packed weights take 3.188 bits where the format
/// stores 2.062". Empty otherwise, and for stored weights.
std::string describeGrowth(const KernelPlan &plan);

/// What a schedule needs beside its operands: decoded panels, and packed ones where weights stay as they are stored.
struct ScratchSizes {
  int64_t packed = 0, decoded = 0; ///< bytes; decoded panels come after the packed ones
};
ScratchSizes scratchSizes(const KernelPlan &plan, tile::RegimeAttr regime);

} // namespace quoin

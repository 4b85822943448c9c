// The ways to compute a kernel: what each costs, or why it cannot be taken.
#pragma once

#include "lowering/KernelPlan.h"
#include "lowering/Target.h"

#include <optional>

namespace quoin {

/// Vector instructions that a vector of weight rows takes for 32 columns.
struct Cost {
  double row;    ///< for each row of X
  double decode; ///< once for the rows of X that share what was decoded

  double at(double rows) const { return row + decode / rows; }
};

struct Strategy {
  std::string name;         ///< "integer dot product"
  std::optional<Cost> cost; ///< none: it cannot be taken
  double bits = 0;          ///< of a weight when packed
  std::string reason;       ///< why it cannot be taken, or what speaks for or against it; may be empty
};

/// The strategy that `plan` takes, then the others.
llvm::SmallVector<Strategy> strategiesOf(mlir::MLIRContext *context, const KernelPlan &plan, const Target &target);

/// One line a strategy: the first is taken.
std::string describe(llvm::ArrayRef<Strategy> strategies);

/// One line a regime of an exact plan: what it costs where it starts, and what other operands and another place to
/// decode to would cost there.
std::string describeRegimes(const KernelPlan &plan, const Target &target, llvm::ArrayRef<tile::RegimeAttr> regimes);

} // namespace quoin

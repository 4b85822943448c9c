// The ways to compute a kernel. Costs count vector instructions: of integer products those on the multiply pipes, which
// are the narrow ones, and of f32 products one multiply-add a column.
#include "lowering/Strategy.h"

#include "lowering/Schedule.h"

#include <fmt/format.h>

using namespace quoin::tile;

namespace quoin {

/// 32 columns are so many dot-product operands: vectors of four columns of every row.
static constexpr double operandsPer32 = 8;

/// Float instructions per lane group, group of weights and row of X: convert and fma, with a product where the
/// activations have as short a scale or a shorter one, and the bias' fma.
static double scalingPer32(const PackedForm &form, int64_t activationGroup) {
  int64_t group = form.group ? form.group : 4096, x = activationGroup ? activationGroup : 4096;
  double inner = (2 + (group == x)) * 32.0 / double(std::min(group, x));
  double outer = group == x ? 0 : 32.0 / double(std::max(group, x));
  return inner + outer + (form.hasBias() ? 32.0 / double(group) : 0);
}

/// Words are made of bytes by two shifts; matrices of two operands by a shuffle each; sums of
/// matrices are taken apart again, those of tiles loaded.
static Cost integerCost(const KernelPlan &plan, const PackedForm &form, const Target &target, Operands operands) {
  double products = planDot(target, form.hi - form.lo, operands).stepsPer32;
  double making = operands == Operands::Words ? 2 : operands == Operands::Matrices ? 1 : 0;
  double taking = operands == Operands::Matrices || operands == Operands::Tiles ? 1 : 0;
  return {products + taking + scalingPer32(form, plan.activationGroup), operandsPer32 * (decodeSteps(form) + making)};
}

/// Codes are taken out of their operand by a shift and a mask, but for the first and the last of four, then converted,
/// multiplied and stored. `products`: of 32 columns.
static Cost codesCost(const PackedForm &form, double products) {
  bool hasZero = form.lo || form.zero || form.zeroNode >= 0;
  return {products, operandsPer32 * decodeSteps(form) + 32 * (4.5 + hasZero + form.hasBias())};
}

/// A load that converts and a store a column.
static constexpr double valuesDecode = 64;

static double bitsOf(mlir::MLIRContext *context, const PackedForm &form) {
  tile::LayoutAttr layout = packedLayout(context, form);
  return 8.0 * double(layout.blockBytes()) / double(layout.getRows() * layout.getBlock());
}

static std::string describeCodes(const PackedForm &form) {
  if (!form.levels.empty())
    return fmt::format("codes take {} integers from {} to {}, looked up by {} bits", form.levels.size(), form.lo,
                       form.hi, codeBits(form));
  return fmt::format("codes are integers of {} bits in [{}, {}]", codeBits(form), form.lo, form.hi);
}

/// Why exact products of integers are taken.
static std::string describeProducts(const KernelPlan &plan, const Target &target) {
  DotPlan dot = planDot(target, plan.form.hi - plan.form.lo, Operands::Bytes);
  std::string group = plan.form.group ? fmt::format("a group of {} columns", plan.form.group) : "a row";
  return fmt::format(
      "{} times one coefficient {}, so products are exact in int32 and the coefficient is one fma a group; "
      "accumulates {} steps in {}-bit lanes",
      describeCodes(plan.form), group, dot.stepsPerWiden ? dot.stepsPerWiden : blockColumns(plan.form) / 4,
      dot.accumulatorBits);
}

namespace {
class Strategies {
public:
  Strategies(mlir::MLIRContext *context, const KernelPlan &plan, const Target &target)
      : context(context), plan(plan), target(target) {
    if (multipliesPairs(target, plan))
      products = "bf16", perRow = 16;
  }

  llvm::SmallVector<Strategy> list() {
    llvm::SmallVector<Strategy> all = {dot(), lookup(), codes(), values()};
    size_t taken = plan.isExact ? (plan.form.levels.empty() ? 0 : 1) : (plan.form.code >= 0 ? 2 : 3);
    all[taken].reason = plan.isExact ? describeProducts(plan, target) : plan.whyValues;
    std::rotate(all.begin(), all.begin() + taken, all.begin() + taken + 1);
    return all;
  }

private:
  Strategy dot() {
    Strategy strategy = named("integer dot product", plan.whyValues);
    if (!plan.isExact)
      return strategy;
    PackedForm integers = plan.form;
    integers.levels.clear();
    strategy.reason = fmt::format("its integers lie far apart: {} bits each where positions in a list take {}",
                                  codeBits(integers), codeBits(plan.form));
    return taking(strategy, integerCost(plan, integers, target, Operands::Bytes), integers);
  }

  /// Lists are looked up in registers: one shuffle of bytes.
  Strategy lookup() {
    Strategy strategy = named("table lookup, integer dot product", plan.whyValues);
    if (!plan.isExact)
      return strategy;
    PackedForm listed = plan.form;
    if (listed.levels.empty()) {
      const std::vector<double> &values = plan.normal.terms.front().levels;
      int64_t count = values.empty() ? listed.hi - listed.lo + 1 : int64_t(values.size());
      strategy.reason = fmt::format("a list of {} integers does not fit one shuffle, which holds 16", count);
      if (count > 16)
        return strategy;
      listed.levels.resize(size_t(count));
      strategy.reason = "its integers follow each other closely: a list saves no bits";
    }
    return taking(strategy, integerCost(plan, listed, target, Operands::Bytes), listed);
  }

  Strategy codes() {
    Strategy strategy = named(fmt::format("codes decoded to {0}, {0} products", products));
    spec::Format format = plan.format; // the form may need nodes and tables of its own
    Result<PackedForm> form = codeForm(format, plan.normal);
    if (!form)
      strategy.reason = form.error().message;
    return form ? taking(strategy, codesCost(*form, perRow), *form) : strategy;
  }

  Strategy values() {
    Strategy strategy = named(fmt::format("general decoded values, {} products", products),
                              "a number for every weight instead of a code");
    strategy.cost = {perRow, valuesDecode};
    bool isHalf = plan.precision == Storage::BF16 || plan.precision == Storage::F16;
    strategy.bits = isHalf && plan.format.overlays.empty() ? 16 : 32;
    return strategy;
  }

  static Strategy named(std::string name, std::string reason = {}) {
    return {std::move(name), std::nullopt, 0, std::move(reason)};
  }

  Strategy taking(Strategy strategy, Cost cost, const PackedForm &form) {
    strategy.cost = cost;
    strategy.bits = bitsOf(context, form);
    return strategy;
  }

  mlir::MLIRContext *context;
  const KernelPlan &plan;
  const Target &target;
  std::string products = "f32"; ///< of decoded values
  double perRow = 32;           ///< instructions that multiply 32 columns of them
};
} // namespace

llvm::SmallVector<Strategy> strategiesOf(mlir::MLIRContext *context, const KernelPlan &plan, const Target &target) {
  return Strategies(context, plan, target).list();
}

std::string describe(llvm::ArrayRef<Strategy> strategies) {
  const Strategy &taken = strategies.front();
  std::string text =
      fmt::format("strategy {}: {}\n  it takes {:.1f} vector instructions for 32 columns and a row of X, {:.1f} to "
                  "decode them, {:.3f} bits a weight",
                  taken.name, taken.reason, taken.cost->row, taken.cost->decode, taken.bits);
  for (const Strategy &other : strategies.drop_front())
    if (other.cost)
      text += fmt::format("\n  {}: {:.1f} + {:.1f}, {:.3f} bits{}{}", other.name, other.cost->row, other.cost->decode,
                          other.bits, other.reason.empty() ? "" : "; ", other.reason);
    else
      text += fmt::format("\n  {}: not possible, {}", other.name, other.reason);
  return text;
}

namespace {
/// A regime's cost in the model, for any operands and place.
struct RegimeCost {
  const KernelPlan &plan;
  const Target &target;

  /// Registers are filled for the rows of a tile, panels for all rows of X that there are at least.
  double operator()(Operands operands, Source source, int64_t cols, int64_t minM) const {
    Cost cost = integerCost(plan, plan.form, target, operands);
    double stores = operandsPer32 * (operands == Operands::Words ? 2 : 1);
    return source == Source::Panel ? Cost{cost.row, cost.decode + stores}.at(double(minM)) : cost.at(double(cols));
  }
};
} // namespace

std::string describeRegimes(const KernelPlan &plan, const Target &target, llvm::ArrayRef<RegimeAttr> regimes) {
  std::string text;
  int64_t cols = 1; // of the tiles decoded in registers up to here
  for (RegimeAttr regime : regimes) {
    RegimeCost cost{plan, target};
    bool isPanel = regime.getDecode() == Source::Panel;
    Operands otherwise = regime.getOperands() != Operands::Bytes ? Operands::Bytes
                         : target.hasMatrices                    ? Operands::Matrices
                         : target.hasTiles && isPanel            ? Operands::Tiles
                                                                 : Operands::Words;
    int64_t minM = regime.getMinM();
    if (!isPanel)
      cols = regime.getCols();
    Source other = isPanel ? Source::Registers : Source::Panel;
    text += fmt::format("\n  from {} row{} of X: {} decoded in {}, {:.1f}; {} {:.1f}; in {} {:.1f}", minM,
                        minM == 1 ? "" : "s", stringifyOperands(regime.getOperands()).str(), isPanel ? "panels" : "registers",
                        cost(regime.getOperands(), regime.getDecode(), cols, minM), stringifyOperands(otherwise).str(),
                        cost(otherwise, regime.getDecode(), cols, minM),
                        isPanel ? "registers" : "panels", cost(regime.getOperands(), other, cols, minM));
  }
  return text;
}

} // namespace quoin

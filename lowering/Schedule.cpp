// The cost model: from a normal form and a target to a layout and a schedule, with reasons.
#include "lowering/Schedule.h"

#include "llvm/ADT/bit.h"

#include <cmath>
#include <fmt/format.h>

using namespace quoin::tile;

namespace quoin {

/// Rows of a packed panel: the lanes of the widest vectors there are, so that one layout serves every instruction set.
static constexpr int64_t panelRows = 16;

/// A code of `width` bits as planes that divide a byte, widest first from the low bits.
static llvm::SmallVector<int64_t> planesOf(int64_t width) {
  if (width == 8)
    return {8};
  llvm::SmallVector<int64_t> planes;
  for (int64_t bits : {4, 2, 1})
    if (width & bits)
      planes.push_back(bits);
  return planes;
}

static int64_t bitsFor(const NormalTerm &term) {
  if (term.lo >= 0)
    return std::max<int64_t>(1, llvm::bit_width(uint64_t(term.hi)));
  int64_t bits = 1;
  while (term.lo < -std::ldexp(1.0, int(bits - 1)) || term.hi > std::ldexp(1.0, int(bits - 1)) - 1)
    ++bits;
  return bits;
}

/// Coefficients keep the 16 bits they are stored with; computed ones are kept as f32.
static int64_t coefficientBits(const spec::Format &format, const NormalTerm &term) {
  const spec::Node &node = format.nodes[term.coefficient];
  bool isHalf = node.op == spec::Op::Read && format.fields[node.imm].type == *spec::ScalarType::parse("f16");
  return isHalf ? 16 : 32;
}

static std::string columns(int64_t group) { return group ? fmt::format("{} columns", group) : "a whole row"; }

/// Why the integer dot product on packed codes does not serve this normal form; empty when it does.
static std::string obstacle(const spec::Format &format, const NormalForm &normal, int64_t activationGroup) {
  if (normal.kind != NormalForm::Kind::Affine)
    return fmt::format("its normal form is \"{}\"", kindName(normal.kind));
  if (normal.terms.size() != 1)
    return fmt::format("it is a sum of {} terms", normal.terms.size());
  if (normal.bias >= 0)
    return "it adds an offset of its own to the scaled codes";
  const NormalTerm &term = normal.terms.front();
  if (term.zeroNode >= 0)
    return "its zero point is stored with the weights";
  if (term.coefficient < 0 || term.unit != 1 || format.nodes[term.code].type == spec::ValueType::F32)
    return "its codes are not plain integers times a group coefficient";
  if (bitsFor(term) > 8)
    return fmt::format("its codes need {} bits", bitsFor(term));
  if (normal.group == 0 || normal.group % 32)
    return fmt::format("its coefficients cover {}, which is no multiple of 32 columns", columns(normal.group));
  if (normal.group != activationGroup)
    return fmt::format("its coefficients cover {} and the activations' scales {}", columns(normal.group),
                       columns(activationGroup));
  return {};
}

/// Tiles found by measurement (docs/design.md, "Schedules").
static llvm::SmallVector<RegimeAttr> regimesFor(mlir::MLIRContext *context, const Target &target, const DotPlan &plan) {
  auto regime = [&](int64_t minM, Source decode, Operands operands, int64_t rows, int64_t cols, int64_t kBlock,
                    int64_t mBlock, Fetch fetch, int64_t distance) {
    return RegimeAttr::get(context, minM, decode, operands, rows, cols, kBlock, mBlock, fetch, distance);
  };
  if (target.vectorBytes == 32) {
    // Signs of byte products are made on the multiply pipes; from two rows of X on, words are cheaper.
    Operands many = plan.isSigned && target.dot == DotInstruction::Pairs ? Operands::Words : Operands::Bytes;
    return {regime(1, Source::Registers, Operands::Bytes, 16, 1, 0, 0, Fetch::Stream, 6144),
            regime(2, Source::Registers, many, 16, 6, 0, 64, Fetch::Lines, 4096)};
  }
  return {regime(1, Source::Registers, Operands::Bytes, 16, 1, 0, 0, Fetch::None, 0),
          regime(2, Source::Registers, Operands::Bytes, 16, 8, 0, 0, Fetch::Lines, 4096),
          regime(24, Source::Panel, Operands::Bytes, 64, 3, 256, 256, Fetch::Lines, 4096)};
}

Result<Schedule> chooseSchedule(mlir::MLIRContext *context, const spec::Format &format, const NormalForm &normal,
                                int64_t activationGroup, const Target &target) {
  std::string why = obstacle(format, normal, activationGroup);
  if (!why.empty())
    return fail(fmt::format("no packed int8 kernel is made for weights \"{}\": {}", format.name, why),
                "\"quoin-format show\" says what kernels there are; --activations=none makes the decode kernel alone");
  const NormalTerm &term = normal.terms.front();
  int64_t width = bitsFor(term);
  Schedule schedule;
  schedule.strategy = "integer dot product";
  schedule.layout = LayoutAttr::get(context, panelRows, normal.group, planesOf(width), term.lo < 0,
                                    coefficientBits(format, term));
  DotPlan plan = planDot(target, int64_t(term.lo), int64_t(term.hi));
  schedule.regimes = regimesFor(context, target, plan);
  // Per 32 columns and lane group: the multiplies, and a convert, a scale product and an fma per group.
  double scaling = 3.0 * 32 / double(normal.group);
  for (int64_t m : {1, 16, 512})
    schedule.predictions.push_back({m, plan.stepsPer32 + scaling, m < 16 ? 0 : plan.stepsPer32 / (plan.stepsPer32 + scaling)});
  schedule.reasons = fmt::format(
      "codes are integers of {} bits in [{:g}, {:g}] times one coefficient a group of {} columns, so products are exact in "
      "int32 and the coefficient is one fma a group; {} accumulates {} steps in {}-bit lanes",
      width, term.lo, term.hi, normal.group, target.name, plan.stepsPerWiden ? plan.stepsPerWiden : normal.group / 4,
      plan.accumulatorBits);
  return schedule;
}

} // namespace quoin

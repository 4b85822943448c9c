#include "dialect/IndexCheck.h"

#include "runtime/spec/Arithmetic.h"
#include "runtime/spec/Ops.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"
#include "llvm/ADT/SmallVectorExtras.h"

using namespace llvm;
using namespace quoin::spec;

namespace quoin {

/// More points than this are not all tried; fewer of the large shapes, whose points between their ends are as in small ones.
static constexpr int64_t maxPoints = int64_t(1) << 16, maxPointsOfLarge = 1 << 10, largeExtent = 1 << 15;
/// Nor are more values of one variable.
static constexpr int64_t maxLine = int64_t(1) << 17;

namespace {
class IndexChecker {
public:
  IndexChecker(const Format &format, Shape shape) : format(format), shape(shape), values(format.nodes.size()) {
    collectRanges();
  }
  /// Checks what `root` reads, but for what was below roots before.
  Result<void> check(NodeId root);

private:
  void collectRanges();
  void splitRanges(const Node &node);
  bool inputs(NodeId root, SmallVectorImpl<NodeId> &order, SmallVectorImpl<VarId> &vars);
  std::optional<int64_t> evaluate(ArrayRef<NodeId> order);
  std::optional<int64_t> value(NodeId id);
  std::optional<int64_t> step(const Node &node);
  Result<void> checkRead(const Node &node);
  Result<void> checkCuts(const Node &node);
  Result<void> checkIndex(const std::string &name, size_t axis, NodeId index, int64_t extent);
  bool turns(ArrayRef<NodeId> order) const;
  Result<void> checkPoints(const std::string &name, size_t axis, ArrayRef<NodeId> order, ArrayRef<VarId> vars,
                           ArrayRef<SmallVector<int64_t>> coordinates, int64_t extent);
  std::string at(ArrayRef<VarId> vars) const;

  const Format &format;
  Shape shape;
  std::vector<std::optional<int64_t>> values; ///< of nodes, at the point tried last
  DenseMap<VarId, int64_t> extents;           ///< variables run over 0..extent-1
  DenseMap<VarId, int64_t> point;
  DenseSet<NodeId> checked;
};
} // namespace

/// Nodes below `root` in an order in which operands come first, and the variables among them. False where one depends
/// on stored data or on a variable of unknown range.
bool IndexChecker::inputs(NodeId root, SmallVectorImpl<NodeId> &order, SmallVectorImpl<VarId> &vars) {
  DenseSet<NodeId> seen;
  SmallVector<NodeId> pending{root};
  while (!pending.empty()) {
    NodeId id = pending.pop_back_val();
    if (id < 0 || !seen.insert(id).second)
      continue;
    const Node &node = format.nodes[id];
    bool known = node.op == Op::Int || node.op == Op::Var || node.op == Op::Select || node.op == Op::Table ||
                 (node.op == Op::Size && node.imm < 0) || isUnary(node.op) || isBinary(node.op);
    if (!known || node.type == ValueType::F32)
      return false;
    if (node.op == Op::Var) {
      if (!extents.contains(VarId(node.imm)))
        return false;
      vars.push_back(VarId(node.imm));
    }
    pending.append({node.a, node.b, node.c});
    pending.append(node.args.begin(), node.args.end());
    order.push_back(id);
  }
  llvm::sort(order);
  return true;
}

std::optional<int64_t> IndexChecker::step(const Node &node) {
  bool overflow = false;
  std::optional<int64_t> result;
  switch (node.op) {
  case Op::Int:
    return node.imm;
  case Op::Var:
    return point.lookup(VarId(node.imm));
  case Op::Size:
    return node.imm == -1 ? shape.n : shape.k;
  case Op::Select:
    return !values[node.a] ? std::nullopt : *values[node.a] ? values[node.b] : values[node.c];
  case Op::Table: {
    const Table &table = format.tables[node.imm];
    int64_t position = 0;
    for (auto [arg, extent] : zip_equal(node.args, table.extents)) {
      if (!values[arg] || *values[arg] < 0 || *values[arg] >= extent)
        return std::nullopt;
      position = position * extent + *values[arg];
    }
    return int32_t(table.values[size_t(position)]);
  }
  default:
    if (!values[node.a] || (isBinary(node.op) && !values[node.b]))
      return std::nullopt;
    result = integerOp(node.op, format.nodes[node.a].type, *values[node.a], isBinary(node.op) ? *values[node.b] : 0,
                       overflow);
    return overflow ? std::nullopt : result;
  }
}

std::optional<int64_t> IndexChecker::evaluate(ArrayRef<NodeId> order) {
  for (NodeId id : order)
    values[id] = step(format.nodes[id]);
  return values[order.back()];
}

/// Value of a node of sizes alone.
std::optional<int64_t> IndexChecker::value(NodeId id) {
  SmallVector<NodeId> order;
  SmallVector<VarId> vars;
  if (id < 0 || !inputs(id, order, vars) || !vars.empty())
    return std::nullopt;
  return evaluate(order);
}

/// Ranges of a split's variables, where the cuts are known. They end where the value split does, which is known where
/// that is a variable.
void IndexChecker::splitRanges(const Node &node) {
  int64_t start = 0;
  std::optional<int64_t> last;
  if (const Node &split = format.nodes[node.a]; split.op == Op::Var && extents.contains(VarId(split.imm)))
    last = extents.lookup(VarId(split.imm));
  for (auto [j, var] : enumerate(node.vars)) {
    std::optional<int64_t> end = j < node.cuts.size() ? value(node.cuts[j]) : last;
    if (!end)
      return;
    extents[var] = std::max<int64_t>(std::min(*end, last.value_or(*end)) - start, 0);
    start = *end;
  }
}

void IndexChecker::collectRanges() {
  auto bind = [&](ArrayRef<VarId> vars, ArrayRef<NodeId> sizes) {
    for (auto [var, size] : zip(vars, sizes))
      if (std::optional<int64_t> extent = value(size))
        extents[var] = *extent;
  };
  for (const Field &field : format.fields) {
    bind(field.indices, field.extents);
    if (field.bitVar >= 0)
      extents[field.bitVar] = field.type.width;
  }
  for (const Stream &stream : format.streams)
    bind(stream.defaultVars, stream.extents);
  for (const EncodeRule &rule : format.encode)
    bind(rule.vars, rule.kind == EncodeRule::Kind::Temp ? rule.extents : format.fields[rule.fields[0]].extents);
  if (format.decodeVars.size() == 1) {
    extents[format.decodeVars[0]] = format.tileRows * format.tileCols;
  } else if (format.decodeVars.size() == 2) {
    extents[format.decodeVars[0]] = shape.n;
    extents[format.decodeVars[1]] = shape.k;
  }
  // Outer binders come after what they contain, so a variable's range is known before the split of it only from behind.
  for (const Node &node : llvm::reverse(format.nodes)) {
    if (isLoop(node.op)) {
      if (std::optional<int64_t> extent = node.b >= 0 ? value(node.b) : std::optional(node.imm))
        extents[node.var] = *extent;
    } else if (node.op == Op::SplitAt) {
      splitRanges(node);
    }
  }
}

std::string IndexChecker::at(ArrayRef<VarId> vars) const {
  std::string text;
  for (VarId var : vars)
    text += (text.empty() ? "" : ", ") + format.vars[var] + " = " + std::to_string(point.lookup(var));
  return text.empty() ? text : " at " + text;
}

Result<void> IndexChecker::checkIndex(const std::string &name, size_t axis, NodeId index, int64_t extent) {
  SmallVector<NodeId> order;
  SmallVector<VarId> vars;
  if (!inputs(index, order, vars))
    return {};
  int64_t points = 1;
  for (VarId var : vars)
    if (__builtin_mul_overflow(points, extents.lookup(var), &points) || points > maxPoints)
      points = maxPoints + 1;
  if (points == 0)
    return {};
  // Every point; or of each variable the first two values and the last two, and where the index turns on conditions
  // each value with the others at their ends, where it has remainders those of two periods.
  auto every = [&](VarId var) { return llvm::to_vector(llvm::seq<int64_t>(0, extents.lookup(var))); };
  auto ends = [&](VarId var) {
    int64_t extent = extents.lookup(var);
    return extent <= 4 ? every(var) : SmallVector<int64_t>{0, 1, extent - 2, extent - 1};
  };
  if (points <= (std::max(shape.n, shape.k) < largeExtent ? maxPoints : maxPointsOfLarge))
    return checkPoints(name, axis, order, vars, map_to_vector(vars, every), extent);
  if (auto ok = checkPoints(name, axis, order, vars, map_to_vector(vars, ends), extent); !ok)
    return ok;
  bool hasPeriod = any_of(order, [&](NodeId id) { return format.nodes[id].op == Op::Mod; });
  int64_t longest = turns(order) ? maxLine : hasPeriod && std::min(shape.n, shape.k) >= largeExtent ? 2 * longestPeriod : 0;
  for (auto [position, var] : enumerate(vars)) {
    auto coordinates = map_to_vector(vars, ends);
    for (int64_t value = 2; value < std::min(extents.lookup(var) - 2, longest); ++value)
      coordinates[position].push_back(value);
    if (auto ok = checkPoints(name, axis, order, vars, coordinates, extent); !ok)
      return ok;
  }
  return {};
}

/// Whether the index may take values between the ends of its variables that the ends do not show; i32 wraps.
bool IndexChecker::turns(ArrayRef<NodeId> order) const {
  return any_of(order, [&](NodeId id) {
    const Node &node = format.nodes[id];
    return node.op != Op::Int && (!isSteady(node.op) || node.type != ValueType::Index);
  });
}

/// The index at all points whose coordinates are among these.
Result<void> IndexChecker::checkPoints(const std::string &name, size_t axis, ArrayRef<NodeId> order, ArrayRef<VarId> vars,
                                       ArrayRef<SmallVector<int64_t>> coordinates, int64_t extent) {
  SmallVector<size_t> position(vars.size(), 0);
  while (true) {
    for (auto [var, values, j] : zip_equal(vars, coordinates, position))
      point[var] = values[j];
    std::optional<int64_t> result = evaluate(order);
    if (result && (*result < 0 || *result >= extent)) {
      bool sized =
          any_of(order, [&](NodeId id) { return format.nodes[id].op == Op::Size; }) || format.decodeVars.size() == 2;
      return fail("index " + std::to_string(axis) + " of \"" + name + "\" is " + std::to_string(*result) + at(vars) +
                  (sized ? " of N = " + std::to_string(shape.n) + ", K = " + std::to_string(shape.k) : "") +
                  "; it must be from 0 to " + std::to_string(extent - 1));
    }
    size_t axisToStep = vars.size();
    while (axisToStep > 0 && ++position[axisToStep - 1] == coordinates[axisToStep - 1].size())
      position[--axisToStep] = 0;
    if (axisToStep == 0)
      return {};
  }
}

Result<void> IndexChecker::checkRead(const Node &node) {
  for (auto [axis, index] : enumerate(node.args)) {
    std::optional<int64_t> extent;
    std::string name;
    if (node.op == Op::Read) {
      extent = value(format.fields[node.imm].extents[axis]);
      name = format.fields[node.imm].name;
    } else if (node.op == Op::Table) {
      extent = format.tables[node.imm].extents[axis];
      name = format.tables[node.imm].name;
    } else {
      extent = value(format.encode[node.imm].extents[axis]);
      name = format.encode[node.imm].name;
    }
    if (!extent)
      continue;
    if (auto ok = checkIndex(name, axis, index, *extent); !ok)
      return ok;
  }
  return {};
}

/// Cuts that are the same for every element ascend.
Result<void> IndexChecker::checkCuts(const Node &node) {
  int64_t previous = 0;
  for (NodeId cut : node.cuts) {
    std::optional<int64_t> next = value(cut);
    if (!next)
      return {};
    if (*next < previous)
      return fail("a split is cut at " + std::to_string(*next) + " after " + std::to_string(previous) +
                  "; cuts ascend from 0");
    previous = *next;
  }
  return {};
}

Result<void> IndexChecker::check(NodeId root) {
  SmallVector<NodeId> pending{root};
  while (!pending.empty()) {
    NodeId id = pending.pop_back_val();
    if (id < 0 || !checked.insert(id).second)
      continue;
    const Node &node = format.nodes[id];
    if (node.op == Op::Read || node.op == Op::Table || node.op == Op::Temp)
      if (auto ok = checkRead(node); !ok)
        return ok;
    if (node.op == Op::SplitAt)
      if (auto ok = checkCuts(node); !ok)
        return ok;
    pending.push_back(node.a);
    if (node.op != Op::Select)
      pending.append({node.b, node.c});
    pending.append(node.args.begin(), node.args.end());
    pending.append(node.cuts.begin(), node.cuts.end());
  }
  return {};
}

std::optional<IndexFault> findIndexFault(const Format &format, ArrayRef<NodeId> roots, ArrayRef<Shape> shapes) {
  for (Shape shape : shapes) {
    IndexChecker checker(format, shape);
    for (auto [position, root] : enumerate(roots))
      if (auto ok = checker.check(root); !ok)
        return IndexFault{position, ok.error().message};
  }
  return std::nullopt;
}

} // namespace quoin

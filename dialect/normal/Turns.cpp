#include "dialect/normal/Turns.h"

#include "runtime/spec/Dependence.h"

#include <algorithm>

namespace quoin::normal {

using namespace quoin::spec;

namespace {

/// More turns of one condition are those of a pattern, which any place shows.
constexpr int maxTurns = 48;

/// What is the same for many N and K, then another.
bool goesInSteps(Op op) {
  switch (op) {
  case Op::FloorDiv:
  case Op::CeilDiv:
  case Op::Mod:
  case Op::And:
  case Op::Or:
  case Op::Xor:
  case Op::Shr:
  case Op::Parity:
  case Op::Popcount:
  case Op::Clz:
  case Op::Min:
  case Op::Max:
  case Op::Round:
    return true;
  default:
    return op >= Op::Eq && op <= Op::Ge;
  }
}

/// What decode's value is made of, also where streams are absent.
std::vector<bool> usedByDecode(const Format &format) {
  std::vector<NodeId> roots = {format.decodeValue};
  for (const Stream &stream : format.streams)
    roots.push_back(stream.defaultValue);
  return usedBy(format, roots);
}

class Search {
public:
  Search(const Format &format, Walk &walk) : format(format), walk(walk) {
    std::vector<uint8_t> depends = dependences(format);
    std::vector<bool> used = usedByDecode(format);
    auto add = [&](NodeId value, const std::vector<NodeId> &cuts, bool isCondition) {
      uint8_t on = depends[value], place = onRow | onColumn;
      for (NodeId cut : cuts)
        on |= depends[cut];
      if (on != 0 && !(on & onOthers) && (isCondition || !(on & place)))
        conditions.push_back({uint8_t(on & place ? on & place : on), value, cuts});
    };
    for (NodeId id = 0; id < NodeId(format.nodes.size()); ++id) {
      const Node &node = format.nodes[id];
      if (!used[id])
        continue;
      if (goesInSteps(node.op))
        add(id, {}, node.op >= Op::Eq && node.op <= Op::Ge);
      else if (node.op == Op::Select)
        add(node.a, {}, true);
      else if (node.op == Op::SplitAt)
        add(node.a, node.cuts, true);
    }
  }

  bool hasAny() const { return !conditions.empty(); }

  Turns run(bool ofBoth) {
    Turns turns;
    auto [n, k] = walk.sampleShape();
    along(onRow, n, [&](int64_t row) { walk.moveTo(row, 0); }, [&](int64_t row) { turns.rows.insert(row); });
    along(onColumn, k, [&](int64_t column) { walk.moveTo(0, column); }, [&](int64_t column) { turns.columns.insert(column); });
    for (int64_t row = 0; ofBoth && row < std::min(n, mostRows); ++row)
      along(
          onRow | onColumn, std::min(k, mostColumns), [&](int64_t column) { walk.moveTo(row, column); },
          [&](int64_t column) {
            turns.places.push_back({row, column});
          });
    return turns;
  }

  std::vector<Shape> shapes(Shape unit) {
    constexpr int64_t most = 131072;
    std::vector<int64_t> rows = {1}, columns = {1};
    std::vector<Shape> found;
    auto goTo = [&](int64_t n, int64_t k) { walk.resize({n * unit.n, k * unit.k}); };
    along(
        onRows, most, [&](int64_t n) { goTo(n + 1, 1); }, [&](int64_t n) { rows.push_back(n + 1); });
    along(
        onColumns, most, [&](int64_t k) { goTo(1, k + 1); }, [&](int64_t k) { columns.push_back(k + 1); });
    for (int64_t n = 1; n <= mostRows; ++n)
      along(
          onRows | onColumns, mostColumns, [&](int64_t k) { goTo(n, k + 1); },
          [&](int64_t k) {
            found.push_back({n * unit.n, (k + 1) * unit.k});
          });
    for (int64_t n : rows)
      for (int64_t k : columns)
        found.push_back({n * unit.n, k * unit.k});
    return found;
  }

private:
  static constexpr int64_t mostRows = 512, mostColumns = 2048;

  struct Condition {
    uint8_t on;
    NodeId value;
    std::vector<NodeId> cuts;
    int turns = 0;
    int64_t state = 0;
  };

  /// The condition's value, or which range of a split it is.
  int64_t stateOf(const Condition &condition) {
    int64_t value = walk.walk(condition.value).value;
    if (condition.cuts.empty())
      return value;
    return std::ranges::count_if(condition.cuts, [&](NodeId cut) { return walk.walk(cut).value <= value; });
  }

  void along(uint8_t on, int64_t extent, auto moveTo, auto found) {
    std::vector<Condition *> active;
    for (Condition &condition : conditions)
      if (condition.on == on && condition.turns < maxTurns)
        active.push_back(&condition);
    for (int64_t at = 0; at < extent && !active.empty(); ++at) {
      moveTo(at);
      for (Condition *condition : active) {
        int64_t state = stateOf(*condition);
        if (at > 0 && state != condition->state)
          found(at), ++condition->turns;
        condition->state = state;
      }
      std::erase_if(active, [](const Condition *condition) { return condition->turns >= maxTurns; });
    }
  }

  const Format &format;
  Walk &walk;
  std::vector<Condition> conditions;
};

} // namespace

Turns findTurns(const Format &format, Walk &walk, bool ofBoth) { return Search(format, walk).run(ofBoth); }

std::vector<Shape> findShapeTurns(const Format &format, Walk &walk, Shape unit) {
  return Search(format, walk).shapes(unit);
}

bool hasConditions(const Format &format) {
  Walk walk(format, {1, 1});
  return Search(format, walk).hasAny();
}

} // namespace quoin::normal

#include "dialect/normal/Turns.h"

#include "runtime/spec/Dependence.h"

#include <algorithm>

namespace quoin::normal {

using namespace quoin::spec;

namespace {

/// More turns of one condition are those of a pattern, which any place shows.
constexpr int maxTurns = 48;

class Search {
public:
  Search(const Format &format, Walk &walk) : format(format), walk(walk) {
    std::vector<uint8_t> depends = dependences(format);
    auto add = [&](NodeId value, const std::vector<NodeId> &cuts) {
      uint8_t on = depends[value];
      for (NodeId cut : cuts)
        on |= depends[cut];
      if (on != 0 && !(on & onOthers))
        conditions.push_back({on, value, cuts});
    };
    for (NodeId id = 0; id < NodeId(format.nodes.size()); ++id) {
      const Node &node = format.nodes[id];
      if ((node.op >= Op::Eq && node.op <= Op::Ge))
        add(id, {});
      else if (node.op == Op::Select)
        add(node.a, {});
      else if (node.op == Op::SplitAt)
        add(node.a, node.cuts);
    }
  }

  Turns run() {
    Turns turns;
    auto [n, k] = walk.sampleShape();
    along(onRow, n, [&](int64_t row) { walk.moveTo(row, 0); }, [&](int64_t row) { turns.rows.insert(row); });
    along(onColumn, k, [&](int64_t column) { walk.moveTo(0, column); }, [&](int64_t column) { turns.columns.insert(column); });
    for (int64_t row = 0; row < std::min<int64_t>(n, 512); ++row)
      along(onRow | onColumn, std::min<int64_t>(k, 2048), [&](int64_t column) { walk.moveTo(row, column); },
            [&](int64_t column) { turns.places.push_back({row, column}); });
    return turns;
  }

private:
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

Turns findTurns(const Format &format, Walk &walk) { return Search(format, walk).run(); }

} // namespace quoin::normal

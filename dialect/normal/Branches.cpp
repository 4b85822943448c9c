// Decomposition of values that are chosen: select, and splits at constants and at stored lengths.
#include "dialect/normal/Decompose.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace quoin::normal {

using namespace quoin::spec;

NodeId Decomposer::constant(double value) {
  if (value == std::nearbyint(value) && std::fabs(value) < 1 << 24)
    return builder.intConst(int64_t(value), ValueType::I32);
  return builder.floatConst(float(value));
}

NodeId Decomposer::groupNode(const Monomial &monomial) {
  NodeId node = builder.floatConst(1);
  for (size_t i = 0; i < monomial.group.size(); ++i)
    node = i == 0 ? monomial.group[0] : product(node, monomial.group[i]);
  return node;
}

std::optional<Polynomial> Decomposer::select(NodeId id) {
  const Node node = format.nodes[id];
  if (!scan.facts(node.a).perGroup())
    return branches({node.b, node.c},
                    [&](const std::vector<NodeId> &nodes) { return *builder.select(node.a, nodes[0], nodes[1]); });
  // Chosen by the group: 0-or-1 factors.
  auto first = decompose(node.b);
  auto second = first ? decompose(node.c) : first;
  if (!second)
    return second;
  NodeId one = builder.floatConst(1), zero = builder.floatConst(0);
  first = multiply(*first, {{.group = {*builder.select(node.a, one, zero)}}});
  second = multiply(*second, {{.group = {*builder.select(node.a, zero, one)}}});
  first->insert(first->end(), second->begin(), second->end());
  return first;
}

std::optional<Polynomial> Decomposer::splitAt(NodeId id) {
  const Node node = format.nodes[id];
  std::vector<NodeId> bodies;
  std::vector<VarId> unused;
  for (size_t each = 0; each < node.args.size(); ++each) {
    NodeId start = each == 0 ? builder.intConst(0) : node.cuts[each - 1];
    NodeId inside = each == 0 ? node.a : *builder.binary(Op::Sub, node.a, start);
    bodies.push_back(substitute(format, builder, node.args[each], {{node.vars[each], inside}}));
    unused.push_back(builder.newVar(format.vars[node.vars[each]]));
  }
  return branches(bodies,
                  [&](const std::vector<NodeId> &nodes) { return *builder.splitAt(node.a, node.cuts, nodes, unused); });
}

std::optional<Polynomial> Decomposer::splitByStored(NodeId id) {
  const Node node = format.nodes[id];
  if (!scan.facts(node.a).perGroup())
    return failure("\"" + format.fields[node.imm].name +
                   "\" holds the lengths of ranges along k that differ in meaning");
  // Along n, the range is one more group quantity: its variables are bound from outside while the branches are split.
  for (size_t var = 0; var < node.vars.size(); ++var)
    scan.bindAmbient(node.vars[var], node.a, uint64_t(id) << 8 | var);
  return branches(node.args, [&](const std::vector<NodeId> &nodes) {
    std::unordered_map<VarId, NodeId> renamed; // every binder has a variable of its own
    std::vector<VarId> vars;
    for (VarId var : node.vars) {
      vars.push_back(builder.newVar(format.vars[var]));
      renamed[var] = builder.var(vars.back());
    }
    std::vector<NodeId> bodies;
    for (NodeId body : nodes)
      bodies.push_back(substitute(format, builder, body, renamed));
    return node.op == Op::SplitAll ? *builder.splitAll(node.a, int32_t(node.imm), vars[0], vars[1], bodies[0])
                                   : *builder.splitBy(node.a, int32_t(node.imm), bodies, vars);
  });
}

std::optional<Polynomial> Decomposer::branches(const std::vector<NodeId> &nodes, const Rebuild &rebuild) {
  std::vector<Polynomial> all;
  for (NodeId node : nodes) {
    auto each = decompose(node);
    if (!each)
      return each;
    all.push_back(std::move(*each));
  }
  // Ranges with coefficients of their own are paired in order, else each coefficient keeps its own element.
  if (!sameKeys(all))
    if (auto result = branchesByOrder(all, rebuild))
      return result;
  return branchesByKey(all, rebuild);
}

std::vector<uint64_t> Decomposer::keyOf(const Monomial &monomial) {
  std::vector<uint64_t> key;
  for (NodeId factor : monomial.group)
    key.push_back(scan.facts(factor).identity);
  std::sort(key.begin(), key.end());
  return key;
}

bool Decomposer::sameKeys(const std::vector<Polynomial> &all) {
  std::vector<std::set<std::vector<uint64_t>>> keys;
  for (const Polynomial &each : all) {
    keys.emplace_back();
    for (const Monomial &monomial : each)
      keys.back().insert(keyOf(monomial));
  }
  return std::all_of(keys.begin(), keys.end(), [&](const auto &each) { return each == keys.front() || each.empty(); });
}

/// Branches with the same coefficients: the coefficient stays, the element is chosen.
std::optional<Polynomial> Decomposer::branchesByKey(const std::vector<Polynomial> &all, const Rebuild &rebuild) {
  if (all.size() == 1)
    return branchesByOrder(all, rebuild);
  std::map<std::vector<uint64_t>, std::vector<Polynomial>> byKey;
  for (size_t branch = 0; branch < all.size(); ++branch)
    for (const Monomial &monomial : all[branch]) {
      auto &entry = byKey[keyOf(monomial)];
      entry.resize(all.size());
      entry[branch].push_back(monomial);
    }
  Polynomial result;
  for (auto &[key, perBranch] : byKey) {
    Monomial chosen;
    std::vector<NodeId> elements;
    for (Polynomial &monomials : perBranch) {
      NodeId total = -1;
      for (Monomial &monomial : monomials) {
        chosen.group = monomial.group;
        chosen.rounded |= monomial.rounded;
        NodeId term = monomial.element >= 0 ? scaled(monomial.element, monomial.constant) : constant(monomial.constant);
        total = total < 0 ? term : sum(total, term);
      }
      elements.push_back(total < 0 ? builder.intConst(0, ValueType::I32) : total);
    }
    chosen.element = rebuild(elements);
    result.push_back(std::move(chosen));
  }
  return result;
}

/// As many products in each branch: coefficients and elements are chosen one by one.
std::optional<Polynomial> Decomposer::branchesByOrder(const std::vector<Polynomial> &all, const Rebuild &rebuild) {
  Polynomial result;
  for (const Polynomial &each : all)
    if (each.size() != all.front().size())
      return std::nullopt;
  for (size_t term = 0; term < all.front().size(); ++term) {
    std::vector<NodeId> groups, elements;
    Monomial chosen;
    bool anyElement = false;
    for (const Polynomial &each : all) {
      groups.push_back(scaled(groupNode(each[term]), each[term].constant));
      elements.push_back(each[term].element >= 0 ? each[term].element : constant(1));
      anyElement |= each[term].element >= 0;
      chosen.rounded |= each[term].rounded;
    }
    if (all.size() == 1 && all[0][term].group.empty()) {
      chosen.constant = all[0][term].constant;
    } else {
      chosen.group = {rebuild(groups)};
      if (!scan.facts(chosen.group[0]).perGroup())
        return std::nullopt;
    }
    if (anyElement)
      chosen.element = rebuild(elements);
    result.push_back(std::move(chosen));
  }
  return result;
}

} // namespace quoin::normal

// Decomposition of values that are chosen: select, and splits at constants and at stored lengths.
#include "dialect/normal/Decompose.h"

#include <algorithm>
#include <cmath>
#include <functional>
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
  // Chosen by the group: each coefficient, or 0. A product with 0 or 1 would let NaN through that is not chosen.
  auto first = decompose(node.b);
  auto second = first ? decompose(node.c) : first;
  if (!second)
    return second;
  for (Monomial &monomial : *first) {
    NodeId whole = groupNode(monomial);
    monomial.group = {*builder.select(node.a, whole, zeroLike(whole))};
  }
  for (Monomial &monomial : *second) {
    NodeId whole = groupNode(monomial);
    monomial.group = {*builder.select(node.a, zeroLike(whole), whole)};
  }
  first->insert(first->end(), second->begin(), second->end());
  return first;
}

NodeId Decomposer::zeroLike(NodeId node) {
  return builder.type(node) == ValueType::F32 ? builder.floatConst(0) : builder.intConst(0, builder.type(node));
}

/// The coefficient where branches have it and 0 where they do not; the coefficient itself where that differs within groups.
std::vector<NodeId> Decomposer::groupWhere(const std::vector<bool> &present, const Monomial &monomial, const Rebuild &rebuild) {
  if (monomial.group.empty() || std::ranges::all_of(present, std::identity()))
    return monomial.group;
  NodeId whole = groupNode(monomial);
  std::vector<NodeId> groups;
  for (bool isPresent : present)
    groups.push_back(isPresent ? whole : zeroLike(whole));
  NodeId chosen = rebuild(groups);
  return scan.facts(chosen).perGroup() ? std::vector{chosen} : monomial.group;
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
    std::vector<bool> present;
    for (Polynomial &monomials : perBranch) {
      present.push_back(!monomials.empty());
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
    chosen.group = groupWhere(present, chosen, rebuild);
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

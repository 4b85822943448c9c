#include "dialect/normal/Scan.h"

#include "runtime/spec/Shapes.h"

#include <array>
#include <numeric>
#include <span>

namespace quoin::normal {

using namespace quoin::spec;

Result<std::vector<Shape>> sampleShapes(const Format &format) {
  // Large enough for groups of 512 and tiles of 128 rows; 1920 = 128 * 15 aligns groups of 40, 96, 480 ... that cross
  // rows, 2100 those of 7 and 25.
  static constexpr int64_t powersOfTwo[] = {2048, 1024, 4096, 512, 256, 8192, 16384, 128, 64, 32, 16, 8, 4, 2, 1};
  static constexpr int64_t others[] = {1920, 1536, 2100, 960, 480};
  static constexpr int64_t rows[] = {512, 256, 1024, 128, 64, 32, 16, 8, 4, 2, 1, 480, 96, 48, 24, 12, 6, 3};
  std::vector<Shape> found;
  Error last;
  auto firstOf = [&](std::span<const int64_t> records, std::span<const int64_t> columns, Shape unit) {
    for (int64_t k : columns)
      for (int64_t n : records) {
        auto ok = checkShape(format, {n * unit.n, k * unit.k});
        if (ok)
          return found.push_back({n * unit.n, k * unit.k});
        last = ok.error();
      }
  };
  firstOf(rows, powersOfTwo, {1, 1});
  if (found.empty() || !format.hasTile)
    firstOf(rows, others, {1, 1});
  if (found.empty()) { // any other groups: about as many columns, at least two groups
    Shape unit = shapeMultiples(format);
    const int64_t records[] = {std::max<int64_t>(512 / unit.n, 2), 1}, groups = std::max<int64_t>(2048 / unit.k, 2);
    firstOf(records, std::array{groups, int64_t(1)}, unit);
    if (!found.empty() && !format.hasTile)
      firstOf(records, std::array{groups * 3 / 2}, unit);
  }
  if (found.empty())
    return fail("no small shape satisfies the requirements of \"" + format.name + "\": " + last.message,
                "analyses need a legal shape among multiples of an N up to 256 and a K up to 1024");
  return found;
}

Scan::Scan(const Format &format, std::vector<Shape> shapes) {
  for (Shape shape : shapes)
    walks.emplace_back(format, shape);
  for (size_t which = 0; which < shapes.size(); ++which) {
    auto [n, k] = shapes[which];
    lines.push_back({which, true, 0, k});
    lines.push_back({which, true, n - 1 - n / 3, std::min<int64_t>(k, 1024)});
    lines.push_back({which, false, 0, n});
    lines.push_back({which, false, k - 1 - k / 3, n});
  }
  auto [n, k] = shapes.front();
  if (format.hasTile) { // its rows and columns need not be alike
    for (int64_t row = 1; row < format.tileRows; ++row)
      lines.push_back({0, true, row, std::min(k, 2 * format.tileCols)});
    for (int64_t column = 1; column < format.tileCols; ++column)
      lines.push_back({0, false, column, std::min(n, 2 * format.tileRows)});
  }
  for (int64_t column = 0; column < std::min<int64_t>(k, 1024); ++column)
    samplePositions.push_back({0, column});
  for (int64_t row = 1; row < std::min<int64_t>(n, 256); ++row)
    samplePositions.push_back({row, (row * 5) % k});
}

void Scan::bindAmbient(VarId var, NodeId from, uint64_t tag) { ambients.push_back({var, from, tag}); }

void Scan::bindAmbients(Walk &walk) const {
  for (const Ambient &each : ambients)
    walk.ambient[each.var] = {false, 0, mix(walk.walk(each.from).hash, each.tag)};
}

/// The node and all below it that are walked without variables of binders.
static void collect(const Format &format, Walk &walk, NodeId id, std::set<NodeId> &found) {
  if (id < 0 || found.count(id))
    return;
  if (!found.empty() && walk.isScoped(id))
    return;
  found.insert(id);
  const Node &node = format.nodes[id];
  for (NodeId operand : {node.a, node.b, node.c})
    collect(format, walk, operand, found);
  for (const auto *list : {&node.args, &node.cuts})
    for (NodeId operand : *list)
      collect(format, walk, operand, found);
}

void Scan::visit(NodeId id, Running &running, Walk &walk, Variation &variation, bool alongK, int64_t at) {
  Symbol symbol = walk.walk(id);
  Facts &facts = running.facts;
  facts.stored |= !symbol.known;
  facts.constant &= symbol.known && (running.first || symbol.hash == running.firstHash);
  if (running.first)
    running.firstHash = symbol.hash, facts.value = symbol.value;
  running.first = false;
  facts.identity = mix(facts.identity, symbol.hash);
  // The period is the greatest common divisor of the places where the symbol changes.
  int64_t &period = alongK ? variation.kPeriod : variation.nPeriod;
  if (at > 0 && symbol.hash != running.previous)
    period = std::gcd(period, at);
  running.previous = symbol.hash;
}

void Scan::scan(const std::vector<NodeId> &nodes) {
  std::vector<Running> running(nodes.size());
  for (Running &each : running)
    each.perShape.resize(walks.size());
  for (const Line &line : lines) {
    Walk &walk = walks[line.walk];
    for (int64_t at = 0; at < line.length; ++at) {
      walk.moveTo(line.alongK ? line.other : at, line.alongK ? at : line.other);
      bindAmbients(walk);
      for (size_t i = 0; i < nodes.size(); ++i)
        visit(nodes[i], running[i], walk, running[i].perShape[line.walk], line.alongK, at);
    }
  }
  for (size_t i = 0; i < nodes.size(); ++i) {
    // A period that does not divide one shape's K shows in the other: the largest finite one is the format's.
    Facts &facts = running[i].facts;
    if (walks.front().followsShape(nodes[i])) {
      facts.constant = false;
      if (!facts.stored) // two of them may be alike in these shapes alone
        facts.identity = mix(facts.identity, uint64_t(nodes[i]));
    }
    for (const Variation &each : running[i].perShape) {
      facts.variation.kPeriod = std::max(facts.variation.kPeriod, each.kPeriod);
      facts.variation.nPeriod = std::max(facts.variation.nPeriod, each.nPeriod);
    }
    known[nodes[i]] = facts;
  }
}

const Scan::Facts &Scan::facts(NodeId id) {
  wanted.insert(id);
  if (!known.count(id)) {
    std::set<NodeId> below;
    collect(walks.front().formatWalked(), walks.front(), id, below);
    std::erase_if(below, [&](NodeId node) { return known.count(node) != 0; });
    scan({below.begin(), below.end()});
  }
  return known.at(id);
}

} // namespace quoin::normal

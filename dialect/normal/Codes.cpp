#include "dialect/normal/Codes.h"

#include "dialect/normal/DemandedBits.h"
#include "runtime/spec/Arithmetic.h"

#include <algorithm>
#include <utility>

namespace quoin::normal {

using namespace quoin::spec;

/// A code that is another function of its bits at more positions than this is treated as arbitrary.
static constexpr size_t maxPositions = 64;

double commonUnit(const std::vector<double> &values) {
  double smallest = 0, largest = 0;
  int exponent = INT32_MAX;
  for (double value : values) {
    if (!std::isfinite(value) || value == 0)
      continue;
    double magnitude = std::fabs(value);
    smallest = smallest == 0 ? magnitude : std::min(smallest, magnitude);
    largest = std::max(largest, magnitude);
    int own;
    auto digits = uint64_t(std::ldexp(std::frexp(magnitude, &own), 53));
    exponent = std::min(exponent, own - 53 + std::countr_zero(digits));
  }
  if (smallest == 0)
    return 1;
  double power = std::ldexp(1.0, exponent);
  if (largest / power <= 65535)
    return power;
  bool multiples = largest / smallest <= 65535;
  for (double value : values)
    if (std::isfinite(value) && multiples)
      multiples = value / smallest == std::nearbyint(value / smallest);
  return multiples ? smallest : 0;
}

namespace {

class Enumeration {
public:
  Enumeration(Scan &scan, NodeId id) : scan(scan), walk(scan.walk()), format(walk.formatWalked()), id(id) {}

  CodeFacts run() {
    findStoredTables(id);
    findPositions();
    for (auto [n, k] : representatives)
      if (facts.failure.empty())
        enumerateAt(n, k);
    if (facts.failure.empty())
      finish();
    walk.opaqueReads.clear();
    return std::move(facts);
  }

private:
  /// Reads at an index that is itself data: tables stored with the tensor.
  bool findStoredTables(NodeId node) {
    auto [seen, isNew] = hasReads.try_emplace(node, false);
    if (!isNew)
      return seen->second;
    const Node &each = format.nodes[node];
    bool below = false;
    for (NodeId operand : {each.a, each.b, each.c})
      below |= operand >= 0 && findStoredTables(operand);
    for (const auto *list : {&each.args, &each.cuts})
      for (NodeId operand : *list)
        below |= findStoredTables(operand);
    if (each.op == Op::Read && below)
      opaque.insert(node);
    bool result = below || (each.op == Op::Read && !walk.takesDefault(format.streams[format.fields[each.imm].stream]));
    return hasReads[node] = result;
  }

  void findPositions() {
    std::set<uint64_t> &functions = facts.functions;
    for (auto [n, k] : scan.positions()) {
      walk.moveTo(n, k);
      if (!functions.insert(renamedHash(walk, id)).second)
        continue;
      representatives.push_back({n, k});
      if (functions.size() <= maxPositions)
        continue;
      facts.failure =
          "is another function of its stored bits at more than " + std::to_string(maxPositions) + " positions";
      break;
    }
    facts.positions = int64_t(representatives.size());
    walk.opaqueReads = opaque;
    facts.storedTable = !opaque.empty();
  }

  double valueOf(const Symbol &symbol) const {
    return format.nodes[id].type == ValueType::F32 ? double(asFloat(symbol.value)) : double(symbol.value);
  }

  int width(const Leaf &leaf) const { return format.fields[leaf.field].type.width; }

  /// Bits of each leaf that can change the value. Only needed where whole words are cut by shifts and masks.
  void findMasks(int64_t n, int64_t k) {
    walk.moveTo(n, k);
    auto demanded = demandedBits(walk, id);
    walk.moveTo(n, k);
    std::map<Leaf, std::set<NodeId>> readers;
    walk.readers = &readers;
    countBits();
    walk.readers = nullptr;
    for (const auto &[leaf, nodes] : readers) {
      uint32_t &mask = masks[leaf];
      for (NodeId node : nodes) {
        auto bits = node <= id ? demanded[node] : std::nullopt;
        mask |= bits ? demandedCode(format.fields[leaf.field].type, *bits) : lowBits(width(leaf));
      }
    }
  }

  static uint32_t lowBits(int count) { return count >= 32 ? ~0u : (1u << count) - 1; }

  uint32_t maskOf(const Leaf &leaf) const {
    auto found = masks.find(leaf);
    return found == masks.end() ? lowBits(width(leaf)) : found->second;
  }

  void enumerateAt(int64_t n, int64_t k) {
    walk.moveTo(n, k);
    masks.clear();
    values.clear();
    path.clear();
    order.clear();
    sameOrder = true;
    int bits = countBits();
    if (bits > maxCodeBits) {
      findMasks(n, k);
      bits = countBits();
    }
    if (bits < 0 || bits > maxCodeBits) {
      facts.failure = bits < 0 ? "depends on ranges of stored lengths"
                               : "depends on " + std::to_string(bits) + " stored bits for one element";
      return;
    }
    deepest = 0;
    lastMasks = masks;
    if (facts.storedTable) { // its contents are data: only the index is a code
      facts.bits = std::max(facts.bits, bits);
      return addReads(order);
    }
    values.assign(size_t(1) << bits, 0);
    order.clear();
    if (!visit(0, 0))
      return;
    facts.bits = std::max(facts.bits, deepest);
    addReads(order);
    values.resize(size_t(1) << deepest);
    facts.affineInBits = facts.affineInBits && sameOrder && isAffine();
    all.insert(all.end(), values.begin(), values.end());
  }

  void addReads(const std::vector<Leaf> &leaves) {
    for (const Leaf &leaf : leaves)
      if (std::find(facts.reads.begin(), facts.reads.end(), leaf.read) == facts.reads.end())
        facts.reads.push_back(leaf.read);
  }

  /// Bits of the leaves met when all are zero; -1 where the walk cannot be brought to a value.
  int countBits() {
    int bits = 0;
    std::vector<Leaf> met;
    Symbol symbol = walk.walk(id);
    while (!symbol.known && walk.firstOpen()) {
      met.push_back(*walk.firstOpen());
      bits += std::popcount(maskOf(met.back()));
      if (met.size() > 256)
        break;
      walk.assign(met.back(), 0);
      symbol = walk.walk(id);
    }
    for (const Leaf &leaf : met)
      walk.unassign(leaf);
    order = met;
    return symbol.known || met.size() > 256 ? bits : -1;
  }

  /// Tries all codes of the first open leaf, and below them those of the next.
  bool visit(int bits, uint32_t raw) {
    Symbol symbol = walk.walk(id);
    if (symbol.known) {
      if (deepest != bits && deepest != 0)
        sameOrder = false;
      deepest = std::max(deepest, bits);
      values[raw] = valueOf(symbol);
      return true;
    }
    if (!walk.firstOpen()) {
      facts.failure = "depends on ranges of stored lengths";
      return false;
    }
    Leaf leaf = *walk.firstOpen();
    uint32_t mask = maskOf(leaf);
    int own = std::popcount(mask);
    if (bits + own > maxCodeBits) {
      facts.failure = "depends on more than " + std::to_string(maxCodeBits) + " stored bits for one element";
      return false;
    }
    if (values.size() < size_t(1) << (bits + own))
      values.resize(size_t(1) << (bits + own), 0);
    remember(leaf, path.size());
    path.push_back(leaf);
    bool ok = true;
    for (uint32_t code = 0; ok && code < (1u << own); ++code) {
      walk.assign(leaf, spread(code, mask));
      ok = visit(bits + own, raw | code << bits);
    }
    walk.unassign(leaf);
    path.pop_back();
    return ok;
  }

  static uint32_t spread(uint32_t code, uint32_t mask) {
    uint32_t result = 0;
    for (; mask != 0; mask &= mask - 1, code >>= 1)
      result |= (code & 1) ? mask & (0 - mask) : 0;
    return result;
  }

  void remember(const Leaf &leaf, size_t position) {
    if (position < order.size()) {
      sameOrder &= order[position].key() == leaf.key();
      return;
    }
    order.push_back(leaf);
  }

  bool isAffine() const {
    for (size_t raw = 0; raw < values.size(); ++raw) {
      double sum = values[0];
      for (size_t bit = 1; bit < values.size(); bit <<= 1)
        sum += raw & bit ? values[bit] - values[0] : 0;
      if (!(values[raw] == sum))
        return false;
    }
    return true;
  }

  void finish() {
    facts.vectorLength = vectorLength();
    if (facts.storedTable) {
      rangeOfStored();
      return;
    }
    bool first = true, isFinite = true;
    for (double value : all) {
      isFinite &= std::isfinite(value);
      if (!std::isfinite(value))
        continue;
      facts.lo = first ? value : std::min(facts.lo, value);
      facts.hi = first ? value : std::max(facts.hi, value);
      facts.integer &= value == std::nearbyint(value);
      first = false;
    }
    std::set<double> distinct;
    for (double value : all)
      if (std::isfinite(value) && distinct.size() <= 256)
        distinct.insert(value == 0 ? 0 : value);
    if (distinct.size() <= 256)
      facts.levels.assign(distinct.begin(), distinct.end());
    // No integer stands for NaN or an infinity.
    facts.integer &= isFinite;
    facts.unit = isFinite ? commonUnit(all) : 0;
    if (facts.integer && facts.unit >= 1)
      facts.unit = 1;
    bool whole = true; // raw bits are whole fields
    for (auto &[leaf, mask] : lastMasks)
      whole &= mask == lowBits(width(leaf));
    if (representatives.size() == 1 && facts.bits <= 8 && sameOrder && whole) {
      facts.table = values;
      findSource();
    }
  }

  /// Whether the same nodes, once each, read a table's bits at all positions; what a binder's variable is part of is
  /// another read for each of its values.
  void findSource() {
    bool anyScoped = std::ranges::any_of(facts.reads, [&](NodeId read) { return walk.isScoped(read); });
    if (anyScoped || facts.reads.size() != order.size())
      return;
    std::set<uint64_t> sources;
    for (auto [n, k] : scan.positions()) {
      walk.moveTo(n, k);
      if (sources.insert(renamedHash(walk, id, true)).second && sources.size() > 1)
        return;
    }
    facts.source = *sources.begin();
  }

  void rangeOfStored() {
    NodeId read = id;
    while (format.nodes[read].op == Op::ToF32 || format.nodes[read].op == Op::SplitAll)
      read = format.nodes[read].op == Op::ToF32 ? format.nodes[read].a : format.nodes[read].args[0];
    facts.affineInBits = false;
    facts.integer = false;
    facts.unit = 0;
    facts.hi = std::numeric_limits<double>::infinity(), facts.lo = -facts.hi;
    if (!opaque.count(read))
      return;
    const ScalarType &type = format.fields[format.nodes[read].imm].type;
    facts.integer = !type.isFloat();
    facts.unit = facts.integer ? 1 : 0;
    if (type.width > 16)
      return;
    facts.lo = facts.hi = 0;
    for (uint32_t code = 0; code <= lowBits(type.width); ++code) {
      double value = type.isFloat() ? double(type.decodeFloat(code)) : double(type.decodeInt(code));
      if (!std::isfinite(value))
        continue;
      facts.lo = std::min(facts.lo, value), facts.hi = std::max(facts.hi, value);
    }
  }

  /// Longest run of consecutive k that read one and the same stored bit.
  int64_t vectorLength() {
    std::map<std::pair<Leaf, int>, std::pair<int64_t, int64_t>> runs; // bit -> last k, length
    int64_t longest = 1;
    for (auto [n, k] : scan.positions()) {
      if (n != 0)
        break;
      walk.moveTo(n, k);
      masks.clear();
      if (!lastMasks.empty())
        findMasks(n, k);
      Symbol symbol = walk.walk(id);
      for (size_t met = 0; !symbol.known && walk.firstOpen() && met < 64; ++met) {
        Leaf leaf = *walk.firstOpen();
        uint32_t mask = maskOf(leaf);
        for (int bit = 0; bit < width(leaf); ++bit) {
          if (!(mask >> bit & 1))
            continue;
          auto [run, isNew] = runs.try_emplace({leaf, bit}, k, 1);
          if (!isNew)
            run->second = {k, run->second.first + 1 == k ? run->second.second + 1 : 1};
          longest = std::max(longest, run->second.second);
        }
        walk.assign(leaf, 0);
        symbol = walk.walk(id);
      }
      if (k >= 63 && !lastMasks.empty()) // 64 elements show any vector
        break;
    }
    return longest;
  }

  Scan &scan;
  Walk &walk;
  const Format &format;
  NodeId id;
  CodeFacts facts;
  std::unordered_map<NodeId, bool> hasReads;
  std::set<NodeId> opaque;
  std::vector<std::pair<int64_t, int64_t>> representatives;
  std::map<Leaf, uint32_t> masks, lastMasks;
  std::vector<Leaf> path, order;
  std::vector<double> values, all;
  bool sameOrder = true;
  int deepest = 0;
};

} // namespace

uint64_t renamedHash(Walk &walk, NodeId id, bool namesReads) {
  auto ambient = std::exchange(walk.ambient, {}); // the same everywhere, as other codes are to find it
  walk.rename = true, walk.namesReads = namesReads;
  uint64_t hash = walk.walk(id).hash;
  walk.rename = walk.namesReads = false;
  walk.ambient = std::move(ambient);
  return hash;
}

CodeFacts enumerateCode(Scan &scan, NodeId id) { return Enumeration(scan, id).run(); }

} // namespace quoin::normal

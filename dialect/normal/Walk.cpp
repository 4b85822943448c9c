#include "dialect/normal/Walk.h"

#include "runtime/spec/Arithmetic.h"
#include "runtime/spec/Ops.h"
#include "runtime/spec/Orders.h"

#include <algorithm>
#include <utility>

namespace quoin::normal {

using namespace quoin::spec;

uint64_t mix(uint64_t hash, uint64_t value) {
  hash ^= value + 0x9E3779B97F4A7C15ull + (hash << 6) + (hash >> 2);
  hash ^= hash >> 32;
  return hash * 0xD6E8FEB86659FD93ull;
}

static Symbol known(int64_t value) { return {true, value, mix(1, uint64_t(value))}; }
static Symbol unknown(uint64_t hash) { return {false, 0, hash}; }

int64_t fieldValue(const ScalarType &type, uint32_t code) {
  return type.isFloat() ? fromFloat(type.decodeFloat(code)) : type.decodeInt(code);
}

int64_t applyOperation(const Format &format, const Node &node, int64_t a, int64_t b, int64_t c) {
  ValueType operands = node.a >= 0 ? format.nodes[node.a].type : ValueType::Index;
  bool overflow = false;
  switch (node.op) {
  case Op::Select:
    return a != 0 ? b : c;
  case Op::Ldexp:
    return fromFloat(std::ldexp(asFloat(a), int(b)));
  case Op::ToF32:
    return fromFloat(float(a));
  case Op::ToI32:
    return operands == ValueType::F32 ? truncateToI32(asFloat(a)) : wrap32(a);
  case Op::FromBits:
    return int64_t(uint32_t(a));
  case Op::Bits:
    return wrap32(a);
  case Op::Round: {
    const RoundTo &to = format.rounds[node.imm];
    return fieldValue(to.type, encodeScalar(to.type, asFloat(a), to.mode, to.saturate));
  }
  default:
    break;
  }
  if (operands != ValueType::F32)
    return integerOp(node.op, operands, a, b, overflow);
  if (node.op >= Op::Eq && node.op <= Op::Ge)
    return compareFloat(node.op, asFloat(a), asFloat(b));
  return fromFloat(floatOp(node.op, asFloat(a), asFloat(b)));
}

Walk::Walk(const Format &format, Shape shape) : format(format), shape(shape), ordering(orderingStreams(format)) {}

bool Walk::takesDefault(const Stream &stream) const {
  return stream.optional && stream.defaultValue >= 0 && ordering.contains(int32_t(&stream - format.streams.data()));
}

void Walk::growTables() {
  size_t from = scoped.size();
  if (from == format.nodes.size() && variables.size() == format.vars.size())
    return;
  memo.resize(format.nodes.size());
  scoped.resize(format.nodes.size(), false);
  shaped.resize(format.nodes.size(), false);
  variables.resize(format.vars.size());
  for (size_t id = from; id < format.nodes.size(); ++id) {
    const Node &node = format.nodes[id];
    bool inside = node.op == Op::Var && std::find(format.decodeVars.begin(), format.decodeVars.end(),
                                                  VarId(node.imm)) == format.decodeVars.end();
    bool follows = node.op == Op::Size && node.imm < 0;
    auto add = [&](NodeId operand) {
      inside |= scoped[operand];
      follows |= shaped[operand];
    };
    for (NodeId operand : {node.a, node.b, node.c})
      if (operand >= 0)
        add(operand);
    for (const auto *list : {&node.args, &node.cuts})
      for (NodeId operand : *list)
        add(operand);
    scoped[id] = inside;
    shaped[id] = follows;
  }
}

void Walk::moveTo(int64_t n, int64_t k) {
  growTables();
  assigned.clear();
  taken.assign(1, true);
  stamps.resize(1);
  changed(0);
  record = 0;
  if (format.hasTile)
    record = n / format.tileRows * (shape.k / format.tileCols) + k / format.tileCols;
  if (format.decodeVars.size() == 1)
    variables[format.decodeVars[0]] = known(n % format.tileRows * format.tileCols + k % format.tileCols);
  else if (format.decodeVars.size() == 2)
    variables[format.decodeVars[0]] = known(n), variables[format.decodeVars[1]] = known(k);
}

void Walk::bind(VarId var, int64_t value) {
  growTables();
  variables[var] = known(value);
  changed(0);
}

void Walk::changed(size_t level) {
  ++epoch;
  for (; level < stamps.size(); ++level)
    stamps[level] = epoch;
}

void Walk::assign(const Leaf &leaf, uint32_t code) {
  auto [entry, isNew] = assigned.try_emplace(leaf);
  entry->second.code = code;
  if (isNew) {
    entry->second.level = stamps.size();
    stamps.push_back(0);
    taken.push_back(true);
  }
  changed(entry->second.level);
}

void Walk::unassign(const Leaf &leaf) {
  auto entry = assigned.find(leaf);
  if (entry == assigned.end())
    return;
  changed(entry->second.level);
  taken[entry->second.level] = false;
  assigned.erase(entry);
  while (!taken.back()) {
    taken.pop_back();
    stamps.pop_back();
  }
}

void Walk::startWalk() {
  growTables();
  open.reset();
  if (rename) { // ranks depend on the walk's order of leaves
    ranks.clear();
    changed(0);
  }
}

bool Walk::holds(const Memo &entry) const {
  if (!entry.symbol.known)
    return entry.stamp == epoch;
  return entry.level < stamps.size() && entry.stamp == stamps[entry.level];
}

Symbol Walk::walk(NodeId id) {
  if (depth == 0)
    startWalk();
  Memo &entry = memo[id];
  uint64_t wanted = scoped[id] ? scope : 0;
  if (holds(entry) && entry.scope == wanted) {
    reached = std::max(reached, entry.level);
    return entry.symbol;
  }
  size_t outer = std::exchange(reached, 0);
  ++depth;
  Symbol result = compute(id);
  --depth;
  entry = {result.known ? stamps[reached] : epoch, wanted, reached, result};
  reached = std::max(reached, outer);
  return result;
}

Symbol Walk::compute(NodeId id) {
  const Node &node = format.nodes[id];
  switch (node.op) {
  case Op::Int:
  case Op::Float:
    return known(node.imm);
  case Op::Var:
    return variable(VarId(node.imm));
  case Op::Size:
    return size(node.imm);
  case Op::Read:
    return read(id);
  case Op::Table:
    return tableRead(node);
  case Op::SplitAt:
    return splitAt(node);
  case Op::SplitBy:
  case Op::SplitAll:
    return splitByStored(id);
  case Op::Temp:
  case Op::Weight:
    return unknown(mix(3, uint64_t(id)));
  default:
    return isLoop(node.op) ? loop(node) : operation(node);
  }
}

Symbol Walk::size(int64_t which) {
  if (which < 0)
    return known(which == -1 ? shape.n : shape.k);
  auto given = freeSizes.find(which);
  return given != freeSizes.end() ? known(given->second) : unknown(mix(2, uint64_t(which)));
}

Symbol Walk::variable(VarId id) {
  if (variables[id])
    return *variables[id];
  auto bound = ambient.find(id);
  return bound != ambient.end() ? bound->second : unknown(mix(4, uint64_t(id)));
}

uint64_t Walk::leafHash(const Leaf &leaf) {
  const ScalarType &type = format.fields[leaf.field].type;
  if (rename) {
    auto [entry, isNew] = ranks.try_emplace(leaf, ranks.size());
    uint64_t hash = mix(mix(mix(5, entry->second), uint64_t(type.kind) << 8 | type.width), uint64_t(leaf.field));
    return namesReads ? mix(hash, uint64_t(leaf.read)) : hash;
  }
  uint64_t hash = mix(mix(6, uint64_t(leaf.field)), uint64_t(leaf.record));
  for (int64_t index : leaf.index)
    hash = mix(hash, uint64_t(index));
  return hash;
}

Symbol Walk::read(NodeId id) {
  const Node &node = format.nodes[id];
  const Field &field = format.fields[node.imm];
  const Stream &stream = format.streams[field.stream];
  Leaf leaf{int32_t(node.imm), stream.isRecord ? record : 0, {}, id};
  bool allKnown = true;
  uint64_t hash = mix(7, uint64_t(node.imm));
  std::vector<Symbol> indices;
  for (NodeId arg : node.args) {
    indices.push_back(walk(arg));
    allKnown &= indices.back().known;
    hash = mix(hash, indices.back().hash);
    leaf.index.push_back(indices.back().value);
  }
  if (opaqueReads.count(id)) { // once its index has no open leaves
    reached = stamps.size() - 1;
    return open ? unknown(hash) : known(0);
  }
  if (takesDefault(stream) && stream.field == node.imm) {
    uint64_t outer = scope;
    scope = ++scopeCount;
    for (size_t axis = 0; axis < stream.defaultVars.size() && axis < indices.size(); ++axis)
      variables[stream.defaultVars[axis]] = indices[axis];
    Symbol result = walk(stream.defaultValue);
    for (VarId var : stream.defaultVars)
      variables[var].reset();
    scope = outer;
    return result;
  }
  if (!allKnown)
    return unknown(hash);
  if (readers)
    (*readers)[leaf].insert(id);
  auto value = assigned.find(leaf);
  if (value != assigned.end()) {
    reached = std::max(reached, value->second.level);
    return known(fieldValue(field.type, value->second.code));
  }
  if (!open)
    open = leaf;
  return unknown(leafHash(leaf));
}

Symbol Walk::tableRead(const Node &node) {
  const Table &table = format.tables[node.imm];
  uint64_t hash = mix(8, uint64_t(node.imm));
  bool allKnown = true, inside = true;
  int64_t position = 0;
  for (size_t axis = 0; axis < node.args.size(); ++axis) {
    Symbol index = walk(node.args[axis]);
    hash = mix(hash, index.hash);
    allKnown &= index.known;
    inside &= index.value >= 0 && index.value < table.extents[axis];
    position = position * table.extents[axis] + index.value;
  }
  if (!allKnown)
    return unknown(hash);
  if (!inside || size_t(position) >= table.values.size())
    return known(0);
  return known(table.isFloat() ? int64_t(table.values[position]) : int64_t(int32_t(table.values[position])));
}

/// Folds over the values of the loop's variable; symbols stay symbols, and what is found by comparing is one.
Symbol Walk::loop(const Node &node) {
  if (node.imm > 4096)
    return unknown(mix(9, ++longLoops)); // not gone through: at no two positions the same
  uint64_t outer = scope, hash = mix(mix(10, uint64_t(node.op)), uint64_t(node.imm));
  int64_t total = 0;
  bool allKnown = node.op != Op::ArgMin && node.op != Op::Search, overflow = false;
  for (int64_t value = 0; value < node.imm; ++value) {
    scope = ++scopeCount;
    variables[node.var] = known(value);
    Symbol term = walk(node.a);
    allKnown &= term.known;
    hash = mix(hash, term.hash);
    total = foldTerm(node.op, node.type, value == 0, total, term.value, overflow);
  }
  variables[node.var].reset();
  scope = outer;
  return allKnown ? known(total) : unknown(hash);
}

Symbol Walk::splitAt(const Node &node) {
  Symbol value = walk(node.a);
  bool allKnown = value.known;
  size_t branch = 0;
  int64_t start = 0;
  uint64_t hash = mix(11, value.hash);
  for (size_t cut = 0; cut < node.cuts.size(); ++cut) {
    Symbol at = walk(node.cuts[cut]);
    allKnown &= at.known;
    hash = mix(hash, at.hash);
    if (value.value >= at.value)
      branch = cut + 1, start = at.value;
  }
  uint64_t outer = scope;
  scope = ++scopeCount;
  Symbol result;
  if (allKnown) {
    variables[node.vars[branch]] = known(value.value - start);
    result = walk(node.args[branch]);
    variables[node.vars[branch]].reset();
  } else {
    for (size_t each = 0; each < node.args.size(); ++each) {
      variables[node.vars[each]] = unknown(mix(mix(12, value.hash), each));
      hash = mix(hash, walk(node.args[each]).hash);
      variables[node.vars[each]].reset();
    }
    result = unknown(hash);
  }
  scope = outer;
  return result;
}

/// The ranges are data: which one is taken is a symbol of the split value. A branch that does not care gives its value.
Symbol Walk::splitByStored(NodeId id) {
  const Node &node = format.nodes[id];
  Symbol value = walk(node.a);
  uint64_t outer = scope, hash = mix(mix(13, uint64_t(node.imm)), rename && value.known ? 0 : value.hash);
  scope = ++scopeCount;
  for (size_t var = 0; var < node.vars.size(); ++var)
    variables[node.vars[var]] = unknown(mix(mix(14, hash), var));
  bool same = true;
  std::optional<Symbol> first;
  for (NodeId branch : node.args) {
    Symbol each = walk(branch);
    hash = mix(hash, each.hash);
    first = first ? first : each;
    same &= each.known && each.value == first->value;
  }
  for (VarId var : node.vars)
    variables[var].reset();
  scope = outer;
  return same ? *first : unknown(hash);
}

Symbol Walk::operation(const Node &node) {
  Symbol a = walk(node.a);
  if (node.op == Op::Select && a.known)
    return walk(a.value != 0 ? node.b : node.c);
  Symbol b = node.b >= 0 ? walk(node.b) : known(0);
  Symbol c = node.c >= 0 ? walk(node.c) : known(0);
  if (a.known && b.known && c.known)
    return known(applyOperation(format, node, a.value, b.value, c.value));
  uint64_t hash = mix(mix(15, uint64_t(node.op)), uint64_t(node.imm));
  return unknown(mix(mix(mix(hash, a.hash), b.hash), c.hash));
}

} // namespace quoin::normal

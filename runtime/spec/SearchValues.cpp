#include "runtime/spec/SearchValues.h"

#include "runtime/spec/Arithmetic.h"
#include "runtime/spec/Ops.h"

#include <algorithm>

namespace quoin::spec {

SearchValues::SearchValues(Evaluator &evaluator, const EncodeRule &rule, std::function<void(uint32_t)> write)
    : e(evaluator), format(evaluator.format), rule(rule), write(std::move(write)),
      dependsOnCode(evaluator.format.nodes.size()), joinsStored(evaluator.format.nodes.size()) {
  int width = 0;
  for (int32_t field : rule.fields)
    width += format.fields[field].type.width;
  values.resize(size_t(1) << width);
  result.resize(values.size());
  for (size_t id = 0; id < format.nodes.size(); ++id) {
    const Node &node = format.nodes[id];
    bool depends = false, joins = false;
    auto take = [&](NodeId operand) {
      depends |= operand >= 0 && dependsOnCode[operand];
      joins |= operand >= 0 && (dependsOnCode[operand] ? joinsStored[operand] : e.readsContents(operand));
    };
    for (NodeId operand : {node.a, node.b, node.c})
      take(operand);
    for (const auto *list : {&node.args, &node.cuts})
      for (NodeId operand : *list)
        take(operand);
    bool readsField = node.op == Op::Read || node.op == Op::SplitBy || node.op == Op::SplitAll;
    depends |= readsField && (isSearched(node.imm) || !isStable(int32_t(node.imm)));
    dependsOnCode[id] = depends;
    joinsStored[id] = depends && joins;
  }
}

bool SearchValues::isSearched(int64_t field) const {
  return std::find(rule.fields.begin(), rule.fields.end(), field) != rule.fields.end();
}

/// Whether the searched code cannot change what a field reads: other bits, found without reading anything.
bool SearchValues::isStable(int32_t field) const {
  const Field &other = format.fields[field];
  for (int32_t id : rule.fields)
    if (format.fields[id].stream == other.stream && !format.streams[other.stream].isRecord)
      return false;
  for (const Slice &slice : other.slices)
    if (e.readsContents(slice.offset))
      return false;
  return !format.streams[other.stream].optional || !e.readsContents(format.streams[other.stream].defaultValue);
}

/// Operations that are applied to all codes in a loop: stored values are joined with one operand that depends on the
/// code, and none can fail.
bool SearchValues::isLaneOperation(NodeId id) const {
  const Node &node = format.nodes[id];
  if (!joinsStored[id] || (!isUnary(node.op) && !isBinary(node.op) && node.op != Op::Round))
    return false;
  bool a = dependsOnCode[node.a], b = node.b >= 0 && dependsOnCode[node.b];
  return a != b && format.nodes[node.a].type != ValueType::Index;
}

void SearchValues::apply(const Node &node, int64_t scalar, bool laneFirst) {
  bool isFloat = node.type == ValueType::F32 && format.nodes[node.a].type == ValueType::F32;
  float other = asFloat(scalar);
  auto each = [&](auto operation) {
    for (int64_t &value : values)
      if (value != noValue)
        value = operation(value);
  };
  // The common ones by themselves; anything else by the evaluator's own definition.
  if (node.op == Op::Mul && isFloat)
    each([&](int64_t v) { return fromFloat(laneFirst ? asFloat(v) * other : other * asFloat(v)); });
  else if (node.op == Op::Add && isFloat)
    each([&](int64_t v) { return fromFloat(laneFirst ? asFloat(v) + other : other + asFloat(v)); });
  else if (node.op == Op::Sub && isFloat)
    each([&](int64_t v) { return fromFloat(laneFirst ? asFloat(v) - other : other - asFloat(v)); });
  else if (node.op == Op::ToF32)
    each([&](int64_t v) { return fromFloat(float(v)); });
  else
    each([&](int64_t v) { return laneFirst ? e.arithmetic(node, v, scalar) : e.arithmetic(node, scalar, v); });
}

void SearchValues::operation(const Node &node) {
  bool laneFirst = dependsOnCode[node.a];
  NodeId other = laneFirst ? node.b : node.a;
  int64_t scalar = other >= 0 ? e.eval(other) : 0;
  if (e.failed()) { // it fails for every code
    (void)e.takeFailure();
    std::fill(values.begin(), values.end(), noValue);
    return;
  }
  lanes(laneFirst ? node.a : node.b);
  apply(node, scalar, laneFirst);
}

void SearchValues::constantLanes(NodeId node) {
  int64_t value = e.eval(node);
  std::fill(values.begin(), values.end(), e.failed() ? noValue : value);
  if (e.failed())
    (void)e.takeFailure();
}

/// Sets `values` to those of a node of type i32 or f32.
void SearchValues::lanes(NodeId id) {
  const Node &node = format.nodes[id];
  if (!dependsOnCode[id])
    return constantLanes(id);
  if (isLaneOperation(id))
    return operation(node);
  bool plainSplit = node.op == Op::SplitAt && !dependsOnCode[node.a];
  for (NodeId cut : node.cuts)
    plainSplit &= !dependsOnCode[cut];
  if (plainSplit)
    if (NodeId branch = e.enterSplit(node); branch >= 0)
      return lanes(branch);
  coreLanes(id);
}

SearchValues::Core SearchValues::makeCore(NodeId node) const {
  Core core;
  std::vector<bool> seen(format.nodes.size());
  collect(node, core, seen);
  return core;
}

/// Finds what enters a node that depends on the code.
void SearchValues::collect(NodeId id, Core &core, std::vector<bool> &seen) const {
  if (id < 0 || seen[id])
    return;
  seen[id] = true;
  const Node &node = format.nodes[id];
  if (!dependsOnCode[id]) {
    if (node.op != Op::Int && node.op != Op::Float)
      core.inputs.push_back(id);
    return;
  }
  // Binders evaluate inputs under variables of their own; they are left to plain evaluation.
  core.cacheable &= !isLoop(node.op) && !isSplit(node.op);
  bool argsDepend = false;
  for (NodeId arg : node.args)
    argsDepend |= dependsOnCode[arg];
  if (node.op == Op::Read && isSearched(node.imm)) {
    core.cacheable &= !argsDepend;
    core.searched.push_back(id);
    return;
  }
  // A field looked up by the code is fixed while planar fields are; one in the record is not.
  if (node.op == Op::Read)
    core.cacheable &= !format.streams[format.fields[node.imm].stream].isRecord && isStable(int32_t(node.imm));
  core.cacheable &= node.op != Op::Temp && node.op != Op::Weight;
  for (NodeId operand : {node.a, node.b, node.c})
    collect(operand, core, seen);
  for (NodeId arg : node.args)
    collect(arg, core, seen);
}

/// Everything beside the code that decides a core's values; false where it has none.
bool SearchValues::signature(const Core &core, std::vector<int64_t> &key) {
  for (NodeId input : core.inputs)
    key.push_back(e.eval(input));
  for (NodeId read : core.searched) {
    const Node &node = format.nodes[read];
    std::vector<int64_t> index;
    for (NodeId arg : node.args)
      index.push_back(e.eval(arg));
    int64_t linear = e.failed() ? -1 : e.linearPosition(int32_t(node.imm), index);
    key.push_back(linear == place);
    if (linear != place && !e.failed())
      key.push_back(e.readField(int32_t(node.imm), index));
  }
  if (!e.failed())
    return true;
  (void)e.takeFailure();
  return false;
}

void SearchValues::coreLanes(NodeId id) {
  auto found = cores.find(id);
  if (found == cores.end())
    found = cores.emplace(id, makeCore(id)).first;
  Core &core = found->second;
  std::vector<int64_t> key;
  bool keyed = core.cacheable && signature(core, key);
  if (keyed)
    if (auto hit = core.known.find(key); hit != core.known.end()) {
      values = *hit->second;
      return;
    }
  for (size_t code = 0; code < values.size(); ++code) {
    write(uint32_t(code));
    values[code] = e.eval(id);
    if (e.failed()) { // a code without a value never wins
      (void)e.takeFailure();
      values[code] = noValue;
    }
  }
  constexpr size_t most = size_t(1) << 23; // values kept
  if (!keyed)
    return;
  if ((remembered += values.size()) > most) {
    for (auto &[node, other] : cores)
      other.known.clear();
    remembered = values.size();
  }
  core.known.emplace(std::move(key), std::make_shared<const std::vector<int64_t>>(values));
}

const std::vector<float> &SearchValues::at(int64_t searchedPlace) {
  place = searchedPlace;
  lanes(format.decodeValue);
  for (size_t code = 0; code < values.size(); ++code)
    result[code] = values[code] == noValue ? std::numeric_limits<float>::quiet_NaN() : asFloat(values[code]);
  return result;
}

} // namespace quoin::spec

#include "runtime/spec/Scope.h"

#include "runtime/spec/Check.h"
#include "runtime/spec/Ops.h"

#include <algorithm>

namespace quoin::spec {

namespace {
using Vars = std::vector<VarId>; // sorted

/// What is known of an expression without evaluating it.
struct Facts {
  Vars free;
  Vars inner;              ///< bound by loops and splits inside
  int64_t loops = 1;       ///< product of nested loop extents
  bool reads = false;      ///< reads stored fields
  bool encodeOnly = false; ///< weights, temps, loops of variable extent
};

class ScopeChecker {
public:
  explicit ScopeChecker(const Format &format) : format(format), facts(format.nodes.size()) {}
  Result<void> run();

private:
  Result<void> bindOnce();
  Result<void> bind(const Vars &vars);
  Result<void> collect(NodeId id);
  Result<void> checkRoot(NodeId root, Vars allowed, const std::string &what, bool inEncode);
  Result<void> checkFields();
  Result<void> checkEncode();
  Result<int> nodeDepth(NodeId id, int level);
  Result<int> fieldDepth(int32_t id, int level);

  const Format &format;
  std::vector<Facts> facts;
  std::vector<bool> bound;
  std::vector<int> nodeDepths, fieldDepths; ///< 0: not visited, -1: being visited
};
} // namespace

static constexpr int64_t maxSteps = int64_t(1) << 24;
static constexpr size_t maxFree = 48, maxInner = 256;

/// Declared binders (decode, fields, defaults, rules) share no variables, with each other or with loops and splits. Of
/// those, several nodes may share one: an expression that was rewritten stands beside its original. Nested they may
/// not.
Result<void> ScopeChecker::bind(const Vars &vars) {
  for (VarId var : vars) {
    if (bound[var])
      return fail("variable \"" + format.vars[var] + "\" is bound twice");
    bound[var] = true;
  }
  return {};
}

Result<void> ScopeChecker::bindOnce() {
  bound.assign(format.vars.size(), false);
  std::vector<Vars> binders = {format.decodeVars};
  for (const Field &field : format.fields) {
    binders.push_back(field.indices);
    if (field.bitVar >= 0)
      binders.push_back({field.bitVar});
  }
  for (const Stream &stream : format.streams)
    binders.push_back(stream.optional ? stream.defaultVars : Vars());
  for (const EncodeRule &rule : format.encode)
    binders.push_back(rule.vars);
  for (const Vars &vars : binders)
    if (auto ok = bind(vars); !ok)
      return ok;
  for (const Node &node : format.nodes) {
    Vars vars = node.vars;
    if (isLoop(node.op))
      vars.push_back(node.var);
    for (size_t i = 0; i < vars.size(); ++i)
      if (bound[vars[i]] || std::find(vars.begin(), vars.begin() + i, vars[i]) != vars.begin() + i)
        return fail("variable \"" + format.vars[vars[i]] + "\" is bound twice");
  }
  return {};
}

static void merge(Vars &into, const Vars &from) {
  Vars merged;
  std::set_union(into.begin(), into.end(), from.begin(), from.end(), std::back_inserter(merged));
  into = std::move(merged);
}

static void remove(Vars &from, VarId var) {
  auto found = std::lower_bound(from.begin(), from.end(), var);
  if (found != from.end() && *found == var)
    from.erase(found);
}

Result<void> ScopeChecker::collect(NodeId id) {
  const Node &node = format.nodes[id];
  Facts &own = facts[id];
  bool nested = false;
  auto take = [&](NodeId operand, VarId binds) {
    if (operand < 0)
      return;
    const Facts &other = facts[operand];
    Vars free = other.free;
    remove(free, binds);
    merge(own.free, free);
    merge(own.inner, other.inner);
    nested |= std::binary_search(other.inner.begin(), other.inner.end(), binds);
    own.loops = std::max(own.loops, other.loops);
    own.reads |= other.reads;
    own.encodeOnly |= other.encodeOnly;
  };
  take(node.a, isLoop(node.op) ? node.var : -1);
  take(node.b, -1);
  take(node.c, -1);
  for (NodeId cut : node.cuts)
    take(cut, -1);
  for (size_t i = 0; i < node.args.size(); ++i)
    take(node.args[i], node.op == Op::SplitAt || node.op == Op::SplitBy ? node.vars[i] : -1);
  if (node.op == Op::SplitAll)
    for (VarId var : node.vars) {
      remove(own.free, var);
      nested |= std::binary_search(own.inner.begin(), own.inner.end(), var);
    }
  if (nested)
    return fail("a loop or split binds a variable that one inside it binds too");
  Vars binds = isLoop(node.op) ? Vars{node.var} : isSplit(node.op) ? node.vars : Vars();
  std::sort(binds.begin(), binds.end());
  merge(own.inner, binds);
  if (node.op == Op::Var)
    own.free = {VarId(node.imm)};
  own.reads |= node.op == Op::Read || node.op == Op::SplitBy || node.op == Op::SplitAll;
  own.encodeOnly |= node.op == Op::Weight || node.op == Op::Temp || (isLoop(node.op) && node.b >= 0);
  if (isLoop(node.op) && node.b < 0 && __builtin_mul_overflow(own.loops, std::max<int64_t>(node.imm, 1), &own.loops))
    own.loops = INT64_MAX;
  if (own.free.size() > maxFree || own.inner.size() > maxInner)
    return fail("an expression uses more than " + std::to_string(maxFree) + " variables or has more than " +
                std::to_string(maxInner) + " loops");
  return {};
}

Result<void> ScopeChecker::checkRoot(NodeId root, Vars allowed, const std::string &what, bool inEncode) {
  const Facts &known = facts[root];
  std::sort(allowed.begin(), allowed.end());
  for (VarId var : known.free)
    if (!std::binary_search(allowed.begin(), allowed.end(), var))
      return fail("variable \"" + format.vars[var] + "\" is used in " + what + ", where it is not bound");
  if (known.encodeOnly && !inEncode)
    return fail(what + " uses weights, temps or a loop of variable length", "these are for encode rules");
  if (!inEncode && known.loops > maxSteps)
    return fail("nested loops in " + what + " run over more than 2^24 steps");
  auto depth = nodeDepth(root, 0);
  return depth ? Result<void>() : std::unexpected(depth.error());
}

static std::unexpected<Error> tooDeep() {
  return fail("an expression nests deeper than " + std::to_string(maxNesting) + " operations");
}

Result<int> ScopeChecker::fieldDepth(int32_t id, int level) {
  const Field &field = format.fields[id];
  if (fieldDepths[id] < 0)
    return fail("field \"" + field.name + "\" reads itself");
  if (fieldDepths[id] > 0)
    return fieldDepths[id];
  fieldDepths[id] = -1;
  std::vector<NodeId> inner;
  for (const Slice &slice : field.slices)
    inner.push_back(slice.offset);
  if (format.streams[field.stream].optional)
    inner.push_back(format.streams[field.stream].defaultValue);
  int deepest = 0;
  for (NodeId node : inner) {
    auto depth = nodeDepth(node, level + 1);
    if (!depth)
      return depth;
    deepest = std::max(deepest, *depth);
  }
  return fieldDepths[id] = deepest + 1;
}

/// Nesting of an expression, through the fields it reads; `level` is that of the walk, so that it is bounded too.
Result<int> ScopeChecker::nodeDepth(NodeId id, int level) {
  if (nodeDepths[id] > 0)
    return level + nodeDepths[id] > maxNesting ? Result<int>(tooDeep()) : nodeDepths[id];
  if (level >= maxNesting)
    return tooDeep();
  const Node &node = format.nodes[id];
  int deepest = 0;
  std::vector<NodeId> operands = node.args;
  operands.insert(operands.end(), node.cuts.begin(), node.cuts.end());
  operands.insert(operands.end(), {node.a, node.b, node.c});
  for (NodeId operand : operands) {
    if (operand < 0)
      continue;
    auto depth = nodeDepth(operand, level + 1);
    if (!depth)
      return depth;
    deepest = std::max(deepest, *depth);
  }
  if (node.op == Op::Read || node.op == Op::SplitBy || node.op == Op::SplitAll) {
    auto depth = fieldDepth(int32_t(node.imm), level + 1);
    if (!depth)
      return depth;
    deepest = std::max(deepest, *depth);
  }
  return nodeDepths[id] = deepest + 1;
}

Result<void> ScopeChecker::checkFields() {
  for (const Stream &stream : format.streams) {
    for (NodeId id : stream.extents)
      if (auto ok = checkRoot(id, {}, "an extent of stream \"" + stream.name + "\"", false); !ok)
        return ok;
    if (stream.optional)
      if (auto ok = checkRoot(stream.defaultValue, stream.defaultVars, "the default of \"" + stream.name + "\"", false);
          !ok)
        return ok;
  }
  for (const Field &field : format.fields) {
    for (NodeId id : field.extents)
      if (auto ok = checkRoot(id, {}, "an extent of field \"" + field.name + "\"", false); !ok)
        return ok;
    Vars allowed = field.indices;
    if (field.bitVar >= 0)
      allowed.push_back(field.bitVar);
    for (const Slice &slice : field.slices)
      if (auto ok = checkRoot(slice.offset, allowed, "an offset of field \"" + field.name + "\"", false); !ok)
        return ok;
  }
  return {};
}

Result<void> ScopeChecker::checkEncode() {
  for (size_t i = 0; i < format.encode.size(); ++i) {
    const EncodeRule &rule = format.encode[i];
    std::string what = "encode rule " + std::to_string(i);
    for (NodeId id : rule.extents)
      if (auto ok = checkRoot(id, {}, what, false); !ok)
        return ok;
    if (rule.kind != EncodeRule::Kind::Search)
      if (auto ok = checkRoot(rule.value, rule.vars, what, true); !ok)
        return ok;
  }
  // A temp is read by rules after it: its Temp node names a rule whose value precedes the node, and rules are ordered.
  return {};
}

Result<void> ScopeChecker::run() {
  if (auto ok = bindOnce(); !ok)
    return ok;
  for (size_t id = 0; id < format.nodes.size(); ++id)
    if (auto ok = collect(NodeId(id)); !ok)
      return ok;
  nodeDepths.assign(format.nodes.size(), 0);
  fieldDepths.assign(format.fields.size(), 0);
  if (auto ok = checkFields(); !ok)
    return ok;
  for (NodeId id : format.requirements) {
    if (facts[id].reads)
      return fail("a requirement reads stored contents", "it is about N, K and parameters");
    if (auto ok = checkRoot(id, {}, "a requirement", false); !ok)
      return ok;
  }
  if (auto ok = checkRoot(format.decodeValue, format.decodeVars, "decode", false); !ok)
    return ok;
  // Nodes no one refers to yet may still be evaluated.
  for (size_t id = 0; id < format.nodes.size(); ++id)
    if (auto depth = nodeDepth(NodeId(id), 0); !depth)
      return std::unexpected(depth.error());
  return checkEncode();
}

Result<void> checkScopes(const Format &format) { return ScopeChecker(format).run(); }

} // namespace quoin::spec

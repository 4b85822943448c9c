#include "dialect/normal/Decompose.h"

#include "dialect/normal/Range.h"
#include "runtime/spec/Arithmetic.h"
#include "runtime/spec/Ops.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace quoin::normal {

using namespace quoin::spec;

/// A sum of more terms than this is no kernel's business.
static constexpr size_t maxMonomials = 64;
/// A product of more is taken for no product of coefficients and a code: no format has as many.
static constexpr size_t maxFactors = 64;
/// Codes of more elements than this that share stored bits are no short vectors.
static constexpr int64_t maxVector = 16;

std::optional<Polynomial> Decomposer::failure(std::string reason) {
  if (why.empty())
    why = std::move(reason);
  return std::nullopt;
}

static void collectFields(const Format &format, NodeId id, std::set<NodeId> &seen, std::vector<std::string> &names) {
  if (id < 0 || !seen.insert(id).second)
    return;
  const Node &node = format.nodes[id];
  for (NodeId operand : {node.a, node.b, node.c})
    collectFields(format, operand, seen, names);
  for (const auto *list : {&node.args, &node.cuts})
    for (NodeId operand : *list)
      collectFields(format, operand, seen, names);
  if (node.op != Op::Read)
    return;
  std::string name = "\"" + format.fields[node.imm].name + "\"";
  if (std::find(names.begin(), names.end(), name) == names.end())
    names.push_back(name);
}

std::string Decomposer::fieldNames(NodeId id) const {
  std::set<NodeId> seen;
  std::vector<std::string> names;
  collectFields(format, id, seen, names);
  std::string result;
  for (size_t i = 0; i < names.size(); ++i)
    result += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
  return result.empty() ? "a position" : result;
}

const CodeFacts &Decomposer::code(NodeId id) {
  auto known = codes.find(id);
  if (known == codes.end())
    known = codes.emplace(id, enumerateCode(scan, id)).first;
  return known->second;
}

/// The terms hold over the reals: where integers might wrap they are floats.
NodeId Decomposer::combined(Op op, NodeId a, NodeId b) {
  NodeId node = *builder.binary(op, a, b);
  if (format.nodes[node].type != ValueType::I32 || integerRange(format, node))
    return node;
  return *builder.binary(op, *builder.convert(a, ValueType::F32), b);
}

NodeId Decomposer::product(NodeId a, NodeId b) { return combined(Op::Mul, a, b); }
NodeId Decomposer::sum(NodeId a, NodeId b) { return combined(Op::Add, a, b); }

NodeId Decomposer::scaled(NodeId a, double factor) {
  if (factor == 1)
    return a;
  if (factor == -1)
    return *builder.unary(Op::Neg, a);
  if (format.nodes[a].type != ValueType::F32 && factor == std::nearbyint(factor) && std::fabs(factor) < 1 << 24)
    return product(a, builder.intConst(int64_t(factor), format.nodes[a].type));
  return product(a, builder.floatConst(float(factor)));
}

/// Reads below the node that stay the same for neighbours. Reads inside binders count as element bits until expanded.
bool Decomposer::readsGroupBits(NodeId id) {
  std::set<NodeId> seen;
  std::vector<NodeId> pending = {id};
  while (!pending.empty()) {
    NodeId each = pending.back();
    pending.pop_back();
    if (each < 0 || !seen.insert(each).second)
      continue;
    const Node &node = format.nodes[each];
    if (node.op == Op::Read && !scan.walk().isScoped(each)) {
      const Scan::Facts &facts = scan.facts(each);
      if (facts.stored && facts.perGroup())
        return true;
    }
    pending.insert(pending.end(), {node.a, node.b, node.c});
    pending.insert(pending.end(), node.args.begin(), node.args.end());
    pending.insert(pending.end(), node.cuts.begin(), node.cuts.end());
  }
  return false;
}

/// Is a factor or a summand made of N and K alone? Such are coefficients: as part of a code they would be of one shape.
bool Decomposer::meetsShape(NodeId id) {
  if (id < 0 || !scan.walk().followsShape(id))
    return false;
  const Scan::Facts facts = scan.facts(id);
  if (facts.perGroup() && !facts.stored)
    return true;
  const Node node = format.nodes[id];
  switch (node.op) {
  case Op::Add:
  case Op::Sub:
  case Op::Mul:
  case Op::Div:
  case Op::Ldexp:
  case Op::Neg:
  case Op::ToF32:
    return meetsShape(node.a) || meetsShape(node.b);
  case Op::Select:
    return meetsShape(node.a) || meetsShape(node.b) || meetsShape(node.c);
  default:
    return false;
  }
}

std::optional<Polynomial> Decomposer::decompose(NodeId id) {
  const Scan::Facts facts = scan.facts(id);
  const Node &node = format.nodes[id];
  if (facts.constant) {
    double value = node.type == ValueType::F32 ? double(asFloat(facts.value)) : double(facts.value);
    if (value == 0)
      return Polynomial{};
    if (std::isfinite(value))
      return Polynomial{{.constant = value}};
  }
  if (facts.perGroup())
    return Polynomial{{.group = {id}}};
  return readsGroupBits(id) || meetsShape(id) ? mixed(id) : elementOnly(id);
}

/// Integer arithmetic that cannot wrap is arithmetic over the reals.
bool Decomposer::isLinearInteger(const Node &node) {
  NodeId id = NodeId(&node - format.nodes.data());
  return node.type == ValueType::F32 || integerRange(format, id).has_value();
}

std::optional<Polynomial> Decomposer::elementOnly(NodeId id) {
  const Node node = format.nodes[id];
  bool isSum = node.op == Op::Add || node.op == Op::Sub;
  // Offsets are peeled off, they become zeros; conversions do nothing over the reals.
  bool peel = isSum && (scan.facts(node.a).constant || scan.facts(node.b).constant);
  peel |= node.op == Op::ToF32 || node.op == Op::Neg;
  peel |=
      node.op == Op::Mul && node.type == ValueType::F32 && (scan.facts(node.a).constant || scan.facts(node.b).constant);
  bool isLinear = false;
  if (peel && isLinearInteger(format.nodes[id]))
    if (auto result = linear(id, isLinear); result && isLinear)
      return result;
  const CodeFacts &facts = code(id);
  bool isSplit = node.op == Op::SplitAll || node.op == Op::SplitBy;
  bool separate =
      facts.failure.empty() && facts.storedTable && facts.bits > 8 && (isSum || isSplit || node.op == Op::Sum);
  if (!facts.failure.empty() || separate) {
    std::string kept = std::exchange(why, "");
    auto result = linear(id, isLinear);
    if (isLinear && result) {
      why = kept;
      return result;
    }
    if (!kept.empty())
      why = kept;
  }
  return atomic(id);
}

std::optional<Polynomial> Decomposer::atomic(NodeId id) {
  const CodeFacts &facts = code(id);
  if (!facts.failure.empty())
    return failure("a value made of " + fieldNames(id) + " " + facts.failure);
  if (facts.vectorLength > maxVector)
    return failure(std::to_string(facts.vectorLength) + " neighbours share stored bits of " + fieldNames(id) +
                   " other than by a sum or a product");
  return Polynomial{{.element = id}};
}

std::optional<Polynomial> Decomposer::mixed(NodeId id) {
  bool isLinear = false;
  if (isLinearInteger(format.nodes[id])) {
    auto result = linear(id, isLinear);
    if (isLinear && result)
      return result;
    // A sum of shared and own bits that does not separate may still be a code of few bits.
    if (isLinear && (!code(id).failure.empty() || code(id).vectorLength > maxVector))
      return std::nullopt;
  }
  if (holdsRounding(id))
    if (auto result = rounded(id))
      return result;
  auto result = atomic(id);
  if (result)
    why.clear();
  return result;
}

/// Distributes over the operations that are linear over the reals. `isLinear` says whether this was one.
std::optional<Polynomial> Decomposer::linear(NodeId id, bool &isLinear) {
  const Node node = format.nodes[id];
  isLinear = true;
  switch (node.op) {
  case Op::ToF32:
  case Op::ToIndex:
    return decompose(node.a);
  case Op::ToI32:
    if (format.nodes[node.a].type == ValueType::F32)
      break;
    return decompose(node.a);
  case Op::Neg: {
    auto a = decompose(node.a);
    return a ? multiply(*a, {{.constant = -1}}) : a;
  }
  case Op::Add:
    return add(node.a, node.b, 1);
  case Op::Sub:
    return add(node.a, node.b, -1);
  case Op::Mul: {
    auto a = decompose(node.a);
    auto b = a ? decompose(node.b) : a;
    return b ? multiply(*a, *b) : b;
  }
  case Op::Div:
    return divide(id);
  case Op::Ldexp:
    return loadExponent(id);
  case Op::Shl: {
    const Scan::Facts facts = scan.facts(node.b);
    if (!facts.constant || facts.value < 0 || facts.value > 31)
      break;
    auto a = decompose(node.a);
    return a ? multiply(*a, {{.constant = std::ldexp(1.0, int(facts.value))}}) : a;
  }
  case Op::Sum:
    return sumLoop(id);
  case Op::Select:
    return select(id);
  case Op::SplitAt:
    return splitAt(id);
  case Op::SplitBy:
  case Op::SplitAll:
    return splitByStored(id);
  default:
    break;
  }
  isLinear = false;
  return std::nullopt;
}

std::optional<Polynomial> Decomposer::add(NodeId a, NodeId b, double sign) {
  auto left = decompose(a);
  auto right = left ? decompose(b) : left;
  if (!right)
    return right;
  for (Monomial monomial : *right) {
    monomial.constant *= sign;
    left->push_back(monomial);
  }
  return left->size() > maxMonomials ? failure("the value is a sum of more than 64 products") : left;
}

std::optional<Polynomial> Decomposer::multiply(const Polynomial &a, const Polynomial &b) {
  Polynomial result;
  if (a.size() * b.size() > maxMonomials)
    return failure("the value is a sum of more than 64 products");
  for (const Monomial &left : a)
    for (const Monomial &right : b) {
      Monomial both = left;
      both.constant *= right.constant;
      both.group.insert(both.group.end(), right.group.begin(), right.group.end());
      if (both.group.size() > maxFactors)
        return failure("the value is a product of more than 64 factors");
      both.rounded |= right.rounded;
      if (both.element < 0)
        both.element = right.element;
      else if (right.element >= 0)
        both.element = product(both.element, right.element);
      result.push_back(std::move(both));
    }
  return result;
}

/// What scales all products meets a coefficient of each, if there is a real one: 1 / b or 2^b alone may be out of
/// range.
Polynomial Decomposer::scaleEach(Polynomial products, const std::function<NodeId(NodeId)> &scaleOne) {
  for (Monomial &monomial : products) {
    auto real = std::ranges::find_if(monomial.group, [&](NodeId factor) {
      return format.nodes[factor].type == ValueType::F32 && !scan.facts(factor).constant;
    });
    if (real != monomial.group.end())
      *real = scaleOne(*real);
    else
      monomial.group.push_back(scaleOne(builder.floatConst(1)));
  }
  return products;
}

std::optional<Polynomial> Decomposer::divide(NodeId id) {
  const Node node = format.nodes[id];
  const Scan::Facts divisor = scan.facts(node.b);
  if (!divisor.perGroup())
    return failure("a quotient by " + fieldNames(node.b) + " differs for every element");
  auto a = decompose(node.a);
  if (a && divisor.constant)
    return multiply(*a, {{.constant = double(1 / asFloat(divisor.value))}});
  return a ? Result(scaleEach(*a, [&](NodeId one) { return *builder.binary(Op::Div, one, node.b); })) : a;
}

std::optional<Polynomial> Decomposer::loadExponent(NodeId id) {
  const Node node = format.nodes[id];
  const Scan::Facts exponent = scan.facts(node.b);
  if (!exponent.perGroup())
    return failure("an exponent made of " + fieldNames(node.b) + " differs for every element");
  auto a = decompose(node.a);
  if (a && exponent.constant)
    return multiply(*a, {{.constant = std::ldexp(1.0, int(exponent.value))}});
  return a ? Result(scaleEach(*a, [&](NodeId one) { return *builder.binary(Op::Ldexp, one, node.b); })) : a;
}

std::optional<Polynomial> Decomposer::sumLoop(NodeId id) {
  const Node node = format.nodes[id];
  if (node.imm > int64_t(maxMonomials))
    return failure("the value is a sum of more than 64 products");
  Polynomial result;
  for (int64_t value = 0; value < node.imm; ++value) {
    auto term = decompose(substitute(format, builder, node.a, {{node.var, builder.intConst(value)}}));
    if (!term)
      return term;
    result.insert(result.end(), term->begin(), term->end());
  }
  return result.size() > maxMonomials ? failure("the value is a sum of more than 64 products") : Result(result);
}

/// Is a round to an integer somewhere below, of a value that meets group bits?
bool Decomposer::holdsRounding(NodeId id) {
  if (scan.facts(id).perGroup())
    return false;
  const Node &node = format.nodes[id];
  if (node.op == Op::Round)
    return node.type == ValueType::I32 && readsGroupBits(id);
  bool inner = node.op == Op::Min || node.op == Op::Max || node.op == Op::ToF32 || node.op == Op::ToI32;
  for (NodeId operand : {node.a, node.b})
    if (inner && operand >= 0 && holdsRounding(operand))
      return true;
  return false;
}

std::optional<Polynomial> Decomposer::rounded(NodeId id) { return Polynomial{{.element = id, .rounded = true}}; }

} // namespace quoin::normal

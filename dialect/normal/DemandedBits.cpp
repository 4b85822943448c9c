#include "dialect/normal/DemandedBits.h"

#include <bit>

namespace quoin::normal {

using namespace quoin::spec;

namespace {

class Demand {
public:
  Demand(Walk &walk, NodeId id) : walk(walk), format(walk.formatWalked()), demanded(size_t(id) + 1) {
    demanded[id] = ~0u;
    for (; id >= 0; --id) // operands come before their users
      if (demanded[id] && !known(id))
        passOn(id);
  }

  std::vector<std::optional<uint32_t>> take() { return std::move(demanded); }

private:
  /// Values of binders' variables are many.
  std::optional<int64_t> known(NodeId id) {
    if (walk.isScoped(id))
      return std::nullopt;
    Symbol symbol = walk.walk(id);
    return symbol.known ? std::optional(symbol.value) : std::nullopt;
  }

  std::optional<uint32_t> knownWord(NodeId id) {
    auto value = known(id);
    return value && format.nodes[id].type == ValueType::I32 ? std::optional(uint32_t(*value)) : std::nullopt;
  }

  /// Bits of a word; of other values they are not told apart.
  void ask(NodeId id, uint32_t bits) {
    if (id >= 0)
      demanded[id] = demanded[id].value_or(0) | (format.nodes[id].type == ValueType::I32 ? bits : allOf(bits));
  }

  static uint32_t allOf(uint32_t bits) { return bits ? ~0u : 0; }

  void askAll(const std::vector<NodeId> &nodes, uint32_t bits) {
    for (NodeId id : nodes)
      ask(id, bits);
  }

  static uint32_t upToHighest(uint32_t bits) { return bits ? ~0u >> std::countl_zero(bits) : 0; }

  void passOn(NodeId id) {
    const Node &node = format.nodes[id];
    const uint32_t bits = *demanded[id], all = allOf(bits);
    if (node.type == ValueType::I32 && wordOperation(node, bits))
      return;
    switch (node.op) {
    case Op::Select:
      if (auto condition = known(node.a))
        return ask(*condition ? node.b : node.c, bits);
      ask(node.a, all), ask(node.b, bits), ask(node.c, bits);
      return;
    case Op::SplitAt:
    case Op::SplitBy:
    case Op::SplitAll:
      ask(node.a, all), askAll(node.cuts, all), askAll(node.args, bits);
      return;
    default:
      ask(node.a, all), ask(node.b, all), ask(node.c, all), askAll(node.args, all), askAll(node.cuts, all);
    }
  }

  /// Operations whose result's bits are made of some of their operands'.
  bool wordOperation(const Node &node, uint32_t bits) {
    switch (node.op) {
    case Op::And:
      ask(node.a, bits & knownWord(node.b).value_or(~0u)), ask(node.b, bits & knownWord(node.a).value_or(~0u));
      return true;
    case Op::Or:
      ask(node.a, bits & ~knownWord(node.b).value_or(0)), ask(node.b, bits & ~knownWord(node.a).value_or(0));
      return true;
    case Op::Xor:
    case Op::Not:
      ask(node.a, bits), ask(node.b, bits);
      return true;
    case Op::Add: // carries go up
    case Op::Sub:
    case Op::Mul:
    case Op::Neg:
    case Op::Sum:
      ask(node.a, upToHighest(bits)), ask(node.b, upToHighest(bits));
      return true;
    case Op::Bits:
      ask(node.a, bits);
      return true;
    default:
      return byConstant(node, bits);
    }
  }

  bool byConstant(const Node &node, uint32_t bits) {
    auto by = node.b >= 0 ? knownWord(node.b) : std::nullopt;
    if (!by)
      return false;
    bool isShift = node.op == Op::Shl || node.op == Op::Shr, isPower = std::has_single_bit(*by) && int32_t(*by) > 0;
    int power = std::countr_zero(*by);
    if (isShift)
      ask(node.a, *by >= 32 ? 0 : node.op == Op::Shl ? bits >> *by : bits << *by);
    else if (node.op == Op::Mod && isPower)
      ask(node.a, bits & (*by - 1));
    else if (node.op == Op::FloorDiv && isPower) // the sign fills up
      ask(node.a, bits << power | (power && bits >> (31 - power) ? 1u << 31 : 0));
    else
      return false;
    return true;
  }

  Walk &walk;
  const Format &format;
  std::vector<std::optional<uint32_t>> demanded;
};

} // namespace

std::vector<std::optional<uint32_t>> demandedBits(Walk &walk, NodeId id) { return Demand(walk, id).take(); }

uint32_t demandedCode(const ScalarType &type, uint32_t demanded) {
  uint32_t all = type.width >= 32 ? ~0u : (1u << type.width) - 1;
  if (type.kind == ScalarType::Kind::Float)
    return demanded ? all : 0;
  bool extends = type.kind == ScalarType::Kind::SInt && (demanded & ~all);
  return (demanded & all) | (extends ? 1u << (type.width - 1) : 0);
}

} // namespace quoin::normal

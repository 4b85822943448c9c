#include "runtime/spec/Print.h"

#include "runtime/spec/Arithmetic.h"
#include "runtime/spec/Ops.h"

#include <charconv>

namespace quoin::spec {

namespace {
class Printer {
public:
  Printer(const Format &format, size_t limit) : format(format), limit(limit) {}

  void print(NodeId id, int outer = 0);
  std::string text;

private:
  void infix(const Node &node, const char *symbol, int level, int outer);
  void call(std::string_view name, std::initializer_list<NodeId> operands);
  void read(const std::string &name, const Node &node);
  void round(const Node &node);
  void loop(const Node &node);
  void split(const Node &node);
  void literal(float value);

  const Format &format;
  const size_t limit;
};
} // namespace

void Printer::infix(const Node &node, const char *symbol, int level, int outer) {
  text += level < outer ? "(" : "";
  print(node.a, level);
  text += " " + std::string(symbol) + " ";
  print(node.b, level + 1);
  text += level < outer ? ")" : "";
}

void Printer::call(std::string_view name, std::initializer_list<NodeId> operands) {
  text += std::string(name) + "(";
  bool first = true;
  for (NodeId operand : operands) {
    if (operand < 0)
      continue;
    text += first ? "" : ", ";
    print(operand);
    first = false;
  }
  text += ")";
}

void Printer::read(const std::string &name, const Node &node) {
  text += name;
  for (size_t i = 0; i < node.args.size(); ++i) {
    text += i ? ", " : "[";
    print(node.args[i]);
  }
  text += node.args.empty() ? "" : "]";
}

void Printer::literal(float value) {
  char buffer[64];
  auto [end, error] = std::to_chars(buffer, buffer + sizeof(buffer), value);
  std::string digits(buffer, end);
  bool plain = digits.find_first_of(".en") == std::string::npos; // inf and nan hold an n
  text += digits + (plain ? ".0" : "");
}

void Printer::round(const Node &node) {
  const RoundTo &to = format.rounds[node.imm];
  text += "round(";
  print(node.a);
  text += ", " + to.type.name();
  if (to.mode != Rounding::NearestEven || to.saturate)
    text += ", " + std::string(roundingName(to.mode));
  text += to.saturate ? ", sat)" : ")";
}

void Printer::loop(const Node &node) {
  std::string_view name = node.op == Op::MaxOver ? "max" : node.op == Op::MinOver ? "min" : opName(node.op);
  text += std::string(name) + "(" + format.vars[node.var] + ": ";
  if (node.b >= 0)
    print(node.b);
  else
    text += std::to_string(node.imm);
  text += ", ";
  print(node.a);
  text += ")";
}

void Printer::split(const Node &node) {
  text += "split ";
  print(node.a);
  if (node.op == Op::SplitAt) {
    text += " at (";
    for (size_t i = 0; i < node.cuts.size(); ++i) {
      text += i ? ", " : "";
      print(node.cuts[i]);
    }
    text += ")";
  } else {
    text += " by " + format.fields[node.imm].name;
  }
  if (node.op == Op::SplitAll) {
    text += " as (" + format.vars[node.vars[0]] + ", " + format.vars[node.vars[1]] + ") -> ";
    print(node.args[0]);
    return;
  }
  for (size_t i = 0; i < node.args.size(); ++i) {
    text += (i ? ", (" : " { (") + format.vars[node.vars[i]] + ") -> ";
    print(node.args[i]);
  }
  text += " }";
}

void Printer::print(NodeId id, int outer) {
  if (text.size() > limit)
    return;
  const Node &node = format.nodes[id];
  switch (node.op) {
  case Op::Int:
    text += std::to_string(node.imm);
    return;
  case Op::Float:
    return literal(asFloat(node.imm));
  case Op::Var:
    text += format.vars[node.imm];
    return;
  case Op::Size:
    text += node.imm == -1 ? "N" : node.imm == -2 ? "K" : format.sizes[node.imm];
    return;
  case Op::Read:
    return read(format.fields[node.imm].name, node);
  case Op::Table:
    return read(format.tables[node.imm].name, node);
  case Op::Temp:
    return read(format.encode[node.imm].name, node);
  case Op::Weight:
    return read("x", node);
  case Op::Add:
    return infix(node, "+", 2, outer);
  case Op::Sub:
    return infix(node, "-", 2, outer);
  case Op::Mul:
    return infix(node, "*", 3, outer);
  case Op::Div:
    return infix(node, "/", 3, outer);
  case Op::FloorDiv:
  case Op::CeilDiv:
  case Op::Mod:
    return infix(node, opName(node.op).data(), 3, outer);
  case Op::Eq:
    return infix(node, "==", 1, outer);
  case Op::Lt:
    return infix(node, "<", 1, outer);
  case Op::Le:
    return infix(node, "<=", 1, outer);
  case Op::Gt:
    return infix(node, ">", 1, outer);
  case Op::Ge:
    return infix(node, ">=", 1, outer);
  case Op::Neg:
    text += "-";
    return print(node.a, 4);
  case Op::ToIndex: // implicit in the language
    return print(node.a, outer);
  case Op::ToF32:
    return call("f32", {node.a});
  case Op::ToI32:
    return call("i32", {node.a});
  case Op::FromBits:
    return call("frombits", {node.a});
  case Op::Round:
    return round(node);
  default:
    break;
  }
  if (isLoop(node.op))
    return loop(node);
  if (isSplit(node.op))
    return split(node);
  call(opName(node.op), {node.a, node.b, node.c});
}

std::string printExpression(const Format &format, NodeId id, size_t limit) {
  Printer printer(format, limit);
  printer.print(id);
  if (printer.text.size() > limit) {
    printer.text.resize(limit);
    printer.text += "...";
  }
  return printer.text;
}

} // namespace quoin::spec

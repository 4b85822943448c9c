// Writes an expression the way a person does: infix operators, the fewest parentheses, names and literals as they came.
#include "dialect/QuoinDialect.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/raw_ostream.h"

#include <bit>
#include <charconv>
#include <cmath>

using namespace llvm;

namespace quoin {

/// How tightly an expression binds; an operand that binds less tightly than its place asks for gets parentheses.
enum Tightness { Loose, Comparison, Sum, Product, Prefix, Primary };

static Tightness tightness(ExprKind kind) {
  switch (kind) {
  case ExprKind::Let:
  case ExprKind::SplitAll:
    return Loose; // extends as far to the right as it can
  case ExprKind::Eq:
  case ExprKind::Lt:
  case ExprKind::Le:
  case ExprKind::Gt:
  case ExprKind::Ge:
    return Comparison;
  case ExprKind::Add:
  case ExprKind::Sub:
    return Sum;
  case ExprKind::Mul:
  case ExprKind::Div:
  case ExprKind::FloorDiv:
  case ExprKind::CeilDiv:
  case ExprKind::Mod:
    return Product;
  case ExprKind::Neg:
    return Prefix;
  default:
    return Primary;
  }
}

static StringRef spelling(ExprKind kind) {
  switch (kind) {
  case ExprKind::Add:
    return "+";
  case ExprKind::Sub:
    return "-";
  case ExprKind::Mul:
    return "*";
  case ExprKind::Div:
    return "/";
  case ExprKind::FloorDiv:
    return "floordiv";
  case ExprKind::CeilDiv:
    return "ceildiv";
  case ExprKind::Mod:
    return "mod";
  case ExprKind::Eq:
    return "==";
  case ExprKind::Lt:
    return "<";
  case ExprKind::Le:
    return "<=";
  case ExprKind::Gt:
    return ">";
  default:
    return ">=";
  }
}

/// Comparisons inside `< >`, where MLIR would take their spelling for brackets.
static StringRef callSpelling(ExprKind kind) {
  switch (kind) {
  case ExprKind::Lt:
    return "lt";
  case ExprKind::Le:
    return "le";
  case ExprKind::Gt:
    return "gt";
  case ExprKind::Ge:
    return "ge";
  default:
    return "";
  }
}

/// Shortest decimal that reads back as the same f32, in MLIR's spelling: digits, a point, then an exponent.
static std::string floatText(uint32_t bits) {
  float value = std::bit_cast<float>(bits);
  if (std::isnan(value))
    return "nan";
  if (std::isinf(value))
    return "inf";
  char buffer[64];
  auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value);
  (void)error; // 64 characters hold every float
  StringRef text(buffer, end - buffer);
  auto [digits, exponent] = text.split('e');
  std::string result = digits.contains('.') ? digits.str() : digits.str() + ".0";
  if (exponent.empty())
    return result;
  int power = 0;
  exponent.consume_front("+");
  exponent.getAsInteger(10, power);
  return result + "e" + std::to_string(power);
}

namespace {
class Printer {
public:
  Printer(raw_ostream &os, bool inBrackets) : os(os), inBrackets(inBrackets) {}

  void print(ExprAttr expr, int least = Loose) {
    bool isCall = inBrackets && !callSpelling(expr.getKind()).empty();
    bool parenthesise = !isCall && tightness(expr.getKind()) < least;
    if (parenthesise)
      os << '(';
    printBare(expr, isCall);
    if (parenthesise)
      os << ')';
  }

private:
  void printList(ArrayRef<ExprAttr> list) {
    interleaveComma(list, os, [&](ExprAttr e) { print(e); });
  }

  void printInfix(ExprAttr expr) {
    int level = tightness(expr.getKind());
    // Operators of one level group to the left; comparisons do not chain.
    print(expr.getOperands()[0], level == Comparison ? Sum : level);
    os << ' ' << spelling(expr.getKind()) << ' ';
    print(expr.getOperands()[1], level + 1);
  }

  void printBranches(ArrayRef<mlir::StringAttr> vars, ArrayRef<ExprAttr> branches) {
    os << "{ ";
    for (auto [j, branch] : enumerate(branches)) {
      os << (j ? ", (" : "(");
      printName(os, vars[j]);
      os << ") -> ";
      print(branch);
    }
    os << " }";
  }

  void printSplit(ExprAttr expr) {
    ArrayRef<ExprAttr> operands = expr.getOperands();
    os << "split ";
    print(operands[0]);
    if (expr.getKind() == ExprKind::SplitAt) {
      size_t cuts = expr.getVars().size() - 1;
      os << " at (";
      printList(operands.slice(1, cuts));
      os << ") ";
      return printBranches(expr.getVars(), operands.drop_front(1 + cuts));
    }
    os << " by ";
    printName(os, expr.getName());
    os << ' ';
    if (expr.getKind() == ExprKind::SplitBy)
      return printBranches(expr.getVars(), operands.drop_front());
    os << "as (";
    printName(os, expr.getVars()[0]);
    os << ", ";
    printName(os, expr.getVars()[1]);
    os << ") -> ";
    print(operands[1]);
  }

  void printBare(ExprAttr expr, bool isCall) {
    ArrayRef<ExprAttr> operands = expr.getOperands();
    switch (expr.getKind()) {
    case ExprKind::Int:
      if (expr.getName().empty())
        os << expr.getValue();
      else
        os << expr.getName();
      return;
    case ExprKind::Float:
      os << floatText(uint32_t(expr.getValue()));
      return;
    case ExprKind::Name:
      return printName(os, expr.getName());
    case ExprKind::Type:
      os << expr.getName();
      if (operands.empty())
        return;
      os << '<';
      print(operands[0], Sum);
      os << '>';
      return;
    case ExprKind::Neg:
      os << '-';
      return print(operands[0], Prefix);
    case ExprKind::Index:
    case ExprKind::Call:
      printName(os, expr.getName());
      os << (expr.getKind() == ExprKind::Index ? '[' : '(');
      printList(operands);
      os << (expr.getKind() == ExprKind::Index ? ']' : ')');
      return;
    case ExprKind::Loop:
      os << expr.getName() << '(';
      printName(os, expr.getVars()[0]);
      os << ": ";
      print(operands[0]);
      os << ", ";
      print(operands[1]);
      os << ')';
      return;
    case ExprKind::Let:
      os << "let ";
      printName(os, expr.getName());
      os << " = ";
      print(operands[0]);
      os << " in ";
      return print(operands[1]);
    case ExprKind::SplitAt:
    case ExprKind::SplitBy:
    case ExprKind::SplitAll:
      return printSplit(expr);
    default:
      if (!isCall)
        return printInfix(expr);
      os << callSpelling(expr.getKind()) << '(';
      printList(operands);
      os << ')';
    }
  }

  raw_ostream &os;
  bool inBrackets;
};
} // namespace

void printExpr(raw_ostream &os, ExprAttr expr, bool inBrackets) { Printer(os, inBrackets).print(expr); }

/// Words that mean something else where a name may stand.
static bool isReserved(StringRef word) {
  return llvm::StringSwitch<bool>(word)
      .Cases({"let", "split", "in", "at", "by", "as", "mod", "floordiv", "ceildiv", "nan", "inf"}, true)
      .Default(false);
}

void printName(raw_ostream &os, StringRef name) {
  bool plain = !name.empty() && (isAlpha(name[0]) || name[0] == '_') && !isReserved(name) &&
               all_of(name, [](char c) { return isAlnum(c) || c == '_' || c == '.' || c == '$'; });
  if (plain) {
    os << name;
    return;
  }
  os << '"';
  printEscapedString(name, os);
  os << '"';
}

std::string describe(ExprAttr expr) {
  std::string text;
  raw_string_ostream os(text);
  printExpr(os, expr);
  constexpr size_t longest = 72;
  if (text.size() > longest)
    text = text.substr(0, longest - 20) + " ... " + text.substr(text.size() - 15);
  return text;
}

std::string quotedList(ArrayRef<StringRef> names) {
  std::string text;
  for (auto [j, name] : enumerate(names))
    text += (j == 0 ? "\"" : j + 1 == names.size() ? " or \"" : ", \"") + name.str() + "\"";
  return text;
}

StringRef nearestName(StringRef name, ArrayRef<StringRef> names) {
  StringRef best;
  if (name.size() < 2) // every other name of one letter would be near
    return best;
  unsigned limit = name.size() <= 3 ? 1 : 2, least = limit + 1;
  for (StringRef candidate : names) {
    unsigned distance = candidate.edit_distance_insensitive(name, /*AllowReplacements=*/true, limit);
    if (distance < least)
      least = distance, best = candidate;
  }
  return best;
}

} // namespace quoin

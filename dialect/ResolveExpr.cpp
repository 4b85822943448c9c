// Expressions as typed nodes: operators, calls, loops and splits. What names mean is in ResolveNames.cpp.
#include "dialect/Resolver.h"

#include "runtime/spec/Arithmetic.h"
#include "runtime/spec/Ops.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/StringSwitch.h"

#include <bit>

using namespace llvm;
using namespace mlir;

namespace quoin {

/// Bounds the recursion through expressions and the lets they use (each level is a few frames of a stack that may be a
/// thread's), and the size of what they expand to.
static constexpr int maxDepth = 1024;
static constexpr size_t maxNodes = size_t(1) << 20;

InFlightDiagnostic Resolver::error() {
  InFlightDiagnostic diagnostic = current->emitError();
  constexpr size_t mostNotes = 4;
  for (Operation *user : llvm::reverse(ArrayRef(users).take_back(mostNotes)))
    diagnostic.attachNote(user->getLoc()) << "used here";
  return diagnostic;
}

Resolver::Node Resolver::check(ExprAttr expr, Result<spec::NodeId> node) {
  if (node)
    return *node;
  auto diagnostic = error() << node.error().message << ", in \"" << describe(expr) << "\"";
  if (!node.error().hint.empty())
    diagnostic << "; " << node.error().hint;
  return diagnostic;
}

Resolver::Node Resolver::at(Operation *op, Place where, ExprAttr expr) {
  auto restore = make_scope_exit([&, op = current, was = place] { current = op, place = was; });
  current = op;
  place = where;
  return expression(expr);
}

Resolver::Node Resolver::indexAt(Operation *op, Place where, ExprAttr expr) {
  Node node = at(op, where, expr);
  auto restore = make_scope_exit([&, was = current] { current = was; });
  current = op;
  return failed(node) ? node : check(expr, builder.convert(*node, spec::ValueType::Index));
}

FailureOr<int64_t> Resolver::constantAt(Operation *op, ExprAttr expr, StringRef what, int64_t least, int64_t most) {
  Node node = at(op, Place::Constant, expr);
  if (failed(node))
    return failure();
  std::optional<int64_t> value = builder.constant(*node);
  auto restore = make_scope_exit([&, was = current] { current = was; });
  current = op;
  if (!value)
    return error() << what << " is \"" << describe(expr) << "\", which is no constant; use numbers and parameters";
  if (*value < least || *value > most)
    return error() << what << " is " << *value << "; it must be from " << least << " to " << most;
  return *value;
}

LogicalResult Resolver::extentsAt(Operation *op, Place where, ArrayAttr exprs, StringRef what,
                                  std::vector<spec::NodeId> &extents) {
  for (auto expr : exprs.getAsRange<ExprAttr>()) {
    Node node = indexAt(op, where, expr);
    if (failed(node))
      return failure();
    if (std::optional<int64_t> value = builder.constant(*node); value && *value < 1)
      return op->emitError() << what << " has the extent " << *value << "; extents are positive";
    extents.push_back(*node);
  }
  return success();
}

FailureOr<spec::ScalarType> Resolver::scalarType(ExprAttr type) {
  std::string text = type.getName().str();
  if (!type.getOperands().empty()) {
    FailureOr<int64_t> width = constantAt(current, type.getOperands()[0], "the width of " + describe(type), 1, 32);
    if (failed(width))
      return failure();
    text += std::to_string(*width);
  }
  std::optional<spec::ScalarType> result = spec::ScalarType::parse(text);
  if (!result)
    return error() << "unknown element type \"" << text << "\"";
  return *result;
}

FailureOr<spec::ScalarType> Resolver::typeAt(Operation *op, ExprAttr type) {
  auto restore = make_scope_exit([&, was = current] { current = was; });
  current = op;
  return scalarType(type);
}

spec::NodeId Resolver::bind(StringRef variable) {
  spec::NodeId node = builder.var(builder.newVar(variable.str()));
  scope.push_back({variable, node});
  return node;
}

std::vector<spec::VarId> Resolver::bindVariables(ArrayAttr names) {
  std::vector<spec::VarId> vars;
  for (auto variable : names.getAsRange<StringAttr>())
    vars.push_back(spec::VarId(out.nodes[bind(variable)].imm));
  return vars;
}

FailureOr<std::vector<spec::NodeId>> Resolver::expressions(ArrayRef<ExprAttr> exprs) {
  std::vector<spec::NodeId> nodes;
  for (ExprAttr expr : exprs) {
    Node node = expression(expr);
    if (failed(node))
      return failure();
    nodes.push_back(*node);
  }
  return nodes;
}

static spec::Op infixOp(ExprKind kind) {
  switch (kind) {
  case ExprKind::Add:
    return spec::Op::Add;
  case ExprKind::Sub:
    return spec::Op::Sub;
  case ExprKind::Mul:
    return spec::Op::Mul;
  case ExprKind::Div:
    return spec::Op::Div;
  case ExprKind::FloorDiv:
    return spec::Op::FloorDiv;
  case ExprKind::CeilDiv:
    return spec::Op::CeilDiv;
  case ExprKind::Mod:
    return spec::Op::Mod;
  case ExprKind::Eq:
    return spec::Op::Eq;
  case ExprKind::Lt:
    return spec::Op::Lt;
  case ExprKind::Le:
    return spec::Op::Le;
  case ExprKind::Gt:
    return spec::Op::Gt;
  default:
    return spec::Op::Ge;
  }
}

/// The value of an integer made of numbers alone. Operands may be shared many times over: each is looked at once.
static std::optional<int64_t> constantOf(const spec::Format &format, spec::NodeId id,
                                         llvm::DenseMap<spec::NodeId, std::optional<int64_t>> &known) {
  const spec::Node &node = format.nodes[id];
  if (node.op == spec::Op::Int)
    return node.imm;
  if (!is_contained({spec::Op::Neg, spec::Op::Add, spec::Op::Sub, spec::Op::Mul}, node.op))
    return std::nullopt;
  if (auto found = known.find(id); found != known.end())
    return found->second;
  std::optional<int64_t> a = constantOf(format, node.a, known), b = node.b >= 0 ? constantOf(format, node.b, known) : 0;
  bool overflow = false;
  return known[id] = a && b ? std::optional(spec::integerOp(node.op, node.type, *a, *b, overflow)) : std::nullopt;
}

/// Integer divisors are positive constants or expressions of sizes: that keeps maps analysable, and division cheap.
LogicalResult Resolver::checkDivisor(ExprAttr expr, spec::NodeId divisor) {
  if (!is_contained({ExprKind::FloorDiv, ExprKind::CeilDiv, ExprKind::Mod}, expr.getKind()))
    return success();
  ExprAttr written = expr.getOperands()[1];
  if (written.getKind() == ExprKind::Int && written.getValue() == 0)
    return error() << "\"" << describe(expr) << "\" divides by 0";
  llvm::DenseMap<spec::NodeId, std::optional<int64_t>> known;
  if (auto value = constantOf(out, divisor, known); value && *value < 0)
    return error() << "\"" << describe(expr) << "\" divides by " << *value << "; divisors are positive";
  SmallVector<spec::NodeId> pending{divisor};
  llvm::DenseSet<spec::NodeId> seen;
  while (!pending.empty()) {
    spec::NodeId id = pending.pop_back_val();
    if (id < 0 || !seen.insert(id).second)
      continue;
    const spec::Node &node = out.nodes[id];
    if (is_contained({spec::Op::Var, spec::Op::Read, spec::Op::Temp, spec::Op::Weight}, node.op))
      return error() << "\"" << describe(expr) << "\" divides by what is no constant and no expression of sizes; shift "
                     << "with \"shr\", or divide f32 values with \"/\"";
    pending.append({node.a, node.b, node.c});
    pending.append(node.args.begin(), node.args.end());
  }
  return success();
}

Resolver::Node Resolver::expression(ExprAttr expr) {
  auto restore = make_scope_exit([&] { --depth; });
  if (++depth > maxDepth || out.nodes.size() > maxNodes)
    return error() << "the expression expands to more than this program handles (" << maxDepth << " levels, "
                   << maxNodes << " nodes)";
  switch (expr.getKind()) {
  case ExprKind::Int:
    return builder.intConst(expr.getValue());
  case ExprKind::Float:
    return builder.floatConst(std::bit_cast<float>(uint32_t(expr.getValue())));
  case ExprKind::Name:
    return name(expr);
  case ExprKind::Type:
    return error() << "the type \"" << describe(expr) << "\" stands where a value is needed";
  case ExprKind::Index:
    return index(expr);
  case ExprKind::Call:
    return call(expr);
  case ExprKind::Loop:
    return loop(expr);
  case ExprKind::Let:
    return letIn(expr);
  case ExprKind::SplitAt:
  case ExprKind::SplitBy:
  case ExprKind::SplitAll:
    return split(expr);
  default:
    break;
  }
  FailureOr<std::vector<spec::NodeId>> operands = expressions(expr.getOperands());
  if (failed(operands))
    return failure();
  if (expr.getKind() == ExprKind::Neg)
    return check(expr, builder.unary(spec::Op::Neg, operands->front()));
  if (failed(checkDivisor(expr, operands->back())))
    return failure();
  return check(expr, builder.binary(infixOp(expr.getKind()), (*operands)[0], (*operands)[1]));
}

static spec::Op functionOp(StringRef function) {
  return llvm::StringSwitch<spec::Op>(function)
      .Case("and", spec::Op::And)
      .Case("or", spec::Op::Or)
      .Case("xor", spec::Op::Xor)
      .Case("not", spec::Op::Not)
      .Case("shl", spec::Op::Shl)
      .Case("shr", spec::Op::Shr)
      .Case("parity", spec::Op::Parity)
      .Case("popcount", spec::Op::Popcount)
      .Case("clz", spec::Op::Clz)
      .Case("ne", spec::Op::Ne)
      .Case("min", spec::Op::Min)
      .Case("max", spec::Op::Max)
      .Case("abs", spec::Op::Abs)
      .Case("ldexp", spec::Op::Ldexp)
      .Case("f32", spec::Op::ToF32)
      .Case("i32", spec::Op::ToI32)
      .Case("bits", spec::Op::Bits)
      .Case("frombits", spec::Op::FromBits)
      .Case("log2", spec::Op::Log2)
      .Default(spec::Op::Select);
}

Resolver::Node Resolver::call(ExprAttr expr) {
  StringRef function = expr.getName();
  if (function == "round")
    return roundCall(expr);
  FailureOr<std::vector<spec::NodeId>> arguments = expressions(expr.getOperands());
  if (failed(arguments))
    return failure();
  if (!findFunction(function)) {
    Declaration *declaration = lookup(function);
    if (declaration && declaration->kind == Declaration::Kind::Let)
      return expandLet(expr, cast<LetOp>(declaration->op), std::move(*arguments));
    if (declaration)
      return error() << "\"" << function << "\" is not a function; indices stand in brackets: \"" << function
                     << "[...]\"";
    SmallVector<StringRef> names(reservedFunctions());
    for (auto &[declared, other] : declarations)
      if (other.kind == Declaration::Kind::Let && cast<LetOp>(other.op).getParams())
        names.push_back(declared);
    return unknown(expr, "function", names);
  }
  spec::Op op = functionOp(function);
  if (op == spec::Op::Select)
    return check(expr, builder.select((*arguments)[0], (*arguments)[1], (*arguments)[2]));
  if (arguments->size() == 1)
    return check(expr, builder.unary(op, arguments->front()));
  return check(expr, builder.binary(op, (*arguments)[0], (*arguments)[1]));
}

Resolver::Node Resolver::roundCall(ExprAttr expr) {
  Node value = expression(expr.getOperands()[0]);
  if (failed(value))
    return failure();
  FailureOr<spec::ScalarType> type = scalarType(expr.getOperands()[1]);
  if (failed(type))
    return failure();
  spec::Rounding mode = spec::Rounding::NearestEven;
  bool saturate = false;
  for (ExprAttr word : expr.getOperands().drop_front(2)) {
    if (word.getName() == "sat")
      saturate = true;
    else
      mode = *spec::roundingFromName(std::string_view(word.getName()));
  }
  return check(expr, builder.round(*value, *type, mode, saturate));
}

Resolver::Node Resolver::loop(ExprAttr expr) {
  spec::Op op = llvm::StringSwitch<spec::Op>(expr.getName())
                    .Case("sum", spec::Op::Sum)
                    .Case("max", spec::Op::MaxOver)
                    .Case("min", spec::Op::MinOver)
                    .Case("absmax", spec::Op::AbsMax)
                    .Case("signmax", spec::Op::SignMax)
                    .Case("argmin", spec::Op::ArgMin)
                    .Default(spec::Op::Search);
  bool free = place == Place::Encode; // encoders reduce over whole rows and tensors
  Node extent = free ? at(current, Place::Size, expr.getOperands()[0]) : expression(expr.getOperands()[0]);
  if (failed(extent))
    return failure();
  if (!free && !builder.constant(*extent))
    return error() << "\"" << expr.getName() << "\" runs over \"" << describe(expr.getOperands()[0])
                   << "\" values, which is no constant";
  size_t outer = scope.size();
  spec::NodeId variable = bind(expr.getVars()[0]);
  Node body = expression(expr.getOperands()[1]);
  scope.truncate(outer);
  if (failed(body))
    return failure();
  return check(expr, builder.loopOver(op, spec::VarId(out.nodes[variable].imm), *extent, *body));
}

Resolver::Node Resolver::letIn(ExprAttr expr) {
  Node value = expression(expr.getOperands()[0]);
  if (failed(value))
    return failure();
  scope.push_back({expr.getName(), *value});
  Node body = expression(expr.getOperands()[1]);
  scope.pop_back();
  return body;
}

Resolver::Node Resolver::split(ExprAttr expr) {
  ArrayRef<ExprAttr> operands = expr.getOperands();
  Node value = expression(operands[0]);
  if (failed(value))
    return failure();
  bool isAt = expr.getKind() == ExprKind::SplitAt, isAll = expr.getKind() == ExprKind::SplitAll;
  size_t cutCount = isAt ? expr.getVars().size() - 1 : 0;
  FailureOr<std::vector<spec::NodeId>> cuts = expressions(operands.slice(1, cutCount));
  if (failed(cuts))
    return failure();
  int32_t lengths = -1;
  if (!isAt) {
    FailureOr<int32_t> field = vectorField(current, expr.getName(), "the lengths of a split", /*integer=*/true);
    if (failed(field))
      return failure();
    lengths = *field;
    if (failed(readField(expr, lengths, {builder.intConst(0)})))
      return failure();
  }
  std::vector<spec::VarId> vars;
  std::vector<spec::NodeId> branches;
  size_t outer = scope.size();
  for (auto [j, branch] : enumerate(operands.drop_front(1 + cutCount))) {
    for (StringAttr variable : isAll ? expr.getVars() : expr.getVars().slice(j, 1))
      vars.push_back(spec::VarId(out.nodes[bind(variable)].imm));
    Node node = expression(branch);
    scope.truncate(outer);
    if (failed(node))
      return failure();
    branches.push_back(*node);
  }
  if (isAt)
    return check(expr, builder.splitAt(*value, std::move(*cuts), std::move(branches), std::move(vars)));
  if (isAll)
    return check(expr, builder.splitAll(*value, lengths, vars[0], vars[1], branches[0]));
  return check(expr, builder.splitBy(*value, lengths, std::move(branches), std::move(vars)));
}

} // namespace quoin

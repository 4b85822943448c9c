// What the names in an expression mean: variables, sizes, stored quantities, lets.
#include "dialect/Resolver.h"

using namespace llvm;
using namespace mlir;

namespace quoin {

Declaration *Resolver::lookup(StringRef identifier) {
  auto found = declarations.find(identifier);
  return found == declarations.end() ? nullptr : &found->second;
}

SmallVector<StringRef> Resolver::visibleNames() {
  SmallVector<StringRef> names;
  for (auto &[variable, node] : scope)
    names.push_back(variable);
  for (auto &[declared, declaration] : declarations)
    names.push_back(declared);
  names.append({"N", "K"});
  return names;
}

Resolver::Node Resolver::unknown(ExprAttr expr, StringRef what, ArrayRef<StringRef> names) {
  auto diagnostic = error() << "unknown " << what << " \"" << expr.getName() << "\"";
  if (expr.getKind() != ExprKind::Name)
    diagnostic << ", in \"" << describe(expr) << "\"";
  if (StringRef near = nearestName(expr.getName(), names); !near.empty())
    return diagnostic << "; did you mean \"" << near << "\"?";
  return diagnostic << "; there " << (names.size() == 1 ? "is " : "are ") << quotedList(names);
}

Resolver::Node Resolver::readField(ExprAttr expr, int32_t field, std::vector<spec::NodeId> indices) {
  const std::string &fieldName = out.fields[field].name;
  if (place < Place::Extent)
    return error() << "\"" << describe(expr) << "\" reads stored data where only "
                   << (place < Place::Size ? "numbers and parameters" : "N, K, sizes and parameters") << " may stand";
  if (place == Place::Extent) {
    if (out.streams[out.fields[field].stream].field != field)
      return error() << "\"" << describe(expr)
                     << "\" reads a field in an extent; only elements of streams declared before "
                     << "can be read there";
    for (spec::NodeId at : indices)
      if (!builder.constant(at))
        return error() << "\"" << describe(expr) << "\" reads \"" << fieldName
                       << "\" in an extent, where indices are constants";
  }
  if (place == Place::Encode && !isEncoded(field))
    return error() << "\"" << fieldName << "\" is read before it is encoded; its \"encode\" line comes first";
  return check(expr, builder.read(field, std::move(indices)));
}

Resolver::Node Resolver::readDeclared(ExprAttr expr, Declaration &declaration, std::vector<spec::NodeId> indices) {
  bool indexed = expr.getKind() == ExprKind::Index;
  switch (declaration.kind) {
  case Declaration::Kind::Parameter:
  case Declaration::Kind::Size:
    if (indexed)
      return error() << "\"" << expr.getName() << "\" is a number and takes no index";
    if (declaration.kind == Declaration::Kind::Parameter)
      return builder.intConst(declaration.position);
    if (place < Place::Size)
      return error() << "size \"" << expr.getName() << "\" stands where only numbers and parameters may stand";
    return builder.size(int(declaration.position));
  case Declaration::Kind::Let: {
    auto let = cast<LetOp>(declaration.op);
    if (indexed)
      return error() << "\"" << expr.getName() << "\" is a let and takes no index"
                     << (let.getParams() ? "; write its arguments in parentheses" : "");
    if (let.getParams())
      return error() << "let \"" << expr.getName() << "\" takes " << let.getParams()->size() << " arguments; write \""
                     << expr.getName() << "(...)\"";
    return expandLet(expr, let, {});
  }
  case Declaration::Kind::Stream: {
    const spec::Stream &stream = out.streams[declaration.position];
    if (stream.isRecord)
      return error() << "\"" << stream.name << "\" is a stream of records, which is read through its fields";
    if (stream.field < 0)
      return error() << "extents read streams declared before, and \"" << stream.name << "\" is declared later";
    return readField(expr, stream.field, std::move(indices));
  }
  case Declaration::Kind::Field:
    if (declaration.position < 0)
      return error() << "\"" << describe(expr)
                     << "\" reads a field in an extent; only elements of streams declared before "
                     << "can be read there";
    return readField(expr, int32_t(declaration.position), std::move(indices));
  case Declaration::Kind::Table: {
    if (place == Place::Constant)
      return error() << "\"" << describe(expr) << "\" reads a table where only numbers and parameters may stand";
    if (failed(resolveTable(cast<TableOp>(declaration.op), declaration)))
      return failure();
    return check(expr, builder.table(int32_t(declaration.position), std::move(indices)));
  }
  case Declaration::Kind::Temp:
    if (place != Place::Encode)
      return error() << "temp \"" << expr.getName() << "\" exists only while encoding";
    if (declaration.position < 0)
      return error() << "temp \"" << expr.getName() << "\" is read before it is computed; move its line up";
    return check(expr, builder.temp(int32_t(declaration.position), std::move(indices)));
  }
  return failure();
}

Resolver::Node Resolver::name(ExprAttr expr) {
  for (auto &[variable, node] : reverse(scope))
    if (variable == expr.getName())
      return node;
  if (expr.getName() == "N" || expr.getName() == "K") {
    if (place < Place::Size)
      return error() << "\"" << expr.getName() << "\" stands where only numbers and parameters may stand";
    return builder.size(expr.getName() == "N" ? -1 : -2);
  }
  if (Declaration *declaration = lookup(expr.getName()))
    return readDeclared(expr, *declaration, {});
  if (expr.getName() == "x")
    return error() << "\"x\" is the weight and is read with the indices of decode, as in \"x[i]\"";
  return unknown(expr, "name", visibleNames());
}

Resolver::Node Resolver::index(ExprAttr expr) {
  FailureOr<std::vector<spec::NodeId>> indices = expressions(expr.getOperands());
  if (failed(indices))
    return failure();
  for (auto &[variable, node] : reverse(scope))
    if (variable == expr.getName())
      return error() << "\"" << variable << "\" is a variable here and takes no index";
  if (Declaration *declaration = lookup(expr.getName()))
    return readDeclared(expr, *declaration, std::move(*indices));
  if (expr.getName() != "x")
    return unknown(expr, "field, stream or table", visibleNames());
  if (place != Place::Encode)
    return error() << "\"" << describe(expr) << "\" reads a weight, which only \"temp\" and \"encode\" can do";
  if (indices->size() != 2 && !(indices->size() == 1 && out.hasTile))
    return error() << "\"" << describe(expr) << "\" reads a weight by " << indices->size()
                   << (indices->size() == 1 ? " index" : " indices") << "; write \"x[n, k]\""
                   << (out.hasTile ? " or, for the record's own, \"x[i]\"" : "");
  return check(expr, builder.weight(std::move(*indices)));
}

Resolver::Node Resolver::expandLet(ExprAttr expr, LetOp let, std::vector<spec::NodeId> arguments) {
  size_t wanted = let.getParams() ? let.getParams()->size() : 0;
  if (wanted != arguments.size())
    return error() << "let \"" << let.getLabel() << "\" takes " << wanted << " argument" << (wanted == 1 ? "" : "s")
                   << " and is given " << arguments.size();
  Declaration &declaration = *lookup(let.getLabel());
  if (declaration.active)
    return error() << "let \"" << let.getLabel() << "\" is defined by itself";
  auto key = std::tuple(let.getOperation(), place, arguments);
  if (auto found = expansions.find(key); found != expansions.end())
    return found->second;

  Scope inner;
  if (let.getParams())
    for (auto [param, argument] : zip_equal(let.getParams()->getAsRange<StringAttr>(), arguments))
      inner.push_back({param.getValue(), argument});
  std::swap(scope, inner);
  users.push_back(current);
  declaration.active = true;
  Node node = at(let, place, let.getValue());
  declaration.active = false;
  users.pop_back();
  std::swap(scope, inner);
  if (succeeded(node))
    expansions.emplace(std::move(key), *node);
  return node;
}

} // namespace quoin

// Tables: their elements as bits, whether written, computed or read from a file.
#include "dialect/Prune.h"
#include "dialect/Resolver.h"
#include "dialect/TableFile.h"
#include "runtime/spec/Evaluate.h"

#include "llvm/ADT/ScopeExit.h"

#include <bit>

using namespace llvm;
using namespace mlir;

namespace quoin {

/// Larger tables belong in a stream.
static constexpr int64_t maxElements = int64_t(1) << 24;

/// The bits a table keeps for a value: the integer as it is, or the float nearest to it in the table's type.
static uint32_t elementBits(const spec::ScalarType &type, int64_t value) {
  if (!type.isFloat())
    return uint32_t(value);
  uint32_t code = spec::encodeScalar(type, std::bit_cast<float>(uint32_t(value)), spec::Rounding::NearestEven, false);
  return std::bit_cast<uint32_t>(type.decodeFloat(code));
}

static bool fits(const spec::ScalarType &type, int64_t value) {
  if (type.isFloat())
    return true;
  if (type.kind == spec::ScalarType::Kind::UInt)
    return value >= 0 && value < int64_t(1) << type.width;
  return value >= -(int64_t(1) << (type.width - 1)) && value < int64_t(1) << (type.width - 1);
}

LogicalResult Resolver::resolveTable(TableOp op, Declaration &declaration) {
  if (declaration.position >= 0)
    return success();
  if (declaration.active)
    return op.emitError() << "table \"" << op.getLabel() << "\" is computed from itself";
  declaration.active = true;
  auto restore = make_scope_exit([&] { declaration.active = false; });

  spec::Table table;
  table.name = op.getLabel().str();
  FailureOr<spec::ScalarType> type = typeAt(op, op.getTypeAttr());
  if (failed(type))
    return failure();
  table.type = *type;
  int64_t count = 1;
  for (auto expr : op.getExtents().getAsRange<ExprAttr>()) {
    FailureOr<int64_t> extent = constantAt(op, expr, "an extent of table \"" + table.name + "\"", 1, maxElements);
    if (failed(extent))
      return failure();
    table.extents.push_back(*extent);
    if (__builtin_mul_overflow(count, *extent, &count) || count > maxElements)
      return op.emitError() << "table \"" << table.name << "\" has more than " << maxElements << " elements";
  }
  if (failed(op.getFileAttr()       ? fileElements(op, table)
             : op.getElementsAttr() ? writtenElements(op, table)
                                    : computedElements(op, table)))
    return failure();
  declaration.position = int64_t(out.tables.size());
  out.tables.push_back(std::move(table));
  return success();
}

LogicalResult Resolver::writtenElements(TableOp op, spec::Table &table) {
  int64_t count = 1;
  for (int64_t extent : table.extents)
    count *= extent;
  if (int64_t(op.getElementsAttr().size()) != count)
    return op.emitError() << "table \"" << table.name << "\" lists " << op.getElementsAttr().size()
                          << " elements and its "
                          << "extents ask for " << count;
  table.values.reserve(size_t(count));
  for (auto expr : op.getElementsAttr().getAsRange<ExprAttr>()) {
    Node node = at(op, Place::Constant, expr);
    if (failed(node))
      return failure();
    if (table.isFloat()) {
      auto converted = builder.convert(*node, spec::ValueType::F32);
      if (out.nodes[*converted].op != spec::Op::Float) // integers always convert
        return op.emitError() << "element \"" << describe(expr) << "\" of table \"" << table.name << "\" is no literal";
      table.values.push_back(elementBits(table.type, out.nodes[*converted].imm));
      continue;
    }
    std::optional<int64_t> value = builder.constant(*node);
    if (!value)
      return op.emitError() << "element \"" << describe(expr) << "\" of table \"" << table.name << "\" is no integer";
    if (!fits(table.type, *value))
      return op.emitError() << "element " << *value << " of table \"" << table.name << "\" does not fit "
                            << table.type.name();
    table.values.push_back(elementBits(table.type, *value));
  }
  return success();
}

LogicalResult Resolver::computedElements(TableOp op, spec::Table &table) {
  Scope outer;
  std::swap(scope, outer);
  std::vector<spec::VarId> vars = bindVariables(*op.getIndices());
  Node value = at(op, Place::Table, op.getValueAttr());
  std::swap(scope, outer);
  if (failed(value))
    return failure();
  if (builder.type(*value) == spec::ValueType::F32 && !table.isFloat())
    return op.emitError() << "the elements of table \"" << table.name << "\" are " << table.type.name()
                          << " and their expression is an f32 value; write \"round(..., " << table.type.name() << ")\"";
  Result<spec::NodeId> element =
      table.isFloat() ? builder.convert(*value, spec::ValueType::F32) : Result<spec::NodeId>(*value);

  // The evaluator of formats evaluates tables too: a format without streams, which reads the tables so far.
  spec::Format scratch;
  scratch.name = out.name;
  scratch.vars = out.vars;
  scratch.nodes = out.nodes;
  scratch.rounds = out.rounds;
  scratch.tables = out.tables;
  // Every format has a decode; this one's is never asked for.
  scratch.decodeVars = {int32_t(scratch.vars.size()), int32_t(scratch.vars.size()) + 1};
  scratch.vars.insert(scratch.vars.end(), {"n", "k"});
  scratch.decodeValue = int32_t(scratch.nodes.size());
  scratch.nodes.push_back({.op = spec::Op::Float, .type = spec::ValueType::F32});
  spec::NodeId root = *element;
  pruneNodes(scratch, {&root}); // the rest may read streams and sizes
  auto bound = spec::BoundFormat::bind(scratch, {1, 1}, {});
  if (!bound)
    return op.emitError() << "table \"" << table.name << "\" cannot be computed: " << bound.error().message;
  std::vector<std::pair<spec::VarId, int64_t>> point;
  for (spec::VarId var : vars)
    point.push_back({var, 0});
  int64_t count = 1;
  for (int64_t extent : table.extents)
    count *= extent;
  for (int64_t j = 0; j < count; ++j) {
    int64_t rest = j;
    for (size_t axis = point.size(); axis-- > 0;) {
      point[axis].second = rest % table.extents[axis];
      rest /= table.extents[axis];
    }
    auto computed = bound->evaluate(root, point);
    if (!computed)
      return op.emitError() << "element " << j << " of table \"" << table.name << "\": " << computed.error().message;
    if (!fits(table.type, *computed))
      return op.emitError() << "element " << j << " of table \"" << table.name << "\" is " << *computed
                            << ", which does not fit " << table.type.name();
    table.values.push_back(elementBits(table.type, *computed));
  }
  return success();
}

LogicalResult Resolver::fileElements(TableOp op, spec::Table &table) {
  int64_t count = 1;
  for (int64_t extent : table.extents)
    count *= extent;
  table.file = op.getFileAttr().str();
  table.sha256 = op.getSha256Attr().str();
  auto *dialect = op->getContext()->getLoadedDialect<QuoinDialect>();
  std::vector<std::string> directories = tableDirectories(dialect->getTableDirectories());
  Result<TableFile> file = readTableFile(table.file, table.sha256, table.type, count, directories);
  if (!file) {
    auto diagnostic = op.emitError() << file.error().message;
    return file.error().hint.empty() ? diagnostic : diagnostic << "; " << file.error().hint;
  }
  if (!file->found && files == TableFiles::Require)
    return op.emitError() << "table \"" << table.name << "\" needs the file \"" << table.file
                          << "\", which is in no folder of --path or QUOIN_PATH and not in the build's data; name its "
                             "folder with one of them";
  table.values = std::move(file->values);
  table.values.resize(size_t(count));
  return success();
}

} // namespace quoin

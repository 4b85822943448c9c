// What stored bits mean, and what is stored: decode, overlay, permute, requirements and the encoder's rules.
#include "dialect/Resolver.h"

#include "llvm/ADT/ScopeExit.h"

using namespace llvm;
using namespace mlir;

namespace quoin {

FailureOr<int32_t> Resolver::vectorField(Operation *op, StringRef identifier, StringRef what, bool integer) {
  auto restore = make_scope_exit([&, was = current] { current = was; });
  current = op;
  Declaration *declaration = lookup(identifier);
  bool stored =
      declaration && (declaration->kind == Declaration::Kind::Stream || declaration->kind == Declaration::Kind::Field);
  int32_t field = -1;
  if (stored)
    field = declaration->kind == Declaration::Kind::Field ? int32_t(declaration->position)
                                                          : out.streams[declaration->position].field;
  if (field < 0) {
    auto diagnostic = error() << "\"" << identifier << "\" cannot give " << what;
    if (!declaration)
      return diagnostic << ": there is no such stream";
    return diagnostic << "; a planar stream declared before can";
  }
  const spec::Field &found = out.fields[field];
  if (found.indices.size() != 1)
    return error() << "\"" << identifier << "\" cannot give " << what << ": it has " << found.indices.size()
                   << " extents where one is needed";
  if (integer && found.type.isFloat())
    return error() << "\"" << identifier << "\" cannot give " << what << ": its elements are " << found.type.name()
                   << " where integers are needed";
  return field;
}

LogicalResult Resolver::resolveRequires(RequiresOp op) {
  Node node = at(op, Place::Size, op.getCondition());
  if (failed(node))
    return failure();
  if (builder.type(*node) == spec::ValueType::F32)
    return op.emitError() << "\"requires\" is an f32 value; compare it, as in \"K mod 32 == 0\"";
  if (std::optional<int64_t> value = builder.constant(*node); value && *value == 0)
    return op.emitError() << "\"requires " << describe(op.getCondition()) << "\" never holds"
                          << (parameters.empty() ? "" : " for these parameters");
  out.requirements.push_back(*node);
  return success();
}

LogicalResult Resolver::resolvePermute(PermuteOp op) {
  int axis = op.getAxis() == "n" ? 0 : 1;
  FailureOr<int32_t> field = vectorField(op, op.getStream(), "the order of an axis", /*integer=*/true);
  if (failed(field))
    return failure();
  if (out.fields[*field].extents[0] != builder.size(axis == 0 ? -1 : -2))
    return op.emitError() << "the order of " << op.getAxis() << " has one element for each "
                          << (axis == 0 ? "row: \"[N]\"" : "column: \"[K]\"") << " is the extent of \""
                          << op.getStream() << "\"";
  for (auto other : formatOp.getBody().getOps<PermuteOp>()) {
    if (other == op)
      break;
    if (other.getAxis() != op.getAxis())
      continue;
    auto diagnostic = op.emitError() << "axis " << op.getAxis() << " is permuted twice";
    diagnostic.attachNote(other.getLoc()) << "first here";
    return diagnostic;
  }
  out.permutes.push_back({axis, *field, op.getStoredToLogical()});
  return success();
}

LogicalResult Resolver::resolveDecode() {
  DecodeOp first;
  for (auto op : formatOp.getBody().getOps<DecodeOp>()) {
    if (first) {
      auto diagnostic = op.emitError() << "@" << out.name << " has a second decode; an element has one value";
      diagnostic.attachNote(first.getLoc()) << "the first is here";
      return diagnostic;
    }
    first = op;
  }
  if (!first)
    return formatOp.emitError() << "@" << out.name
                                << " has no decode; write \"decode (n, k) = ...\", the value at row n "
                                << "and column k";
  if (first.getVars().size() == 1 && !out.hasTile)
    return first.emitError() << "decode by one index counts the elements of a tile, and the format has no tile; write "
                             << "\"decode (n, k) = ...\"";
  auto restore = make_scope_exit([&] { scope.clear(); });
  out.decodeVars = bindVariables(first.getVars());
  Node value = at(first, Place::Stored, first.getValue());
  if (failed(value))
    return failure();
  out.decodeValue = *builder.convert(*value, spec::ValueType::F32); // every type converts to f32
  roots.push_back({out.decodeValue, first});
  return success();
}

LogicalResult Resolver::resolveOverlay(OverlayOp op) {
  FailureOr<int32_t> rows = vectorField(op, op.getRows(), "the rows of an overlay", true);
  if (failed(rows))
    return failure();
  FailureOr<int32_t> cols = vectorField(op, op.getCols(), "the columns of an overlay", true);
  if (failed(cols))
    return failure();
  FailureOr<int32_t> values = vectorField(op, op.getValues(), "the values of an overlay", false);
  if (failed(values))
    return failure();
  for (int32_t other : {*cols, *values}) {
    if (out.fields[other].extents == out.fields[*rows].extents)
      continue;
    auto diagnostic = op.emitError() << "\"" << op.getRows() << "\" and \"" << out.fields[other].name
                                     << "\" have different extents; an overlay has one row, column and value for each "
                                        "element";
    diagnostic.attachNote(fieldOps[*rows]->getLoc()) << "\"" << op.getRows() << "\" is declared here";
    diagnostic.attachNote(fieldOps[other]->getLoc()) << "\"" << out.fields[other].name << "\" is declared here";
    return diagnostic;
  }
  out.overlays.push_back({op.getAdd(), *rows, *cols, *values});
  return success();
}

bool Resolver::isEncoded(int32_t field) const {
  int32_t stream = out.fields[field].stream;
  // Two fields can share the bits of a planar stream, so there any rule for the stream counts.
  return encodedFields.contains(field) || (!out.streams[stream].isRecord && encodedStreams.contains(stream)) ||
         out.streams[stream].optional;
}

LogicalResult Resolver::resolveTemp(TempOp op) {
  auto restore = make_scope_exit([&] { scope.clear(); });
  spec::EncodeRule rule{};
  rule.kind = spec::EncodeRule::Kind::Temp;
  rule.name = op.getLabel().str();
  if (failed(extentsAt(op, Place::Extent, op.getExtents(), "temp \"" + rule.name + "\"", rule.extents)))
    return failure();
  rule.vars = bindVariables(op.getIndices());
  Node value = at(op, Place::Encode, op.getValue());
  if (failed(value))
    return failure();
  rule.value = *value;
  roots.push_back({rule.value, op});
  lookup(op.getLabel())->position = int64_t(out.encode.size());
  out.encode.push_back(std::move(rule));
  return success();
}

LogicalResult Resolver::resolveEncode(EncodeOp op) {
  auto restore = make_scope_exit([&] { scope.clear(); });
  spec::EncodeRule rule{};
  rule.kind = op.getValueAttr() ? spec::EncodeRule::Kind::Store : spec::EncodeRule::Kind::Search;
  for (auto identifier : op.getFields().getAsRange<StringAttr>()) {
    Declaration *declaration = lookup(identifier);
    bool isStream = declaration && declaration->kind == Declaration::Kind::Stream;
    if (isStream && out.streams[declaration->position].isRecord)
      return op.emitError() << "\"" << identifier.getValue() << "\" is a stream of records; encode its fields";
    if (!isStream && (!declaration || declaration->kind != Declaration::Kind::Field)) {
      SmallVector<StringRef> names;
      for (const spec::Field &field : out.fields)
        names.push_back(field.name);
      auto diagnostic = op.emitError() << "unknown field or stream \"" << identifier.getValue() << "\"";
      StringRef near = nearestName(identifier, names);
      return near.empty() ? diagnostic << "; there is " << quotedList(names)
                          : diagnostic << "; did you mean \"" << near << "\"?";
    }
    int32_t field = isStream ? out.streams[declaration->position].field : int32_t(declaration->position);
    if (out.fields[field].indices.size() != op.getVars().size())
      return op.emitError() << "\"" << identifier.getValue() << "\" has " << out.fields[field].indices.size()
                            << " indices and is encoded with " << op.getVars().size();
    if (encodedFields.contains(field) || is_contained(rule.fields, field))
      return op.emitError() << "\"" << identifier.getValue() << "\" is encoded twice";
    if (out.fields[field].extents != out.fields[rule.fields.empty() ? field : rule.fields[0]].extents)
      return op.emitError() << "\"" << identifier.getValue() << "\" and \"" << out.fields[rule.fields[0]].name
                            << "\" have different extents and cannot be searched for together";
    rule.fields.push_back(field);
  }
  rule.vars = bindVariables(op.getVars());
  if (op.getValueAttr()) {
    Node value = at(op, Place::Encode, op.getValueAttr());
    if (failed(value))
      return failure();
    const spec::Field &field = out.fields[rule.fields[0]];
    if (!field.type.isFloat() && builder.type(*value) == spec::ValueType::F32)
      return op.emitError() << "\"" << field.name << "\" stores " << field.type.name() << " and is given an f32 value; "
                            << "write \"round(..., " << field.type.name() << ")\"";
    rule.value = field.type.isFloat() ? *builder.convert(*value, spec::ValueType::F32) : *value;
    roots.push_back({rule.value, op});
  }
  for (int32_t field : rule.fields) {
    encodedFields.insert(field);
    encodedStreams.insert(out.fields[field].stream);
  }
  out.encode.push_back(std::move(rule));
  return success();
}

} // namespace quoin

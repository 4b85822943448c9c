// Streams, fields and their bit maps.
#include "dialect/Resolver.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/SetVector.h"

#include <functional>

using namespace llvm;
using namespace mlir;

namespace quoin {

/// Larger records are a mistake; every bit of one is enumerated.
static constexpr int64_t maxRecordBytes = int64_t(1) << 20;

LogicalResult Resolver::resolveStreams() {
  for (auto op : formatOp.getBody().getOps<StreamOp>()) {
    spec::Stream &stream = out.streams[lookup(op.getLabel())->position];
    if (failed(op.getRecordAttr() ? resolveRecordStream(op, stream) : resolvePlanarStream(op, stream)))
      return failure();
  }
  if (!out.streams.empty())
    return success();
  return formatOp.emitError() << "@" << out.name << " has no stream; write \"stream weight : ui8 [N, K]\" or \"stream "
                              << "block record 18\"";
}

LogicalResult Resolver::resolveRecordStream(StreamOp op, spec::Stream &stream) {
  if (!out.hasTile)
    return op.emitError() << "records of \"" << stream.name << "\" describe a tile, and the format has none; write "
                          << "\"quoin.format @" << out.name << " tile [1, 32]\" with the elements of one record";
  FailureOr<int64_t> bytes =
      constantAt(op, op.getRecordAttr(), "the record of \"" + stream.name + "\"", 1, maxRecordBytes);
  if (failed(bytes))
    return failure();
  stream.isRecord = true;
  stream.recordBytes = *bytes;
  return success();
}

LogicalResult Resolver::resolvePlanarStream(StreamOp op, spec::Stream &stream) {
  FailureOr<spec::ScalarType> type = typeAt(op, op.getTypeAttr());
  if (failed(type))
    return failure();
  stream.type = *type;
  if (failed(extentsAt(op, Place::Extent, op.getExtentsAttr(), "stream \"" + stream.name + "\"", stream.extents)))
    return failure();
  int32_t position = int32_t(lookup(op.getLabel())->position);
  Result<int32_t> field = spec::addImplicitField(builder, out, position);
  if (!field)
    return op.emitError() << field.error().message;
  fieldOps.push_back(op);
  return success();
}

LogicalResult Resolver::resolveDefaults() {
  for (auto op : formatOp.getBody().getOps<StreamOp>()) {
    if (!op.getDefaultValueAttr())
      continue;
    auto restore = make_scope_exit([&] { scope.clear(); });
    std::vector<spec::VarId> vars = bindVariables(op.getDefaultVarsAttr());
    Node value = at(op, Place::Stored, op.getDefaultValueAttr());
    if (failed(value))
      return failure();
    spec::Stream &stream = out.streams[lookup(op.getLabel())->position];
    bool isFloat = stream.type.isFloat();
    if (!isFloat && builder.type(*value) == spec::ValueType::F32)
      return op.emitError() << "the default of \"" << stream.name << "\" is an f32 value and its elements are "
                            << stream.type.name() << "; write \"round(..., " << stream.type.name() << ")\"";
    auto converted = isFloat ? builder.convert(*value, spec::ValueType::F32) : Result<spec::NodeId>(*value);
    stream.optional = true;
    stream.defaultVars = std::move(vars);
    stream.defaultValue = *converted; // integers always convert
    roots.push_back({stream.defaultValue, op});
  }
  return success();
}

LogicalResult Resolver::declareFields() {
  for (auto op : formatOp.getBody().getOps<FieldOp>()) {
    Declaration &declaration = *lookup(op.getLabel());
    spec::Field field;
    field.name = op.getLabel().str();
    FailureOr<spec::ScalarType> type = typeAt(op, op.getTypeAttr());
    if (failed(type))
      return failure();
    field.type = *type;
    Declaration *stream = lookup(op.getStream());
    if (!stream || stream->kind != Declaration::Kind::Stream) {
      SmallVector<StringRef> names;
      for (const spec::Stream &other : out.streams)
        names.push_back(other.name);
      auto diagnostic = op.emitError() << "unknown stream \"" << op.getStream() << "\" of field \"" << field.name
                                       << "\"";
      return diagnostic << "; there is " << quotedList(names);
    }
    field.stream = int32_t(stream->position);
    bool isRecord = out.streams[field.stream].isRecord;
    if (failed(extentsAt(op, isRecord ? Place::Constant : Place::Extent, op.getExtents(),
                         "field \"" + field.name + "\"", field.extents)))
      return failure();
    field.indices = bindVariables(op.getIndices());
    scope.clear();
    declaration.position = int64_t(out.fields.size());
    out.fields.push_back(std::move(field));
    fieldOps.push_back(op);
  }
  return success();
}

LogicalResult Resolver::resolveMaps() {
  for (auto op : formatOp.getBody().getOps<FieldOp>()) {
    spec::Field &field = out.fields[lookup(op.getLabel())->position];
    for (auto [name, var] : zip_equal(op.getIndices().getAsRange<StringAttr>(), field.indices))
      scope.push_back({name.getValue(), builder.var(var)});
    auto restore = make_scope_exit([&] { scope.clear(); });
    if (failed(resolveMap(op, field)))
      return failure();
  }
  return success();
}

LogicalResult Resolver::resolveMap(FieldOp op, spec::Field &field) {
  if (op.getBitVarAttr())
    field.bitVar = spec::VarId(out.nodes[bind(*op.getBitVar())].imm);
  int64_t total = 0;
  for (auto [j, expr] : enumerate(op.getOffsets().getAsRange<ExprAttr>())) {
    int64_t width = op.getBitVarAttr() ? 1 : field.type.width;
    if (!op.getWidths().empty()) {
      FailureOr<int64_t> stated = constantAt(op, cast<ExprAttr>(op.getWidths()[j]),
                                             "slice " + std::to_string(j) + " of \"" + field.name + "\"", 1, 32);
      if (failed(stated))
        return failure();
      width = *stated;
    }
    Node offset = indexAt(op, Place::Stored, expr);
    if (failed(offset))
      return failure();
    field.slices.push_back({uint8_t(width), *offset});
    roots.push_back({*offset, op});
    total += width;
  }
  if (!op.getBitVarAttr() && total != field.type.width)
    return op.emitError() << "the slices of \"" << field.name << "\" have " << total << " bits and its type "
                          << field.type.name() << " has " << int(field.type.width);
  return success();
}

//===--- cycles ---===//

/// Calls `visit` with every field that the nodes below `root` read.
static void forEachRead(const spec::Format &format, spec::NodeId root, llvm::function_ref<void(int32_t)> visit) {
  SmallVector<spec::NodeId> pending{root};
  llvm::DenseSet<spec::NodeId> seen;
  while (!pending.empty()) {
    spec::NodeId id = pending.pop_back_val();
    if (id < 0 || !seen.insert(id).second)
      continue;
    const spec::Node &node = format.nodes[id];
    if (node.op == spec::Op::Read || node.op == spec::Op::SplitBy || node.op == spec::Op::SplitAll)
      visit(int32_t(node.imm));
    pending.append({node.a, node.b, node.c});
    pending.append(node.args.begin(), node.args.end());
    pending.append(node.cuts.begin(), node.cuts.end());
  }
}

/// The first cycle of a graph as the nodes along it, or nothing.
static SmallVector<int32_t> findCycle(ArrayRef<SmallVector<int32_t>> edges) {
  enum State : uint8_t { Unseen, Active, Done };
  SmallVector<State> states(edges.size(), Unseen);
  SmallVector<std::pair<int32_t, size_t>> path; // node and its next edge
  for (int32_t start = 0; start < int32_t(edges.size()); ++start) {
    if (states[start] != Unseen)
      continue;
    states[start] = Active;
    path.push_back({start, 0});
    while (!path.empty()) {
      auto &[node, next] = path.back();
      if (next == edges[node].size()) {
        states[node] = Done;
        path.pop_back();
        continue;
      }
      int32_t target = edges[node][next++];
      if (states[target] == Active) {
        SmallVector<int32_t> cycle;
        for (auto &[onPath, edge] : reverse(path)) {
          cycle.insert(cycle.begin(), onPath);
          if (onPath == target)
            return cycle;
        }
      }
      if (states[target] == Unseen) {
        states[target] = Active;
        path.push_back({target, 0});
      }
    }
  }
  return {};
}

LogicalResult Resolver::checkCycles() {
  // A field needs its stream's bytes, and a stream that may be absent or whose extents are stored needs other fields.
  SmallVector<SmallVector<int32_t>> edges(out.fields.size());
  for (auto [position, field] : enumerate(out.fields)) {
    SmallSetVector<int32_t, 4> targets;
    auto reads = [&](spec::NodeId root) { forEachRead(out, root, [&](int32_t read) { targets.insert(read); }); };
    const spec::Stream &stream = out.streams[field.stream];
    reads(stream.defaultValue);
    llvm::for_each(stream.extents, reads);
    llvm::for_each(field.extents, reads);
    for (const spec::Slice &slice : field.slices)
      reads(slice.offset);
    edges[position].assign(targets.begin(), targets.end());
  }
  SmallVector<int32_t> cycle = findCycle(edges);
  if (cycle.empty())
    return success();
  Operation *first = fieldOps[cycle[0]];
  auto diagnostic = first->emitError() << "\"" << out.fields[cycle[0]].name << "\" cannot be read without itself";
  for (size_t j = 0; j < cycle.size(); ++j)
    diagnostic.attachNote(fieldOps[cycle[j]]->getLoc()) << "reading \"" << out.fields[cycle[j]].name << "\" needs \""
                                                        << out.fields[cycle[(j + 1) % cycle.size()]].name << "\"";
  return diagnostic;
}

} // namespace quoin

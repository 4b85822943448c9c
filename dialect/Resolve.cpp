// The order in which a format is resolved, its names, and the checks that need all of it.
#include "dialect/Prune.h"
#include "dialect/Resolver.h"
#include "runtime/spec/Check.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace llvm;
using namespace mlir;

namespace quoin {

/// A tile is enumerated element by element.
static constexpr int64_t maxTile = int64_t(1) << 20;

LogicalResult Resolver::bindParameters() {
  SmallVector<StringRef> names;
  for (auto [name, value] : zip_equal(formatOp.getParamNames().getAsRange<StringAttr>(), formatOp.getParamDefaults())) {
    names.push_back(name.getValue());
    auto given = parameters.find(name.str());
    int64_t bound = given == parameters.end() ? value : given->second;
    declarations.insert({name.getValue(), {Declaration::Kind::Parameter, formatOp, bound}});
  }
  for (auto &[name, value] : parameters)
    if (!is_contained(names, name)) {
      auto diagnostic = formatOp.emitError() << "@" << out.name << " has no parameter \"" << name << "\"";
      return names.empty() ? diagnostic : diagnostic << "; it has " << quotedList(names);
    }
  return success();
}

LogicalResult Resolver::declare(Operation *op, StringRef name, Declaration::Kind kind) {
  auto [found, isNew] = declarations.insert({name, {kind, op}});
  if (isNew)
    return success();
  Declaration &earlier = found->second;
  auto diagnostic = op->emitError() << "\"" << name << "\" is declared twice";
  if (earlier.kind == Declaration::Kind::Stream && kind == Declaration::Kind::Field &&
      cast<StreamOp>(earlier.op).getTypeAttr())
    diagnostic << "; a planar stream is read under its own name";
  diagnostic.attachNote(earlier.op->getLoc()) << "first declared here";
  return diagnostic;
}

LogicalResult Resolver::declareNames() {
  using Kind = Declaration::Kind;
  for (Operation &op : formatOp.getBody().front()) {
    if (!isa_and_present<QuoinDialect>(op.getDialect()))
      return op.emitError() << "\"" << op.getName()
                            << "\" stands in a format, which holds the lines of docs/language.md alone";
    auto declared = llvm::TypeSwitch<Operation *, LogicalResult>(&op)
                        .Case([&](StreamOp stream) { return declare(stream, stream.getLabel(), Kind::Stream); })
                        .Case([&](FieldOp field) { return declare(field, field.getLabel(), Kind::Field); })
                        .Case([&](LetOp let) { return declare(let, let.getLabel(), Kind::Let); })
                        .Case([&](SizeOp size) { return declare(size, size.getLabel(), Kind::Size); })
                        .Case([&](TableOp table) { return declare(table, table.getLabel(), Kind::Table); })
                        .Case([&](TempOp temp) { return declare(temp, temp.getLabel(), Kind::Temp); })
                        .Default([](Operation *) { return success(); });
    if (failed(declared))
      return failure();
  }
  for (auto stream : formatOp.getBody().getOps<StreamOp>()) {
    lookup(stream.getLabel())->position = int64_t(out.streams.size());
    spec::Stream &added = out.streams.emplace_back();
    added.name = stream.getLabel().str();
    added.suffix = stream.getSuffix().value_or("").str();
    added.spare = stream.getSpare();
  }
  for (auto size : formatOp.getBody().getOps<SizeOp>()) {
    lookup(size.getLabel())->position = int64_t(out.sizes.size());
    out.sizes.push_back(size.getLabel().str());
  }
  return success();
}

LogicalResult Resolver::resolveTile() {
  if (!formatOp.getTile())
    return success();
  int64_t *parts[] = {&out.tileRows, &out.tileCols};
  const StringRef names[] = {"the number of rows of the tile", "the number of columns of the tile"};
  for (auto [expr, part, what] : zip_equal(formatOp.getTile()->getAsRange<ExprAttr>(), parts, names)) {
    FailureOr<int64_t> value = constantAt(formatOp, expr, what, 1, maxTile);
    if (failed(value))
      return failure();
    *part = *value;
  }
  if (out.tileRows * out.tileCols > maxTile)
    return formatOp.emitError() << "the tile has " << out.tileRows * out.tileCols << " elements; it has at most "
                                << maxTile;
  out.hasTile = true;
  bool hasRecord =
      any_of(formatOp.getBody().getOps<StreamOp>(), [](StreamOp stream) { return bool(stream.getRecordAttr()); });
  if (!hasRecord)
    return formatOp.emitError() << "\"tile\" says what one record describes, and @" << out.name
                                << " has no record stream; write \"stream block record 18\" or leave out \"tile\"";
  return success();
}

LogicalResult Resolver::resolveIdentity() {
  for (NamedAttribute attribute : formatOp->getDiscardableAttrs()) {
    if (attribute.getName().getValue().contains('.'))
      continue; // another dialect's
    auto number = dyn_cast<IntegerAttr>(attribute.getValue());
    if (!number || number.getValue().getSignificantBits() > 64)
      return formatOp.emitError() << "attribute \"" << attribute.getName().getValue()
                                  << "\" is an outside identity, which is an integer, as in \"attributes {gguf = 2}\"";
    out.identity[attribute.getName().str()] = number.getValue().getSExtValue();
  }
  return success();
}

/// A let that is never used is still read: its names must exist. Its types depend on the arguments, so one that takes
/// any is checked where it is used.
LogicalResult Resolver::checkLets() {
  for (auto let : formatOp.getBody().getOps<LetOp>()) {
    Declaration &declaration = *lookup(let.getLabel());
    bool used = any_of(expansions, [&](auto &expansion) { return std::get<0>(expansion.first) == let; });
    if (used || let.getParams())
      continue;
    declaration.active = true;
    auto restore = make_scope_exit([&] { declaration.active = false; });
    if (failed(at(let, Place::Stored, let.getValue())))
      return failure();
  }
  return success();
}

LogicalResult Resolver::checkSizes() {
  for (auto op : formatOp.getBody().getOps<SizeOp>()) {
    spec::NodeId size = builder.size(int(lookup(op.getLabel())->position));
    bool known = any_of(out.streams, [&](const spec::Stream &stream) { return is_contained(stream.extents, size); });
    if (!known)
      return op.emitError() << "nothing says how large \"" << op.getLabel()
                            << "\" is; a stream must have it alone as an "
                            << "extent, as in \"stream col : si32 [" << op.getLabel() << "]\"";
  }
  return success();
}

/// What the readers of resolved formats take for granted, nesting of the expanded expressions among it.
LogicalResult Resolver::checkForm() {
  auto formed = spec::checkFormat(out);
  if (formed)
    return success();
  auto diagnostic = formatOp.emitError() << "@" << out.name << ": " << formed.error().message;
  return formed.error().hint.empty() ? diagnostic : diagnostic << "; " << formed.error().hint;
}

FailureOr<spec::Format> Resolver::run() {
  out.name = formatOp.getSymName().str();
  if (failed(bindParameters()) || failed(declareNames()) || failed(resolveIdentity()) || failed(resolveTile()) ||
      failed(resolveStreams()) || failed(declareFields()))
    return failure();
  for (auto table : formatOp.getBody().getOps<TableOp>())
    if (failed(resolveTable(table, *lookup(table.getLabel()))))
      return failure();
  if (failed(resolveMaps()) || failed(resolveDefaults()))
    return failure();
  for (auto op : formatOp.getBody().getOps<RequiresOp>())
    if (failed(resolveRequires(op)))
      return failure();
  for (auto op : formatOp.getBody().getOps<PermuteOp>())
    if (failed(resolvePermute(op)))
      return failure();
  if (failed(resolveDecode()))
    return failure();
  for (auto op : formatOp.getBody().getOps<OverlayOp>())
    if (failed(resolveOverlay(op)))
      return failure();
  for (Operation &op : formatOp.getBody().front()) {
    if (auto temp = dyn_cast<TempOp>(op); temp && failed(resolveTemp(temp)))
      return failure();
    if (auto encode = dyn_cast<EncodeOp>(op); encode && failed(resolveEncode(encode)))
      return failure();
  }
  if (failed(checkLets()) || failed(checkSizes()) || failed(checkCycles()) || failed(checkForm()) ||
      failed(checkIndexRanges()) || failed(checkBits()))
    return failure();
  pruneNodes(out);
  return std::move(out);
}

FailureOr<spec::Format> resolve(FormatOp format, const Parameters &parameters, TableFiles files) {
  return Resolver(format, parameters, files).run();
}

//===--- local checks of the ops whose syntax TableGen has ---===//

LogicalResult FormatOp::verify() {
  if (getParamNames().size() != getParamDefaults().size())
    return emitOpError() << "has " << getParamNames().size() << " parameters and " << getParamDefaults().size()
                         << " defaults";
  SmallVector<StringRef> seen;
  for (auto name : getParamNames().getAsRange<StringAttr>()) {
    if (name.getValue() == "N" || name.getValue() == "K" || name.getValue() == "x" || name.empty())
      return emitOpError() << "has a parameter \"" << name.getValue() << "\", which is a name of the language";
    if (is_contained(seen, name.getValue()))
      return emitOpError() << "has two parameters \"" << name.getValue() << "\"";
    seen.push_back(name.getValue());
  }
  if (getTile() && getTile()->size() != 2)
    return emitOpError() << "has a tile of " << getTile()->size() << " extents; write \"tile [rows, cols]\"";
  return success();
}

LogicalResult FormatOp::verifyRegions() { return success(succeeded(resolve(*this, {}, TableFiles::Tolerate))); }

} // namespace quoin

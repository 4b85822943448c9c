// Attributes and checks of kernels and policies.
#include "dialect/Directives.h"
#include "dialect/FormatName.h"
#include "runtime/spec/Check.h"
#include "runtime/spec/Evaluate.h"

using namespace llvm;
using namespace mlir;

namespace quoin {

//===--- activations ---===//

ParseResult parseActivations(AsmParser &parser, ActivationsAttr &activations) {
  SMLoc loc = parser.getCurrentLocation();
  StringRef word;
  (void)parser.parseOptionalKeyword(&word);
  std::optional<Precision> precision = symbolizePrecision(word);
  if (!precision)
    return parser.emitError(loc, "expected \"f32\", \"f16\", \"bf16\" or \"int8\" as the activations' precision");
  int64_t per = *precision == Precision::Int8 ? 32 : 0;
  if (succeeded(parser.parseOptionalKeyword("per"))) {
    SMLoc perLoc = parser.getCurrentLocation();
    if (*precision != Precision::Int8)
      return parser.emitError(perLoc) << "only int8 activations have scales; leave out \"per\" after \""
                                      << stringifyPrecision(*precision) << "\"";
    if (succeeded(parser.parseOptionalKeyword("token")))
      per = 0;
    else if (parser.parseInteger(per))
      return failure();
    else if (per <= 0)
      return parser.emitError(perLoc) << "int8 per " << per
                                      << " is no group length; write a positive number or \"token\"";
  }
  activations = parser.getChecked<ActivationsAttr>(loc, parser.getContext(), *precision, per);
  return success(bool(activations));
}

static void printActivations(raw_ostream &os, ActivationsAttr activations) {
  os << stringifyPrecision(activations.getPrecision());
  if (activations.isPerToken())
    os << " per token";
  else if (activations.isInt8())
    os << " per " << activations.getPer();
}

void printActivations(OpAsmPrinter &printer, Operation *, ActivationsAttr activations) {
  printActivations(printer.getStream(), activations);
}

Attribute ActivationsAttr::parse(AsmParser &parser, Type) {
  ActivationsAttr result;
  if (parser.parseLess() || parseActivations(parser, result) || parser.parseGreater())
    return {};
  return result;
}

void ActivationsAttr::print(AsmPrinter &printer) const {
  printer << "<";
  printActivations(printer.getStream(), *this);
  printer << ">";
}

LogicalResult ActivationsAttr::verify(llvm::function_ref<InFlightDiagnostic()> emitError, Precision precision,
                                      int64_t per) {
  if (precision == Precision::Int8 ? per >= 0 : per == 0)
    return success();
  return emitError() << "activations have a group length of " << per;
}

std::string ActivationsAttr::spelling() const {
  std::string text = stringifyPrecision(getPrecision()).str();
  if (isInt8())
    text += isPerToken() ? ":token" : ":" + std::to_string(getPer());
  return text;
}

//===--- layers ---===//

static ParseResult parseLayers(AsmParser &parser, LayersAttr &layers) {
  SMLoc loc = parser.getCurrentLocation();
  StringRef word;
  (void)parser.parseOptionalKeyword(&word);
  std::optional<LayerSet> set = symbolizeLayerSet(word);
  if (!set)
    return parser.emitError(loc, "expected \"first A/B\", \"last A/B\" or \"every C\"");
  int64_t numerator, denominator = 1;
  if (parser.parseInteger(numerator))
    return failure();
  if (*set != LayerSet::Every && (parser.parseSlash() || parser.parseInteger(denominator)))
    return failure();
  layers = parser.getChecked<LayersAttr>(loc, parser.getContext(), *set, numerator, denominator);
  return success(bool(layers));
}

static void printLayers(raw_ostream &os, LayersAttr layers) {
  os << stringifyLayerSet(layers.getSet()) << ' ' << layers.getNumerator();
  if (layers.getSet() != LayerSet::Every)
    os << '/' << layers.getDenominator();
}

Attribute LayersAttr::parse(AsmParser &parser, Type) {
  LayersAttr result;
  if (parser.parseLess() || parseLayers(parser, result) || parser.parseGreater())
    return {};
  return result;
}

void LayersAttr::print(AsmPrinter &printer) const {
  printer << "<";
  printLayers(printer.getStream(), *this);
  printer << ">";
}

LogicalResult LayersAttr::verify(llvm::function_ref<InFlightDiagnostic()> emitError, LayerSet set, int64_t numerator,
                                 int64_t denominator) {
  if (set == LayerSet::Every)
    return numerator >= 1 && denominator == 1
               ? success()
               : emitError() << "\"every " << numerator << "\" counts by a positive number";
  if (numerator < 1 || denominator < numerator)
    return emitError() << "\"" << stringifyLayerSet(set) << " " << numerator << "/" << denominator
                       << "\" is no part of the layers; write a fraction above 0 and at most 1";
  return success();
}

ParseResult parseLayerSets(AsmParser &parser, ArrayAttr &sets) {
  SmallVector<Attribute> list;
  auto element = [&]() -> ParseResult {
    LayersAttr layers;
    if (parseLayers(parser, layers))
      return failure();
    list.push_back(layers);
    return success();
  };
  if (parser.parseLParen() || parser.parseCommaSeparatedList(element) || parser.parseRParen())
    return failure();
  sets = parser.getBuilder().getArrayAttr(list);
  return success();
}

void printLayerSets(OpAsmPrinter &printer, Operation *, ArrayAttr sets) {
  printer << '(';
  interleaveComma(sets.getAsRange<LayersAttr>(), printer, [&](LayersAttr l) { printLayers(printer.getStream(), l); });
  printer << ')';
}

//===--- kernel ---===//

/// Exact sums are sums of integers.
static LogicalResult verifyAccumulate(Operation *op, std::optional<Accumulate> accumulate,
                                      std::optional<ActivationsAttr> activations) {
  if (accumulate == Accumulate::Exact && activations && !activations->isInt8())
    return op->emitOpError() << "accumulates exactly, which needs int8 activations, and has "
                             << stringifyPrecision(activations->getPrecision())
                             << "; write \"accumulate f32\" or \"accumulate strict\"";
  return success();
}

static LogicalResult verifyFloat(Operation *op, StringRef what, std::optional<Precision> precision) {
  if (precision == Precision::Int8)
    return op->emitOpError() << "has an int8 " << what << "; " << what << " is f32, f16 or bf16";
  return success();
}

Accumulate KernelOp::accumulation() {
  return getAccumulate().value_or(getActivations().isInt8() ? Accumulate::Exact : Accumulate::F32);
}

LogicalResult KernelOp::verify() {
  if (!spec::isPlain(getSymName()))
    return emitOpError() << "has a name that holds control characters";
  if (failed(verifyAccumulate(*this, getAccumulate(), getActivations())) ||
      failed(verifyFloat(*this, "output", getOutput())) || failed(verifyFloat(*this, "bias", getBias())))
    return failure();
  for (auto [name, extent] : {std::pair("n", getN()), std::pair("k", getK())})
    if (extent && int64_t(*extent) <= 0)
      return emitOpError() << "fixes " << name << " = " << int64_t(*extent) << ", which must be positive";
  return success();
}

/// A shape with what the kernel fixes; the rest are numbers that most formats allow.
static Result<void> checkFixedShape(const spec::Format &format, std::optional<int64_t> n, std::optional<int64_t> k) {
  Result<void> last;
  for (int64_t free : {4096, 1, 32, 128, 256, 1000}) {
    last = spec::checkShape(format, {n.value_or(free), k.value_or(free)});
    if (last || (n && k))
      break;
  }
  return last;
}

LogicalResult KernelOp::verifySymbolUses(SymbolTableCollection &) {
  auto module = (*this)->getParentOfType<ModuleOp>();
  NamedFormat named = module ? findFormat(module, getWeights()) : NamedFormat();
  FormatOp format = named.op ? formatOf(module, named.op) : FormatOp();
  if (!format || (!getN() && !getK()))
    return success(); // the library has it, or it is checked when the kernel is run
  FailureOr<spec::Format> resolved = resolve(format, boundParameters(named), TableFiles::Tolerate);
  if (failed(resolved))
    return emitOpError() << "uses @" << getWeights() << ", which cannot be resolved";
  auto fixed = [](std::optional<uint64_t> extent) { return extent ? std::optional(int64_t(*extent)) : std::nullopt; };
  auto legal = checkFixedShape(*resolved, fixed(getN()), fixed(getK()));
  if (legal)
    return success();
  auto diagnostic = emitOpError() << "fixes a shape that @" << getWeights()
                                  << " does not allow: " << legal.error().message;
  if (!legal.error().hint.empty())
    diagnostic << "; " << legal.error().hint;
  diagnostic.attachNote(format.getLoc()) << "the format is declared here";
  return diagnostic;
}

//===--- policy ---===//

LogicalResult PolicyOp::verifyRegions() {
  bool hasRule = false;
  for (Operation &op : getBody().front()) {
    if (!isa<RuleOp, KeepOp>(op))
      return op.emitOpError() << "stands in a policy, which holds \"rule\" and \"keep\" alone";
    hasRule |= isa<RuleOp>(op);
  }
  if (!hasRule)
    return emitOpError() << "@" << getSymName() << " has no rule; write \"rule \"*\" use @format\"";
  RuleOp catchAll;
  for (auto rule : getBody().getOps<RuleOp>()) {
    if (catchAll) {
      auto diagnostic = rule.emitOpError() << "\"" << rule.getPattern() << "\" is never reached";
      diagnostic.attachNote(catchAll.getLoc()) << "this rule matches every tensor; move it to the end";
      return diagnostic;
    }
    if (rule.getPattern() == "*" && !rule.getLayers())
      catchAll = rule;
  }
  return success();
}

LogicalResult RuleOp::verify() {
  if (getPattern().empty())
    return emitOpError() << "has an empty pattern; \"*\" matches every tensor";
  if (getLayers() && getLayers()->empty())
    return emitOpError() << "has an empty list of layers; leave out \"layers\"";
  return failure(failed(verifyAccumulate(*this, getAccumulate(), getActivations())) ||
                 failed(verifyFloat(*this, "output", getOutput())));
}

LogicalResult KeepOp::verify() {
  static constexpr StringRef parts[] = {"norm", "softmax", "accumulate", "embedding", "output", "bias", "router"};
  if (failed(verifyFloat(*this, "precision of what is kept", getPrecision())))
    return failure();
  for (auto part : getParts().getAsRange<StringAttr>())
    if (!is_contained(parts, part.getValue()))
      return emitOpError() << "keeps \"" << part.getValue() << "\", which is no part of a model; there are "
                           << quotedList(parts);
  return success();
}

} // namespace quoin

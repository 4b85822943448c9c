// Hostile texts of formats: what quoin-compile and quoin-format do with a text before they make code of it. What parses
// is printed and parsed again; what resolves is written as JSON and read back, and a small matrix of it is decoded and
// encoded by the evaluator.
#include "Require.h"
#include "TextMutator.h"
#include "dialect/ExplainParse.h"
#include "dialect/FormatName.h"
#include "dialect/LibraryText.h"
#include "dialect/TextLimits.h"
#include "runtime/spec/Evaluate.h"
#include "runtime/spec/Json.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"

using namespace quoin;
using namespace quoin::fuzz;

extern "C" size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t maxSize);

// MLIR's library is not instrumented: memory that our copy of its allocator marks, its own does not clear.
extern "C" const char *__asan_default_options() {
  return "allow_user_poisoning=0:malloc_context_size=0:quarantine_size_mb=16:detect_leaks=0";
}

static constexpr size_t maxTextSize = 4096;
static constexpr int64_t maxStreamBytes = 4096, maxWork = 1 << 12;

static std::unique_ptr<mlir::MLIRContext> current;
static mlir::MLIRContext &context() { return *current; }

/// Called for each text; makes a context for some hundred of them, as attributes stay in one for as long as it lives.
static void renewContext() {
  static int texts = 0;
  if (texts++ % 256)
    return;
  mlir::DialectRegistry registry;
  registry.insert<QuoinDialect>();
  current = std::make_unique<mlir::MLIRContext>(registry, mlir::MLIRContext::Threading::DISABLED);
  current->loadAllAvailableDialects();
  current->printOpOnDiagnostic(false);
}

/// Takes diagnostics, and says what the parser's mean as the library does.
static mlir::OwningOpRef<mlir::ModuleOp> parse(const std::string &text, bool verify, bool &complained) {
  complained = false;
  mlir::ScopedDiagnosticHandler handler(&context(), [&](mlir::Diagnostic &diagnostic) {
    auto place = diagnostic.getLocation()->findInstanceOf<mlir::FileLineColLoc>();
    size_t offset = place ? offsetOf(text, place.getLine(), place.getColumn()) : 0;
    require(!explainParse(context(), text, diagnostic.str(), offset).message.empty());
    complained = true;
    return mlir::success();
  });
  return mlir::parseSourceString<mlir::ModuleOp>(text, mlir::ParserConfig(&context(), verify), "text.mlir");
}

static std::string print(mlir::ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream out(text);
  module.print(out);
  return text;
}

/// What was parsed is printed as a text that means the same.
static void checkRoundTrip(mlir::ModuleOp module) {
  std::string printed = print(module);
  if (!checkText(printed, "printed"))
    return; // more nesting than the text had
  bool complained = false;
  auto again = parse(printed, /*verify=*/false, complained);
  require(bool(again));
  require(print(*again) == printed);
}

/// How often the body of a loop may run in all; a format that asks for more is not evaluated.
static bool asksForLittle(const spec::Format &format) {
  int64_t work = int64_t(format.nodes.size()) + 1;
  for (const spec::Node &node : format.nodes)
    if (node.op >= spec::Op::Sum && node.op <= spec::Op::Search)
      if (__builtin_mul_overflow(work, std::max<int64_t>(node.b >= 0 ? 16 : node.imm, 1), &work) || work > maxWork)
        return false;
  for (const spec::EncodeRule &rule : format.encode)
    if (rule.kind == spec::EncodeRule::Kind::Search)
      for (int32_t field : rule.fields)
        work <<= std::min<int>(format.fields[size_t(field)].type.width, 16);
  return work <= maxWork * 64;
}

/// A small shape that the format may have.
static std::optional<spec::Shape> smallShape(const spec::Format &format) {
  for (int64_t k : {1, 4, 8, 32, 128, 256}) {
    spec::Shape shape{2 * format.tileRows, std::max(k, format.tileCols)};
    if (shape.n * shape.k <= 2048 && spec::checkShape(format, shape))
      return shape;
  }
  return {};
}

static void evaluate(const spec::Format &format, uint64_t seed) {
  auto shape = smallShape(format);
  if (!shape || !asksForLittle(format))
    return;
  auto sizes = spec::streamSizes(format, *shape, {}, spec::sampleSizes(format, *shape, 3));
  if (sizes) {
    spec::OwnedStreams owned;
    spec::StreamBytes streams;
    for (const auto &[name, bytes] : *sizes) {
      if (bytes > maxStreamBytes)
        return;
      for (int64_t i = 0; i < bytes; ++i)
        owned[name].push_back(uint8_t((seed = seed * 6364136223846793005 + 1) >> 56));
      streams[name] = owned[name];
    }
    if (auto bound = spec::BoundFormat::bind(format, *shape, streams))
      for (int64_t k = 0; k < shape->k; k += 1 + shape->k / 8)
        (void)bound->decode(k % shape->n, k);
  }
  if (format.encode.empty() || shape->n * shape->k > 256)
    return;
  std::vector<float> w(size_t(shape->n * shape->k));
  for (size_t i = 0; i < w.size(); ++i)
    w[i] = float(int(i * 37 % 64) - 32) / 16;
  (void)spec::encode(format, *shape, w);
}

static void useFormat(const spec::Format &format, uint64_t seed) {
  std::string json = spec::toJson(format);
  auto back = spec::fromJson(json);
  require(back && *back == format); // bundles carry it so
  evaluate(format, seed);
}

static mlir::LogicalResult verifyParts(FormatOp format) {
  for (mlir::Operation &op : format.getBody().front())
    if (failed(mlir::verify(&op)))
      return mlir::failure();
  return format.verifyInvariants();
}

static void useOp(mlir::ModuleOp module, mlir::Operation &op, uint64_t seed) {
  bool complained = false;
  mlir::ScopedDiagnosticHandler quiet(&context(), [&](mlir::Diagnostic &) { return mlir::success(complained = true); });
  if (!mlir::isa<FormatOp>(op) && failed(mlir::verify(&op)))
    return require(complained);
  FormatOp format = mlir::isa<FormatOp, InstanceOp>(op) ? formatOf(module, &op) : FormatOp();
  if (!format)
    return;
  if (failed(verifyParts(format)))
    return require(complained);
  auto resolved = resolve(format, boundParameters({&op, {}}), TableFiles::Tolerate);
  if (failed(resolved))
    return require(complained);
  useFormat(*resolved, seed);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string text(reinterpret_cast<const char *>(data), size);
  if (auto good = checkText(text, "text.mlir"); !good) {
    require(!good.error().message.empty());
    return 0;
  }
  require(!isBytecode(text));
  renewContext();
  bool complained = false;
  size_t hash = std::hash<std::string>()(text);
  // Most texts are verified as those of a folder are: what is asked for, and that once.
  auto module = parse(text, /*verify=*/hash % 4 == 0, complained);
  require(module || complained); // a refusal says why
  if (!module)
    return 0;
  checkRoundTrip(*module);
  for (mlir::Operation &op : *module->getBody())
    useOp(*module, op, hash);
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t maxSize, unsigned seed) {
  std::string_view text(reinterpret_cast<const char *>(data), size);
  std::string made = mutateText(text, text, seed);
  if (seed % 32 == 0 || made.size() > std::min(maxSize, maxTextSize))
    return LLVMFuzzerMutate(data, size, maxSize);
  std::copy(made.begin(), made.end(), data);
  return made.size();
}

extern "C" size_t LLVMFuzzerCustomCrossOver(const uint8_t *data, size_t size, const uint8_t *other, size_t otherSize,
                                            uint8_t *out, size_t maxSize, unsigned seed) {
  std::string made = mutateText({reinterpret_cast<const char *>(data), size},
                                {reinterpret_cast<const char *>(other), otherSize}, seed);
  made.resize(std::min({made.size(), maxSize, maxTextSize}));
  std::copy(made.begin(), made.end(), out);
  return made.size();
}

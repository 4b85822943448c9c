#include "dialect/Library.h"
#include "dialect/ExplainParse.h"
#include "dialect/FormatName.h"
#include "dialect/LibraryText.h"
#include "dialect/TableFile.h"
#include "dialect/TextLimits.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"

using namespace llvm;
using namespace mlir;

namespace quoin {

namespace {
/// One text and what it declares.
struct Source {
  std::string name;
  std::string text;
  OwningOpRef<ModuleOp> module;
  std::string problem; ///< why it has no module
  bool added = false;  ///< by the caller, not from a folder or built in
};

/// Turns the diagnostics of its lifetime into one Error: the first error, with its notes as hint. Of a text that is
/// being parsed, what MLIR's parser says is put into words of the language.
class Capture {
public:
  explicit Capture(MLIRContext &context, StringRef parsed = "")
      : context(context), parsed(parsed),
        handler(&context, [this](Diagnostic &diagnostic) { return take(diagnostic); }) {}

  Error error() const { return message.empty() ? Error{"the text cannot be read", ""} : Error{message, notes}; }

private:
  static std::string located(Location location, const std::string &text) {
    auto file = location->findInstanceOf<FileLineColLoc>();
    if (!file)
      return text;
    return (file.getFilename().getValue() + ":" + Twine(file.getLine()) + ":" + Twine(file.getColumn()) + ": " + text)
        .str();
  }

  LogicalResult take(Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() != DiagnosticSeverity::Error || !message.empty())
      return success();
    auto place = diagnostic.getLocation()->findInstanceOf<FileLineColLoc>();
    size_t offset = place ? offsetOf(parsed, place.getLine(), place.getColumn()) : 0;
    Error explained = explainParse(context, parsed, diagnostic.str(), offset);
    message = located(diagnostic.getLocation(), explained.message);
    notes = explained.hint;
    if (!notes.empty())
      return success(); // what the parser notes is about MLIR
    for (Diagnostic &note : diagnostic.getNotes())
      notes += (notes.empty() ? "" : "; ") + located(note.getLocation(), note.str());
    return success();
  }

  MLIRContext &context;
  StringRef parsed;
  std::string message, notes;
  ScopedDiagnosticHandler handler;
};

/// A declaration that a name leads to.
struct Match {
  Source *source = nullptr;
  NamedFormat named;
};
} // namespace

struct Library::Impl {
  explicit Impl(std::vector<std::string> folders)
      : context(registry(), MLIRContext::Threading::DISABLED), path(std::move(folders)) {
    context.loadAllAvailableDialects();
    context.printOpOnDiagnostic(false); // the text says it better than the generic form
    context.getLoadedDialect<QuoinDialect>()->setTableDirectories(path);
  }

  static const DialectRegistry &registry() {
    static const DialectRegistry dialects = [] {
      DialectRegistry all;
      all.insert<QuoinDialect>();
      return all;
    }();
    return dialects;
  }

  void load();
  void loadFolder(const std::string &folder);
  /// Failure is kept as the source's problem, too.
  Result<void> parse(Source &source, bool verify);
  Result<void> add(std::string text, const std::string &name);
  Match lookup(StringRef name);
  Result<std::pair<Source *, FormatOp>> target(const Match &match);
  Result<FoundFormat> resolveMatch(const Match &match);
  Error unknown(StringRef kind, StringRef name, ArrayRef<StringRef> names);
  size_t offset(const Source &source, Operation *op);

  MLIRContext context;
  std::vector<std::string> path;
  std::vector<std::unique_ptr<Source>> sources; ///< in the order of lookup
  bool loaded = false;
};

Result<void> Library::Impl::parse(Source &source, bool verify) {
  Error error;
  if (Result<void> good = checkText(source.text, source.name); !good) {
    error = good.error();
  } else {
    Capture capture(context, source.text);
    source.module = parseSourceString<ModuleOp>(source.text, ParserConfig(&context, verify), source.name);
    if (source.module)
      return {};
    error = capture.error();
  }
  source.problem = error.message;
  return std::unexpected(error);
}

void Library::Impl::loadFolder(const std::string &folder) {
  std::error_code error;
  std::vector<std::string> files;
  for (sys::fs::directory_iterator it(folder, error), end; it != end && !error; it.increment(error))
    if (sys::path::extension(it->path()) == ".mlir")
      files.push_back(it->path());
  llvm::sort(files);
  for (const std::string &file : files) {
    auto source = std::make_unique<Source>();
    source->name = file;
    if (Result<std::string> text = readText(file))
      source->text = std::move(*text);
    else
      source->problem = text.error().message;
    sources.push_back(std::move(source));
  }
}

/// Reads the folders and the texts built in, once. They are parsed but not yet verified: a format is when it is asked
/// for, so that one broken text leaves the others usable.
void Library::Impl::load() {
  if (std::exchange(loaded, true))
    return;
  size_t first = sources.size();
  for (const std::string &folder : path)
    loadFolder(folder);
  if (auto environment = sys::Process::GetEnv("QUOIN_PATH")) {
    SmallVector<StringRef> folders;
    StringRef(*environment).split(folders, sys::EnvPathSeparator, -1, /*KeepEmpty=*/false);
    for (StringRef folder : folders)
      loadFolder(folder.str());
  }
  for (const EmbeddedText &text : embeddedTexts()) {
    auto source = std::make_unique<Source>();
    source->name = std::string("quoin/") + text.name;
    source->text = std::string(text.text);
    sources.push_back(std::move(source));
  }
  for (auto &source : drop_begin(sources, first))
    if (source->problem.empty())
      parse(*source, /*verify=*/false);
}

Result<void> Library::Impl::add(std::string text, const std::string &name) {
  auto source = std::make_unique<Source>();
  source->name = name;
  source->text = std::move(text);
  source->added = true;
  if (Result<void> parsed = parse(*source, /*verify=*/true); !parsed)
    return parsed;
  sources.insert(sources.begin(), std::move(source));
  return {};
}

Match Library::Impl::lookup(StringRef name) {
  load();
  for (auto &source : sources)
    if (source->module)
      if (NamedFormat named = findFormat(*source->module, name); named.op)
        return {source.get(), std::move(named)};
  return {};
}

Result<std::pair<Source *, FormatOp>> Library::Impl::target(const Match &match) {
  // The format of an instance stands in the same text, or in any that a name leads to.
  if (FormatOp format = formatOf(*match.source->module, match.named.op))
    return std::pair(match.source, format);
  StringRef wanted = cast<InstanceOp>(match.named.op).getFormat();
  Match other = lookup(wanted);
  if (auto format = dyn_cast_or_null<FormatOp>(other.named.op))
    return std::pair(other.source, format);
  return fail("\"" + declaredName(match.named.op).str() + "\" is of @" + wanted.str() + ", which does not exist");
}

size_t Library::Impl::offset(const Source &source, Operation *op) {
  auto location = op->getLoc()->findInstanceOf<FileLineColLoc>();
  return location ? offsetOf(source.text, location.getLine(), location.getColumn()) : 0;
}

/// What `resolve` takes for granted of a format that was parsed without verifying it.
static LogicalResult verifyParts(FormatOp format) {
  for (Operation &op : format.getBody().front())
    if (failed(mlir::verify(&op)))
      return failure();
  return format.verifyInvariants();
}

Result<FoundFormat> Library::Impl::resolveMatch(const Match &match) {
  Capture capture(context);
  if (isa<InstanceOp>(match.named.op) && failed(mlir::verify(match.named.op)))
    return std::unexpected(capture.error());
  auto where = target(match);
  if (!where)
    return std::unexpected(where.error());
  auto [source, format] = *where;
  FoundFormat found{
      {}, opText(source->text, offset(*source, format)).str(), source->name, format, boundParameters(match.named), {}};
  if (failed(verifyParts(format)))
    return std::unexpected(capture.error());
  FailureOr<spec::Format> resolved = resolve(format, found.parameters, TableFiles::Require);
  if (failed(resolved))
    return std::unexpected(capture.error());
  found.format = std::move(*resolved);
  found.files = {found.origin};
  auto directories = tableDirectories(context.getLoadedDialect<QuoinDialect>()->getTableDirectories());
  for (const spec::Table &table : found.format.tables)
    if (auto file = findTableFile(table.file, directories))
      found.files.push_back(std::move(*file));
  auto instance = dyn_cast<InstanceOp>(match.named.op);
  bool isFamily = instance && instance.getPattern();
  found.format.name = isFamily && !match.named.parameters.empty()
                          ? fillPattern(*instance.getPattern(), match.named.parameters)
                          : declaredName(match.named.op).str();
  return found;
}

Error Library::Impl::unknown(StringRef kind, StringRef name, ArrayRef<StringRef> names) {
  Error error{"there is no " + kind.str() + " \"" + name.str() + "\"", ""};
  if (StringRef near = nearestName(name, names); !near.empty())
    error.hint = "did you mean \"" + near.str() + "\"?";
  else
    error.hint =
        "it is looked up in the file given, in --path, QUOIN_PATH and the library; \"quoin-format list\" shows all";
  int broken = 0;
  for (auto &source : sources)
    if (!source->module && ++broken == 1)
      error.hint += "; this text was not searched: " + source->problem;
  if (broken > 1)
    error.hint += "; nor were " + std::to_string(broken - 1) + " more";
  return error;
}

Result<void> checkFolders(const std::vector<std::string> &path) {
  for (const std::string &folder : path)
    if (!sys::fs::is_directory(folder))
      return fail("--path \"" + folder + "\" is no folder", "name one that holds texts (*.mlir) or tables");
  return {};
}

Library::Library(std::vector<std::string> path) : impl(std::make_unique<Impl>(std::move(path))) {}
Library::Library(Library &&) noexcept = default;
Library &Library::operator=(Library &&) noexcept = default;
Library::~Library() = default;

Result<void> Library::addFile(const std::string &file) {
  Result<std::string> text = readText(file);
  if (!text)
    return std::unexpected(text.error());
  return impl->add(std::move(*text), file);
}

Result<void> Library::addText(std::string_view text, const std::string &name) {
  return impl->add(std::string(text), name);
}

Result<FoundFormat> Library::find(std::string_view asked) {
  StringRef name(asked);
  name.consume_front("@");
  Match match = impl->lookup(name);
  if (match.named.op)
    return impl->resolveMatch(match);
  SmallVector<StringRef> names;
  for (auto &source : impl->sources)
    if (source->module)
      for (Operation &op : *source->module->getBody())
        if (isa<FormatOp, InstanceOp>(op))
          names.push_back(declaredName(&op));
  return std::unexpected(impl->unknown("format", name, names));
}

Result<PolicyOp> Library::findPolicy(std::string_view asked) {
  StringRef name(asked);
  name.consume_front("@");
  impl->load();
  SmallVector<StringRef> names;
  for (auto &source : impl->sources) {
    if (!source->module)
      continue;
    for (auto policy : source->module->getOps<PolicyOp>()) {
      names.push_back(policy.getSymName());
      if (!policy.getSymName().equals_insensitive(name))
        continue;
      Capture capture(impl->context);
      if (failed(verify(policy)))
        return std::unexpected(capture.error());
      return policy;
    }
  }
  return std::unexpected(impl->unknown("policy", name, names));
}

std::vector<KernelOp> Library::kernels() {
  std::vector<KernelOp> result;
  for (auto &source : impl->sources)
    if (source->added)
      for (auto kernel : source->module->getOps<KernelOp>())
        result.push_back(kernel);
  return result;
}

std::vector<ListedFormat> Library::list() {
  impl->load();
  std::vector<ListedFormat> result;
  llvm::StringSet<> seen;
  for (auto &source : impl->sources) {
    if (!source->module) {
      result.push_back(
          {.name = sys::path::stem(source->name).str(), .origin = source->name, .reason = source->problem});
      continue;
    }
    for (Operation &op : *source->module->getBody()) {
      auto instance = dyn_cast<InstanceOp>(op);
      if ((!isa<FormatOp>(op) && !instance) || !seen.insert(declaredName(&op).lower()).second)
        continue;
      ListedFormat listed{.name = declaredName(&op).str(),
                          .origin = source->name,
                          .comment = commentBefore(source->text, impl->offset(*source, &op)),
                          .isFamily = instance && instance.getPattern()};
      auto found = impl->resolveMatch({source.get(), {&op, {}}});
      listed.available = found.has_value();
      if (!found)
        listed.reason = found.error().message;
      result.push_back(std::move(listed));
    }
  }
  return result;
}

mlir::MLIRContext &Library::context() { return impl->context; }

} // namespace quoin

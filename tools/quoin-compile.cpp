// Compiles descriptions: one input to one bundle, or to what any stage makes of it.
#include "codegen/Compile.h"
#include "codegen/EmitHeader.h"
#include "codegen/Version.h"
#include "runtime/file.h"
#include "tools/manual/DescribeOptions.h"

#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/FileSystem.h"

#include <boost/program_options.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iostream>

using namespace mlir;
using namespace quoin;
namespace po = boost::program_options;

namespace {

struct Options {
  std::vector<std::string> files;
  std::string file, format, activations, output, targets, layout, emit;
  std::vector<std::string> path;
  bool debug = false, hasOutput = false;
  bool saysKernel = false; ///< --activations or --layout is given

  bool toFile() const { return hasOutput && output != "-"; }
  DebugInfo debugInfo() const { return debug ? DebugInfo::Lines : DebugInfo::None; }
};

po::options_description describeOptions(Options &o) {
  po::options_description options("Options");
  options.add_options()("help,h", "print this")("version", "print the version");
  options.add_options()("format", po::value(&o.format)->value_name("@NAME"),
                        "make matmul_NAME_ACTIVATIONS, decode_NAME and pack_NAME for weights of this format");
  options.add_options()(
      "activations", po::value(&o.activations)->value_name("KIND,...")->default_value("int8"),
      "int8[:GROUP|token], bf16, f16, f32, or several with commas between; none: the decode kernel alone");
  options.add_options()(
      "output,o", po::value(&o.output)->value_name("OUT"),
      "bundle, or NAME of NAME.o, NAME.h and NAME.json for --emit=object; stages go to stdout for - or without it");
  options.add_options()("target", po::value(&o.targets)->value_name("T,...")->default_value("host"),
                        "targets, one image each in the bundle");
  options.add_options()("layout", po::value(&o.layout)->value_name("packed|stored")->default_value("packed"),
                        "what the kernel reads weights from");
  std::string stages = fmt::format("{}", fmt::join(allStages(), "|"));
  options.add_options()("emit", po::value(&o.emit)->value_name(stages)->default_value("bundle"),
                        "what to write: the text after a stage, or code");
  options.add_options()("debug,g", po::bool_switch(&o.debug),
                        "have assembly or an object say which lines of the text code comes from, for perf and gdb");
  options.add_options()("path", po::value(&o.path)->value_name("DIR"), "folders to look for formats and tables in");
  return options;
}

constexpr const char *usage =
    "quoin-compile [FILE.mlir] [--format=@NAME --activations=KIND,...] -o OUT.quoin [--target=T,...]";
constexpr const char *about =
    "Compiles the kernels of FILE, or kernels for the format NAME (of FILE, the path or the library).";

int explain(const Error &error) {
  std::cerr << "quoin-compile: error: " << error.message << "\n";
  if (!error.hint.empty())
    std::cerr << "  hint: " << error.hint << "\n";
  return 1;
}

/// Ends what prints a text: 0, or 1 where it did not arrive.
int finishOutput() {
  return std::cout.flush() ? 0 : explain({"standard output cannot be written", "check the space left where it goes"});
}

/// LLVM ends the program where it cannot go on; what it says becomes one error like all others.
void explainLlvm(void *, const char *reason, bool) {
  explain({fmt::format("LLVM stopped: {}", reason),
           "report it with what this command prints when --emit=llvm is added to it"});
  std::_Exit(1);
}

/// The words of a list with commas between, each once.
std::vector<std::string> split(const std::string &list) {
  std::vector<std::string> words;
  llvm::SmallVector<llvm::StringRef> parts;
  llvm::StringRef(list).split(parts, ',');
  for (llvm::StringRef part : parts)
    if (!llvm::is_contained(words, part))
      words.push_back(part.str());
  return words;
}

Result<std::vector<Target>> parseTargets(const std::string &list) {
  std::vector<Target> targets;
  for (const std::string &name : split(list)) {
    Result<Target> target = findTarget(name);
    if (!target)
      return std::unexpected(target.error());
    bool again =
        std::any_of(targets.begin(), targets.end(), [&](const Target &known) { return known.name == target->name; });
    if (!again) // host may be one of the others
      targets.push_back(std::move(*target));
  }
  return targets;
}

/// The module to compile, and the texts it is made of.
struct Input {
  OwningOpRef<ModuleOp> module;
  std::string text;
  std::vector<std::string> files; ///< they were read from; what is built in names no file
};

Result<void> addWeights(Library &library, Input &input, std::string_view name) {
  Result<FoundFormat> found = library.find(name);
  if (!found)
    return std::unexpected(found.error());
  addFormat(*input.module, *found);
  input.text += found->source + "\n";
  input.files.insert(input.files.end(), found->files.begin(), found->files.end());
  return {};
}

Result<Input> makeInput(Library &library, const Options &options) {
  Input input{beginModule(library), {}, {options.file}};
  if (!options.format.empty()) {
    Result<FoundFormat> found = library.find(options.format);
    if (!found)
      return std::unexpected(found.error());
    addFormat(*input.module, *found);
    input.text = found->source + "\n" + options.activations;
    input.files.insert(input.files.end(), found->files.begin(), found->files.end());
    for (const std::string &kind : split(options.activations))
      if (Result<void> added = addKernel(*input.module, found->format.name, kind, options.layout == "stored"); !added)
        return std::unexpected(added.error());
    return input;
  }
  std::vector<KernelOp> kernels = library.kernels();
  if (kernels.empty())
    return fail(fmt::format("\"{}\" declares no kernel", options.file),
                "declare a quoin.kernel in it, or give --format=@NAME");
  for (KernelOp kernel : kernels) {
    std::string name = kernel.getWeights().str();
    if (Result<void> added = addWeights(library, input, name); !added)
      return fail(fmt::format("kernel \"{}\": {}", kernel.getSymName().str(), added.error().message),
                  added.error().hint);
    input.module->push_back(kernel->clone());
    llvm::raw_string_ostream(input.text) << kernel << "\n";
  }
  return input;
}

Result<void> writeText(const std::string &name, const std::string &bytes) {
  std::span<const uint8_t> part(reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size());
  if (Outcome<void> written = quoin::writeFile(name, {&part, 1}); !written)
    return std::unexpected(written.error().error);
  return {};
}

std::string stem(const std::string &name) {
  size_t slash = name.find_last_of('/'), dot = name.find_last_of('.');
  bool hasSuffix = dot != std::string::npos && (slash == std::string::npos || dot > slash + 1);
  return hasSuffix ? name.substr(0, dot) : name;
}

/// NAME.o, NAME.h and NAME.json.
Result<void> writeObject(const Compiled &compiled, const std::string &textHash, const std::string &output) {
  std::string base = stem(output), guard = "QUOIN_KERNELS_";
  for (char c : base.substr(base.find_last_of('/') + 1))
    guard += std::isalnum(static_cast<unsigned char>(c)) ? char(std::toupper(c)) : '_';
  const Image &image = compiled.images.front().image;
  nlohmann::json manifest = makeManifest(compiled.kernels, compiled.images, textHash);
  for (const auto &[suffix, bytes] : {std::pair(".o", compiled.objects.front()),
                                      std::pair(".h", emitHeader(compiled.kernels, manifest, image, guard + "_H")),
                                      std::pair(".json", manifest.dump(2) + "\n")})
    if (Result<void> written = writeText(base + suffix, bytes); !written)
      return written;
  return {};
}

/// NAME of NAME.o is a name, and no directory or device that something else is beside.
Result<void> checkObjectName(const std::string &output) {
  if (llvm::sys::fs::exists(output) && !llvm::sys::fs::is_regular_file(output))
    return fail(fmt::format("-o \"{}\" is no name for a file", output), "give NAME of NAME.o, NAME.h and NAME.json");
  return {};
}

Result<void> keepInputs(const Input &input, const Options &options, Stage stage) {
  std::string base = stem(options.output);
  std::vector<std::string> outputs = {options.output};
  if (stage == Stage::Object)
    outputs = {base + ".o", base + ".h", base + ".json"};
  for (const std::string &output : outputs)
    if (Outcome<void> kept = quoin::keepInputs("-o", output, input.files); !kept)
      return std::unexpected(kept.error().error);
  return {};
}

/// What a kernel does otherwise than one would take for granted.
std::vector<std::string> notesOf(const KernelRecord &kernel) {
  std::vector<std::string> notes;
  if (!kernel.hasMatmul())
    return notes;
  const KernelPlan &plan = kernel.plan;
  if (!plan.form.rounding.empty())
    notes.push_back(plan.form.rounding);
  if (plan.activationGroup >= 0 && plan.activationGroup != plan.askedActivationGroup)
    notes.push_back(fmt::format("activations share a scale on {} columns, not {}, to fit the weights' groups",
                                plan.activationGroup, plan.askedActivationGroup));
  if (plan.form.code < 0 && !plan.isStored)
    notes.push_back(fmt::format("packed weights are a number for every weight instead of a code: {}",
                                plan.whyValues.empty() ? plan.normal.why : plan.whyValues));
  return notes;
}

Result<void> compileInput(Library &library, const Options &options, Stage stage, const std::vector<Target> &targets) {
  loadDialects(library);
  if (!options.file.empty())
    if (Result<void> added = library.addFile(options.file); !added)
      return added;
  Result<Input> input = makeInput(library, options);
  if (!input)
    return std::unexpected(input.error());
  if (options.toFile())
    if (Result<void> kept = keepInputs(*input, options, stage); !kept)
      return kept;

  if (stage < Stage::Object) {
    Result<std::string> text = emitStage(*input->module, targets.front(), stage, options.debugInfo());
    if (!text)
      return std::unexpected(text.error());
    if (options.toFile())
      return writeText(options.output, *text);
    if (!(std::cout << *text << std::flush))
      return fail("standard output cannot be written", "check the space left where it goes");
    return {};
  }
  Result<Compiled> compiled = compile(*input->module, targets, options.debugInfo());
  if (!compiled)
    return std::unexpected(compiled.error());
  for (const KernelRecord &kernel : compiled->kernels)
    for (const std::string &note : notesOf(kernel))
      std::cerr << fmt::format("quoin-compile: note: kernel \"{}\": {}\n", kernel.name, note);
  std::string textHash = hashText(input->text);
  if (stage == Stage::Object)
    return writeObject(*compiled, textHash, options.output);
  Result<std::string> bundle = makeBundle(*compiled, textHash);
  if (!bundle)
    return std::unexpected(bundle.error());
  return writeText(options.output, *bundle);
}

Result<void> runCompiler(const Options &options) {
  if (options.file.empty() && options.format.empty())
    return fail("nothing to compile", "give --format=@NAME, or a FILE with a quoin.kernel");
  if (options.format.empty() && options.saysKernel)
    return fail("--activations and --layout are for --format=@NAME, which is not given",
                fmt::format("name a format, or leave them out: kernels that \"{}\" declares have their own", options.file));
  Result<Stage> stage = findStage(options.emit);
  if (!stage)
    return std::unexpected(stage.error());
  Result<std::vector<Target>> targets = parseTargets(options.targets);
  if (!targets)
    return std::unexpected(targets.error());
  if (options.layout != "packed" && options.layout != "stored")
    return fail(fmt::format("unknown layout \"{}\"", options.layout), "layouts are packed and stored");
  if (*stage < Stage::Bundle && targets->size() > 1)
    return fail(fmt::format("--emit={} shows one target, found {}", options.emit, targets->size()),
                "name one --target");
  if (*stage >= Stage::Object && !options.hasOutput)
    return fail(fmt::format("--emit={} needs an output", options.emit), "add -o OUT");
  if (options.toFile() || (options.hasOutput && *stage >= Stage::Object))
    if (Outcome<void> named = checkOutput("-o", options.output); !named)
      return std::unexpected(named.error().error);
  if (*stage == Stage::Object)
    if (Result<void> named = checkObjectName(options.output); !named)
      return named;
  if (options.debug && *stage != Stage::Asm && *stage != Stage::Object)
    return fail(fmt::format("--emit={} has no place for debug information", options.emit),
                "leave -g out, or emit an object, which a debugger reads");

  if (Result<void> folders = checkFolders(options.path); !folders)
    return folders;
  Library library(options.path);
  // Failed passes explain themselves, the first best; what they only remark is for quoin-opt.
  std::string explanation;
  ScopedDiagnosticHandler handler(&library.context(), [&](Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() == DiagnosticSeverity::Error && explanation.empty()) {
      if (auto where = diagnostic.getLocation()->findInstanceOf<FileLineColLoc>())
        explanation = fmt::format("{}:{}:{}: ", where.getFilename().str(), where.getLine(), where.getColumn());
      explanation += diagnostic.str();
    }
    return success();
  });
  Result<void> done = compileInput(library, options, *stage, *targets);
  if (!done && !explanation.empty())
    return fail(explanation);
  return done;
}

} // namespace

int main(int argc, char **argv) {
  Options options;
  po::options_description visible = describeOptions(options);
  po::options_description all = visible;
  all.add_options()("file", po::value(&options.files));
  if (argc == 2 && std::string_view(argv[1]) == tool::describeArgument) {
    std::cout << tool::describeProgram("quoin-compile", about, {})
              << tool::describeCommand(usage, about, visible, {{"target", targetNames()}});
    return finishOutput();
  }
  try {
    po::variables_map values;
    po::positional_options_description places;
    places.add("file", -1);
    po::store(po::command_line_parser(argc, argv).options(all).positional(places).run(), values);
    po::notify(values);
    options.hasOutput = values.count("output") != 0;
    options.saysKernel = !values["activations"].defaulted() || !values["layout"].defaulted();
    if (options.files.size() > 1)
      return explain(
          {fmt::format("\"{}\" is one argument too many", options.files[1]), fmt::format("usage: {}", usage)});
    if (!options.files.empty())
      options.file = options.files.front();
    if (values.count("help")) {
      std::cout << fmt::format("usage: {}\n\n{}\nTargets: {}\n\n", usage, about, fmt::join(targetNames(), ", "))
                << visible;
      return finishOutput();
    }
    if (values.count("version")) {
      std::cout << fmt::format("quoin-compile {} (commit {}), LLVM {}\n", version, *commit ? commit : "unknown", llvmVersion);
      return finishOutput();
    }
  } catch (const po::error &error) {
    return explain({error.what(), "quoin-compile --help lists the options"});
  }
  llvm::install_fatal_error_handler(explainLlvm);
  if (Result<void> done = runCompiler(options); !done)
    return explain(done.error());
  return 0;
}

// Stages 3 to 7 on one page.
#include "codegen/Compile.h"

#include "codegen/DebugLines.h"
#include "codegen/EmitObject.h"
#include "codegen/RunPasses.h"
#include "dialect/FormatName.h"
#include "lowering/Passes.h"
#include "lowering/Pipelines.h"
#include "lowering/Schedule.h"
#include "lowering/SourceLines.h"
#include "lowering/tile/ActivationLayout.h"
#include "runtime/manifest.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/SHA256.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <future>

using namespace mlir;

namespace quoin {

static const std::vector<std::pair<std::string, Stage>> stageNames = {
    {"quoin", Stage::Quoin}, {"normal", Stage::Normal}, {"schedule", Stage::Schedule},
    {"tile", Stage::Tile},   {"vector", Stage::Vector}, {"llvm", Stage::Llvm},
    {"asm", Stage::Asm},     {"object", Stage::Object}, {"bundle", Stage::Bundle}};

std::vector<std::string> allStages() {
  std::vector<std::string> names;
  for (const auto &[name, stage] : stageNames)
    names.push_back(name);
  return names;
}

Result<Stage> findStage(std::string_view name) {
  for (const auto &[known, stage] : stageNames)
    if (known == name)
      return stage;
  return fail(fmt::format("unknown stage \"{}\"", name), fmt::format("stages are {}", fmt::join(allStages(), ", ")));
}

void loadDialects(Library &library) {
  DialectRegistry registry;
  registry.insert<QuoinDialect, tile::QTileDialect, arith::ArithDialect, func::FuncDialect, math::MathDialect,
                  scf::SCFDialect, vector::VectorDialect, LLVM::LLVMDialect>();
  library.context().appendDialectRegistry(registry);
  library.context().loadAllAvailableDialects();
}

OwningOpRef<ModuleOp> beginModule(Library &library) {
  loadDialects(library);
  return ModuleOp::create(UnknownLoc::get(&library.context()));
}

void addFormat(ModuleOp module, const FoundFormat &found) {
  OpBuilder b(module.getBody(), module.getBody()->end());
  FormatOp declared = found.op;
  if (!SymbolTable::lookupSymbolIn(module, declared.getSymName()))
    b.clone(*declared);
  if (found.format.name == declared.getSymName() || SymbolTable::lookupSymbolIn(module, found.format.name))
    return;
  SmallVector<StringRef> names;
  SmallVector<int64_t> values;
  for (const auto &[name, value] : found.parameters) {
    names.push_back(name);
    values.push_back(value);
  }
  InstanceOp::create(b, declared.getLoc(), b.getStringAttr(found.format.name), StringAttr(),
                     FlatSymbolRefAttr::get(declared.getSymNameAttr()), b.getStrArrayAttr(names),
                     b.getDenseI64ArrayAttr(values));
}

/// Has the code of every kernel say which lines of its weights' text it comes from.
static void carryLines(ModuleOp module) {
  for (KernelOp kernel : module.getOps<KernelOp>())
    if (NamedFormat found = findFormat(module, kernel.getWeights()); found.op)
      if (FormatOp text = formatOf(module, found.op))
        kernel->setLoc(withLines(kernel.getLoc(), text));
}

/// Runs the stages up to and including `last` on `module`.
static Result<void> runStages(ModuleOp module, const Target &target, Stage last) {
  struct Step {
    Stage stage;
    const char *what;
    llvm::function_ref<void(OpPassManager &)> addPasses;
  };
  auto schedule = [&](OpPassManager &pm) { addScheduleStage(pm, target.name); };
  auto tile = [&](OpPassManager &pm) { addTileStage(pm); };
  auto vector = [&](OpPassManager &pm) { addVectorStage(pm, target.name); };
  auto llvm = [&](OpPassManager &pm) { addLlvmStage(pm, target.name); };
  const Step steps[] = {{Stage::Normal, "the choice of a schedule", schedule},
                        {Stage::Tile, "tiling", tile},
                        {Stage::Vector, "vectorization", vector},
                        {Stage::Llvm, "the LLVM dialect", llvm}};
  for (const Step &step : steps)
    if (step.stage <= last)
      if (Result<void> done = runPasses(module, step.addPasses, step.what); !done)
        return done;
  return {};
}

static std::string print(ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  module.print(stream);
  return text + "\n";
}

Result<std::string> emitStage(ModuleOp module, const Target &target, Stage stage, DebugInfo debug) {
  OwningOpRef<ModuleOp> copy = module.clone();
  if (debug == DebugInfo::Lines)
    carryLines(*copy);
  if (Result<void> done = runStages(*copy, target, stage); !done)
    return std::unexpected(done.error());
  if (stage == Stage::Asm && debug == DebugInfo::Lines)
    if (Result<void> done = addDebugLines(*copy); !done)
      return std::unexpected(done.error());
  if (stage == Stage::Asm)
    return emitObject(*copy, target, ObjectKind::Assembly);
  if (stage == Stage::Normal) // what a schedule is chosen from
    for (KernelOp kernel : copy->getOps<KernelOp>()) {
      kernel->removeAttr(packedLayoutAttrName);
      kernel->removeAttr(scheduleAttrName);
    }
  return print(*copy);
}

/// Scratch a schedule needs: the most of any regime.
static int64_t scratchBytes(const KernelPlan &plan) {
  int64_t most = 0;
  for (tile::RegimeAttr regime : plan.regimes) {
    ScratchSizes sizes = scratchSizes(plan, regime);
    most = std::max(most, sizes.packed + sizes.decoded);
  }
  return most;
}

/// Activations as they are: the group may be shorter than what was asked for.
static std::string spelling(KernelOp kernel, const KernelPlan &plan) {
  ActivationsAttr activations = kernel.getActivations();
  if (activations.isInt8())
    activations = ActivationsAttr::get(kernel.getContext(), Precision::Int8, plan.activationGroup);
  return activations.spelling();
}

/// Reads what the scheduled kernels of a module are; the first target makes the records, later ones add to them.
static Result<void> record(ModuleOp module, const Target &target, std::vector<KernelRecord> &kernels) {
  size_t index = 0;
  for (KernelOp kernel : module.getOps<KernelOp>()) {
    FailureOr<KernelPlan> plan = planKernel(kernel);
    if (failed(plan))
      return fail(fmt::format("kernel \"{}\" has no plan", kernel.getSymName().str()));
    bool decodeOnly = kernel->hasAttr(decodeOnlyAttrName);
    for (KernelOp other : module.getOps<KernelOp>())
      if (other != kernel && wordOf(other.getSymName()) == wordOf(kernel.getSymName()))
        return fail(fmt::format("kernels \"{}\" and \"{}\" are both \"{}\" in C", kernel.getSymName().str(),
                                other.getSymName().str(), wordOf(kernel.getSymName())),
                    "give one of them another name");
    if (index == kernels.size())
      kernels.push_back({kernel.getSymName().str(), decodeOnly ? "" : spelling(kernel, *plan), *plan, {}});
    KernelRecord &entry = kernels[index++];
    if (entry.plan.layout != plan->layout)
      return fail(fmt::format("targets ask for different layouts of kernel \"{}\"", entry.name),
                  "compile them into bundles of their own");
    entry.scratchBytes = std::max(entry.scratchBytes, scratchBytes(*plan));
    if (plan->layout) {
      tile::XLayoutAttr x = plan->xLayout(module.getContext());
      entry.xCodeBytes = std::max(entry.xCodeBytes, activationCodeBytes(x));
      entry.xParts = activationParts(x);
      if (x.getPairs() && target.bf16 == Bf16Products::Pairs)
        entry.bf16PairTargets.insert(target.name);
    }
    if (Attribute schedule = kernel->getAttr(scheduleAttrName))
      llvm::raw_string_ostream(entry.schedules[target.name]) << schedule;
  }
  return {};
}

/// Machine code of every module, target by target, on as many threads as there are targets.
static Result<void> emitAll(std::vector<OwningOpRef<ModuleOp>> &modules, const std::vector<Target> &targets,
                            Compiled &compiled) {
  std::vector<std::future<Result<std::string>>> objects;
  for (size_t i = 0; i < targets.size(); ++i)
    objects.push_back(
        std::async(std::launch::async, [&, i] { return emitObject(*modules[i], targets[i], ObjectKind::Object); }));
  Result<void> done;
  for (size_t i = 0; i < targets.size(); ++i) {
    Result<std::string> object = objects[i].get();
    Result<Image> image = object ? linkImage(*object) : std::unexpected(object.error());
    if (!image && done)
      done = std::unexpected(image.error());
    if (!image)
      continue;
    compiled.objects.push_back(std::move(*object));
    compiled.images.push_back({targets[i], std::move(*image)});
  }
  return done;
}

Result<Compiled> compile(ModuleOp module, const std::vector<Target> &targets, DebugInfo debug) {
  Compiled compiled;
  std::vector<OwningOpRef<ModuleOp>> modules;
  for (const Target &target : targets) {
    OwningOpRef<ModuleOp> copy = module.clone();
    if (debug == DebugInfo::Lines)
      carryLines(*copy);
    auto schedule = [&](OpPassManager &pm) { addScheduleStage(pm, target.name); };
    if (Result<void> done = runPasses(*copy, schedule, "the choice of a schedule"); !done)
      return std::unexpected(done.error());
    if (Result<void> done = record(*copy, target, compiled.kernels); !done)
      return std::unexpected(done.error());
    if (Result<void> done = runStages(*copy, target, Stage::Llvm); !done)
      return std::unexpected(done.error());
    if (debug == DebugInfo::Lines)
      if (Result<void> done = addDebugLines(*copy); !done)
        return std::unexpected(done.error());
    modules.push_back(std::move(copy));
  }
  prepareEmission(*module.getContext());
  if (Result<void> done = emitAll(modules, targets, compiled); !done)
    return std::unexpected(done.error());
  return compiled;
}

/// As many columns as a block of the schedule may have.
static constexpr int64_t maxActivationGroup = 1 << 16;

Result<void> addKernel(ModuleOp module, const std::string &format, const std::string &activations, bool isStored) {
  OpBuilder b(module.getBody(), module.getBody()->end());
  bool decodeOnly = activations == "none";
  size_t colon = activations.find(':');
  bool hasGroup = colon != std::string::npos;
  std::string kind = activations.substr(0, colon), per = hasGroup ? activations.substr(colon + 1) : "";
  std::optional<Precision> precision = symbolizePrecision(decodeOnly ? "f32" : kind);
  int64_t group = precision == Precision::Int8 ? 32 : 0;
  bool known = precision && (!hasGroup || precision == Precision::Int8);
  if (known && hasGroup && per != "token")
    known = !llvm::StringRef(per).getAsInteger(10, group) && group > 0 && group <= maxActivationGroup;
  if (per == "token")
    group = 0;
  if (!known)
    return fail(
        fmt::format("unknown activations \"{}\"", activations),
        fmt::format("activations are int8, int8:GROUP with 1 to {} columns that share a scale, int8:token, bf16, f16, "
                    "f32, or none for the decode kernel alone",
                    maxActivationGroup));
  auto attribute = ActivationsAttr::get(b.getContext(), *precision, group);
  std::string suffix = attribute.spelling();
  std::replace(suffix.begin(), suffix.end(), ':', '_');
  std::string name = decodeOnly ? "decode_only_" + format : "matmul_" + format + "_" + suffix;
  if (SymbolTable::lookupSymbolIn(module, name))
    return fail(fmt::format("activations \"{}\" are given twice", attribute.spelling()), "name each kind once");
  // Diagnostics and debug information lead to the format's text.
  Location declared = module.getLoc();
  for (Operation &op : *module.getBody())
    if (declaredName(&op) == format)
      declared = op.getLoc();
  auto kernel =
      KernelOp::create(b, NameLoc::get(b.getStringAttr("--format=@" + format), declared), b.getStringAttr(name),
                       FlatSymbolRefAttr::get(b.getContext(), format), attribute, AccumulateAttr(), PrecisionAttr(),
                       PrecisionAttr(), IntegerAttr(), IntegerAttr(),
                       isStored ? quoin::LayoutAttr::get(b.getContext(), quoin::Layout::Stored) : quoin::LayoutAttr());
  if (decodeOnly)
    kernel->setAttr(decodeOnlyAttrName, b.getUnitAttr());
  return {};
}

std::string hashText(std::string_view text) {
  llvm::SHA256 hash;
  hash.update(llvm::StringRef(text.data(), text.size()));
  return llvm::toHex(hash.final(), /*LowerCase=*/true);
}

Result<std::string> makeBundle(const Compiled &compiled, const std::string &textHash) {
  nlohmann::json manifest = makeManifest(compiled.kernels, compiled.images, textHash);
  if (auto read = parseManifest(manifest.dump()); !read)
    return fail(
        "a bundle of this would not load: " + read.error().error.message,
        "a manifest holds the formats with their tables, and names of kernels and streams; change what it cannot hold");
  return writeBundle(manifest, compiled.images);
}

} // namespace quoin

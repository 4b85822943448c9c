// The table of targets. A target's instruction names live in the lowering that emits them (cpu/DotProductX86.cpp).
#include "lowering/Target.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/X86TargetParser.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace quoin {

/// What a machine must have to run code for `cpu`: all features of that processor whose instructions the code generator
/// may choose by itself. What these imply, and instructions for systems and cryptography, are left out.
static std::vector<std::string> requiredFor(llvm::StringRef cpu) {
  static constexpr llvm::StringRef chosen[] = {
      "avx2",       "avx512bf16", "avx512bitalg", "avx512bw",    "avx512cd",   "avx512dq",        "avx512f", "avx512fp16",
      "avx512ifma", "avx512vbmi", "avx512vbmi2",  "avx512vl",    "avx512vnni", "avx512vpopcntdq", "avxifma", "avxvnni",
      "avxvnniint8", "avxvnniint16", "avxneconvert", "bmi",      "bmi2",       "f16c",            "fma",     "gfni",
      "lzcnt",      "movbe",      "popcnt"};
  llvm::SmallVector<llvm::StringRef> features;
  llvm::X86::getFeaturesForCPU(cpu, features);
  std::vector<std::string> required;
  for (llvm::StringRef feature : chosen)
    if (llvm::is_contained(features, feature))
      required.push_back(feature.str());
  return required;
}

static std::vector<std::string> with(std::vector<std::string> features, std::initializer_list<const char *> more) {
  features.insert(features.end(), more.begin(), more.end());
  return features;
}

static const std::vector<Target> &table() {
  const std::string linux64 = "x86_64-unknown-linux-gnu", linuxArm = "aarch64-unknown-linux-gnu";
  // Full-width vectors are asked for by name: several processors' tuning would otherwise halve them.
  const std::string wide = "-prefer-256-bit";
  const std::vector<std::string> v3 = requiredFor("x86-64-v3"), rapids = requiredFor("sapphirerapids"), neon = {"neon"};
  static const std::vector<Target> targets = {
      {"x86-64-v3", linux64, "x86-64-v3", "", v3, 32, DotInstruction::Pairs},
      {"x86-64-v4", linux64, "x86-64-v4", wide, requiredFor("x86-64-v4"), 64, DotInstruction::Pairs},
      {"znver4", linux64, "znver4", wide, requiredFor("znver4"), 64, DotInstruction::Quads, Bf16Products::Pairs},
      {"znver5", linux64, "znver5", wide, requiredFor("znver5"), 64, DotInstruction::Quads, Bf16Products::Pairs},
      {"sapphirerapids", linux64, "sapphirerapids", wide, rapids, 64, DotInstruction::Quads, Bf16Products::Pairs},
      {"sapphirerapids+amx", linux64, "sapphirerapids", wide, with(rapids, {"amx-int8", "amx-tile"}), 64,
       DotInstruction::Quads, Bf16Products::Pairs, /*hasMatrices=*/false, /*hasTiles=*/true},
      {"aarch64", linuxArm, "generic", "", neon, 16, DotInstruction::Halves},
      {"aarch64+dotprod", linuxArm, "generic", "+dotprod", with(neon, {"dotprod"}), 16, DotInstruction::SignedQuads},
      {"aarch64+i8mm", linuxArm, "generic", "+dotprod,+i8mm", with(neon, {"dotprod", "i8mm"}), 16,
       DotInstruction::Quads, Bf16Products::Floats, /*hasMatrices=*/true},
      // Every vector width and dot product spelled out in plain vector code: the reference the tables are tested
      // against.
      {"x86-64-v3-generic", linux64, "x86-64-v3", "", v3, 32, DotInstruction::Generic},
      {"x86-64-v3-generic512", linux64, "x86-64-v3", "", v3, 64, DotInstruction::Generic,
       Bf16Products::SplitPairs},
  };
  return targets;
}

/// The running processor: the widest table row whose features it has, scheduled for its own core.
static Result<Target> hostTarget() {
  llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
  auto has = [&](const std::vector<std::string> &required) {
    return llvm::all_of(required, [&](const std::string &name) { return features.lookup(name); });
  };
  const Target *best = nullptr;
  for (const Target &target : table()) {
    if (has(target.required) && target.dot != DotInstruction::Generic &&
        (!best || target.vectorBytes > best->vectorBytes || target.dot > best->dot || target.hasTiles))
      best = &target;
  }
  if (!best)
    return fail("this processor has neither AVX2 nor NEON, the least that kernels are made for",
                "name the target that is meant: --target=x86-64-v3");
  Target host = *best;
  // A system may hide features of its processor: then it is no such one.
  std::string name = llvm::sys::getHostCPUName().str();
  if (host.dot == DotInstruction::Quads && llvm::StringRef(name).starts_with("znver") && has(requiredFor(name))) {
    host.cpu = name;
    host.required = requiredFor(name);
  }
  return host;
}

Result<Target> findTarget(std::string_view name) {
  if (name == "host")
    return hostTarget();
  for (const Target &target : table())
    if (target.name == name)
      return target;
  return fail(fmt::format("unknown target \"{}\"", name), fmt::format("targets are {}", fmt::join(targetNames(), ", ")));
}

std::vector<std::string> targetNames() {
  std::vector<std::string> names = {"host"};
  for (const Target &target : table())
    names.push_back(target.name);
  return names;
}

DotPlan planDot(const Target &target, int64_t top, tile::Operands operands) {
  int64_t maxCode = std::max(top, int64_t(1)); // codes may all be zero
  if (operands == tile::Operands::Words)
    return {32, 0, false, maxCode, 16};
  if (operands == tile::Operands::Matrices)
    return {32, 0, false, maxCode, 4};
  if (operands == tile::Operands::Tiles) // a tile's product, and storing it, take 16 cycles each for 64 columns
    return {32, 0, false, maxCode, 2};
  if (target.dot == DotInstruction::Halves || target.dot == DotInstruction::SignedQuads) {
    bool isCentred = maxCode > INT8_MAX;
    return {32, 0, isCentred, isCentred ? 128 : maxCode, target.dot == DotInstruction::Halves ? 32.0 : 8.0};
  }
  if (target.dot != DotInstruction::Pairs)
    return {32, 0, false, maxCode, 8};
  int64_t pair = 2 * 127; // largest magnitude one pair of products adds per unit of code
  if (maxCode * pair > INT16_MAX) // centred codes fit: 128 * 254 = 32512
    return {32, 0, true, 128, 24}; // and the sign of each product, on the same pipes
  int64_t steps = INT16_MAX / (maxCode * pair);
  return {16, steps, false, maxCode, 8 + 8.0 / double(std::min<int64_t>(steps, 8))};
}

} // namespace quoin

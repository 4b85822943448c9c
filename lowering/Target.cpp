// The table of targets. A target's instruction names live in the lowering that emits them (cpu/DotProductX86.cpp).
#include "lowering/Target.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/TargetParser/Host.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace quoin {

static const std::vector<std::string> v3Features = {"avx2", "bmi2", "f16c", "fma"};
static const std::vector<std::string> v4Features = {"avx2",     "avx512bw", "avx512dq", "avx512f", "avx512vl",
                                                    "bmi2", "f16c",     "fma"};

static const std::vector<std::string> armFeatures = {"neon"};

static std::vector<std::string> with(std::vector<std::string> features, std::initializer_list<const char *> more) {
  features.insert(features.end(), more.begin(), more.end());
  std::sort(features.begin(), features.end());
  return features;
}

/// AVX-512 with byte products that accumulate, and with products of bf16.
static const std::vector<std::string> bf16Features = with(v4Features, {"avx512bf16", "avx512vbmi", "avx512vnni"});

static const std::vector<Target> &table() {
  const std::string linux64 = "x86_64-unknown-linux-gnu", linuxArm = "aarch64-unknown-linux-gnu";
  // Full-width vectors are asked for by name: several processors' tuning would otherwise halve them.
  const std::string wide = "-prefer-256-bit";
  static const std::vector<Target> targets = {
      {"x86-64-v3", linux64, "x86-64-v3", "", v3Features, 32, DotInstruction::Pairs},
      {"x86-64-v4", linux64, "x86-64-v4", wide, v4Features, 64, DotInstruction::Pairs},
      {"znver4", linux64, "znver4", wide, bf16Features, 64, DotInstruction::Quads, Bf16Products::Pairs},
      {"znver5", linux64, "znver5", wide, bf16Features, 64, DotInstruction::Quads, Bf16Products::Pairs},
      {"sapphirerapids", linux64, "sapphirerapids", wide, bf16Features, 64, DotInstruction::Quads, Bf16Products::Pairs},
      {"sapphirerapids+amx", linux64, "sapphirerapids", wide, with(bf16Features, {"amx-int8", "amx-tile"}), 64,
       DotInstruction::Quads, Bf16Products::Pairs, /*hasMatrices=*/false, /*hasTiles=*/true},
      {"aarch64", linuxArm, "generic", "", armFeatures, 16, DotInstruction::Halves},
      {"aarch64+dotprod", linuxArm, "generic", "+dotprod", with(armFeatures, {"dotprod"}), 16,
       DotInstruction::SignedQuads},
      {"aarch64+i8mm", linuxArm, "generic", "+dotprod,+i8mm", with(armFeatures, {"dotprod", "i8mm"}), 16,
       DotInstruction::Quads, Bf16Products::Floats, /*hasMatrices=*/true},
      // Every vector width and dot product spelled out in plain vector code: the reference the tables are tested
      // against.
      {"x86-64-v3-generic", linux64, "x86-64-v3", "", v3Features, 32, DotInstruction::Generic},
      {"x86-64-v3-generic512", linux64, "x86-64-v3", "", v3Features, 64, DotInstruction::Generic,
       Bf16Products::SplitPairs},
  };
  return targets;
}

/// The running processor: the widest table row whose features it has, scheduled for its own core.
static Result<Target> hostTarget() {
  llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
  const Target *best = nullptr;
  for (const Target &target : table()) {
    bool usable = llvm::all_of(target.required, [&](const std::string &name) { return features.lookup(name); });
    if (usable && target.dot != DotInstruction::Generic &&
        (!best || target.vectorBytes > best->vectorBytes || target.dot > best->dot || target.hasTiles))
      best = &target;
  }
  if (!best)
    return fail("this processor has neither AVX2 nor NEON, the least that kernels are made for",
                "name the target that is meant: --target=x86-64-v3");
  Target host = *best;
  if (host.dot == DotInstruction::Quads && llvm::sys::getHostCPUName().starts_with("znver"))
    host.cpu = llvm::sys::getHostCPUName().str();
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

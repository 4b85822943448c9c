// A target as a plain value: what LLVM is told, and the instruction table that strategies are chosen from.
#pragma once

#include "lowering/TileDialect.h"
#include "runtime/spec/Result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace quoin {

/// How a target multiplies bytes exactly into wider lanes.
enum class DotInstruction {
  Generic, ///< widen and multiply: any target, no intrinsic
  Halves,  ///< signed bytes into int16 products, half a vector at a time, then pairs into int32 (smull, addp, sadalp)
  Pairs,   ///< unsigned x signed byte pairs into saturating int16 lanes, then pairs into int32 (vpmaddubsw, vpmaddwd)
  SignedQuads, ///< signed byte quadruples accumulated into int32 lanes (sdot)
  Quads,   ///< unsigned x signed byte quadruples accumulated into int32 lanes (vpdpbusd, usdot)
};

/// How a target multiplies bf16 values into f32 sums.
enum class Bf16Products {
  Floats,     ///< as f32, column by column
  SplitPairs, ///< pairs of neighbouring columns, taken apart for two f32 multiply-adds: any target, no intrinsic
  Pairs,      ///< pairs of neighbouring columns accumulated into f32 lanes (vdpbf16ps)
};

struct Target {
  std::string name;     ///< as on the command line; "host" becomes what it stands for
  std::string triple;
  std::string cpu;      ///< LLVM processor for instruction selection and scheduling
  std::string features; ///< LLVM feature string
  /// Features the running processor must have, by the names the loader checks.
  std::vector<std::string> required;
  int64_t vectorBytes = 32;
  DotInstruction dot = DotInstruction::Generic;
  Bf16Products bf16 = Bf16Products::Floats;
  /// Multiplies matrices of bytes: 8 columns of two rows of weights with 8 columns of two rows of X (usmmla).
  bool hasMatrices = false;
  /// Multiplies tiles of up to 16 rows of 64 bytes (tdpbsud).
  bool hasTiles = false;

  bool isArm() const { return llvm::StringRef(triple).starts_with("aarch64"); }
  /// Architecture as manifests name it.
  std::string arch() const { return isArm() ? "aarch64" : "x86_64"; }
  /// Lanes of 32 bits in a vector.
  int64_t lanes() const { return vectorBytes / 4; }
};

/// How unsigned codes of a range are multiplied with activations in [-127, 127] on a target.
struct DotPlan {
  int64_t accumulatorBits; ///< 16: widen after `stepsPerWiden` steps; 32: accumulates for a whole group
  int64_t stepsPerWiden;
  bool isSigned;           ///< codes are multiplied less 128, as signed bytes
  int64_t maxCode;         ///< largest magnitude as multiplied
  double stepsPer32;       ///< multiply instructions per lane group and 32 columns, for the cost model

  /// What is taken from a code before it is multiplied.
  int64_t offset() const { return isSigned ? 128 : 0; }
};

/// Plan for codes in [0, top], top at most 255, multiplied as bytes or as words; every target can.
DotPlan planDot(const Target &target, int64_t top, tile::Operands operands);

/// The target called `name`; an error lists the known ones.
Result<Target> findTarget(std::string_view name);
/// Names findTarget knows, "host" first.
std::vector<std::string> targetNames();

} // namespace quoin

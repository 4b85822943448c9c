// The bundle's manifest as typed data; BundleFormat.h holds its grammar.
#pragma once

#include "quoin/kernel.h"
#include "runtime/failure.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace quoin {

/// Code for one ISA level: entry points are offsets into a section.
struct ManifestImage {
  std::string isa, arch;
  std::vector<std::string> required;
  uint32_t section = 0;
  bool bf16Pairs = false; ///< multiplies pairs of bf16 by an instruction for them
  std::map<std::string, uint64_t> entries;
};

/// One summand of a declared value: coefficient * (code - zero - zeroNode); node ids of the format, -1 is none.
struct DeclaredTerm {
  int32_t coefficient = -1, code = -1, zeroNode = -1;
  int64_t zero = 0;
};

struct ManifestNumerics {
  std::string accumulate, order, error;
  std::string xType, wType; ///< what the factors of f32 sums are rounded to; "" for exact ones
  bool rounded = false;     ///< the terms stand for the format's values without being equal to them
  std::vector<DeclaredTerm> terms;

  bool isOrdered() const { return !terms.empty(); }
};

struct ManifestKernel {
  std::string name, op, format, activations, layout, layoutId;
  std::map<std::string, std::string> schedules; ///< text by target
  std::vector<std::string> streams;
  int64_t kMultiple = 1, nMultiple = 1, panelRows = 1;
  int64_t block = 1, blockBytes = 0, panelBytes = 0;
  int64_t group = 0, xGroup = 0; ///< 0: all of K. xGroup < 0: activations are floats
  int64_t xCodeBytes = 1, scratchBytes = 0, codeBits = 8;
  std::vector<quoin_x_part> xParts; ///< of a quantized row, beside its codes
  ManifestNumerics numerics;
  std::vector<ManifestImage> images;

  bool isPacked() const { return layout == "packed" && op != "decode"; }
};

struct Manifest {
  std::string compiler, textSha256;
  std::vector<ManifestKernel> kernels;
  std::set<std::string> formats; ///< names; their texts stay in the manifest's own
};

/// Parses and checks everything that can be checked without the sections: types, ranges, names, required entries.
Outcome<Manifest> parseManifest(std::string_view text);

} // namespace quoin

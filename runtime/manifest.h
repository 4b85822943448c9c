// The bundle's manifest as typed data; BundleFormat.h holds its grammar.
#pragma once

#include "quoin/kernel.h"
#include "runtime/BundleFormat.h"
#include "runtime/failure.h"
#include "runtime/sha256.h"
#include "runtime/spec/Format.h"

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace quoin {

/// SHA-256 of all that the manifest says of a kernel in one image, of its format and of the image.
using Identity = std::array<Sha256Digest, 3>;

/// Code for one ISA level: entry points are offsets into a section.
struct ManifestImage {
  std::string isa, arch;
  std::vector<std::string> required;
  uint32_t section = 0;
  bool bf16Pairs = false; ///< multiplies pairs of bf16 by an instruction for them
  std::map<std::string, uint64_t> entries;
  Identity identity{};
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
  /// Weights of f32 sums are decoded by other operations than the format's, which multiply with and add these nodes.
  std::optional<std::vector<int32_t>> regrouped;

  bool isOrdered() const { return !terms.empty(); }
};

struct ManifestKernel {
  std::string name, op, format, activations, layout, layoutId;
  std::shared_ptr<const spec::Format> weights; ///< what `format` names, never null
  std::map<std::string, std::string> schedules; ///< text by target
  std::vector<std::string> streams;
  int64_t kMultiple = 1, nMultiple = 1, panelRows = 1;
  int64_t kMost = int64_t(1) << 62;
  int64_t block = 1, blockBytes = 0, panelBytes = 0;
  int64_t group = 0, xGroup = 0; ///< 0: all of K. xGroup < 0: activations are floats
  int64_t xCodeBytes = 1, scratchBytes = 0, codeBits = 8;
  std::vector<quoin_x_part> xParts; ///< of a quantized row, beside its codes
  ManifestNumerics numerics;
  std::vector<ManifestImage> images;

  bool isPacked() const { return layout == "packed" && op != "decode"; }
};

struct Manifest {
  std::string compiler, llvm, commit, textSha256; ///< "" where the bundle does not say
  std::vector<ManifestKernel> kernels;
};

/// Parses and checks everything that can be checked without the sections: types, ranges, names, keys, required entries,
/// formats, and that kernels agree with the formats they are for.
Outcome<Manifest> parseManifest(std::string_view text);

/// The mark that an entry point has where its code was made for what the manifest says (ImageMark).
std::array<uint8_t, sizeof(ImageMark::mark)> entryMark(const Identity &identity, std::string_view entry);

} // namespace quoin

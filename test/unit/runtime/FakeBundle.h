// Bundles of the kernels written by hand in kernels/, right ones and those with a mistake.
#pragma once

#include "TestBundle.h"

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace quoin::test {

inline std::vector<uint8_t> fileBytes(const std::string &path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void writeBytes(const std::string &path, const std::vector<uint8_t> &bytes) {
  std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char *>(bytes.data()), std::ssize(bytes));
}

/// The node that reads the first field of the given kind.
inline int readNode(const spec::Format &format, bool isFloat) {
  for (size_t i = 0; i < format.nodes.size(); ++i)
    if (format.nodes[i].op == spec::Op::Read && format.fields[size_t(format.nodes[i].imm)].type.isFloat() == isFloat)
      return int(i);
  return -1;
}

enum class FakeKind {
  Packed,
  Stored, ///< matmul reads the stored streams
  Floats, ///< activations bf16, sums of f32
};

struct Fake {
  std::vector<int> bugs = {0}; ///< an image each, with that mistake (0: none); the first is named avx-fma
  bool declareOrder = true;    ///< the manifest says the float expression
  int64_t zero = 8;            ///< its zero point
  FakeKind kind = FakeKind::Packed;
  int64_t ggufType = 2;   ///< what its format is called in GGUF files
  bool bf16Pairs = false; ///< its images say that they multiply pairs of bf16
};

inline nlohmann::json fakeNumerics(const Fake &fake, const spec::Format &format) {
  if (fake.kind == FakeKind::Floats)
    return {{"accumulate", "f32"}, {"x", "bf16"}, {"w", "f32"}};
  nlohmann::json numerics = {{"accumulate", "exact"}};
  if (fake.declareOrder) {
    numerics["order"] = "fma-per-group";
    numerics["terms"] = {
        {{"coefficient", readNode(format, true)}, {"code", readNode(format, false)}, {"zero", fake.zero}}};
  }
  return numerics;
}

inline nlohmann::json fakeImages(const Fake &fake) {
  nlohmann::json entries = {{"quantize", 0}, {"matmul", 16}, {"pack", 32}, {"unpack", 48}, {"decode", 64}};
  if (fake.kind == FakeKind::Stored)
    entries = {{"quantize", 0}, {"matmul", 80}, {"decode", 64}};
  if (fake.kind == FakeKind::Floats)
    entries = {{"quantize", 96}, {"matmul", 112}, {"pack", 32}, {"unpack", 48}, {"decode", 64}};
  nlohmann::json images = nlohmann::json::array();
  for (size_t i = 0; i < fake.bugs.size(); ++i)
    images.push_back({{"isa", i ? "avx-fma-" + std::to_string(i) : "avx-fma"},
                      {"requires", {"avx", "fma", "f16c"}},
                      {"bf16_pairs", fake.bf16Pairs},
                      {"section", i},
                      {"entries", entries}});
  return images;
}

/// Writes one matmul kernel; returns the path of the bundle.
inline std::string writeFake(const Fake &fake = {}) {
  spec::FormatMaker maker;
  makeFourBit(maker);
  maker.format.identity["gguf"] = fake.ggufType;
  const spec::Format &format = maker.format;
  bool stored = fake.kind == FakeKind::Stored, floats = fake.kind == FakeKind::Floats;
  nlohmann::json kernel = {{"name", "matmul_example_int8:32"},
                           {"op", "matmul"},
                           {"format", format.name},
                           {"activations", floats ? "bf16" : "int8:32"},
                           {"layout", stored ? "stored" : "packed"},
                           {"streams", {"block"}},
                           {"k_multiple", 32},
                           {"panel_rows", 4},
                           {"block", 32},
                           {"group", 32},
                           {"x_group", floats ? -1 : 32},
                           {"x_code_bytes", floats ? 2 : 1},
                           {"scratch_bytes", 100},
                           {"code_bits", 4},
                           {"numerics", fakeNumerics(fake, format)},
                           {"images", fakeImages(fake)}};
  if (!stored)
    kernel.update({{"layout_id", "rows4"}, {"block_bytes", 72}, {"panel_bytes", 0}});
  if (!floats)
    kernel["x_parts"] = {{{"columns", 32}, {"bytes", 8}}};
  nlohmann::json manifest = {{"quoin", "0.1.0"},
                             {"text_sha256", ""},
                             {"formats", {{format.name, nlohmann::json::parse(spec::toJson(format))}}},
                             {"kernels", {kernel}}};
  TestBundle bundle(manifest.dump());
  bundle.sections.clear();
  for (int bug : fake.bugs)
    bundle.sections.push_back(fileBytes(KERNEL_IMAGES + std::to_string(bug) + ".bin"));
  bundle.layOut();
  static int number = 0; // of the process
  std::string path =
      testing::TempDir() + "kernels-" + std::to_string(getpid()) + "-" + std::to_string(++number) + ".quoin";
  writeBytes(path, bundle.bytes());
  return path;
}

} // namespace quoin::test

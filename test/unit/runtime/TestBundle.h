// Writes small bundles by hand, so that the loader is tested against bytes that the compiler's writer had no part in.
#pragma once

#include "../spec/FormatMaker.h"
#include "BundleMarks.h"
#include "quoin/kernel.h"
#include "runtime/spec/Json.h"

namespace quoin::test {

/// x86-64 code, hand-assembled against the field offsets of quoin_kernel_args.
struct TinyImage {
  static constexpr uint64_t ret = 0, store = 16, copy = 48, refuse = 64;
  static std::vector<uint8_t> bytes() {
    std::vector<uint8_t> code(128, 0xcc); // int3: a wrong entry traps
    auto put = [&](uint64_t at, std::initializer_list<uint8_t> instructions) {
      std::copy(instructions.begin(), instructions.end(), code.begin() + ptrdiff_t(at));
    };
    put(ret, {0xc3});
    put(store, {0x48, 0x8b, 0x47, 0x30, // mov rax, [rdi + 48]    y
                0x48, 0x8b, 0x4f, 0x70, // mov rcx, [rdi + 112]   n_begin
                0x8b, 0x57, 0x78,       // mov edx, [rdi + 120]   n_end
                0x89, 0x14, 0x88,       // mov [rax + 4 rcx], edx
                0xc3});
    put(copy, {0x48, 0x8b, 0x47, 0x08, // mov rax, [rdi + 8]      streams
               0x48, 0x8b, 0x00,       // mov rax, [rax]
               0x8a, 0x00,             // mov al, [rax]
               0x48, 0x8b, 0x57, 0x10, // mov rdx, [rdi + 16]     packed
               0x88, 0x02,             // mov [rdx], al
               0xc3});
    put(refuse, {0x48, 0x8b, 0x87, 0x90, 0, 0, 0, // mov rax, [rdi + 144]   refused
                 0xc6, 0x00, 0x01,                // mov byte [rax], 1
                 0xc3});
    return code;
  }
};

inline std::string imageJson(const std::string &isa, const std::string &requiredJson, int section = 0,
                             const std::string &extra = "") {
  return R"({"isa":")" + isa + R"(",)" + extra + R"("requires":)" + requiredJson + R"(,"section":)" +
         std::to_string(section) + R"(,"entries":{"quantize":0,"matmul":16,"pack":48,"unpack":0,"decode":0}})";
}

inline std::string kernelJson(const std::string &name, const std::string &images,
                              const std::string &layoutId = "abcd") {
  return R"({"name":")" + name +
         R"(","op":"matmul","format":"example_4bit","activations":"int8:32","layout":"packed","layout_id":")" +
         layoutId +
         R"(","streams":["block"],"k_multiple":32,"n_multiple":1,"panel_rows":4,"block":32,"block_bytes":72,)"
         R"("panel_bytes":0,"group":32,"x_group":32,"x_code_bytes":1,"x_parts":[{"columns":32,"bytes":8}],)"
         R"("scratch_bytes":100,"numerics":{"accumulate":"exact"},"schedule":{"base":"s"},"images":[)" +
         images + "]}";
}

/// 32 weights in 18 bytes, in the stream "block".
inline const std::string &blockFormat() {
  static const std::string text = [] {
    spec::FormatMaker maker;
    makeFourBit(maker);
    return spec::toJson(maker.format);
  }();
  return text;
}

/// A byte a weight of any N and K, in a stream of the same name.
inline std::string byteFormat() {
  spec::FormatMaker maker;
  maker.format.name = "example_4bit";
  int32_t block = maker.planar("block", "ui8", {maker.N(), maker.K()});
  maker.decode([&](spec::Ex n, spec::Ex k) { return maker.op(spec::Op::ToF32, maker.read(block, {n, k})); });
  return spec::toJson(maker.format);
}

inline std::string manifestJson(const std::string &kernels, const std::string &format = blockFormat()) {
  return R"({"quoin":"0.1.0","text_sha256":"00","formats":{"example_4bit":)" + format + R"(},"kernels":[)" + kernels +
         "]}";
}

/// A file under construction: change any field, then take the bytes. Images are sealed with the marks of the manifest as
/// it is when they are laid out, so that what is wrong with it is found by itself.
struct TestBundle {
  std::string manifest = manifestJson(kernelJson("matmul_example_4bit_int8:32", imageJson("base", "[]")));
  std::vector<std::vector<uint8_t>> sections = {TinyImage::bytes()}; ///< code
  std::string markedManifest;                                        ///< that the marks are of, if not `manifest`
  BundleHeader header{};
  std::vector<BundleSection> table;

  TestBundle() { layOut(); }
  explicit TestBundle(std::string text) : manifest(std::move(text)) { layOut(); }

  /// A section as it is written: code and marks.
  std::vector<uint8_t> sealed(size_t index) const {
    return sealImage(sections[index], marksOf(markedManifest.empty() ? manifest : markedManifest, index));
  }

  /// Computes header and table for the parts as they are.
  void layOut() {
    std::memcpy(header.magic, QUOIN_BUNDLE_MAGIC, sizeof(header.magic));
    header.version = QUOIN_BUNDLE_VERSION;
    header.kernel_abi = QUOIN_KERNEL_ABI;
    header.section_count = uint32_t(sections.size());
    header.manifest_offset = sizeof(header) + sections.size() * sizeof(BundleSection);
    header.manifest_bytes = manifest.size();
    uint64_t at = header.manifest_offset + manifest.size();
    table.clear();
    for (size_t i = 0; i < sections.size(); ++i) {
      at = (at + 63) / 64 * 64;
      table.push_back({QUOIN_SECTION_CPU_IMAGE, 0, at, sealed(i).size()});
      at += table.back().bytes;
    }
    header.file_bytes = at;
  }

  /// The file; header and table are written as they stand, parts at the places they had when laid out.
  std::vector<uint8_t> bytes(bool hash = true) const {
    TestBundle placed = *this;
    placed.layOut();
    std::vector<uint8_t> file(placed.header.file_bytes);
    std::memcpy(file.data() + placed.header.manifest_offset, manifest.data(), manifest.size());
    for (size_t i = 0; i < sections.size(); ++i) {
      std::vector<uint8_t> section = sealed(i);
      std::memcpy(file.data() + placed.table[i].offset, section.data(), section.size());
    }
    std::memcpy(file.data(), &header, sizeof(header));
    std::memcpy(file.data() + sizeof(header), table.data(), table.size() * sizeof(BundleSection));
    if (hash)
      rehash(file);
    return file;
  }

  static void rehash(std::vector<uint8_t> &file) { rehashBundle(file); }
};

} // namespace quoin::test

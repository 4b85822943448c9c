// Writes small bundles by hand, so that the loader is tested against bytes that the compiler's writer had no part in.
#pragma once

#include "runtime/BundleFormat.h"
#include "runtime/sha256.h"

#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

namespace quoin::test {

/// x86-64 code, hand-assembled against the field offsets of quoin_kernel_args.
struct TinyImage {
  static constexpr uint64_t ret = 0, store = 16, copy = 48;
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
         R"(","streams":["block"],"k_multiple":32,"n_multiple":1,"panel_rows":4,"group":32,"bytes_per_group":72,)"
         R"("x_group":32,"scratch_bytes":100,"numerics":{"accumulate":"exact"},"schedule":{"base":"s"},"images":[)" +
         images + "]}";
}

inline std::string manifestJson(const std::string &kernels) {
  return R"({"quoin":"0.1.0","text_sha256":"00","formats":{"example_4bit":{}},"kernels":[)" + kernels + "]}";
}

/// A file under construction: change any field, then take the bytes.
struct TestBundle {
  std::string manifest = manifestJson(kernelJson("matmul_example_4bit_int8:32", imageJson("base", "[]")));
  std::vector<std::vector<uint8_t>> sections = {TinyImage::bytes()};
  BundleHeader header{};
  std::vector<BundleSection> table;

  TestBundle() { layOut(); }
  explicit TestBundle(std::string text) : manifest(std::move(text)) { layOut(); }

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
    for (const auto &section : sections) {
      at = (at + 63) / 64 * 64;
      table.push_back({QUOIN_SECTION_CPU_IMAGE, 0, at, section.size()});
      at += section.size();
    }
    header.file_bytes = at;
  }

  /// The file; header and table are written as they stand, parts at the places they had when laid out.
  std::vector<uint8_t> bytes(bool hash = true) const {
    TestBundle placed = *this;
    placed.layOut();
    std::vector<uint8_t> file(placed.header.file_bytes);
    std::memcpy(file.data() + placed.header.manifest_offset, manifest.data(), manifest.size());
    for (size_t i = 0; i < sections.size(); ++i)
      std::memcpy(file.data() + placed.table[i].offset, sections[i].data(), sections[i].size());
    std::memcpy(file.data(), &header, sizeof(header));
    std::memcpy(file.data() + sizeof(header), table.data(), table.size() * sizeof(BundleSection));
    if (hash)
      rehash(file);
    return file;
  }

  static void rehash(std::vector<uint8_t> &file) {
    constexpr size_t at = offsetof(BundleHeader, sha256);
    std::memset(file.data() + at, 0, 32);
    Sha256Digest digest = sha256(file);
    std::memcpy(file.data() + at, digest.data(), digest.size());
  }
};

} // namespace quoin::test

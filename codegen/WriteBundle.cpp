// The bundle file: header, section table, manifest, images; every byte hashed (runtime/BundleFormat.h).
#include "codegen/WriteBundle.h"

#include "runtime/BundleFormat.h"
#include "runtime/include/quoin/kernel.h"

#include "llvm/Support/MathExtras.h"
#include "llvm/Support/SHA256.h"

#include <cstring>

namespace quoin {

using nlohmann::json;
using Digest = std::array<uint8_t, 32>;

static Digest hashWithout(json object, std::initializer_list<const char *> keys) {
  for (const char *key : keys)
    object.erase(key);
  std::string text = object.dump();
  return llvm::SHA256::hash(llvm::ArrayRef(reinterpret_cast<const uint8_t *>(text.data()), text.size()));
}

/// Marks of one section's entry points: what each was compiled for (ImageMark).
static std::vector<ImageMark> marksOf(const json &manifest, size_t section) {
  std::vector<ImageMark> marks;
  for (const json &kernel : manifest["kernels"]) {
    Digest kernelHash = hashWithout(kernel, {"images"});
    Digest formatHash = hashWithout(manifest["formats"][kernel["format"].get<std::string>()], {});
    for (const json &image : kernel["images"]) {
      if (image["section"] != section)
        continue;
      Digest imageHash = hashWithout(image, {"section", "entries"});
      for (const auto &[entry, offset] : image["entries"].items()) {
        llvm::SHA256 hash;
        for (const Digest &part : {kernelHash, formatHash, imageHash})
          hash.update(part);
        hash.update(entry);
        ImageMark &mark = marks.emplace_back();
        std::memcpy(mark.mark, hash.final().data(), sizeof mark.mark);
        mark.offset = offset;
      }
    }
  }
  return marks;
}

/// Code with the marks behind it.
static std::string sealImage(std::string bytes, const std::vector<ImageMark> &marks) {
  bytes.resize(llvm::alignTo(bytes.size(), alignof(ImageMark)));
  bytes.append(reinterpret_cast<const char *>(marks.data()), marks.size() * sizeof(ImageMark));
  ImageEnd end = {uint32_t(marks.size()), 0, {}};
  std::memcpy(end.magic, QUOIN_IMAGE_END, sizeof end.magic);
  return bytes.append(reinterpret_cast<const char *>(&end), sizeof end);
}

std::string writeBundle(const json &manifest, const std::vector<TargetImage> &images) {
  std::string text = manifest.dump();
  BundleHeader header = {};
  std::memcpy(header.magic, QUOIN_BUNDLE_MAGIC, sizeof header.magic);
  header.version = QUOIN_BUNDLE_VERSION;
  header.kernel_abi = QUOIN_KERNEL_ABI;
  header.section_count = uint32_t(images.size());
  header.manifest_offset = sizeof header + images.size() * sizeof(BundleSection);
  header.manifest_bytes = text.size();

  std::vector<std::string> sealed;
  std::vector<BundleSection> sections;
  uint64_t end = header.manifest_offset + header.manifest_bytes;
  for (size_t i = 0; i < images.size(); ++i) {
    sealed.push_back(sealImage(images[i].image.bytes, marksOf(manifest, i)));
    BundleSection section = {};
    section.kind = QUOIN_SECTION_CPU_IMAGE;
    section.offset = llvm::alignTo(end, 64);
    section.bytes = sealed.back().size();
    end = section.offset + section.bytes;
    sections.push_back(section);
  }
  header.file_bytes = end;

  std::string file(end, '\0');
  std::memcpy(file.data() + sizeof header, sections.data(), sections.size() * sizeof(BundleSection));
  std::memcpy(file.data() + header.manifest_offset, text.data(), text.size());
  for (size_t i = 0; i < sealed.size(); ++i)
    std::memcpy(file.data() + sections[i].offset, sealed[i].data(), sections[i].bytes);
  std::memcpy(file.data(), &header, sizeof header);
  Digest hash = llvm::SHA256::hash(llvm::ArrayRef(reinterpret_cast<const uint8_t *>(file.data()), file.size()));
  std::memcpy(header.sha256, hash.data(), hash.size());
  std::memcpy(file.data(), &header, sizeof header);
  return file;
}

} // namespace quoin

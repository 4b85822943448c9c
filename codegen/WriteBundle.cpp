// The bundle file: header, section table, manifest, images; every byte hashed (runtime/BundleFormat.h).
#include "codegen/WriteBundle.h"

#include "runtime/BundleFormat.h"
#include "runtime/include/quoin/kernel.h"

#include "llvm/Support/MathExtras.h"
#include "llvm/Support/SHA256.h"

#include <cstring>

namespace quoin {

std::string writeBundle(const nlohmann::json &manifest, const std::vector<TargetImage> &images) {
  std::string text = manifest.dump();
  BundleHeader header = {};
  std::memcpy(header.magic, QUOIN_BUNDLE_MAGIC, sizeof header.magic);
  header.version = QUOIN_BUNDLE_VERSION;
  header.kernel_abi = QUOIN_KERNEL_ABI;
  header.section_count = uint32_t(images.size());
  header.manifest_offset = sizeof header + images.size() * sizeof(BundleSection);
  header.manifest_bytes = text.size();

  std::vector<BundleSection> sections;
  uint64_t end = header.manifest_offset + header.manifest_bytes;
  for (const TargetImage &image : images) {
    BundleSection section = {};
    section.kind = QUOIN_SECTION_CPU_IMAGE;
    section.offset = llvm::alignTo(end, 64);
    section.bytes = image.image.bytes.size();
    end = section.offset + section.bytes;
    sections.push_back(section);
  }
  header.file_bytes = end;

  std::string file(end, '\0');
  std::memcpy(file.data() + sizeof header, sections.data(), sections.size() * sizeof(BundleSection));
  std::memcpy(file.data() + header.manifest_offset, text.data(), text.size());
  for (size_t i = 0; i < images.size(); ++i)
    std::memcpy(file.data() + sections[i].offset, images[i].image.bytes.data(), sections[i].bytes);
  std::memcpy(file.data(), &header, sizeof header);
  std::array<uint8_t, 32> hash = llvm::SHA256::hash(llvm::ArrayRef(reinterpret_cast<const uint8_t *>(file.data()), file.size()));
  std::memcpy(header.sha256, hash.data(), hash.size());
  std::memcpy(file.data(), &header, sizeof header);
  return file;
}

} // namespace quoin

#include "runtime/bundle.h"

#include "runtime/BundleFormat.h"
#include "runtime/cpu_features.h"
#include "runtime/file.h"
#include "runtime/sha256.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace quoin {

static std::unexpected<Failure> bad(std::string message, std::string hint = "") {
  if (hint.empty())
    hint = "the file is damaged or not written by quoin-compile; compile it again";
  return failWith(QUOIN_BAD_BUNDLE, std::move(message), std::move(hint));
}

static std::string number(uint64_t value) { return std::to_string(value); }

static Outcome<BundleHeader> readHeader(std::span<const uint8_t> bytes) {
  BundleHeader header;
  if (bytes.size() < sizeof(header))
    return bad("the bundle has " + number(bytes.size()) + " bytes, fewer than the " + number(sizeof(header)) +
               " of its header");
  std::memcpy(&header, bytes.data(), sizeof(header));
  if (std::memcmp(header.magic, QUOIN_BUNDLE_MAGIC, sizeof(header.magic)) != 0)
    return bad("the file does not begin as a bundle does", "pass a file written by quoin-compile -o NAME.quoin");
  if (header.version != QUOIN_BUNDLE_VERSION)
    return bad("the bundle has version " + number(header.version) + ", this runtime reads version " +
                   number(QUOIN_BUNDLE_VERSION),
               "compile it again with the quoin-compile of this runtime");
  if (header.kernel_abi != QUOIN_KERNEL_ABI)
    return bad("the bundle's kernels have ABI " + number(header.kernel_abi) + ", this runtime calls ABI " +
                   number(QUOIN_KERNEL_ABI),
               "compile it again with the quoin-compile of this runtime");
  if (header.file_bytes != bytes.size())
    return bad("the bundle has " + number(bytes.size()) + " bytes, its header says " + number(header.file_bytes),
               "the file was cut or extended; copy or compile it again");
  if (header.reserved != 0)
    return bad("the bundle's reserved header field is " + number(header.reserved) + ", expected 0");
  return header;
}

static Outcome<void> checkHash(std::span<const uint8_t> bytes, const BundleHeader &header) {
  constexpr size_t at = offsetof(BundleHeader, sha256);
  static constexpr uint8_t zeros[sizeof(header.sha256)] = {};
  Sha256 hash;
  hash.update(bytes.first(at));
  hash.update(zeros);
  hash.update(bytes.subspan(at + sizeof(header.sha256)));
  Sha256Digest found = hash.finish();
  if (std::memcmp(found.data(), header.sha256, found.size()) == 0)
    return {};
  return bad("the bundle's SHA-256 is " + hex(found).substr(0, 16) + "..., its header says " +
             hex(header.sha256).substr(0, 16) + "...");
}

/// `offset` and `bytes` lie inside a file of `fileBytes`; no sum wraps.
static bool inside(uint64_t offset, uint64_t bytes, uint64_t fileBytes) {
  return offset <= fileBytes && bytes <= fileBytes - offset;
}

static Outcome<std::vector<BundleSection>> readSections(std::span<const uint8_t> bytes, const BundleHeader &header) {
  uint64_t tableBytes = uint64_t(header.section_count) * sizeof(BundleSection); // 32 by 5 bits: cannot wrap
  if (!inside(sizeof(header), tableBytes, bytes.size()))
    return bad("the table of " + number(header.section_count) + " sections does not fit the file");
  std::vector<BundleSection> sections(header.section_count);
  if (tableBytes)
    std::memcpy(sections.data(), bytes.data() + sizeof(header), tableBytes);
  struct Range {
    uint64_t begin, end;
    std::string what;
  };
  uint64_t tableEnd = sizeof(header) + tableBytes;
  std::vector<Range> ranges = {{0, tableEnd, "the header"}};
  if (!inside(header.manifest_offset, header.manifest_bytes, bytes.size()) || header.manifest_bytes == 0)
    return bad("the manifest, " + number(header.manifest_bytes) + " bytes at " + number(header.manifest_offset) +
               ", does not lie inside the file of " + number(bytes.size()));
  ranges.push_back({header.manifest_offset, header.manifest_offset + header.manifest_bytes, "the manifest"});
  for (size_t i = 0; i < sections.size(); ++i) {
    const BundleSection &section = sections[i];
    std::string what = "section " + number(i);
    if (section.kind != QUOIN_SECTION_CPU_IMAGE)
      return bad(what + " has the unknown kind " + number(section.kind),
                 "compile it again with the quoin-compile of this runtime");
    if (section.reserved != 0)
      return bad(what + " has the reserved field " + number(section.reserved) + ", expected 0");
    if (section.offset % 64 != 0)
      return bad(what + " begins at " + number(section.offset) + ", which is no multiple of 64");
    if (!inside(section.offset, section.bytes, bytes.size()) || section.bytes == 0)
      return bad(what + ", " + number(section.bytes) + " bytes at " + number(section.offset) +
                 ", does not lie inside the file of " + number(bytes.size()));
    ranges.push_back({section.offset, section.offset + section.bytes, what});
  }
  std::sort(ranges.begin(), ranges.end(), [](const Range &a, const Range &b) { return a.begin < b.begin; });
  for (size_t i = 1; i < ranges.size(); ++i)
    if (ranges[i].begin < ranges[i - 1].end)
      return bad(ranges[i - 1].what + " and " + ranges[i].what + " overlap at byte " + number(ranges[i].begin));
  return sections;
}

static Outcome<void> checkImages(const Manifest &manifest, const std::vector<BundleSection> &sections) {
  for (const ManifestKernel &kernel : manifest.kernels)
    for (const ManifestImage &image : kernel.images) {
      std::string what = "kernel \"" + kernel.name + "\", image \"" + image.isa + "\",";
      if (image.section >= sections.size())
        return bad(what + " is in section " + number(image.section) + " of " + number(sections.size()));
      for (const auto &[entry, offset] : image.entries)
        if (offset >= sections[image.section].bytes)
          return bad(what + " has its entry \"" + entry + "\" at " + number(offset) + ", beyond its " +
                     number(sections[image.section].bytes) + " bytes");
    }
  return {};
}

bool isUsable(const ManifestImage &image) {
  return image.arch == hostArchitecture() &&
         std::all_of(image.required.begin(), image.required.end(), [](const std::string &f) { return hasFeature(f); });
}

/// The usable image that requires most, the last of equals; with `isa`, the usable one of that name.
static const ManifestImage *choose(const ManifestKernel &kernel, std::string_view isa) {
  const ManifestImage *best = nullptr;
  for (const ManifestImage &image : kernel.images) {
    if (!isUsable(image) || (!isa.empty() && image.isa != isa))
      continue;
    if (!best || image.required.size() >= best->required.size())
      best = &image;
  }
  return best;
}

/// `isa` was asked for: says why nothing came of it.
static Outcome<void> checkIsa(const Manifest &manifest, std::string_view isa) {
  std::string names;
  bool found = false;
  for (const ManifestKernel &kernel : manifest.kernels)
    for (const ManifestImage &image : kernel.images) {
      found |= image.isa == isa;
      if (image.isa == isa && isUsable(image))
        return {};
      if (names.find("\"" + image.isa + "\"") == std::string::npos)
        names += (names.empty() ? "\"" : ", \"") + image.isa + "\"";
    }
  if (found)
    return failWith(QUOIN_UNSUPPORTED, "this machine cannot run images of the isa \"" + std::string(isa) + "\"",
                    "leave the isa open to take the best usable one");
  return failWith(QUOIN_NOT_FOUND, "the bundle has no image of the isa \"" + std::string(isa) + "\"",
                  names.empty() ? "the bundle has no images" : "it has " + names);
}

static quoin_kernel_fn entryPoint(const quoin_kernel &kernel, const uint8_t *base, const char *name) {
  auto it = kernel.image->entries.find(name);
  return it == kernel.image->entries.end() ? nullptr : reinterpret_cast<quoin_kernel_fn>(uintptr_t(base) + it->second);
}

static Outcome<void> bindKernel(quoin_bundle &bundle, quoin_kernel &kernel, std::span<const uint8_t> bytes,
                                const std::vector<BundleSection> &sections) {
  uint32_t section = kernel.image->section;
  auto it = bundle.images.find(section);
  if (it == bundle.images.end()) {
    auto image = ExecutableImage::map(bytes.subspan(sections[section].offset, sections[section].bytes));
    if (!image)
      return std::unexpected(image.error());
    it = bundle.images.emplace(section, std::move(*image)).first;
  }
  const uint8_t *base = it->second.base();
  kernel.quantize = entryPoint(kernel, base, "quantize");
  kernel.matmul = entryPoint(kernel, base, "matmul");
  kernel.pack = entryPoint(kernel, base, "pack");
  kernel.unpack = entryPoint(kernel, base, "unpack");
  kernel.decode = entryPoint(kernel, base, "decode");
  return {};
}

Outcome<std::unique_ptr<quoin_bundle>> loadBundle(std::span<const uint8_t> bytes, std::string_view isa) {
  if (bytes.size() > QUOIN_BUNDLE_MAX_BYTES)
    return bad("the bundle has " + number(bytes.size()) + " bytes, more than " + number(QUOIN_BUNDLE_MAX_BYTES));
  auto header = readHeader(bytes);
  if (!header)
    return std::unexpected(header.error());
  if (auto good = checkHash(bytes, *header); !good)
    return std::unexpected(good.error());
  auto sections = readSections(bytes, *header);
  if (!sections)
    return std::unexpected(sections.error());
  auto bundle = std::make_unique<quoin_bundle>();
  bundle->manifestText.assign(reinterpret_cast<const char *>(bytes.data()) + header->manifest_offset,
                              header->manifest_bytes);
  auto manifest = parseManifest(bundle->manifestText);
  if (!manifest)
    return std::unexpected(manifest.error());
  if (auto good = checkImages(*manifest, *sections); !good)
    return std::unexpected(good.error());
  if (!isa.empty())
    if (auto good = checkIsa(*manifest, isa); !good)
      return std::unexpected(good.error());
  bundle->manifest = std::move(*manifest);
  for (const ManifestKernel &kernelManifest : bundle->manifest.kernels) {
    quoin_kernel &kernel = bundle->kernels.emplace_back();
    kernel.manifest = &kernelManifest;
    for (const std::string &name : kernelManifest.streams)
      kernel.streamNames.push_back(name.c_str());
    kernel.image = choose(kernelManifest, isa);
    if (kernel.image)
      if (auto bound = bindKernel(*bundle, kernel, bytes, *sections); !bound)
        return std::unexpected(bound.error());
  }
  return bundle;
}

Outcome<std::unique_ptr<quoin_bundle>> loadBundleFile(const std::string &path, std::string_view isa) {
  auto bytes = readFile(path, QUOIN_BUNDLE_MAX_BYTES);
  if (!bytes)
    return std::unexpected(bytes.error());
  auto bundle = loadBundle(*bytes, isa);
  if (!bundle) {
    Failure failure = bundle.error();
    failure.error.message = "\"" + path + "\": " + failure.error.message;
    return std::unexpected(failure);
  }
  return bundle;
}

static bool equalIgnoringCase(std::string_view a, std::string_view b) {
  auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

Outcome<const quoin_kernel *> findKernel(const quoin_bundle &bundle, std::string_view name) {
  std::string names;
  for (const quoin_kernel &kernel : bundle.kernels) {
    if (equalIgnoringCase(kernel.manifest->name, name))
      return &kernel;
    names += (names.empty() ? "\"" : ", \"") + kernel.manifest->name + "\"";
  }
  return failWith(QUOIN_NOT_FOUND, "the bundle has no kernel \"" + std::string(name) + "\"",
                  names.empty() ? "it has no kernels" : "it has " + names);
}

} // namespace quoin

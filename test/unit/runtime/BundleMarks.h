// What makes bytes a bundle that the loader looks at: marks of the manifest behind an image, and the hash over the file.
#pragma once

#include "runtime/BundleFormat.h"
#include "runtime/sha256.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace quoin::test {

/// What entry points of a section were made for, as far as the manifest can be read (ImageMark).
inline std::vector<ImageMark> marksOf(const std::string &manifest, size_t section) {
  using Json = nlohmann::json;
  auto hash = [](Json object, std::initializer_list<const char *> without) {
    for (const char *key : without)
      object.erase(key);
    std::string text = object.dump();
    Sha256Digest digest = sha256({reinterpret_cast<const uint8_t *>(text.data()), text.size()});
    return std::string(digest.begin(), digest.end());
  };
  std::vector<ImageMark> marks;
  try {
    Json json = Json::parse(manifest);
    for (const Json &kernel : json.at("kernels"))
      for (const Json &image : kernel.at("images"))
        for (const auto &[entry, offset] : image.at("entries").items()) {
          if (image.at("section") != section)
            continue;
          std::string text = hash(kernel, {"images"}) +
                             hash(json.at("formats").at(kernel.at("format").get<std::string>()), {}) +
                             hash(image, {"section", "entries"}) + entry;
          Sha256Digest digest = sha256({reinterpret_cast<const uint8_t *>(text.data()), text.size()});
          ImageMark mark{};
          std::copy_n(digest.begin(), sizeof(mark.mark), mark.mark);
          mark.offset = offset;
          marks.push_back(mark);
        }
  } catch (const Json::exception &) { // a manifest that is wrong on purpose
  }
  return marks;
}

/// Code with marks behind it.
inline std::vector<uint8_t> sealImage(std::vector<uint8_t> code, const std::vector<ImageMark> &marks) {
  code.resize((code.size() + 7) / 8 * 8);
  ImageEnd end{uint32_t(marks.size()), 0, {}};
  std::memcpy(end.magic, QUOIN_IMAGE_END, sizeof(end.magic));
  auto append = [&](const void *from, size_t size) {
    auto *first = static_cast<const uint8_t *>(from);
    code.insert(code.end(), first, first + size);
  };
  append(marks.data(), marks.size() * sizeof(ImageMark));
  append(&end, sizeof(end));
  return code;
}

/// Puts the hash that a file of these bytes has into its header.
inline void rehashBundle(std::vector<uint8_t> &file) {
  constexpr size_t at = offsetof(BundleHeader, sha256);
  std::memset(file.data() + at, 0, 32);
  Sha256Digest digest = sha256(file);
  std::memcpy(file.data() + at, digest.data(), digest.size());
}

} // namespace quoin::test

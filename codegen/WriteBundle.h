// The bundle file: header, section table, manifest, images; every byte hashed (runtime/BundleFormat.h).
#pragma once

#include "codegen/Manifest.h"

namespace quoin {

/// The bytes of a bundle with one section an image. The same input gives the same bytes.
std::string writeBundle(const nlohmann::json &manifest, const std::vector<TargetImage> &images);

} // namespace quoin

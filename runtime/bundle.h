// A loaded bundle: verified bytes, its manifest, and for each kernel the image that was chosen for this machine.
#pragma once

#include "quoin/kernel.h"
#include "runtime/image.h"
#include "runtime/manifest.h"

#include <map>
#include <memory>
#include <span>
#include <vector>

/// What quoin_kernel stands for. Entries are null where the chosen image lacks them or no image runs here.
struct quoin_kernel {
  const quoin::ManifestKernel *manifest = nullptr;
  const quoin::ManifestImage *image = nullptr;
  std::vector<const char *> streamNames;
  quoin_kernel_fn quantize = nullptr, matmul = nullptr, pack = nullptr, unpack = nullptr, decode = nullptr;
};

/// Not changed after it was made, so any number of threads may read it.
struct quoin_bundle {
  quoin::Manifest manifest;
  std::string manifestText;
  quoin::Sha256Digest sha256; ///< of the file, as its header says and its bytes have
  std::map<uint32_t, quoin::ExecutableImage> images; ///< by section; only the chosen ones are mapped
  std::vector<quoin_kernel> kernels;
};

namespace quoin {

/// Verifies `bytes` and maps the chosen images. `isa`: name of the image to take, empty for the best one.
Outcome<std::unique_ptr<quoin_bundle>> loadBundle(std::span<const uint8_t> bytes, std::string_view isa);

/// True when this machine has all that the image requires.
bool isUsable(const ManifestImage &image);

/// Reads and verifies the bundle at `path`.
Outcome<std::unique_ptr<quoin_bundle>> loadBundleFile(const std::string &path, std::string_view isa);

/// Kernel of a name, case ignored; the message names those there are.
Outcome<const quoin_kernel *> findKernel(const quoin_bundle &bundle, std::string_view name);

} // namespace quoin

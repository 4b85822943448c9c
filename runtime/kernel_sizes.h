// How large a kernel's operands are; every product is checked.
#pragma once

#include "runtime/failure.h"
#include "runtime/manifest.h"

namespace quoin {

/// Refuses n and k that the kernel does not serve.
Outcome<void> checkShape(const ManifestKernel &kernel, int64_t n, int64_t k);

Outcome<size_t> packedBytes(const ManifestKernel &kernel, int64_t n, int64_t k);

/// Bytes of one row of quantized X: codes of whole blocks, then what belongs to groups, rounded up to 64
/// (BundleFormat.h).
Outcome<size_t> xqRowBytes(const ManifestKernel &kernel, int64_t k);
Outcome<size_t> xqBytes(const ManifestKernel &kernel, int64_t m, int64_t k);

/// One part's scratch, rounded up to 64 so that every part's slice is aligned.
size_t scratchSliceBytes(const ManifestKernel &kernel);
Outcome<size_t> scratchBytes(const ManifestKernel &kernel, int64_t parts);

} // namespace quoin

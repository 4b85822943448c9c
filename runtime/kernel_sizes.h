// How large a kernel's operands are; every product is checked.
#pragma once

#include "runtime/failure.h"
#include "runtime/manifest.h"
#include "runtime/spec/StreamCheck.h"

namespace quoin {

/// Refuses n and k that are no multiples of the kernel's; costs next to nothing, for calls on weights that were
/// checked.
Outcome<void> checkMultiples(const ManifestKernel &kernel, int64_t n, int64_t k);

/// The same, and what the format requires of them.
Outcome<void> checkShape(const ManifestKernel &kernel, int64_t n, int64_t k);

/// Refuses streams of W [n, k] that are missing or not of the exact size that the format gives them.
Outcome<void> checkStreams(const ManifestKernel &kernel, int64_t n, int64_t k, const spec::StreamBytes &streams);

Outcome<size_t> packedBytes(const ManifestKernel &kernel, int64_t n, int64_t k);

/// Bytes of X [m, k] quantized: a row holds codes of whole blocks, then what belongs to groups, rounded up to 64
/// (quoin/kernel.h).
Outcome<size_t> xqBytes(const ManifestKernel &kernel, int64_t m, int64_t k);

/// One part's scratch, rounded up to 64 so that every part's slice is aligned.
size_t scratchSliceBytes(const ManifestKernel &kernel);
Outcome<size_t> scratchBytes(const ManifestKernel &kernel, int64_t parts);

} // namespace quoin

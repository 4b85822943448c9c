#include "runtime/kernel_sizes.h"

namespace quoin {

static std::unexpected<Failure> badShape(std::string message, std::string hint) {
  return failWith(QUOIN_BAD_SHAPE, std::move(message), std::move(hint));
}

static quoin_kernel_sizes sizesOf(const ManifestKernel &kernel) {
  return {kernel.nMultiple, kernel.kMultiple, kernel.panelRows, kernel.panelBytes, kernel.block, kernel.blockBytes,
          kernel.xCodeBytes, kernel.xParts.data(), int64_t(kernel.xParts.size()), kernel.scratchBytes};
}

/// What a function of quoin/kernel.h says of a legal shape.
static Outcome<size_t> fitting(int64_t bytes) {
  if (bytes < 0)
    return badShape("the operand's size does not fit 63 bits", "use smaller sizes");
  return size_t(bytes);
}

/// Sums over more columns could leave 32 bits.
static Outcome<void> checkMost(const ManifestKernel &kernel, int64_t k) {
  if (k <= kernel.kMost)
    return {};
  return badShape("K = " + std::to_string(k) + " is more than the " + std::to_string(kernel.kMost) +
                      " columns that kernel \"" + kernel.name + "\" can add up in 32 bits",
                  "compile for activations with groups, such as int8:128");
}

Outcome<void> checkMultiples(const ManifestKernel &kernel, int64_t n, int64_t k) {
  if (n < 1 || k < 1)
    return badShape("N = " + std::to_string(n) + ", K = " + std::to_string(k) + " is no shape of weights",
                    "N and K are at least 1");
  if (k % kernel.kMultiple)
    return badShape("K = " + std::to_string(k) + " is no multiple of " + std::to_string(kernel.kMultiple) +
                        ", as kernel \"" + kernel.name + "\" needs",
                    "kernels take whole groups: encode W padded with zeros to such a K, or in smaller groups");
  if (auto good = checkMost(kernel, k); !good)
    return good;
  if (n % kernel.nMultiple)
    return badShape("N = " + std::to_string(n) + " is no multiple of " + std::to_string(kernel.nMultiple) +
                        ", as kernel \"" + kernel.name + "\" needs",
                    "pad N, or use a format with smaller tiles");
  return {};
}

Outcome<void> checkShape(const ManifestKernel &kernel, int64_t n, int64_t k) {
  if (auto good = checkMultiples(kernel, n, k); !good)
    return good;
  if (auto legal = spec::checkShape(*kernel.weights, {n, k}); !legal)
    return badShape(legal.error().message, legal.error().hint);
  return {};
}

Outcome<void> checkStreams(const ManifestKernel &kernel, int64_t n, int64_t k, const spec::StreamBytes &streams) {
  if (auto good = checkShape(kernel, n, k); !good)
    return good;
  if (auto exact = spec::checkStreams(*kernel.weights, {n, k}, streams); !exact)
    return failWith(QUOIN_INVALID_ARGUMENT, exact.error().message, exact.error().hint);
  return {};
}

Outcome<size_t> packedBytes(const ManifestKernel &kernel, int64_t n, int64_t k) {
  if (auto good = checkShape(kernel, n, k); !good)
    return std::unexpected(good.error());
  if (!kernel.isPacked())
    return failWith(QUOIN_NOT_FOUND, "kernel \"" + kernel.name + "\" has no packed layout",
                    "pass the stored streams as they are");
  quoin_kernel_sizes sizes = sizesOf(kernel);
  return fitting(quoin_packed_bytes(&sizes, n, k));
}

Outcome<size_t> xqBytes(const ManifestKernel &kernel, int64_t m, int64_t k) {
  if (k < 1 || k % kernel.kMultiple)
    return badShape("K = " + std::to_string(k) + " is no positive multiple of " + std::to_string(kernel.kMultiple) +
                        ", as kernel \"" + kernel.name + "\" needs",
                    "kernels take whole groups: encode W padded with zeros to such a K, or in smaller groups");
  if (auto good = checkMost(kernel, k); !good)
    return std::unexpected(good.error());
  if (m < 0)
    return badShape("M = " + std::to_string(m) + " is negative", "M is at least 0");
  quoin_kernel_sizes sizes = sizesOf(kernel);
  return fitting(quoin_xq_bytes(&sizes, m, k));
}

size_t scratchSliceBytes(const ManifestKernel &kernel) { return (size_t(kernel.scratchBytes) + 63) / 64 * 64; }

Outcome<size_t> scratchBytes(const ManifestKernel &kernel, int64_t parts) {
  if (parts < 1)
    return failWith(QUOIN_INVALID_ARGUMENT, "a call of " + std::to_string(parts) + " parts cannot be",
                    "pass at least 1 part");
  return fitting(quoin_size_sum(int64_t(scratchSliceBytes(kernel)), parts, 0));
}

} // namespace quoin

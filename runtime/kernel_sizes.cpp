#include "runtime/kernel_sizes.h"

namespace quoin {

static std::unexpected<Failure> badShape(std::string message, std::string hint) {
  return failWith(QUOIN_BAD_SHAPE, std::move(message), std::move(hint));
}

/// Products and sums of sizes; `overflow` stays set once a result did not fit 63 bits.
struct CheckedSize {
  int64_t value;
  bool overflow = false;

  CheckedSize operator*(int64_t factor) const {
    CheckedSize result{0, overflow};
    result.overflow |= __builtin_mul_overflow(value, factor, &result.value);
    return result;
  }
  CheckedSize operator+(CheckedSize term) const {
    CheckedSize result{0, overflow || term.overflow};
    result.overflow |= __builtin_add_overflow(value, term.value, &result.value);
    return result;
  }
  CheckedSize roundedUp(int64_t multiple) const {
    CheckedSize result = *this + CheckedSize{multiple - 1};
    result.value = result.value / multiple * multiple;
    return result;
  }
  Outcome<size_t> get() const {
    if (overflow || value < 0)
      return badShape("the operand's size does not fit 63 bits", "use smaller sizes");
    return size_t(value);
  }
};

static int64_t dividedUp(int64_t value, int64_t by) { return value / by + (value % by != 0); }

Outcome<void> checkMultiples(const ManifestKernel &kernel, int64_t n, int64_t k) {
  if (n < 1 || k < 1)
    return badShape("N = " + std::to_string(n) + ", K = " + std::to_string(k) + " is no shape of weights",
                    "N and K are at least 1");
  if (k % kernel.kMultiple)
    return badShape("K = " + std::to_string(k) + " is no multiple of " + std::to_string(kernel.kMultiple) +
                        ", as kernel \"" + kernel.name + "\" needs",
                    "pad K, or use a format with smaller groups");
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
  CheckedSize panel = CheckedSize{kernel.blockBytes} * dividedUp(k, kernel.block) + CheckedSize{kernel.panelBytes};
  return (panel * dividedUp(n, kernel.panelRows)).get();
}

Outcome<size_t> xqRowBytes(const ManifestKernel &kernel, int64_t k) {
  if (k < 1 || k % kernel.kMultiple)
    return badShape("K = " + std::to_string(k) + " is no positive multiple of " + std::to_string(kernel.kMultiple) +
                        ", as kernel \"" + kernel.name + "\" needs",
                    "pad K");
  CheckedSize columns = CheckedSize{k}.roundedUp(kernel.block), row = columns * kernel.xCodeBytes;
  for (const QuantizedPart &part : kernel.xParts)
    row = row + CheckedSize{part.bytes} * (part.columns ? dividedUp(columns.value, part.columns) : 1);
  return row.roundedUp(64).get();
}

Outcome<size_t> xqBytes(const ManifestKernel &kernel, int64_t m, int64_t k) {
  auto row = xqRowBytes(kernel, k);
  if (!row)
    return row;
  if (m < 0)
    return badShape("M = " + std::to_string(m) + " is negative", "M is at least 0");
  return (CheckedSize{int64_t(*row)} * m).get();
}

size_t scratchSliceBytes(const ManifestKernel &kernel) { return (size_t(kernel.scratchBytes) + 63) / 64 * 64; }

Outcome<size_t> scratchBytes(const ManifestKernel &kernel, int64_t parts) {
  if (parts < 1)
    return failWith(QUOIN_INVALID_ARGUMENT, "a call of " + std::to_string(parts) + " parts cannot be",
                    "pass at least 1 part");
  return (CheckedSize{int64_t(scratchSliceBytes(kernel))} * parts).get();
}

} // namespace quoin

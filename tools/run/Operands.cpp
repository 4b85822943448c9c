#include "tools/run/Operands.h"

#include "runtime/kernel_sizes.h"

namespace quoin {

static std::unique_ptr<uint8_t, AlignedFree> allocate(size_t bytes) {
  auto *memory = static_cast<uint8_t *>(std::aligned_alloc(64, (bytes + 127) / 64 * 64));
  if (!memory)
    throw std::bad_alloc();
  return std::unique_ptr<uint8_t, AlignedFree>(memory);
}

Outcome<Operands> Operands::make(const quoin_kernel &kernel, int64_t m, int64_t n, int64_t k, int64_t parts) {
  auto quantized = xqBytes(*kernel.manifest, m, k);
  if (!quantized)
    return std::unexpected(quantized.error());
  auto scratch = scratchBytes(*kernel.manifest, parts);
  if (!scratch)
    return std::unexpected(scratch.error());
  int64_t elements;
  if (__builtin_mul_overflow(m, n, &elements) || elements > INT64_MAX / 8)
    return failWith(QUOIN_BAD_SHAPE,
                    "Y of M = " + std::to_string(m) + ", N = " + std::to_string(n) + " does not fit 63 bits",
                    "use smaller sizes");
  Operands operands;
  operands.xq = allocate(*quantized);
  operands.scratch = allocate(*scratch);
  operands.y.resize(size_t(elements));
  quoin_call &call = operands.call;
  call.m = call.m_end = m;
  call.n = call.n_end = n;
  call.k = call.ldx = k;
  call.ldy = n;
  call.xq = operands.xq.get();
  call.xq_bytes = *quantized;
  call.scratch = operands.scratch.get();
  call.scratch_bytes = *scratch;
  call.y = operands.y.data();
  return operands;
}

} // namespace quoin

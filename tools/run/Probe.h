// Limits of this machine, measured: how fast weights can be read, and how fast the widest dot instruction runs.
#pragma once

#include "runtime/launch.h"

#include <cstdint>
#include <span>

namespace quoin {

/// Reads `bytes` once with 64 bytes a step, split in contiguous shares over the launch's parts; returns seconds. With
/// `prefetch`, lines ahead are asked for.
double readOnce(std::span<const uint8_t> bytes, bool prefetch, const quoin_launch &launch);

/// How int8 products are accumulated.
enum class DotClass {
  Wide,   ///< products of whole bytes: sums of pairs go to 32 bits at once
  Narrow, ///< sums of 16 products fit 16 bits (codes of at most 4 bits), so 32-bit sums are needed once in 256
};

struct DotLimit {
  const char *name; ///< the instructions timed; "" where this machine has none that is known
  double gigaflops; ///< 2 for each product, all parts together
};

/// Registers only, best of several runs of a few milliseconds.
DotLimit measureDot(DotClass dotClass, const quoin_launch &launch);

} // namespace quoin

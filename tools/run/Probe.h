// Limits of this machine, measured: how fast weights can be read, and how fast the widest multiply instruction runs.
#pragma once

#include "runtime/launch.h"

#include <cstdint>
#include <span>

namespace quoin {

/// Reads `bytes` once with 64 bytes a step, split in contiguous shares over the launch's parts; returns seconds. With
/// `prefetch`, lines ahead are asked for.
double readOnce(std::span<const uint8_t> bytes, bool prefetch, const quoin_launch &launch);

/// What a kernel multiplies, and how products are accumulated.
enum class DotClass {
  Wide,      ///< int8, products of whole bytes: sums of pairs go to 32 bits at once
  Narrow,    ///< int8, sums of 16 products fit 16 bits (codes of at most 4 bits), so 32-bit sums are needed once in 256
  Floats,    ///< f32 multiply-adds
  Bf16Pairs, ///< two products of bf16 a lane into an f32 sum
};

struct DotLimit {
  const char *name; ///< the instructions timed; "" where this machine has none that is known
  double gigaflops; ///< 2 for each product, all parts together
};

/// Registers only, best of several runs of a few milliseconds.
DotLimit measureDot(DotClass dotClass, const quoin_launch &launch);

} // namespace quoin

// Memory of one multiplication outside the checks: quantized X, scratch and Y of the right sizes.
#pragma once

#include "runtime/call.h"
#include "runtime/weights.h"

#include <cstdlib>
#include <memory>
#include <vector>

namespace quoin {

struct Operands {
  /// For up to `parts` parts; y is [m, n].
  static Outcome<Operands> make(const quoin_kernel &kernel, int64_t m, int64_t n, int64_t k, int64_t parts);

  std::unique_ptr<uint8_t, AlignedFree> xq, scratch;
  std::vector<float> y;
  quoin_call call{}; ///< x, weights, bias and launch are left to the caller
};

} // namespace quoin

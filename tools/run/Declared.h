// What a kernel declares that it multiplies and computes, in plain C++: W by the evaluator and by the declared terms,
// the float expression of Y, and a bound of what it may differ by. Nothing here knows how kernels are made.
#pragma once

#include "runtime/spec/Evaluate.h"
#include "tools/run/DeclaredX.h"

namespace quoin {

/// One term's values.
struct DeclaredTermValues {
  bool hasCode = false;
  std::vector<int32_t> codes;      ///< code - zero, [n, k]
  std::vector<int16_t> narrow;     ///< the same where all fit, else empty
  std::vector<float> coefficients; ///< [n, groups]
};

struct DeclaredWeights {
  spec::Shape shape;
  int64_t group = 0, xGroup = 0; ///< as the manifest has them
  bool exactSums = true;
  bool flushes = false;                  ///< operands below the normal range may count as 0
  std::vector<DeclaredTermValues> terms; ///< empty where no order is declared
  std::vector<double> factors;           ///< what X is multiplied with, [n, k]
  std::vector<double> magnitudes;        ///< of the terms together; empty: of the factors
  std::vector<double> deviations;        ///< how far the kernel's factors may lie from these; empty: not at all;
                                         ///< infinity: they may be anything
  int roundings = 0;                     ///< f32 operations between the terms and the factors
  double largestCode = 1;                ///< of the terms: what a coefficient below the normal range is off is multiplied with
  bool allIntegers = false;              ///< every factor is an integer
  double signal = 0, noise = 0;          ///< where terms are rounded: squares of W, and of what they lack of it

  int64_t groups() const { return group ? (shape.k + group - 1) / group : 1; }
};

/// From W as the evaluator decoded it ([n, k], `values`): rounded for f32 sums; with the terms where the manifest
/// declares an order, which are compared with W itself, or stand for it where they are rounded.
Result<DeclaredWeights> declareWeights(const spec::Format &format, spec::Shape shape, const ManifestKernel &kernel,
                                       const spec::StreamBytes &streams, std::span<const float> values);

struct DeclaredY {
  std::vector<float> exact;  ///< by the declared expression, [m, n]; empty where no order is declared
  std::vector<double> value; ///< in float64, [m, n]
  std::vector<double> bound; ///< of |f32 result - value|: 0 where all are integers that f32 holds, infinity beyond f32
};

/// Y without bias.
DeclaredY declareY(const DeclaredWeights &w, const DeclaredX &x);

} // namespace quoin

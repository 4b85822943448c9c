// What a kernel declares that it computes, in plain C++: the rule that quantizes X, the float expression of Y, and a
// bound for kernels that declare no order. Nothing here knows how kernels are made.
#pragma once

#include "runtime/manifest.h"
#include "runtime/spec/Evaluate.h"

#include <cstdint>
#include <span>
#include <vector>

namespace quoin {

/// X [m, k] quantized: codes row-major, scales and sums by row and group.
struct QuantizedX {
  int64_t m = 0, k = 0, group = 0;
  std::vector<int8_t> codes;
  std::vector<float> scales;
  std::vector<int32_t> sums;

  int64_t groups() const { return k / group; }
  /// A group of the row held a NaN or an infinity.
  bool hasNanRow(int64_t row) const;
  /// Every scale is 1.
  bool allOnes() const;
  /// codes * scales in f32, [m, k]. NaN where a group held a NaN or an infinity.
  std::vector<float> dequantized() const;
};

/// Per group: s = amax/127, q = round to nearest even of x * min(127/amax, FLT_MAX), all in f32. amax = 0 gives zeros;
/// a NaN or an infinity gives the scale NaN and codes 0. `group` 0: all of k.
QuantizedX quantizeX(std::span<const float> x, int64_t m, int64_t k, int64_t group);

/// W as the declared terms see it; one entry a term.
struct DeclaredTermValues {
  std::vector<int32_t> codes;      ///< code - zero, [n, k]
  std::vector<float> coefficients; ///< [n, k / scaleGroup]
};

struct DeclaredWeights {
  spec::Shape shape;
  std::vector<float> values;             ///< by the evaluator, [n, k]
  int64_t scaleGroup = 0;                ///< along k: where the float expression starts a new summand
  std::vector<DeclaredTermValues> terms; ///< empty where the kernel declares no order
  int decodeRoundings = 0;               ///< f32 operations of the decode expression
  int64_t codeLimit = 0;                 ///< no |code - zero| is larger
  bool allIntegers = false;              ///< every value is an integer
};

/// Evaluates W, and its terms where the manifest declares an order; these are compared with W itself.
Result<DeclaredWeights> declareWeights(const spec::Format &format, spec::Shape shape, const ManifestKernel &kernel,
                                       const spec::StreamBytes &streams);

struct DeclaredY {
  std::vector<float> exact;  ///< by the declared expression, [m, n]; empty where no order is declared
  std::vector<double> value; ///< in float64 from W and dequantized X, [m, n]
  std::vector<double> bound; ///< of |f32 result - value|: 0 where all are integers that f32 holds, infinity beyond f32
};

/// Y without bias.
DeclaredY declareY(const DeclaredWeights &w, const QuantizedX &x);

} // namespace quoin

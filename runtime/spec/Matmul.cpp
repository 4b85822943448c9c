// Float64 references over plain arrays: matrix product and distances.
#include "runtime/spec/Evaluate.h"

#include <cmath>
#include <limits>

namespace quoin::spec {

void matmul64(std::span<const float> x, std::span<const float> w, int64_t m, Shape shape, std::span<double> y,
              std::span<double> absSum) {
  for (int64_t row = 0; row < m; ++row)
    for (int64_t n = 0; n < shape.n; ++n) {
      const float *a = x.data() + row * shape.k, *b = w.data() + n * shape.k;
      double sum = 0, magnitude = 0;
      for (int64_t k = 0; k < shape.k; ++k) {
        double product = double(a[k]) * double(b[k]);
        sum += product;
        magnitude += std::fabs(product);
      }
      y[size_t(row * shape.n + n)] = sum;
      if (!absSum.empty())
        absSum[size_t(row * shape.n + n)] = magnitude;
    }
}

double sqnr(std::span<const float> want, std::span<const float> got) {
  double signal = 0, noise = 0;
  for (size_t i = 0; i < want.size(); ++i) {
    double difference = want[i] == got[i] ? 0 : double(want[i]) - double(got[i]); // equal infinities do not differ
    signal += double(want[i]) * double(want[i]);
    noise += difference * difference;
  }
  return noise == 0 ? std::numeric_limits<double>::infinity() : 10 * std::log10(signal / noise);
}

Result<double> bitsPerWeight(const Format &format, Shape shape, const std::map<std::string, int64_t> &freeSizes) {
  auto sizes = streamSizes(format, shape, {}, freeSizes);
  if (!sizes)
    return std::unexpected(sizes.error());
  double bits = 0;
  for (const auto &[name, bytes] : *sizes)
    bits += 8 * double(bytes);
  return bits / (double(shape.n) * double(shape.k));
}

} // namespace quoin::spec

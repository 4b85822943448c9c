// Float64 references over plain arrays: matrix product and distances.
#include "runtime/spec/Evaluate.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace quoin::spec {

/// Rows of W whose elements are brought side by side, so that their sums advance together in vector registers.
static constexpr int64_t together = 8;

/// Adds up `together` dot products of one row of X, each in ascending k. `columns`: element k of W's row j at
/// k * together + j.
static void dotRows(const double *x, const double *columns, int64_t k, double *sums) {
  double partial[together] = {};
  for (int64_t i = 0; i < k; ++i)
    for (int64_t j = 0; j < together; ++j)
      partial[j] += x[i] * columns[i * together + j];
  std::copy_n(partial, together, sums);
}

void matmul64(std::span<const double> x, std::span<const double> w, int64_t m, Shape shape, std::span<double> y) {
  std::vector<double> columns(static_cast<size_t>(shape.k * together));
  for (int64_t n = 0; n < shape.n; n += together) {
    int64_t rows = std::min(together, shape.n - n);
    for (int64_t j = 0; j < rows; ++j) // rows beyond N keep what was there: their sums are dropped
      for (int64_t k = 0; k < shape.k; ++k)
        columns[size_t(k * together + j)] = w[size_t((n + j) * shape.k + k)];
    for (int64_t row = 0; row < m; ++row) {
      double sums[together];
      dotRows(x.data() + row * shape.k, columns.data(), shape.k, sums);
      std::copy_n(sums, rows, y.data() + row * shape.n + n);
    }
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

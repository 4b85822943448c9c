#include "tools/run/Declared.h"

#include <algorithm>
#include <cfloat>
#include <cmath>

namespace quoin {

static constexpr double unit = 0x1p-24;   // half a step at 1
static constexpr double least = 0x1p-150; // half the least subnormal: what a rounding below the normals loses
static constexpr double leastNormal = 0x1p-126;

/// Exact: products of 16 bits are summed in blocks that 32 bits hold.
static int64_t integerDot(const int16_t *weights, const int16_t *codes, int64_t length) {
  constexpr int64_t block = 256;
  int64_t sum = 0;
  for (int64_t begin = 0; begin < length; begin += block) {
    int32_t part = 0;
    for (int64_t i = begin, end = std::min(length, begin + block); i < end; ++i)
      part += int32_t(weights[i]) * int32_t(codes[i]);
    sum += part;
  }
  return sum;
}

/// Exact, whatever the codes.
static int64_t integerDot(const int32_t *weights, const int16_t *codes, int64_t length) {
  int64_t sum = 0;
  for (int64_t i = 0; i < length; ++i)
    sum += int64_t(weights[i]) * codes[i];
  return sum;
}

/// One element of Y by the declared float expression (BundleFormat.h), with what its bound is made of.
class Expression {
public:
  Expression(const DeclaredWeights &w, const DeclaredX &x) : w(w), x(x), k(w.shape.k), inner(w.terms.size()) {
    group = w.group ? std::min(w.group, k) : k;
    groups = w.groups();
  }

  float at(int64_t row, int64_t column) {
    m = row, n = column;
    magnitude = largest = lost = 0;
    if (w.group == w.xGroup)
      return equalGroups();
    bool fineWeights = w.xGroup == 0 || (w.group != 0 && w.group < w.xGroup);
    return fineWeights ? manyGroupsInOne() : oneGroupOfMany();
  }

  double magnitude = 0; ///< of the summands
  double largest = 0;   ///< of what is computed on the way, beyond which nothing overflows
  double lost = 0;      ///< how often a rounding below the normal range counts

private:
  float equalGroups() {
    float acc = 0.0f;
    for (int64_t begin = 0; begin < k; begin += group)
      for (const DeclaredTermValues &term : w.terms) {
        float s = sum(term, begin, group), xs = scaleAt(begin), c = coefficientAt(term, begin);
        acc = term.hasCode ? std::fma(s, c * xs, acc) : std::fma(xs * s, c, acc);
        count(s, xs, c, term.hasCode ? s : c);
        reach(double(xs) * (term.hasCode ? c : s));
      }
    return acc;
  }

  float manyGroupsInOne() {
    float acc = 0.0f;
    for (int64_t outer = 0; outer < k; outer += x.group) {
      float within = 0.0f, xs = scaleAt(outer);
      double size = 0;
      for (int64_t begin = outer, end = std::min(k, outer + x.group); begin < end; begin += group)
        for (const DeclaredTermValues &term : w.terms) {
          float s = sum(term, begin, group), c = coefficientAt(term, begin);
          within = std::fma(s, c, within);
          count(s, xs, c, xs);
          reach(size += std::fabs(double(s) * double(c)));
        }
      acc = std::fma(within, xs, acc);
    }
    return acc;
  }

  float oneGroupOfMany() {
    float acc = 0.0f;
    for (int64_t outer = 0; outer < k; outer += group) {
      std::fill(inner.begin(), inner.end(), 0.0f);
      double size = 0;
      for (int64_t begin = outer, end = std::min(k, outer + group); begin < end; begin += x.group)
        for (size_t t = 0; t < inner.size(); ++t) {
          float s = sum(w.terms[t], begin, x.group), xs = scaleAt(begin), c = coefficientAt(w.terms[t], begin);
          inner[t] = std::fma(s, xs, inner[t]);
          count(s, xs, c, c);
          reach(size += std::fabs(double(s) * double(xs)));
        }
      for (size_t t = 0; t < inner.size(); ++t)
        acc = std::fma(inner[t], coefficientAt(w.terms[t], outer), acc);
    }
    return acc;
  }

  /// f32(S) over `length` columns, or what is left of the row.
  float sum(const DeclaredTermValues &term, int64_t begin, int64_t length) const {
    const int16_t *codes = x.codes.data() + m * k + begin;
    length = std::min(length, k - begin);
    size_t at = size_t(n * k + begin);
    return float(term.narrow.empty() ? integerDot(term.codes.data() + at, codes, length)
                                     : integerDot(term.narrow.data() + at, codes, length));
  }
  float scaleAt(int64_t column) const { return x.scales[size_t(m * x.groups() + column / x.group)]; }
  float coefficientAt(const DeclaredTermValues &term, int64_t column) const {
    return term.coefficients[size_t(n * groups + column / group)];
  }
  /// `follows`: what the product of the first two factors is multiplied with.
  void count(float s, float xs, float c, float follows) {
    magnitude += std::fabs(double(s) * double(xs) * double(c));
    lost += 1 + std::fabs(double(follows));
  }

  void reach(double value) { largest = std::max(largest, std::fabs(value)); }

  const DeclaredWeights &w;
  const DeclaredX &x;
  const int64_t k;
  int64_t group, groups, m = 0, n = 0;
  std::vector<float> inner;
};

static std::vector<double> magnitudesOf(std::span<const double> values) {
  std::vector<double> result(values.size());
  std::transform(values.begin(), values.end(), result.begin(), [](double v) { return std::fabs(v); });
  return result;
}

static std::vector<double> rowSums(std::span<const double> values, int64_t rows, int64_t columns) {
  std::vector<double> sums(static_cast<size_t>(rows));
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t k = 0; k < columns; ++k)
      sums[size_t(row)] += values[size_t(row * columns + k)];
  return sums;
}

/// Higham's bound of `roundings` in a row on summands whose magnitudes add up to `magnitude`; float64's own error, of
/// sums over k, comes to it.
static double boundOf(double magnitude, int64_t roundings, int64_t k) {
  double count = double(roundings) * unit;
  return magnitude * (count / (1 - count) + double(k) * 0x1p-52);
}

DeclaredY declareY(const DeclaredWeights &w, const DeclaredX &x) {
  DeclaredY y;
  const int64_t n = w.shape.n, k = w.shape.k;
  size_t count = size_t(x.m * n);
  y.value.resize(count);
  y.bound.resize(count);
  std::vector<double> magnitudes(count), xSize = magnitudesOf(x.factors);
  std::vector<double> wSize = w.magnitudes.empty() ? magnitudesOf(w.factors) : w.magnitudes;
  spec::matmul64(x.factors, w.factors, x.m, w.shape, y.value);
  spec::matmul64(xSize, wSize, x.m, w.shape, magnitudes);
  std::vector<double> deviations(w.deviations.empty() ? 0 : count);
  if (!deviations.empty())
    spec::matmul64(xSize, w.deviations, x.m, w.shape, deviations);
  std::vector<double> xSums = rowSums(xSize, x.m, k), wSums = rowSums(wSize, n, k);
  bool wholeNumbers = w.allIntegers && x.allIntegers(); // then Y is an integer, exact while it fits a float
  bool ordered = !w.terms.empty();
  if (ordered)
    y.exact.resize(count);
  Expression expression(w, x);
  int64_t roundings = k; // a product, and at most k - 1 sums
  if (w.exactSums) {     // an exact sum is one summand, with three roundings of its own: the integer and two products
    int64_t shortest = std::min(w.group ? w.group : k, x.group);
    roundings = (k + shortest - 1) / shortest * int64_t(std::max<size_t>(w.terms.size(), 1)) + 3 + w.roundings;
  }
  for (size_t i = 0; i < count; ++i) {
    size_t row = i / size_t(n), column = i % size_t(n);
    double magnitude = magnitudes[i], largest = 0, lost = 2 * double(k) + double(w.roundings) * w.largestCode * xSums[row];
    if (ordered) {
      y.exact[i] = expression.at(int64_t(row), int64_t(column));
      magnitude = std::max(magnitude, expression.magnitude);
      largest = expression.largest;
      lost += expression.lost;
    } else if (w.exactSums) {
      lost += xSums[row] + wSums[column];
    }
    bool exactIntegers = wholeNumbers && magnitude < 0x1p24;
    y.bound[i] = exactIntegers ? 0.0 : boundOf(magnitude, roundings, k) + lost * least;
    if (w.flushes && !exactIntegers)
      y.bound[i] += (2 * double(k) + xSums[row] + wSums[column]) * leastNormal;
    if (!deviations.empty())
      y.bound[i] += 2 * deviations[i]; // and what rounding the sums makes of it
    // No number where a weight that may be anything meets 0.
    if (!(std::max(magnitude, largest) < double(FLT_MAX) && y.bound[i] < double(FLT_MAX)))
      y.bound[i] = INFINITY;
  }
  return y;
}

} // namespace quoin

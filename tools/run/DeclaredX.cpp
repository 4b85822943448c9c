#include "tools/run/DeclaredX.h"

#include <algorithm>
#include <cfloat>
#include <cmath>

namespace quoin {

bool DeclaredX::hasNanRow(int64_t row) const {
  auto first = scales.begin() + row * groups();
  return std::any_of(first, first + groups(), [](float scale) { return std::isnan(scale); });
}

bool DeclaredX::allIntegers() const {
  if (group)
    return std::all_of(scales.begin(), scales.end(), [](float scale) { return scale == 1.0f; });
  return std::all_of(factors.begin(), factors.end(), [](double x) { return x == std::nearbyint(x); });
}

/// `bits` significant bits, fewer where a unit would be less than 2^leastExponent; above `most` infinity.
static float roundedTo(float value, int bits, int leastExponent, float most) {
  if (!std::isfinite(value))
    return value;
  int exponent;
  std::frexp(value, &exponent);
  double unit = std::ldexp(1.0, std::max(exponent - bits, leastExponent));
  float nearest = float(std::nearbyint(double(value) / unit) * unit); // the environment rounds to nearest even
  return std::fabs(nearest) > most ? std::copysign(INFINITY, value) : nearest;
}

float roundedTo(const std::string &type, float value) {
  if (type == "bf16")
    return roundedTo(value, 8, -133, 0x1.fep127f);
  return type == "f16" ? roundedTo(value, 11, -24, 65504.0f) : value;
}

static void quantizeGroup(std::span<const float> x, int16_t *codes, float &scale) {
  float amax = 0.0f;
  bool finite = true;
  for (float value : x) {
    finite = finite && std::isfinite(value);
    amax = std::max(amax, std::fabs(value));
  }
  scale = finite ? amax / 127.0f : NAN;
  if (!finite || amax == 0.0f) {
    std::fill_n(codes, x.size(), int16_t(0));
    return;
  }
  float inverse = std::min(127.0f / amax, FLT_MAX);
  for (size_t i = 0; i < x.size(); ++i)
    codes[i] = int16_t(std::nearbyintf(x[i] * inverse));
}

static void quantize(std::span<const float> x, DeclaredX &out) {
  out.codes.resize(size_t(out.m * out.k));
  out.scales.resize(size_t(out.m * out.groups()));
  size_t next = 0;
  for (int64_t row = 0; row < out.m; ++row)
    for (int64_t k = 0; k < out.k; k += out.group, ++next) {
      size_t at = size_t(row * out.k + k), length = size_t(std::min(out.group, out.k - k));
      quantizeGroup(x.subspan(at, length), out.codes.data() + at, out.scales[next]);
    }
}

DeclaredX declareX(std::span<const float> x, int64_t m, int64_t k, const ManifestKernel &kernel) {
  const ManifestNumerics &numerics = kernel.numerics;
  DeclaredX out;
  out.m = m;
  out.k = k;
  out.factors.resize(x.size());
  if (kernel.xGroup < 0) {
    for (size_t i = 0; i < x.size(); ++i)
      out.factors[i] = roundedTo(numerics.xType, x[i]);
    return out;
  }
  out.group = kernel.xGroup ? std::min(kernel.xGroup, k) : k;
  quantize(x, out);
  bool exact = numerics.accumulate == "exact";
  for (size_t i = 0; i < x.size(); ++i) {
    float scale = out.scales[i / size_t(k) * size_t(out.groups()) + i % size_t(k) / size_t(out.group)];
    out.factors[i] = exact ? double(out.codes[i]) * double(scale) : roundedTo(numerics.xType, out.codes[i] * scale);
  }
  return out;
}

} // namespace quoin

#include "tools/run/CheckX.h"

#include <algorithm>
#include <cfloat>
#include <cmath>

namespace quoin {

/// What is special about a row of a Mixed X, by its number; every sixteen rows hold each kind once.
enum class RowKind { Plain, ZeroGroup, Subnormal, Huge, Outlier, NotANumber, Infinite, Largest };

static RowKind kindOf(int64_t row) {
  switch (row % 16) {
  case 3:
    return RowKind::ZeroGroup;
  case 5:
    return RowKind::Subnormal;
  case 7:
    return RowKind::Huge;
  case 9:
    return RowKind::Outlier;
  case 11:
    return RowKind::NotANumber;
  case 13:
    return RowKind::Infinite;
  case 14:
    return RowKind::Largest;
  default:
    return RowKind::Plain;
  }
}

static void makeSpecial(std::span<float> row, int64_t group, RowKind kind, std::mt19937_64 &random) {
  std::span<float> part = row.subspan(random() % (row.size() / size_t(group)) * size_t(group), size_t(group));
  size_t one = random() % part.size();
  switch (kind) {
  case RowKind::Plain:
    break;
  case RowKind::ZeroGroup:
    std::fill(part.begin(), part.end(), 0.0f);
    break;
  case RowKind::Subnormal: // 127 / amax overflows here, which the rule cuts at the largest float
    for (float &value : part)
      value *= 0x1p-140f;
    break;
  case RowKind::Huge:
    for (float &value : row)
      value *= 1e25f;
    break;
  case RowKind::Outlier:
    part[one] = 1000.0f;
    break;
  case RowKind::NotANumber:
    part[one] = NAN;
    break;
  case RowKind::Infinite:
    row.back() = random() & 1 ? INFINITY : -INFINITY;
    break;
  case RowKind::Largest:
    part[one] = -FLT_MAX;
    break;
  }
}

/// All are within [-127, 127], as scale 1 wants it; a 127 or -127 in each group makes it exactly 1.
static void makeIntegers(std::span<float> row, int64_t group, std::mt19937_64 &random) {
  for (float &value : row)
    value = float(int(random() % 255) - 127);
  for (size_t at = 0; at < row.size(); at += size_t(group))
    row[at + random() % std::min(size_t(group), row.size() - at)] = random() & 1 ? 127.0f : -127.0f;
}

/// Small ones, so that f32 holds every sum of them with the codes of most weights.
static void makeSmallIntegers(std::span<float> row, std::mt19937_64 &random) {
  for (float &value : row)
    value = float(int(random() % 31) - 15);
}

std::vector<float> randomX(int64_t m, int64_t k, int64_t xGroup, ScaleCase scales, std::mt19937_64 &random) {
  constexpr int64_t floatGroup = 32; // floats have none: as many as a special row changes
  int64_t group = std::min(xGroup > 0 ? xGroup : xGroup < 0 ? floatGroup : k, k);
  std::vector<float> x(size_t(m * k));
  std::normal_distribution<float> normal;
  for (int64_t row = 0; row < m; ++row) {
    std::span<float> values(x.data() + row * k, size_t(k));
    if (scales == ScaleCase::Ones) {
      if (xGroup < 0)
        makeSmallIntegers(values, random);
      else
        makeIntegers(values, group, random);
      continue;
    }
    for (float &value : values)
      value = normal(random);
    if (scales == ScaleCase::Mixed)
      makeSpecial(values, group, kindOf(row), random);
  }
  return x;
}

void appendPlainRows(std::span<const float> x, const DeclaredX &declared, std::vector<float> &plain,
                     std::vector<float> &seen) {
  for (int64_t row = 0; row < declared.m; ++row)
    if (kindOf(row) == RowKind::Plain) {
      auto first = declared.factors.begin() + row * declared.k;
      plain.insert(plain.end(), x.begin() + row * declared.k, x.begin() + (row + 1) * declared.k);
      std::transform(first, first + declared.k, std::back_inserter(seen), [](double v) { return float(v); });
    }
}

} // namespace quoin

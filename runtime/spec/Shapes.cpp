#include "runtime/spec/Shapes.h"

#include <algorithm>
#include <functional>

namespace quoin::spec {

/// Of shapes that are only wanted beside others: all their elements are gone through.
static constexpr int64_t maxElements = 1 << 21;

/// Multiples of `unit` that tell apart maps right by accident: small, odd, and round ones for strict requirements.
static std::vector<int64_t> candidates(int64_t unit) {
  std::vector<int64_t> sizes;
  for (int64_t factor : {1, 2, 3, 4, 5, 7, 8})
    sizes.push_back(factor * unit);
  for (int64_t power = 16; power <= 8192; power *= 2)
    for (int64_t factor : {1, 3, 5})
      if (power * factor <= 16384)
        sizes.push_back(power * factor * unit);
  std::sort(sizes.begin(), sizes.end());
  sizes.erase(std::unique(sizes.begin(), sizes.end()), sizes.end());
  return sizes;
}

static std::vector<int64_t> powersTo(int64_t last) {
  std::vector<int64_t> powers;
  for (int64_t power = 1; power <= last; power *= 2)
    powers.push_back(power);
  return powers;
}

static std::vector<int64_t> multiplesTo(int64_t last, int64_t step) {
  std::vector<int64_t> multiples;
  for (int64_t value = step; value <= last; value += step)
    multiples.push_back(value);
  return multiples;
}

Shape shapeMultiples(const Format &format) {
  if (format.hasTile)
    return {format.tileRows, format.tileCols};
  auto legal = [&](int64_t n, int64_t k) { return checkShape(format, {n, k}).has_value(); };
  auto first = [&](const std::vector<int64_t> &rows, const std::vector<int64_t> &columns) -> std::optional<Shape> {
    for (int64_t n : rows)
      for (int64_t k : columns)
        if (legal(n, k) && legal(2 * n, k) && legal(n, 2 * k))
          return Shape{n, k};
    return {};
  };
  // Tried for a format that allows none, too, and that is to be said soon.
  auto found = first(powersTo(256), multiplesTo(1024, 1));
  if (!found)
    found = first({1}, multiplesTo(1 << 14, 64)); // long groups
  if (!found)
    found = first(multiplesTo(256, 1), powersTo(64)); // rows in other blocks
  return found.value_or(Shape{1, 1});
}

/// Legal ones among the multiples of `unit`.
static std::vector<Shape> multiplesOf(Shape unit, const Format &format, size_t count) {
  auto [unitN, unitK] = unit;
  std::vector<Shape> shapes;
  for (int64_t n : candidates(unitN))
    for (int64_t k : candidates(unitK))
      shapes.push_back({n, k});
  std::stable_sort(shapes.begin(), shapes.end(), [](Shape a, Shape b) { return a.n * a.k < b.n * b.k; });
  std::vector<Shape> chosen;
  // Few of the many shapes are wanted: the format's requirements are evaluated for those alone.
  auto take = [&](const std::function<bool(Shape)> &wanted) {
    for (Shape shape : shapes) {
      bool known = std::any_of(chosen.begin(), chosen.end(), [&](Shape c) { return c.n == shape.n && c.k == shape.k; });
      bool large = !chosen.empty() && shape.n * shape.k > maxElements;
      if (known || large || chosen.size() >= count || !wanted(shape) || !checkShape(format, shape))
        continue;
      chosen.push_back(shape);
      return;
    }
  };
  auto uneven = [](int64_t value, int64_t unit) { return (value & (value - 1)) != 0 && value > unit; };
  take([](Shape) { return true; });
  if (chosen.empty())
    return {};
  const Shape least = chosen.front();
  take([&](Shape s) { return uneven(s.n, unitN) && uneven(s.k, unitK) && s.n != s.k; });
  take([&](Shape s) { return s.n % 2 == 1 && s.n > least.n; });
  take([&](Shape s) { return s.k / unitK % 2 == 1 && s.k > least.k; });
  take([&](Shape s) { return s.k > least.k && s.n > least.n && s.n < s.k; });
  take([&](Shape s) { return s.k > least.k && s.n > least.n && s.n > s.k; });
  return chosen;
}

std::vector<Shape> smallShapes(const Format &format, size_t count) {
  // Round numbers first, because they are legal for most formats.
  if (!format.hasTile)
    if (std::vector<Shape> shapes = multiplesOf({1, 1}, format, count); !shapes.empty())
      return shapes;
  return multiplesOf(shapeMultiples(format), format, count);
}

std::vector<Shape> largeShapes(const Format &format, Shape unit) {
  static constexpr Shape sizes[] = {{1, 100003}, {3, 65536}, {70001, 1}, {65536, 3}, {65536, 65536}};
  auto multiple = [](int64_t size, int64_t of) { return std::max<int64_t>(size / of, 1) * of; };
  std::vector<Shape> found;
  for (Shape size : sizes)
    for (int halved = 0; halved < 12; ++halved) {
      Shape shape = {multiple(size.n >> halved, unit.n), multiple(size.k >> halved, unit.k)};
      if (!checkShape(format, shape))
        continue;
      found.push_back(shape);
      break;
    }
  return found;
}

} // namespace quoin::spec

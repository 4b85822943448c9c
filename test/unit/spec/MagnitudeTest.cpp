// Magnitudes of what values add up, by hand.
#include "FormatMaker.h"

#include <cmath>
#include <cstring>

using namespace quoin::spec;

/// The magnitude of what `body` makes of x, y and z, three floats of a stream.
static double magnitudeOf(const std::vector<float> &values, const std::function<Ex(FormatMaker &, Ex, Ex, Ex)> &body) {
  FormatMaker m;
  m.format.name = "example";
  int32_t s = m.planar("s", "f32", {m.lit(3)});
  m.decode([&](Ex, Ex) {
    auto at = [&](int64_t i) { return m.read(s, {m.lit(i)}); };
    return body(m, at(0), at(1), at(2));
  });
  std::vector<uint8_t> bytes(12);
  std::memcpy(bytes.data(), values.data(), 12);
  auto bound = BoundFormat::bind(m.format, {1, 1}, {{"s", bytes}});
  EXPECT_TRUE(bound) << bound.error().message;
  std::pair<VarId, int64_t> vars[] = {{m.format.decodeVars[0], 0}, {m.format.decodeVars[1], 0}};
  return bound->magnitude(m.format.decodeValue, vars).value();
}

TEST(Magnitude, sumsThatCancel) {
  auto difference = [](FormatMaker &, Ex x, Ex y, Ex z) { return x * y - z * y; };
  EXPECT_EQ(magnitudeOf({8, 3, 8}, difference), 48) << "the difference is 0";
  EXPECT_EQ(magnitudeOf({8, -3, -8}, difference), 48);
}

TEST(Magnitude, productsAndQuotientsOfSums) {
  EXPECT_EQ(magnitudeOf({8, 3, -0.5f}, [](FormatMaker &, Ex x, Ex y, Ex z) { return (x - y) * z; }), 5.5);
  EXPECT_EQ(magnitudeOf({8, 3, -0.5f}, [](FormatMaker &, Ex x, Ex y, Ex z) { return (x - y) / z; }), 22);
  EXPECT_EQ(magnitudeOf({8, 3, 0}, [](FormatMaker &m, Ex x, Ex y, Ex) {
              return m.op(Op::Ldexp, m.op(Op::Neg, x - y), m.lit32(2));
            }),
            44);
}

TEST(Magnitude, theBranchThatIsTaken) {
  auto chosen = [](FormatMaker &m, Ex x, Ex y, Ex z) { return m.select(m.op(Op::Lt, z, m.flt(0)), x - y, y); };
  EXPECT_EQ(magnitudeOf({8, 3, -1}, chosen), 11);
  EXPECT_EQ(magnitudeOf({8, 3, 1}, chosen), 3);
}

TEST(Magnitude, loops) {
  EXPECT_EQ(magnitudeOf({8, 3, 0},
                        [](FormatMaker &m, Ex x, Ex y, Ex) {
                          return m.loop(Op::Sum, 4, [&](Ex v) { return m.op(Op::ToF32, v) * x - y; });
                        }),
            (0 + 1 + 2 + 3) * 8 + 4 * 3);
}

TEST(Magnitude, roundingErrorsBelowTheNormalNumbers) {
  auto product = [](FormatMaker &, Ex x, Ex y, Ex z) { return x * y * z; };
  EXPECT_EQ(magnitudeOf({0x1p-100f, 0x1p-40f, 0x1p20f}, product), 0x1p-106) << "2^-140 is rounded like 2^-126";
  EXPECT_EQ(magnitudeOf({0x1p-126f, 1, 0x1p20f}, product), 0x1p-106);
  EXPECT_EQ(magnitudeOf({0x1p-100f, 0, 0x1p20f}, product), 0) << "and 0 is exact";
  EXPECT_EQ(magnitudeOf({0x1p-100f, 0x1p40f, 0x1p20f}, [](FormatMaker &, Ex x, Ex y, Ex z) { return x / y * z; }), 0x1p-106);
}

TEST(Magnitude, isAtLeastTheValues) {
  EXPECT_EQ(magnitudeOf({-8, 3, 0}, [](FormatMaker &m, Ex x, Ex, Ex) { return m.op(Op::Min, x, m.flt(1)); }), 8);
  EXPECT_TRUE(std::isnan(magnitudeOf({NAN, 3, 0}, [](FormatMaker &, Ex x, Ex y, Ex) { return x - y; })));
  EXPECT_TRUE(std::isinf(magnitudeOf({INFINITY, 3, 0}, [](FormatMaker &, Ex x, Ex y, Ex) { return x - y; })));
}

// What kernels declare, against expressions written out: the three ways groups nest, terms, rounding, bounds.
#include "tools/run/Declared.h"

#include "../spec/FormatMaker.h"

#include <cfloat>
#include <cmath>
#include <cstring>
#include <random>

using namespace quoin;
using namespace quoin::spec;

/// W(n, k) = (q - z) * d + b, where d, z and b cover `group` columns (0: all), as two terms: one without a code.
struct Weights {
  Weights(int64_t group, int64_t xGroup, std::vector<uint8_t> q, std::vector<int8_t> z, std::vector<float> d,
          std::vector<float> b)
      : k(int64_t(q.size())) {
    auto groups = [&] { return group ? ceildiv(maker.K(), group) : maker.lit(1); };
    auto column = [&](Ex at) { return group ? floordiv(at, group) : maker.lit(0); };
    int32_t codes = maker.planar("q", "ui8", {maker.N(), maker.K()});
    int32_t zeros = maker.planar("z", "si8", {maker.N(), groups()});
    int32_t scales = maker.planar("d", "f32", {maker.N(), groups()});
    int32_t biases = maker.planar("b", "f32", {maker.N(), groups()});
    Ex code{}, zero{}, scale{}, bias{};
    maker.decode([&](Ex row, Ex at) {
      code = maker.read(codes, {row, at});
      zero = maker.read(zeros, {row, column(at)});
      scale = maker.read(scales, {row, column(at)});
      bias = maker.read(biases, {row, column(at)});
      return (code - zero) * scale + bias;
    });
    maker.format.name = "example";
    put("q", q), put("z", z), put("d", d), put("b", b);
    kernel.name = "matmul";
    kernel.op = "matmul";
    kernel.group = group;
    kernel.xGroup = xGroup;
    kernel.numerics.accumulate = "exact";
    kernel.numerics.order = "fma-per-group";
    kernel.numerics.terms = {{scale.id, code.id, zero.id, 0}, {bias.id, -1, -1, 0}};
  }

  template <typename T> void put(const char *name, const std::vector<T> &values) {
    std::vector<uint8_t> &bytes = streams[name];
    bytes.resize(values.size() * sizeof(T));
    std::memcpy(bytes.data(), values.data(), bytes.size());
  }

  Result<DeclaredWeights> declare() {
    auto bound = BoundFormat::bind(maker.format, {1, k}, view(streams));
    EXPECT_TRUE(bound) << bound.error().message;
    values = *bound->decodeAll();
    return declareWeights(maker.format, {1, k}, kernel, view(streams), values);
  }
  DeclaredY multiply(const std::vector<float> &row) {
    auto w = declare();
    EXPECT_TRUE(w) << w.error().message;
    x = declareX(row, 1, k, kernel);
    return declareY(*w, x);
  }

  FormatMaker maker;
  ManifestKernel kernel;
  OwnedStreams streams;
  std::vector<float> values;
  DeclaredX x;
  int64_t k;
};

static const std::vector<uint8_t> codes = {9, 3, 14, 250};
static const std::vector<float> row = {1.1f, 0.3f, -0.7f, 0.9f};

/// Sum of (code - zero) * xq over two columns, and of xq.
static float sum(const Weights &w, size_t at, int zero) {
  return float((codes[at] - zero) * w.x.codes[at] + (codes[at + 1] - zero) * w.x.codes[at + 1]);
}
static float sum(const Weights &w, size_t at) { return float(w.x.codes[at] + w.x.codes[at + 1]); }

TEST(Declared, equalGroups) {
  const float d0 = 0.1f, d1 = 0.7f, b0 = 0.3f, b1 = -0.9f;
  Weights w(2, 2, codes, {3, -5}, {d0, d1}, {b0, b1});
  DeclaredY y = w.multiply(row);
  const float x0 = w.x.scales[0], x1 = w.x.scales[1];
  float want = std::fma(sum(w, 0, 3), d0 * x0, 0.0f);
  want = std::fma(x0 * sum(w, 0), b0, want);
  want = std::fma(sum(w, 2, -5), d1 * x1, want);
  want = std::fma(x1 * sum(w, 2), b1, want);
  EXPECT_EQ(y.exact[0], want);
  EXPECT_LE(std::fabs(y.value[0] - want), y.bound[0]);
  EXPECT_LT(y.bound[0], 1e-3);
}

TEST(Declared, manyGroupsToOneActivationScale) {
  const float d0 = 0.1f, d1 = 0.7f, b0 = 0.3f, b1 = -0.9f;
  for (int64_t xGroup : {4, 0}) {
    Weights w(2, xGroup, codes, {3, -5}, {d0, d1}, {b0, b1});
    DeclaredY y = w.multiply(row);
    ASSERT_EQ(w.x.scales.size(), 1u);
    float inner = std::fma(sum(w, 0, 3), d0, 0.0f);
    inner = std::fma(sum(w, 0), b0, inner);
    inner = std::fma(sum(w, 2, -5), d1, inner);
    inner = std::fma(sum(w, 2), b1, inner);
    EXPECT_EQ(y.exact[0], std::fma(inner, w.x.scales[0], 0.0f));
    EXPECT_LE(std::fabs(y.value[0] - y.exact[0]), y.bound[0]);
  }
}

TEST(Declared, manyActivationScalesToOneGroup) {
  const float d = 0.1f, b = 0.3f;
  for (int64_t group : {4, 0}) {
    Weights w(group, 2, codes, {3}, {d}, {b});
    DeclaredY y = w.multiply(row);
    const float x0 = w.x.scales[0], x1 = w.x.scales[1];
    float inner = std::fma(sum(w, 2, 3), x1, std::fma(sum(w, 0, 3), x0, 0.0f));
    float ones = std::fma(sum(w, 2), x1, std::fma(sum(w, 0), x0, 0.0f));
    EXPECT_EQ(y.exact[0], std::fma(ones, b, std::fma(inner, d, 0.0f)));
    EXPECT_LE(std::fabs(y.value[0] - y.exact[0]), y.bound[0]);
  }
}

// With scales of 1 and whole numbers every order gives the integer itself: the last groups are short.
TEST(Declared, shortLastGroups) {
  std::vector<uint8_t> q(11);
  std::vector<float> x(11);
  for (size_t i = 0; i < 11; ++i) {
    q[i] = uint8_t(17 * i + 1);
    x[i] = i % 2 ? float(i) : 127.0f;
  }
  for (auto [group, xGroup] : {std::pair(4, 4), {4, 8}, {8, 4}, {4, 0}, {0, 4}, {0, 0}, {16, 4}, {2, 16}}) {
    size_t groups = group ? size_t((11 + group - 1) / group) : 1;
    std::vector<int8_t> z(groups);
    std::vector<float> d(groups), b(groups);
    double want = 0;
    for (size_t g = 0; g < groups; ++g)
      z[g] = int8_t(2 * g), d[g] = float(g + 1), b[g] = -float(g);
    for (size_t i = 0; i < 11; ++i) {
      size_t g = group ? i / size_t(group) : 0;
      want += double(x[i]) * double(d[g] * float(q[i] - z[g]) + b[g]);
    }
    Weights w(group, xGroup, q, z, d, b);
    DeclaredY y = w.multiply(x);
    EXPECT_EQ(y.value[0], want) << group << " " << xGroup;
    EXPECT_EQ(y.exact[0], want) << group << " " << xGroup;
    EXPECT_EQ(y.bound[0], 0.0);
  }
}

// What overflows on the way may be infinite, or no number, where the sum itself is small.
TEST(Declared, overflowOnTheWayIsUnbounded) {
  const std::vector<float> large = {-FLT_MAX, FLT_MAX, -FLT_MAX, FLT_MAX};
  for (auto [group, xGroup] : {std::pair(4, 2), {2, 4}, {2, 2}}) {
    size_t groups = size_t(4 / group);
    Weights w(group, xGroup, {100, 120, 100, 120}, std::vector<int8_t>(groups, 0), std::vector<float>(groups, 1e-3f),
              std::vector<float>(groups, 0.0f));
    DeclaredY y = w.multiply(large);
    EXPECT_LT(std::fabs(y.value[0]), 0.1 * FLT_MAX);
    bool overflows = group > xGroup; // sums of codes times the scale of X come first
    EXPECT_EQ(std::isinf(y.exact[0]), overflows) << group << " " << xGroup;
    EXPECT_EQ(std::isinf(y.bound[0]), overflows) << group << " " << xGroup;
  }
}

// A coefficient that is rounded below the normal range is off by a step of that range, and its codes multiply that.
TEST(Declared, coefficientsBelowTheNormalRangeLoseAStepTimesTheCode) {
  Weights w(2, 2, codes, {-100, -5}, {0x3p-149f, 0.7f}, {0.0f, 0.0f});
  spec::NodeId &coefficient = w.kernel.numerics.terms[0].coefficient;
  Ex half = w.maker.op(Op::Mul, w.maker.ex(coefficient), w.maker.flt(0.5f));
  coefficient = w.maker.op(Op::Mul, half, w.maker.flt(2)).id; // 4 steps for 3
  auto declared = w.declare();
  EXPECT_TRUE(declared) << (declared ? "" : declared.error().message);
}

TEST(Declared, termsAreThoseOfTheFormat) {
  Weights w(2, 2, codes, {3, -5}, {0.1f, 0.7f}, {0.3f, 0.9f});
  w.kernel.numerics.terms[0].zero = 1;
  EXPECT_NE(w.declare().error().message.find("the declared terms give"), std::string::npos);
  w.kernel.numerics.rounded = true;
  EXPECT_NE(w.declare().error().message.find("than rounding codes leads"), std::string::npos) << "a whole step";
  Weights near(2, 2, codes, {3, -5}, {0.1f, 0.7f}, {0.04f, 0.3f});
  near.kernel.numerics.rounded = true;
  near.kernel.numerics.terms.pop_back(); // what is added is less than half a step
  auto rounded = near.declare();
  ASSERT_TRUE(rounded) << rounded.error().message;
  EXPECT_NEAR(rounded->noise, 2 * 0.04 * 0.04 + 2 * 0.3 * 0.3, 1e-4);
  EXPECT_NEAR(rounded->factors[0], (9 - 3) * 0.1, 1e-6) << "W is that of the terms";
  w.kernel.numerics.terms[0].code = w.kernel.numerics.terms[0].coefficient;
  EXPECT_NE(w.declare().error().message.find("is no integer"), std::string::npos);
  w.kernel.numerics.terms[0].code = 10000;
  EXPECT_NE(w.declare().error().message.find("refers to node 10000"), std::string::npos);
  Weights coarse(2, 4, codes, {3, -5}, {0.1f, 0.7f}, {0.3f, 0.9f});
  coarse.kernel.group = 4; // but the format's coefficients change after two columns
  EXPECT_NE(coarse.declare().error().message.find("changes inside the group at (0, 3)"), std::string::npos);
}

TEST(Declared, floatSums) {
  Weights w(2, -1, codes, {3, -5}, {0.1f, 0.7f}, {0.3f, -0.9f});
  w.kernel.numerics = {"f32", "", "", "bf16", "f16", false, {}};
  DeclaredY y = w.multiply(row);
  EXPECT_TRUE(y.exact.empty());
  double want = 0, size = 0;
  for (size_t i = 0; i < 4; ++i) {
    double product = double(roundedTo("bf16", row[i])) * double(roundedTo("f16", w.values[i]));
    want += product, size += std::fabs(product);
  }
  EXPECT_EQ(y.value[0], want);
  EXPECT_GE(y.bound[0], 4 * 0x1p-24 * size);
  EXPECT_LE(y.bound[0], 4.01 * 0x1p-24 * size) << "four products and three sums pass four roundings at most";
  y = w.multiply({1.0f, 2.0f, NAN, 0.0f});
  EXPECT_TRUE(std::isnan(y.value[0]));
  y = w.multiply({1.0f, 2.0f, FLT_MAX, 0.0f}); // beyond bf16
  EXPECT_TRUE(std::isinf(y.value[0]));
}

// Weights that are decoded by other operations may differ by roundings of what their expression adds up, here of b and of
// d * (q - z) where they cancel; and then by a step of the type they are rounded to, where that lies between.
TEST(Declared, regroupedWeights) {
  Weights w(2, -1, codes, {3, -5}, {0.1f, 0.7f}, {-0.6f, -13.3f});
  std::vector<int32_t> multipliers = {w.kernel.numerics.terms[0].coefficient, w.kernel.numerics.terms[1].coefficient};
  w.kernel.numerics = {"f32", "", "", "f32", "f32", false, {}, {}};
  double strict = w.multiply(row).bound[0];
  w.kernel.numerics.regrouped = multipliers;
  double size = 0;
  for (size_t i = 0; i < 4; ++i) {
    float d = i < 2 ? 0.1f : 0.7f, b = i < 2 ? -0.6f : -13.3f;
    size += std::fabs(row[i]) * (std::fabs(d * float(codes[i] - (i < 2 ? 3 : -5))) + std::fabs(b));
  }
  // Two roundings of the format's and four more.
  EXPECT_GE(w.multiply(row).bound[0], strict + 6 * 0x1p-24 * size);
  EXPECT_LE(w.multiply(row).bound[0], strict + 50 * 0x1p-24 * size);
  w.kernel.numerics.wType = "bf16";
  EXPECT_LE(w.multiply(row).bound[0], strict + 50 * 0x1p-24 * size) << "no weight is near the middle of two bf16 values";
  w.kernel.numerics.wType = "f32";
  auto declared = w.declare();
  ASSERT_TRUE(declared);
  EXPECT_EQ(declared->deviations.size(), 4u);
  w.kernel.numerics.regrouped = {{1 << 20}};
  EXPECT_FALSE(w.declare()) << "there is no such node";
}

// What a regrouped weight is multiplied with, or what is added, may be no number though the format's value is one.
TEST(Declared, regroupedBeyondNumbers) {
  for (float d : {1.0f, NAN, INFINITY, 0x1p112f}) {
    Weights w(2, -1, {5, 3, 0, 0}, {3, 0}, {0.5f, d}, {0.0f, 0.0f});
    w.kernel.numerics.regrouped = {{w.kernel.numerics.terms[0].coefficient}};
    w.kernel.numerics = {"f32", "", "", "f32", "f32", false, {}, w.kernel.numerics.regrouped};
    auto declared = w.declare();
    ASSERT_TRUE(declared) << declared.error().message;
    for (size_t i = 0; i < 4; ++i)
      EXPECT_EQ(std::isfinite(declared->deviations[i]), i < 2 || d == 1) << i << ", d = " << d;
    for (float x : {0.0f, 1.0f})
      EXPECT_EQ(std::isinf(w.multiply({1, 1, x, x}).bound[0]), d != 1) << "x = " << x << ", d = " << d;
  }
}

// Quantized X in a sum of floats is what the codes and the scale give in f32, then rounded.
TEST(Declared, floatSumsOfQuantizedX) {
  Weights w(2, 4, codes, {3, -5}, {0.1f, 0.7f}, {0.3f, -0.9f});
  w.kernel.numerics = {"f32", "", "", "f16", "f32", false, {}};
  w.multiply(row);
  for (size_t i = 0; i < 4; ++i)
    EXPECT_EQ(w.x.factors[i], roundedTo("f16", float(w.x.codes[i]) * w.x.scales[0]));
}

TEST(DeclaredX, roundsAsTheTypesDo) {
  std::mt19937 random(3);
  for (const char *name : {"f16", "bf16"}) {
    ScalarType type = *ScalarType::parse(name);
    for (int i = 0; i < 200000; ++i) {
      uint32_t bits = uint32_t(random());
      float value;
      std::memcpy(&value, &bits, 4);
      if (name[0] == 'f' && i % 2) // most floats are far from what f16 holds
        value = std::ldexp(float(int32_t(bits)) * 0x1p-31f, int(bits % 48) - 28);
      float want = type.decodeFloat(encodeScalar(type, value, Rounding::NearestEven, false));
      float got = roundedTo(name, value);
      ASSERT_TRUE(std::isnan(value) ? std::isnan(got) : got == want) << name << " " << value << " " << got;
    }
  }
  EXPECT_EQ(roundedTo("f16", 65519.0f), 65504.0f);
  EXPECT_EQ(roundedTo("f16", -65520.0f), -INFINITY);
  EXPECT_EQ(roundedTo("f32", 0.1f), 0.1f);
}

TEST(DeclaredX, quantizesByGroups) {
  ManifestKernel kernel;
  kernel.xGroup = 4;
  kernel.numerics.accumulate = "exact";
  const std::vector<float> x = {0, 0,   0, 0, 254, -1, 1, 3, 63.5f, 127, // rounded to even: 0, 0, 2
                                1, NAN, 1, 1, 1,   2,  3, 4, -5,    0};
  DeclaredX out = declareX(x, 2, 10, kernel);
  EXPECT_EQ(out.groups(), 3);
  EXPECT_EQ(out.codes, (std::vector<int16_t>{0, 0, 0, 0, 127, 0, 0, 2, 64, 127, 0, 0, 0, 0, 32, 64, 95, 127, -127, 0}));
  EXPECT_EQ(out.scales[0], 0.0f);
  EXPECT_EQ(out.scales[1], 2.0f);
  EXPECT_EQ(out.scales[2], 1.0f);
  EXPECT_TRUE(std::isnan(out.scales[3]));
  EXPECT_FALSE(out.hasNanRow(0));
  EXPECT_TRUE(out.hasNanRow(1));
  kernel.xGroup = 0;
  EXPECT_EQ(declareX(x, 2, 10, kernel).scales.size(), 2u);
}

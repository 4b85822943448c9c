// Scalar types against independent formulas: every code decoded, and encoding against a search in the sorted values.
#include "runtime/spec/Type.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <random>

using namespace quoin::spec;

namespace {
const char *const floatNames[] = {"f16",           "bf16",   "f8E5M2", "f8E5M2FNUZ", "f8E4M3FN", "f8E4M3FNUZ",
                                  "f8E4M3B11FNUZ", "f8E4M3", "f8E3M4", "f6E3M2FN",   "f6E2M3FN", "f4E2M1FN"};

ScalarType type(const char *name) { return ScalarType::parse(name).value(); }

/// A finite value with its code.
struct Entry {
  double value;
  uint32_t code;
};

/// Positive finite values in ascending order, by the type's published parameters (numeric type tables), then one beyond
/// the largest: where overflow begins.
struct Published {
  const char *name;
  int exponentBits, mantissaBits, bias;
  double largest;
  uint32_t largestCode;
};
const Published published[] = {
    {"f16", 5, 10, 15, 65504, 0x7BFF},     {"bf16", 8, 7, 127, 0x1.FEp127, 0x7F7F}, {"f8E5M2", 5, 2, 15, 57344, 0x7B},
    {"f8E5M2FNUZ", 5, 2, 16, 57344, 0x7F}, {"f8E4M3FN", 4, 3, 7, 448, 0x7E},        {"f8E4M3FNUZ", 4, 3, 8, 240, 0x7F},
    {"f8E4M3B11FNUZ", 4, 3, 11, 30, 0x7F}, {"f8E4M3", 4, 3, 7, 240, 0x77},          {"f8E3M4", 3, 4, 3, 15.5, 0x6F},
    {"f6E3M2FN", 3, 2, 3, 28, 0x1F},       {"f6E2M3FN", 2, 3, 1, 7.5, 0x1F},        {"f4E2M1FN", 2, 1, 1, 6, 0x7},
};

double formula(const Published &p, uint32_t magnitude) {
  uint32_t exponent = magnitude >> p.mantissaBits, fraction = magnitude % (1u << p.mantissaBits);
  double scale = std::pow(2.0, p.mantissaBits);
  return exponent ? std::pow(2.0, int(exponent) - p.bias) * (1 + fraction / scale)
                  : std::pow(2.0, 1 - p.bias) * fraction / scale;
}

std::vector<Entry> magnitudes(const Published &p) {
  std::vector<Entry> entries;
  for (uint32_t code = 0; code <= p.largestCode + 1; ++code)
    entries.push_back({formula(p, code), code});
  return entries;
}

/// Magnitude code by looking for the neighbours of `value` (>= 0, finite): the answer may be one beyond the largest.
uint32_t nearest(const std::vector<Entry> &entries, double value, bool negative, Rounding mode) {
  if (value >= entries.back().value)
    return mode == Rounding::TowardZero || mode == (negative ? Rounding::Ceil : Rounding::Floor)
               ? entries[entries.size() - 2].code
               : entries.back().code;
  auto upper = std::upper_bound(entries.begin(), entries.end(), value,
                                [](double v, const Entry &entry) { return v < entry.value; });
  const Entry &above = *upper, &below = *(upper - 1);
  if (below.value == value)
    return below.code;
  double toBelow = value - below.value, toAbove = above.value - value;
  switch (mode) {
  case Rounding::NearestEven:
    return toBelow < toAbove || (toBelow == toAbove && below.code % 2 == 0) ? below.code : above.code;
  case Rounding::NearestAway:
    return toBelow < toAbove ? below.code : above.code;
  case Rounding::TowardZero:
    return below.code;
  case Rounding::Floor:
    return negative ? above.code : below.code;
  default:
    return negative ? below.code : above.code;
  }
}

/// What encodeScalar must give, from the published table alone.
uint32_t expected(const Published &p, const std::vector<Entry> &entries, float value, Rounding mode, bool saturate) {
  ScalarType::Special special = type(p.name).special;
  uint32_t signBit = 1u << (p.exponentBits + p.mantissaBits);
  uint32_t infinityCode = ((1u << p.exponentBits) - 1) << p.mantissaBits;
  bool negative = std::signbit(value);
  uint32_t sign = negative ? signBit : 0;
  bool overflow = std::isinf(value);
  uint32_t magnitude = overflow ? 0 : nearest(entries, std::fabs(double(value)), negative, mode);
  overflow |= magnitude > p.largestCode;
  if (overflow && saturate)
    return p.largestCode | sign;
  if (overflow) {
    switch (special) {
    case ScalarType::Special::IEEE:
      return infinityCode | sign;
    case ScalarType::Special::FN:
      return (signBit - 1) | sign;
    case ScalarType::Special::FNUZ:
      return signBit;
    default:
      return p.largestCode | sign;
    }
  }
  if (special == ScalarType::Special::FNUZ && magnitude == 0)
    return 0;
  return magnitude | sign;
}

/// Neighbours, midpoints and their neighbours, the ends, and random bit patterns.
std::vector<float> samples(const std::vector<Entry> &entries) {
  std::vector<float> values = {0.0f, INFINITY, 1e-45f, 1.1754944e-38f, 3.4028235e38f, 1e30f};
  size_t step = entries.size() > 1000 ? 7 : 1;
  for (size_t i = 0; i + 1 < entries.size(); i += step) {
    float low = float(entries[i].value), middle = float((entries[i].value + entries[i + 1].value) / 2);
    for (float v : {low, middle})
      for (float w : {v, std::nextafter(v, INFINITY), std::nextafter(v, 0.0f)})
        values.push_back(w);
  }
  std::mt19937 random(1);
  for (int i = 0; i < 20000; ++i) {
    float v = std::bit_cast<float>(uint32_t(random()) & 0x7FFFFFFF);
    if (!std::isnan(v))
      values.push_back(v);
  }
  size_t count = values.size();
  for (size_t i = 0; i < count; ++i)
    values.push_back(-values[i]);
  return values;
}

const Rounding modes[] = {Rounding::NearestEven, Rounding::NearestAway, Rounding::TowardZero, Rounding::Floor,
                          Rounding::Ceil};
} // namespace

TEST(Type, NamesRoundTrip) {
  for (const char *name : floatNames)
    EXPECT_EQ(type(name).name(), name);
  for (int width = 1; width <= 32; ++width)
    for (std::string prefix : {"ui", "si"}) {
      std::string name = prefix + std::to_string(width);
      ASSERT_TRUE(ScalarType::parse(name));
      EXPECT_EQ(ScalarType::parse(name)->name(), name);
    }
  for (const char *bad : {"", "ui", "ui0", "ui33", "si04", "i8", "f64", "ui8 ", "si+4", "f8", "ui999999999999", "uix"})
    EXPECT_FALSE(ScalarType::parse(bad)) << bad;
}

TEST(Type, FloatsOfThirtyTwoBitsKeepTheirs) {
  for (uint32_t bits : {0x80000000u, 0x00000001u, 0x7F800001u, 0xFFBFFFFFu, 0x7FC00001u}) // quiet and signalling NaNs
    EXPECT_EQ(std::bit_cast<uint32_t>(type("f32").decodeFloat(bits)), bits);
}

TEST(Type, FiniteCodesFollowTheFormula) {
  for (const Published &p : published) {
    ScalarType t = type(p.name);
    uint32_t signBit = 1u << (p.exponentBits + p.mantissaBits);
    EXPECT_EQ(t.width, 1 + p.exponentBits + p.mantissaBits);
    EXPECT_EQ(double(t.decodeFloat(p.largestCode)), p.largest) << p.name;
    for (uint32_t code = 0; code <= p.largestCode; ++code) {
      EXPECT_EQ(double(t.decodeFloat(code)), formula(p, code)) << p.name << " " << code;
      if (t.special == ScalarType::Special::FNUZ && code == 0)
        continue;
      EXPECT_EQ(double(t.decodeFloat(code | signBit)), -formula(p, code));
      EXPECT_TRUE(std::signbit(t.decodeFloat(code | signBit)));
    }
  }
}

TEST(Type, SpecialCodes) {
  EXPECT_EQ(type("f16").decodeFloat(0x7C00), INFINITY);
  EXPECT_EQ(type("f16").decodeFloat(0xFC00), -INFINITY);
  EXPECT_TRUE(std::isnan(type("f16").decodeFloat(0x7C01)));
  EXPECT_EQ(type("bf16").decodeFloat(0xFF80), -INFINITY);
  EXPECT_EQ(type("f8E5M2").decodeFloat(0x7C), INFINITY);
  EXPECT_TRUE(std::isnan(type("f8E5M2").decodeFloat(0xFD)));
  EXPECT_TRUE(std::isnan(type("f8E4M3FN").decodeFloat(0x7F)));
  EXPECT_TRUE(std::isnan(type("f8E4M3FN").decodeFloat(0xFF)));
  for (const char *name : {"f8E5M2FNUZ", "f8E4M3FNUZ", "f8E4M3B11FNUZ"})
    EXPECT_TRUE(std::isnan(type(name).decodeFloat(0x80))) << name;
  EXPECT_EQ(type("f8E4M3").decodeFloat(0x78), INFINITY);
  EXPECT_TRUE(std::isnan(type("f8E3M4").decodeFloat(0x71)));
}

TEST(Type, PowersOfTwoType) {
  ScalarType t = type("f8E8M0FNU");
  for (int code = 0; code < 255; ++code)
    EXPECT_EQ(double(t.decodeFloat(code)), std::pow(2.0, code - 127));
  EXPECT_TRUE(std::isnan(t.decodeFloat(255)));
  auto rne = [&](float v) { return encodeScalar(t, v, Rounding::NearestEven, false); };
  EXPECT_EQ(rne(0.0f), 0u);
  EXPECT_EQ(rne(-0.0f), 0u);
  EXPECT_EQ(rne(-1.0f), 255u);
  EXPECT_EQ(rne(1.0f), 127u);
  // Ties go to the power whose significand of one bit is even: up.
  EXPECT_EQ(rne(1.5f), 128u);
  EXPECT_EQ(rne(3.0f), 129u);
  EXPECT_EQ(rne(std::nextafter(1.5f, 0.0f)), 127u);
  EXPECT_EQ(rne(0x1p-128f), 0u);
  EXPECT_EQ(rne(0x1.8p-127f), 1u);
  EXPECT_EQ(rne(0x1.8p127f), 255u);
  EXPECT_EQ(encodeScalar(t, INFINITY, Rounding::NearestEven, true), 254u);
  EXPECT_EQ(encodeScalar(t, 1.9f, Rounding::Floor, false), 127u);
  EXPECT_EQ(encodeScalar(t, 1.1f, Rounding::Ceil, false), 128u);
  EXPECT_EQ(encodeScalar(t, NAN, Rounding::NearestEven, true), 255u);
}

TEST(Type, EncodeAgreesWithSearchInTheTable) {
  for (const Published &p : published) {
    std::vector<Entry> entries = magnitudes(p);
    std::vector<float> values = samples(entries);
    for (Rounding mode : modes)
      for (bool saturate : {false, true})
        for (float value : values) {
          uint32_t got = encodeScalar(type(p.name), value, mode, saturate);
          uint32_t want = expected(p, entries, value, mode, saturate);
          ASSERT_EQ(got, want) << p.name << " value " << value << " mode " << int(mode) << " saturate " << saturate;
        }
  }
}

TEST(Type, NanEncodesToNan) {
  for (const char *name : floatNames)
    for (bool saturate : {false, true}) {
      uint32_t code = encodeScalar(type(name), NAN, Rounding::NearestEven, saturate);
      bool finite = type(name).special == ScalarType::Special::Finite;
      uint32_t largest = (1u << (type(name).width - 1)) - 1;
      EXPECT_TRUE(finite ? code == largest : std::isnan(type(name).decodeFloat(code))) << name;
    }
}

TEST(Type, CodesSurviveDecodeAndEncode) {
  for (const char *name : floatNames)
    for (uint32_t code = 0; code < 1u << type(name).width; ++code) {
      float value = type(name).decodeFloat(code);
      if (!std::isnan(value)) {
        EXPECT_EQ(encodeScalar(type(name), value, Rounding::NearestEven, false), code) << name;
      }
    }
}

TEST(Type, F32IsItself) {
  for (uint32_t bits : {0u, 0x80000000u, 0x3F800001u, 0x00000001u, 0x7F800000u, 0x7FC12345u}) {
    EXPECT_EQ(std::bit_cast<uint32_t>(type("f32").decodeFloat(bits)), bits);
    EXPECT_EQ(encodeScalar(type("f32"), std::bit_cast<float>(bits), Rounding::TowardZero, false), bits);
  }
  EXPECT_EQ(encodeScalar(type("f32"), -INFINITY, Rounding::NearestEven, true), 0xFF7FFFFFu);
  EXPECT_EQ(encodeScalar(type("f32"), 0x1p-149f, Rounding::NearestEven, true), 1u);
}

TEST(Type, IntegersDecode) {
  EXPECT_EQ(type("si4").decodeInt(0xF), -1);
  EXPECT_EQ(type("si4").decodeInt(7), 7);
  EXPECT_EQ(type("ui4").decodeInt(0xF), 15);
  EXPECT_EQ(type("si1").decodeInt(1), -1);
  EXPECT_EQ(type("si32").decodeInt(0x80000000u), INT32_MIN);
  EXPECT_EQ(type("ui32").decodeInt(0xFFFFFFFFu), -1);
}

TEST(Type, IntegersRoundAndSaturate) {
  std::vector<double> values = {0,     0.5, 1.5,          2.5,          0.49999997, 126.5,
                                127.5, 1e9, 2147483648.0, 4294967295.0, 1e20,       INFINITY};
  for (const char *name : {"si1", "si8", "ui8", "ui1", "si32", "ui32"}) {
    ScalarType t = type(name);
    double high = t.kind == ScalarType::Kind::UInt ? std::pow(2.0, t.width) - 1 : std::pow(2.0, t.width - 1) - 1;
    double low = t.kind == ScalarType::Kind::UInt ? 0 : -high - 1;
    uint32_t mask = uint32_t(std::pow(2.0, t.width) - 1);
    for (double magnitude : values)
      for (double exact : {magnitude, -magnitude}) {
        double value = double(float(exact));
        double rounded[] = {std::nearbyint(value), std::round(value), std::trunc(value), std::floor(value),
                            std::ceil(value)};
        for (int mode = 0; mode < 5; ++mode) {
          double clamped = std::clamp(rounded[mode], low, high);
          EXPECT_EQ(encodeScalar(t, float(value), modes[mode], false), uint32_t(int64_t(clamped)) & mask)
              << name << " " << value << " mode " << mode;
        }
      }
    EXPECT_EQ(encodeScalar(t, NAN, Rounding::NearestEven, false), 0u);
  }
}

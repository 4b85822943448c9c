// A slice of what exhaustive-conversions goes through whole, and every code of every type.
#include "test/exhaustive/Compare.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>

using namespace quoin;
using namespace quoin::exhaustive;

static spec::ScalarType typeOf(const std::string &name) { return spec::ScalarType::parse(name).value(); }

TEST(Codes, EveryFloatCodeIsWhatAPFloatSays) {
  for (const std::string &name : convertedTypes()) {
    spec::ScalarType type = typeOf(name);
    for (uint32_t code = 0; type.isFloat() && code < 1u << type.width; ++code) {
      float got = type.decodeFloat(code), want = expectedValue(type, code);
      ASSERT_TRUE((std::isnan(got) && std::isnan(want)) ||
                  std::bit_cast<uint32_t>(got) == std::bit_cast<uint32_t>(want))
          << name << " " << code << ": " << got << " and " << want;
    }
  }
}

TEST(Codes, EveryIntegerCodeUpTo16BitsIsItsTwosComplement) {
  for (int width = 1; width <= 16; ++width)
    for (int64_t code = 0; code < 1 << width; ++code) {
      EXPECT_EQ(typeOf("ui" + std::to_string(width)).decodeInt(uint32_t(code)), code);
      int64_t top = int64_t(1) << (width - 1);
      EXPECT_EQ(typeOf("si" + std::to_string(width)).decodeInt(uint32_t(code)), code < top ? code : code - 2 * top);
    }
}

class Slice : public testing::TestWithParam<std::string> {};

/// An odd stride meets every exponent and, over the shards, all low bits; APFloat is asked directly, too.
TEST_P(Slice, EvaluatorAgrees) {
  for (const Conversion &conversion : conversionsOf(typeOf(GetParam()))) {
    Compared compared(conversion);
    for (uint32_t shard = 0; shard < shardCount; ++shard)
      if (auto different = compared.evaluator(shard, 5209))
        FAIL() << *different;
    for (uint64_t bits = 0; bits < uint64_t(1) << 32; bits += 1300013)
      if (!std::isnan(std::bit_cast<float>(uint32_t(bits)))) {
        ASSERT_EQ(
            encodeScalar(conversion.type, std::bit_cast<float>(uint32_t(bits)), conversion.mode, conversion.saturate),
            expectedCode(conversion, uint32_t(bits)))
            << conversion.spelling() << " " << bits;
      }
  }
}

TEST_P(Slice, CompiledCodeAgrees) {
  for (const Conversion &conversion : conversionsOf(typeOf(GetParam()))) {
    auto code = Generated::compile(conversion);
    ASSERT_TRUE(code) << code.error().message;
    Compared compared(conversion);
    for (uint32_t shard = 0; shard < shardCount; ++shard)
      if (auto different = compared.generated(*code, shard, 5209))
        FAIL() << *different;
  }
}

INSTANTIATE_TEST_SUITE_P(Types, Slice, testing::ValuesIn(convertedTypes()),
                         [](const auto &info) { return info.param; });

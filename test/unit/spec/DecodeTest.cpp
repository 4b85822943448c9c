// Record formats: reading, provenance, errors.
#include "FormatMaker.h"

#include <bit>
#include <cmath>
#include <random>

using namespace quoin;
using namespace quoin::spec;

namespace {
std::vector<uint8_t> randomBytes(size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<uint8_t> bytes(count);
  for (uint8_t &byte : bytes)
    byte = uint8_t(random());
  return bytes;
}

void setF16(std::vector<uint8_t> &bytes, size_t at, float value) {
  uint32_t code = encodeScalar(*ScalarType::parse("f16"), value, Rounding::NearestEven, false);
  bytes[at] = uint8_t(code), bytes[at + 1] = uint8_t(code >> 8);
}

float getF16(const std::vector<uint8_t> &bytes, size_t at) {
  return ScalarType::parse("f16")->decodeFloat(uint32_t(bytes[at] | bytes[at + 1] << 8));
}

std::string messageOf(const auto &result) { return result ? std::string() : result.error().message; }
} // namespace

TEST(Decode, FourBitBlocks) {
  FormatMaker m;
  makeFourBit(m);
  const int64_t n = 3, k = 96;
  auto bytes = randomBytes(n * k / 32 * 18, 7);
  for (size_t r = 0; r < 9; ++r)
    setF16(bytes, r * 18, 0.01f * float(r + 1));
  auto bound = BoundFormat::bind(m.format, {n, k}, {{"block", bytes}});
  ASSERT_TRUE(bound) << messageOf(bound);
  auto all = bound->decodeAll();
  ASSERT_TRUE(all);
  for (int64_t row = 0; row < n; ++row)
    for (int64_t col = 0; col < k; ++col) {
      size_t at = size_t(row * (k / 32) + col / 32) * 18;
      uint8_t byte = bytes[at + 2 + size_t(col % 16)];
      int code = col % 32 < 16 ? byte & 15 : byte >> 4;
      float want = float(code - 8) * getF16(bytes, at);
      EXPECT_EQ((*all)[size_t(row * k + col)], want);
      EXPECT_EQ(bound->decode(row, col).value(), want);
    }
}

TEST(Decode, SlicesAndTilesOfSeveralRows) {
  // 2 by 4 elements of 6 bits: four low bits, then the two high bits of all elements.
  FormatMaker m;
  m.tile(2, 4);
  int32_t block = m.records("block", 6);
  int32_t q = m.sliced("q", "si6", block, {m.lit(8)}, [&](auto i) {
    return std::vector<std::pair<int, Ex>>{{4, 4 * i[0]}, {2, m.lit(32) + 2 * i[0]}};
  });
  m.decodeTile([&](Ex i) { return m.op(Op::ToF32, m.read(q, {i})); });
  auto bytes = randomBytes(6 * 2 * 3, 3);
  auto bound = BoundFormat::bind(m.format, {4, 12}, {{"block", bytes}});
  ASSERT_TRUE(bound) << messageOf(bound);
  for (int64_t n = 0; n < 4; ++n)
    for (int64_t k = 0; k < 12; ++k) {
      size_t base = size_t(n / 2 * 3 + k / 4) * 6, i = size_t(n % 2 * 4 + k % 4);
      int low = bytes[base + i / 2] >> (4 * (i % 2)) & 15, high = bytes[base + 4 + i / 4] >> (2 * (i % 4)) & 3;
      int code = low | high << 4;
      EXPECT_EQ(bound->decode(n, k).value(), float(code >= 32 ? code - 64 : code));
    }
}

TEST(Decode, DecodeByRowAndColumnReadsItsRecord) {
  FormatMaker m;
  m.tile(1, 4);
  int32_t block = m.records("block", 4);
  int32_t q = m.field("q", "ui8", block, {m.lit(4)}, [&](auto i) { return 8 * i[0]; });
  m.decode([&](Ex n, Ex k) { return m.op(Op::ToF32, m.read(q, {mod(k, 4)}) + n * 1000); });
  auto bytes = randomBytes(24, 5);
  auto bound = BoundFormat::bind(m.format, {2, 12}, {{"block", bytes}});
  ASSERT_TRUE(bound);
  for (int64_t n = 0; n < 2; ++n)
    for (int64_t k = 0; k < 12; ++k)
      EXPECT_EQ(bound->decode(n, k).value(), float(bytes[size_t(n * 12 + k)] + n * 1000));
}

TEST(Decode, ProvenanceNamesBits) {
  FormatMaker m;
  makeFourBit(m);
  auto bytes = randomBytes(36, 1);
  auto bound = BoundFormat::bind(m.format, {1, 64}, {{"block", bytes}});
  ASSERT_TRUE(bound);
  ASSERT_TRUE(bound->decode(0, 50)); // a remembered scale must not hide its read
  auto bits = bound->provenance(0, 50);
  ASSERT_TRUE(bits);
  ASSERT_EQ(bits->size(), 2u);
  EXPECT_EQ((*bits)[0].bit, 144 + 16 + 8 * 2 + 4);
  EXPECT_EQ((*bits)[0].width, 4);
  EXPECT_EQ((*bits)[1].bit, 144);
  EXPECT_EQ((*bits)[1].width, 16);
}

TEST(Decode, FieldsAndNodesOneByOne) {
  FormatMaker m;
  makeFourBit(m);
  std::vector<uint8_t> bytes(36, 0);
  setF16(bytes, 18, -0.5f);
  bytes[18 + 2 + 3] = 0xA7;
  auto bound = BoundFormat::bind(m.format, {1, 64}, {{"block", bytes}});
  ASSERT_TRUE(bound);
  int64_t index[] = {19};
  EXPECT_EQ(bound->readField(1, index, 1).value(), 10);
  EXPECT_EQ(std::bit_cast<float>(uint32_t(bound->readField(0, {}, 1).value())), -0.5f);
  std::pair<VarId, int64_t> vars[] = {{m.format.decodeVars[0], 3}};
  EXPECT_EQ(std::bit_cast<float>(uint32_t(bound->evaluate(m.format.decodeValue, vars, 1).value())), 0.5f);
  EXPECT_FALSE(bound->readField(1, index, 2));
  EXPECT_FALSE(bound->readField(5, index));
  EXPECT_FALSE(bound->evaluate(1 << 20, {}));
}

TEST(Decode, SizesMustBeExact) {
  FormatMaker m;
  makeFourBit(m);
  std::vector<uint8_t> bytes(35);
  EXPECT_EQ(messageOf(BoundFormat::bind(m.format, {1, 64}, {{"block", bytes}})),
            "stream \"block\" has 35 bytes and needs 36 (2 records of 18 bytes)");
  EXPECT_EQ(messageOf(BoundFormat::bind(m.format, {1, 64}, {})), "stream \"block\" is missing");
  EXPECT_EQ(messageOf(BoundFormat::bind(m.format, {1, 64}, {{"other", bytes}})),
            "format \"example_4bit\" has no stream \"other\"");
  EXPECT_EQ(messageOf(checkShape(m.format, {1, 48})),
            "N = 1, K = 48 is not made of whole tiles of format \"example_4bit\"");
  EXPECT_FALSE(checkShape(m.format, {0, 32}));
  EXPECT_FALSE(checkShape(m.format, {INT64_MAX / 2, 32}));
  EXPECT_EQ(streamSizes(m.format, {3, 64})->at("block"), 108);
  EXPECT_DOUBLE_EQ(*bitsPerWeight(m.format, {3, 64}), 4.5);
}

TEST(Decode, StoredIndexOutOfRangeIsAnError) {
  FormatMaker m;
  m.tile(1, 4);
  int32_t block = m.records("block", 4);
  int32_t q = m.field("q", "ui8", block, {m.lit(4)}, [&](auto i) { return 8 * i[0]; });
  int32_t grid = m.table("grid", "ui8", {3}, {5, 6, 7});
  m.decodeTile([&](Ex i) { return m.op(Op::ToF32, m.look(grid, {m.read(q, {i})})); });
  std::vector<uint8_t> bytes = {0, 1, 2, 2, 1, 3, 0, 0};
  auto bound = BoundFormat::bind(m.format, {2, 4}, {{"block", bytes}});
  ASSERT_TRUE(bound);
  EXPECT_EQ(bound->decode(0, 3).value(), 7.0f);
  EXPECT_EQ(messageOf(bound->decode(1, 1)), "index 3 of \"grid\" is outside its extent 3 at (n, k) = (1, 1)");
  EXPECT_EQ(bound->decode(1, 2).value(), 5.0f); // an error leaves nothing behind
  EXPECT_FALSE(bound->decodeAll());
  EXPECT_FALSE(bound->decode(2, 0));
}

TEST(Decode, NanAndMinusZero) {
  FormatMaker m;
  m.tile(1, 2);
  int32_t block = m.records("block", 4);
  int32_t d = m.field("d", "f16", block, {m.lit(2)}, [&](auto i) { return 16 * i[0]; });
  m.decodeTile([&](Ex i) { return m.read(d, {i}); });
  std::vector<uint8_t> bytes = {0x00, 0x80, 0x01, 0x7E};
  auto bound = BoundFormat::bind(m.format, {1, 2}, {{"block", bytes}});
  ASSERT_TRUE(bound);
  auto all = bound->decodeAll();
  EXPECT_TRUE((*all)[0] == 0 && std::signbit((*all)[0]));
  EXPECT_TRUE(std::isnan((*all)[1]));
}

TEST(Decode, WhatHasNoPlaceInADecoder) {
  FormatMaker m;
  makeFourBit(m);
  Ex weight = m.x({m.lit(0), m.lit(0)}), largest = m.temp(0), scale = m.op(Op::ToI32, m.read(0)) + m.N();
  std::vector<uint8_t> bytes(18);
  auto bound = BoundFormat::bind(m.format, {1, 32}, {{"block", bytes}});
  ASSERT_TRUE(bound) << messageOf(bound);
  EXPECT_EQ(messageOf(bound->evaluate(weight.id, {}, 0)), "\"x\" is read outside encode in record 0");
  EXPECT_EQ(messageOf(bound->evaluate(largest.id, {}, 0)), "temp \"m\" has no value here in record 0");
  EXPECT_EQ(messageOf(bound->evaluate(scale.id, {}, 1)), "record 1 is outside 1");
  std::pair<VarId, int64_t> none[] = {{VarId(m.format.vars.size()), 0}};
  EXPECT_FALSE(bound->evaluate(scale.id, none, 0));
  EXPECT_EQ(bound->evaluate(scale.id, {}, 0).value(), 1);
}

TEST(Decode, RecordsHaveNoPlaceInSizes) {
  FormatMaker m;
  makeFourBit(m);
  m.planar("extra", "ui8", {m.read(1, {m.lit(0)})});
  std::vector<uint8_t> bytes(18);
  EXPECT_EQ(messageOf(BoundFormat::bind(m.format, {1, 32}, {{"block", bytes}, {"extra", {}}})),
            "field \"q\" is stored in records and is read where there is no record");
}

TEST(Decode, TensorsTooLargeToDecodeWhole) {
  FormatMaker m;
  m.decode([&](Ex n, Ex k) { return m.op(Op::ToF32, n + k); });
  auto bound = BoundFormat::bind(m.format, {int64_t(1) << 20, int64_t(1) << 20}, {});
  ASSERT_TRUE(bound) << messageOf(bound);
  EXPECT_EQ(messageOf(bound->decodeAll()), "a tensor of 1048576 by 1048576 is too large to decode whole");
  EXPECT_EQ(bound->decode(7, 1).value(), 8.0f);
}

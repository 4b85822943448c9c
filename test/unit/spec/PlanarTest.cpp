// Planar streams: words crossed by fields, maps per bit, optional streams, free sizes, splits, permutes, overlays.
#include "FormatMaker.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <random>

using namespace quoin;
using namespace quoin::spec;

namespace {
template <typename T> std::vector<uint8_t> bytesOf(const std::vector<T> &values) {
  std::vector<uint8_t> bytes(values.size() * sizeof(T));
  if (!bytes.empty())
    std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

std::string messageOf(const auto &result) { return result ? std::string() : result.error().message; }

/// Codes of 3 bits in words of 32 along k, word w of row n at [w, n]; a scale a group of 8 chosen by `order`.
struct ThreeBit {
  explicit ThreeBit(FormatMaker &m) {
    words = m.planar("qweight", "ui32", {ceildiv(3 * m.K(), 32), m.N()});
    scales = m.planar("scales", "f32", {ceildiv(m.K(), 8), m.N()});
    groups = m.planar("g_idx", "si32", {m.K()});
    Stream &stream = m.streamOf(groups);
    stream.optional = true;
    stream.defaultVars = {m.newVar("k")};
    stream.defaultValue = floordiv(m.var(stream.defaultVars[0]), 8).id;
    q = m.perBit("q", "ui3", 0, {m.N(), m.K()}, [&](auto i, Ex b) {
      Ex at = 3 * i[1] + b;
      return 32 * (floordiv(at, 32) * m.N() + i[0]) + mod(at, 32);
    });
    m.streamOf(words).spare = true;
    m.decode([&](Ex n, Ex k) { return m.read(scales, {m.read(groups, {k}), n}) * (m.read(q, {n, k}) - 4); });
  }
  int32_t words, scales, groups, q;
};
} // namespace

TEST(Planar, CodesThatCrossWords) {
  FormatMaker m;
  ThreeBit format(m);
  const int64_t n = 5, k = 43, rows = (3 * k + 31) / 32;
  std::mt19937 random(2);
  std::vector<uint32_t> words(size_t(rows * n));
  for (uint32_t &word : words)
    word = uint32_t(random());
  std::vector<float> scales(size_t(6 * n));
  for (size_t i = 0; i < scales.size(); ++i)
    scales[i] = 0.25f * float(i + 1);
  std::vector<int32_t> order(static_cast<size_t>(k));
  for (size_t i = 0; i < order.size(); ++i)
    order[i] = int32_t((i * 5) % 6);
  auto wordBytes = bytesOf(words), scaleBytes = bytesOf(scales), orderBytes = bytesOf(order);
  for (bool stored : {false, true}) {
    StreamBytes streams = {{"qweight", wordBytes}, {"scales", scaleBytes}};
    if (stored)
      streams["g_idx"] = orderBytes;
    auto bound = BoundFormat::bind(m.format, {n, k}, streams);
    ASSERT_TRUE(bound) << messageOf(bound);
    for (int64_t row = 0; row < n; ++row)
      for (int64_t col = 0; col < k; ++col) {
        int code = 0;
        for (int b = 0; b < 3; ++b) {
          int64_t bit = 3 * col + b;
          code |= int(words[size_t(bit / 32 * n + row)] >> (bit % 32) & 1) << b;
        }
        int64_t group = stored ? order[size_t(col)] : col / 8;
        EXPECT_EQ(bound->decode(row, col).value(), scales[size_t(group * n + row)] * float(code - 4));
      }
  }
  order[7] = 6;
  orderBytes = bytesOf(order);
  auto bound =
      BoundFormat::bind(m.format, {n, k}, {{"qweight", wordBytes}, {"scales", scaleBytes}, {"g_idx", orderBytes}});
  ASSERT_TRUE(bound);
  EXPECT_EQ(messageOf(bound->decode(2, 7)),
            "index [6, 2] of \"scales\" is outside its extents [6, 5] at (n, k) = (2, 7)");
  EXPECT_TRUE(bound->decode(2, 8));
}

TEST(Planar, RequirementsAreExplained) {
  FormatMaker m;
  m.format.name = "w";
  int32_t q = m.planar("q", "ui8", {m.N(), m.K()});
  m.format.requirements = {m.op(Op::Eq, mod(m.K(), 8), m.lit(0)).id};
  m.decode([&](Ex n, Ex k) { return m.op(Op::ToF32, m.read(q, {n, k})); });
  EXPECT_TRUE(checkShape(m.format, {3, 24}));
  auto result = checkShape(m.format, {3, 25});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "N = 3, K = 25 does not fit format \"w\"");
  EXPECT_EQ(result.error().hint, "it requires K mod 8 == 0");
}

TEST(Planar, RequirementsHoldWhereOtherSizesAreFree) {
  FormatMaker m;
  m.format.sizes = {"P", "Q"};
  int32_t q = m.planar("q", "ui8", {m.N(), m.K()});
  m.planar("kept", "f16", {m.ex(m.builder.size(0))}); // P comes before the requirement and is no part of it
  m.format.requirements = {m.op(Op::Eq, mod(m.K(), 8), m.lit(0)).id, m.op(Op::Lt, m.ex(m.builder.size(1)), m.N()).id};
  m.decode([&](Ex n, Ex k) { return m.op(Op::ToF32, m.read(q, {n, k})); });
  EXPECT_TRUE(checkShape(m.format, {3, 24})); // what Q has to be waits until it is known
  EXPECT_FALSE(checkShape(m.format, {3, 25}));
}

TEST(Planar, SubByteElementsPadTheLastByte) {
  FormatMaker m;
  int32_t q = m.planar("q", "si3", {m.N(), m.K()});
  m.decode([&](Ex n, Ex k) { return m.op(Op::ToF32, m.read(q, {n, k})); });
  EXPECT_EQ(streamSizes(m.format, {3, 5})->at("q"), 6); // 45 bits
  std::vector<uint8_t> bytes = {0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x70};
  auto bound = BoundFormat::bind(m.format, {3, 5}, {{"q", bytes}});
  ASSERT_TRUE(bound);
  EXPECT_EQ(bound->decode(0, 0).value(), -1.0f);
  EXPECT_EQ(bound->decode(1, 3).value(), 0.0f);
  EXPECT_EQ(bound->decode(2, 4).value(), -4.0f + 0.0f); // bits 42..44 = 100
}

/// W = dense + a sparse list of P entries.
static void makeOverlay(FormatMaker &m, bool add) {
  m.format.sizes = {"P"};
  int32_t q = m.planar("q", "si8", {m.N(), m.K()});
  Ex p = m.ex(m.builder.size(0));
  int32_t rows = m.planar("rows", "si32", {p}), cols = m.planar("cols", "ui16", {p}),
          values = m.planar("values", "f16", {p});
  m.decode([&](Ex n, Ex k) { return m.op(Op::ToF32, m.read(q, {n, k})); });
  m.format.overlays = {{add, rows, cols, values}};
}

TEST(Planar, OverlaysApplyInOrder) {
  std::vector<int8_t> q = {1, 2, 3, 4, 5, 6};
  std::vector<int32_t> rows = {1, 0, 1};
  std::vector<uint16_t> cols = {2, 1, 2}, values = {0x3C00, 0x4000, 0xC200}; // 1, 2, -3
  auto qb = bytesOf(q), rb = bytesOf(rows), cb = bytesOf(cols), vb = bytesOf(values);
  StreamBytes streams = {{"q", qb}, {"rows", rb}, {"cols", cb}, {"values", vb}};
  FormatMaker replace, add;
  makeOverlay(replace, false);
  makeOverlay(add, true);
  auto replaced = BoundFormat::bind(replace.format, {2, 3}, streams);
  ASSERT_TRUE(replaced) << messageOf(replaced);
  EXPECT_EQ(*replaced->decodeAll(), (std::vector<float>{1, 2, 3, 4, 5, -3}));
  auto added = BoundFormat::bind(add.format, {2, 3}, streams);
  EXPECT_EQ(*added->decodeAll(), (std::vector<float>{1, 4, 3, 4, 5, 4}));
  EXPECT_EQ(added->provenance(1, 2)->size(), 1u + 2 * 3);

  rows[1] = 2;
  rb = bytesOf(rows);
  streams["rows"] = rb;
  EXPECT_EQ(messageOf(BoundFormat::bind(add.format, {2, 3}, streams)),
            "overlay entry 1 of \"rows\", \"cols\" is at (2, 1), outside N = 2, K = 3");
}

TEST(Planar, FreeSizesComeFromStreams) {
  FormatMaker m;
  makeOverlay(m, false);
  std::vector<uint8_t> q(6), four(4), two(2), three(3);
  EXPECT_TRUE(BoundFormat::bind(m.format, {2, 3}, {{"q", q}, {"rows", {}}, {"cols", {}}, {"values", {}}}));
  EXPECT_TRUE(BoundFormat::bind(m.format, {2, 3}, {{"q", q}, {"rows", four}, {"cols", two}, {"values", two}}));
  EXPECT_EQ(messageOf(BoundFormat::bind(m.format, {2, 3}, {{"q", q}, {"rows", four}, {"cols", four}, {"values", two}})),
            "stream \"cols\" has 4 bytes and needs 2 (ui16 [1])");
  EXPECT_FALSE(BoundFormat::bind(m.format, {2, 3}, {{"q", q}, {"rows", three}, {"cols", {}}, {"values", {}}}));
  EXPECT_EQ(messageOf(streamSizes(m.format, {2, 3})), "size \"P\" is not known");
  EXPECT_EQ(streamSizes(m.format, {2, 3}, {}, {{"P", 5}})->at("values"), 10);
  EXPECT_FALSE(streamSizes(m.format, {2, 3}, {}, {{"Q", 5}}));
}

TEST(Planar, ExtentsReadEarlierStreams) {
  FormatMaker m;
  int32_t count = m.planar("count", "si32", {m.lit(2)});
  int32_t values = m.planar("values", "f32", {m.read(count, {m.lit(1)})});
  m.decode([&](Ex n, Ex k) { return m.read(values, {n + k}); });
  std::vector<int32_t> counts = {9, 3};
  std::vector<float> floats = {1, 2, 3};
  auto cb = bytesOf(counts), fb = bytesOf(floats);
  auto bound = BoundFormat::bind(m.format, {2, 2}, {{"count", cb}, {"values", fb}});
  ASSERT_TRUE(bound) << messageOf(bound);
  EXPECT_EQ(bound->decode(1, 1).value(), 3.0f);
  EXPECT_EQ(streamSizes(m.format, {2, 2}, {{"count", cb}})->at("values"), 12);
  EXPECT_FALSE(streamSizes(m.format, {2, 2}));
  counts[1] = -1;
  cb = bytesOf(counts);
  EXPECT_NE(messageOf(BoundFormat::bind(m.format, {2, 2}, {{"count", cb}, {"values", {}}})).find("is -1"),
            std::string::npos);
}

TEST(Planar, PermutesInBothDirections) {
  for (bool storedToLogical : {false, true})
    for (int axis : {0, 1}) {
      FormatMaker m;
      int32_t q = m.planar("q", "ui8", {m.N(), m.K()});
      int32_t order = m.planar("order", "si32", {axis ? m.K() : m.N()});
      m.decode([&](Ex n, Ex k) { return m.op(Op::ToF32, m.read(q, {n, k})); });
      m.format.permutes = {{axis, order, storedToLogical}};
      std::vector<uint8_t> codes = {10, 11, 12, 13, 20, 21, 22, 23, 30, 31, 32, 33, 40, 41, 42, 43};
      std::vector<int32_t> s = {2, 0, 3, 1};
      auto sb = bytesOf(s);
      auto bound = BoundFormat::bind(m.format, {4, 4}, {{"q", codes}, {"order", sb}});
      ASSERT_TRUE(bound) << messageOf(bound);
      auto all = *bound->decodeAll();
      for (int64_t stored = 0; stored < 4; ++stored)
        for (int64_t other = 0; other < 4; ++other) {
          int64_t logical = stored;
          if (storedToLogical)
            logical = s[size_t(stored)];
          else
            while (s[size_t(logical % 4)] != stored)
              ++logical;
          logical %= 4;
          int64_t n = axis ? other : logical, k = axis ? logical : other;
          float want = codes[size_t(axis ? other * 4 + stored : stored * 4 + other)];
          EXPECT_EQ(all[size_t(n * 4 + k)], want);
          EXPECT_EQ(bound->decode(n, k).value(), want);
        }
      for (std::vector<int32_t> bad : {std::vector<int32_t>{2, 0, 2, 1}, {0, 1, 2, 4}, {0, 1, 2, -1}}) {
        auto bb = bytesOf(bad);
        EXPECT_NE(messageOf(BoundFormat::bind(m.format, {4, 4}, {{"q", codes}, {"order", bb}})).find("no permutation"),
                  std::string::npos);
      }
    }
}

TEST(Planar, SplitByStoredLengths) {
  FormatMaker m;
  int32_t lengths = m.planar("lengths", "si32", {m.lit(3)});
  int32_t scale = m.planar("scale", "f32", {m.lit(3)});
  m.decode([&](Ex n, Ex) {
    VarId s = m.newVar("s"), v = m.newVar("v");
    Ex body = m.read(scale, {m.var(s)}) + m.op(Op::ToF32, m.var(v));
    return m.ex(m.builder.splitAll(n.id, lengths, s, v, body.id));
  });
  std::vector<int32_t> counts = {2, 0, 3};
  std::vector<float> scales = {100, 200, 300};
  auto cb = bytesOf(counts), sb = bytesOf(scales);
  auto bound = BoundFormat::bind(m.format, {5, 1}, {{"lengths", cb}, {"scale", sb}});
  ASSERT_TRUE(bound) << messageOf(bound);
  EXPECT_EQ(*bound->decodeAll(), (std::vector<float>{100, 101, 300, 301, 302}));
  EXPECT_EQ(messageOf(BoundFormat::bind(m.format, {6, 1}, {{"lengths", cb}, {"scale", sb}})),
            "the lengths in \"lengths\" add up to 5 and must add up to 6");
  counts = {6, -1, 0};
  cb = bytesOf(counts);
  EXPECT_EQ(messageOf(BoundFormat::bind(m.format, {5, 1}, {{"lengths", cb}, {"scale", sb}})),
            "length 1 in \"lengths\" is -1");
}

TEST(Planar, SplitByBranchesAndValuesOutside) {
  FormatMaker m;
  int32_t lengths = m.planar("lengths", "ui8", {m.lit(2)});
  m.decode([&](Ex n, Ex k) {
    VarId a = m.newVar("a"), b = m.newVar("b");
    // An expression: its range is not known when the tensor is bound.
    return m.ex(m.builder.splitBy((n + k).id, lengths,
                                  {m.op(Op::ToF32, m.var(a)).id, m.op(Op::ToF32, m.var(b) + 50).id}, {a, b}));
  });
  std::vector<uint8_t> counts = {1, 2};
  auto bound = BoundFormat::bind(m.format, {2, 3}, {{"lengths", counts}});
  ASSERT_TRUE(bound) << messageOf(bound);
  EXPECT_EQ(bound->decode(0, 0).value(), 0.0f);
  EXPECT_EQ(bound->decode(1, 1).value(), 51.0f);
  EXPECT_EQ(messageOf(bound->decode(1, 2)),
            "position 3 is outside the 3 that the lengths in \"lengths\" add up to at (n, k) = (1, 2)");
  EXPECT_EQ(bound->provenance(0, 1)->size(), 2u);
}

TEST(Planar, FieldsThatLeaveTheStream) {
  FormatMaker m;
  m.planar("s", "ui8", {m.K()});
  int32_t q = m.field("q", "ui4", 0, {m.K() + 1}, [&](auto i) { return 8 * i[0]; });
  m.decode([&](Ex, Ex k) { return m.op(Op::ToF32, m.read(q, {k + 1})); });
  std::vector<uint8_t> bytes = {1, 2, 3};
  auto bound = BoundFormat::bind(m.format, {1, 3}, {{"s", bytes}});
  ASSERT_TRUE(bound);
  EXPECT_EQ(bound->decode(0, 1).value(), 3.0f);
  EXPECT_EQ(messageOf(bound->decode(0, 2)), "field \"q\"[3] reads bit 24 of a stream of 24 bits at (n, k) = (0, 2)");
}

TEST(Planar, AbsentStreamsGiveTheirDefault) {
  FormatMaker m;
  int32_t bias = m.planar("bias", "f32", {m.N(), m.K()});
  Stream &stream = m.streamOf(bias);
  stream.optional = true;
  stream.defaultVars = {m.newVar("a"), m.newVar("b")};
  stream.defaultValue = (m.var(stream.defaultVars[0]) * 10 + m.var(stream.defaultVars[1])).id; // an integer for a float
  m.decode([&](Ex n, Ex k) { return m.read(bias, {n, k}); });
  auto bound = BoundFormat::bind(m.format, {2, 2}, {});
  ASSERT_TRUE(bound) << messageOf(bound);
  EXPECT_EQ(*bound->decodeAll(), (std::vector<float>{0, 1, 10, 11}));
  EXPECT_TRUE(bound->provenance(0, 0)->empty());
}

TEST(Planar, WhatContentsMustBeIsSaid) {
  FormatMaker m;
  m.format.name = "w";
  int32_t order = m.planar("order", "si32", {m.lit(3)}), lengths = m.planar("lengths", "ui8", {m.lit(3)});
  VarId a = m.newVar("a"), b = m.newVar("b");
  m.format.permutes = {{1, order, true}};
  m.decode([&](Ex, Ex k) {
    return m.op(Op::ToF32, m.ex(m.builder.splitBy(k.id, lengths, {m.var(a).id, m.var(b).id}, {a, b})));
  });
  std::vector<int32_t> places = {2, 0, 1};
  std::vector<uint8_t> counts = {1, 2, 0};
  auto pb = bytesOf(places);
  EXPECT_EQ(messageOf(BoundFormat::bind(m.format, {1, 3}, {{"order", pb}, {"lengths", counts}})),
            "\"lengths\" has 3 lengths and the split has 2 branches");

  FormatMaker ordered;
  order = ordered.planar("order", "si32", {ordered.lit(3)});
  ordered.format.permutes = {{1, order, true}};
  ordered.decode([&](Ex, Ex) { return ordered.flt(0); });
  EXPECT_EQ(messageOf(BoundFormat::bind(ordered.format, {1, 4}, {{"order", pb}})),
            "\"order\" orders 3 positions and K is 4");
  EXPECT_TRUE(BoundFormat::bind(ordered.format, {1, 3}, {{"order", pb}}));

  FormatMaker patched;
  int32_t rows = patched.planar("rows", "ui8", {patched.lit(1)}),
          cols = patched.planar("cols", "ui8", {patched.lit(2)});
  patched.decode([&](Ex, Ex) { return patched.flt(0); });
  patched.format.overlays = {{true, rows, cols, cols}};
  std::vector<uint8_t> one(1), two(2);
  EXPECT_EQ(messageOf(BoundFormat::bind(patched.format, {1, 1}, {{"rows", one}, {"cols", two}})),
            "overlay fields \"rows\" and \"cols\" have 1 and 2 elements");
}

TEST(Planar, LengthsOfTheColumnsAndOfAFieldsIndex) {
  FormatMaker m;
  int32_t lengths = m.planar("lengths", "ui8", {m.lit(2)});
  m.planar("bytes", "ui8", {m.K()});
  m.streamOf(lengths + 1).spare = true;
  VarId s = m.newVar("s"), v = m.newVar("v"), t = m.newVar("t"), w = m.newVar("w");
  // The field's index is split too: its extent is K, which the lengths must add up to.
  int32_t code = m.field("code", "ui4", 1, {m.K()}, [&](auto i) {
    return m.ex(m.builder.splitAll(i[0].id, lengths, t, w, (8 * m.var(w) + 4 * m.var(t)).id));
  });
  m.decode([&](Ex, Ex k) {
    Ex range = m.ex(m.builder.splitAll(k.id, lengths, s, v, m.var(s).id));
    return m.op(Op::ToF32, m.read(code, {k}) + 100 * range);
  });
  std::vector<uint8_t> counts = {2, 1}, bytes = {0x21, 0x43, 0x65};
  auto bound = BoundFormat::bind(m.format, {1, 3}, {{"lengths", counts}, {"bytes", bytes}});
  ASSERT_TRUE(bound) << messageOf(bound);
  EXPECT_EQ(*bound->decodeAll(), (std::vector<float>{1, 3, 102}));
  counts = {2, 2};
  EXPECT_EQ(messageOf(BoundFormat::bind(m.format, {1, 3}, {{"lengths", counts}, {"bytes", bytes}})),
            "the lengths in \"lengths\" add up to 4 and must add up to 3");
}

TEST(Planar, SizesThatAreOutOfRange) {
  FormatMaker m;
  m.format.name = "w";
  m.planar("big", "ui32", {m.N() * (int64_t(1) << 40), m.K() * (int64_t(1) << 40)});
  m.decode([&](Ex, Ex) { return m.flt(0); });
  EXPECT_EQ(messageOf(streamSizes(m.format, {1, 1})), "the extents of stream \"big\" multiply to more than 64 bits");

  FormatMaker bits;
  bits.planar("big", "ui32", {bits.N() * (int64_t(1) << 60)});
  bits.decode([&](Ex, Ex) { return bits.flt(0); });
  EXPECT_EQ(messageOf(streamSizes(bits.format, {1, 1})), "stream \"big\" needs more than 64 bits of size");

  FormatMaker records;
  records.tile(1, 1);
  records.records("block", 1 << 24);
  records.decode([&](Ex, Ex) { return records.flt(0); });
  EXPECT_EQ(messageOf(streamSizes(records.format, {int64_t(1) << 38, 1})),
            "stream \"block\" needs more than 64 bits of size");

  FormatMaker free;
  free.format.name = "w";
  free.format.sizes = {"P"};
  free.planar("list", "ui8", {free.ex(free.builder.size(0)), free.K() - 1});
  free.decode([&](Ex, Ex) { return free.flt(0); });
  std::vector<uint8_t> some(6);
  EXPECT_EQ(messageOf(BoundFormat::bind(free.format, {1, 1}, {{"list", some}})),
            "size \"P\" cannot be found: the other extents of stream \"list\" are 0");
  EXPECT_EQ(messageOf(streamSizes(free.format, {1, 2}, {}, {{"P", -1}})), "size \"P\" is -1");
  EXPECT_EQ(messageOf(streamSizes(free.format, {1, 2}, {}, {{"Q", 1}})), "format \"w\" has no free size \"Q\"");
  EXPECT_TRUE(BoundFormat::bind(free.format, {1, 3}, {{"list", some}}));
  FormatMaker less;
  less.format.sizes = {"P"};
  less.planar("list", "ui8", {less.ex(less.builder.size(0)), less.K() - 5});
  less.decode([&](Ex, Ex) { return less.flt(0); });
  EXPECT_EQ(messageOf(BoundFormat::bind(less.format, {1, 1}, {{"list", some}})),
            "the extents of stream \"list\" are out of range");
}

TEST(Planar, SizesOfWhatIsAbsentAreZero) {
  FormatMaker m;
  m.format.sizes = {"P"};
  Ex p = m.ex(m.builder.size(0));
  int32_t list = m.planar("list", "si8", {p});
  m.streamOf(list).optional = true;
  m.streamOf(list).defaultVars = {m.newVar("i")};
  m.streamOf(list).defaultValue = m.lit(0).id;
  m.decode([&](Ex, Ex) { return m.op(Op::ToF32, p); });
  auto absent = BoundFormat::bind(m.format, {1, 1}, {});
  ASSERT_TRUE(absent) << messageOf(absent);
  EXPECT_EQ(absent->decode(0, 0).value(), 0.0f);
  std::vector<uint8_t> three(3);
  EXPECT_EQ(BoundFormat::bind(m.format, {1, 1}, {{"list", three}})->decode(0, 0).value(), 3.0f);
}

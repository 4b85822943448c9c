#include "FormatMaker.h"

#include "runtime/spec/Coverage.h"
#include "runtime/spec/Shapes.h"

using namespace quoin;
using namespace quoin::spec;

namespace {
std::string coverage(const FormatMaker &m) {
  auto result = checkCoverage(m.format);
  return result ? std::string() : result.error().message;
}

/// A record of 18 bytes: d at `d`, 32 nibbles from bit `base` on.
std::string record(int64_t d, int64_t base, int64_t bytes = 18) {
  FormatMaker m;
  m.tile(1, 32);
  int32_t block = m.records("block", bytes);
  m.field("d", "f16", block, {}, [&](auto) { return m.lit(d); });
  int32_t q = m.field("q", "ui4", block, {m.lit(32)}, [&](auto i) { return m.lit(base) + 4 * i[0]; });
  m.decodeTile([&](Ex i) { return m.op(Op::ToF32, m.read(q, {i})); });
  return coverage(m);
}
} // namespace

TEST(Coverage, Records) {
  EXPECT_EQ(record(0, 16), "");
  EXPECT_EQ(record(14, 16), "bit 16 of \"block\" is claimed by \"d\" and by \"q\"[0]");
  EXPECT_EQ(record(128, 4), "bit 128 of \"block\" is claimed by \"d\" and by \"q\"[31]");
  EXPECT_EQ(record(0, 16, 19), "bit 144 of \"block\" is claimed by no field");
  EXPECT_EQ(record(0, 26), "field \"q\"[29] reads bit 144 of a record of 144 bits");
}

TEST(Coverage, SlicesAreNamed) {
  FormatMaker m;
  m.tile(1, 4);
  int32_t block = m.records("block", 3);
  int32_t q = m.sliced("q", "ui6", block, {m.lit(4)}, [&](auto i) {
    return std::vector<std::pair<int, Ex>>{{4, 4 * i[0]}, {2, m.lit(14) + 2 * i[0]}};
  });
  m.decodeTile([&](Ex i) { return m.op(Op::ToF32, m.read(q, {i})); });
  EXPECT_EQ(coverage(m), "bit 14 of \"block\" is claimed by \"q\"[0] (slice 1) and by \"q\"[3] (slice 0)");
}

static std::string planar(bool spare, bool wrong) {
  FormatMaker m;
  m.planar("qweight", "ui32", {ceildiv(3 * m.K(), 32), m.N()});
  m.streamOf(0).spare = spare;
  int32_t q = m.perBit("q", "ui3", 0, {m.N(), m.K()}, [&](auto i, Ex b) {
    Ex at = 3 * i[1] + b;
    Ex row = wrong ? i[0] * ceildiv(m.K(), 32) * 3 + floordiv(at, 32) : floordiv(at, 32) * m.N() + i[0];
    return 32 * row + mod(at, 32);
  });
  m.decode([&](Ex n, Ex k) { return m.op(Op::ToF32, m.read(q, {n, k})); });
  return coverage(m);
}

TEST(Coverage, PlanarStreams) {
  EXPECT_EQ(planar(true, false), "");
  // Three bits of one word: the rest is spare and not marked so.
  EXPECT_EQ(planar(false, false), "bit 3 of \"qweight\" is claimed by no field for N = 1, K = 1");
  // Rows padded to three words a group of 32 leave the stream for odd shapes only.
  EXPECT_NE(planar(true, true).find("reads bit"), std::string::npos);
}

TEST(Coverage, ImplicitFieldsClaimUnlessFieldsAreDeclared) {
  FormatMaker m;
  int32_t s = m.planar("s", "ui8", {m.K()});
  m.decode([&](Ex, Ex k) { return m.op(Op::ToF32, m.read(s, {k})); });
  EXPECT_EQ(coverage(m), "");
  m.field("low", "ui4", 0, {m.K()}, [&](auto i) { return 8 * i[0]; });
  EXPECT_EQ(coverage(m), "bit 4 of \"s\" is claimed by no field for N = 1, K = 1");
  m.field("high", "ui4", 0, {m.K()}, [&](auto i) { return m.lit(4) + 8 * i[0]; });
  EXPECT_EQ(coverage(m), "");
}

TEST(Coverage, StoredMapsAndFreeSizes) {
  FormatMaker m;
  m.format.sizes = {"P"};
  int32_t order = m.planar("order", "ui8", {m.K()});
  m.planar("s", "ui8", {m.ex(m.builder.size(0))});
  m.field("f", "ui8", 1, {m.ex(m.builder.size(0))},
          [&](auto i) { return 8 * m.read(order, {i[0]}); }); // stored: left out
  m.decode([&](Ex, Ex k) { return m.op(Op::ToF32, m.read(order, {k})); });
  EXPECT_EQ(coverage(m), "");
}

TEST(Coverage, ShapesAreLegalAndUneven) {
  FormatMaker m;
  m.format.requirements = {m.op(Op::Eq, mod(m.K(), 32), m.lit(0)).id};
  m.decode([&](Ex, Ex) { return m.flt(0); });
  auto shapes = smallShapes(m.format);
  ASSERT_GE(shapes.size(), 4u);
  EXPECT_EQ(shapes[0].n, 1);
  EXPECT_EQ(shapes[0].k, 32);
  bool uneven = false;
  for (Shape shape : shapes) {
    EXPECT_EQ(shape.k % 32, 0);
    uneven |= shape.n % 2 == 1 && shape.n > 1;
  }
  EXPECT_TRUE(uneven);
  m.format.requirements.push_back(m.op(Op::Lt, m.K(), m.lit(0)).id);
  EXPECT_NE(coverage(m).find("no small shape"), std::string::npos);
}

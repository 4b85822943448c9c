// What binding and encoding refuse: sizes at their limits, splits of the wrong length, variables that are not there.
#include "FormatMaker.h"

#include "runtime/spec/Coverage.h"

using namespace quoin;
using namespace quoin::spec;

static std::string messageOf(const auto &result) { return result ? std::string() : result.error().message; }

TEST(Bind, LargestStreams) {
  const int64_t elements = (int64_t(1) << 57) - 1;
  for (int64_t bytes : {8, 9}) {
    FormatMaker m;
    m.tile(1, 1);
    int32_t block = m.records("block", bytes);
    int32_t q = m.field("q", "ui8", block, {}, [&](auto) { return m.lit(0); });
    m.decodeTile([&](Ex) { return m.op(Op::ToF32, m.read(q)); });
    auto sizes = streamSizes(m.format, {1, elements});
    if (bytes == 8) { // their bits fit 63 bits
      ASSERT_TRUE(sizes) << messageOf(sizes);
      EXPECT_EQ(sizes->at("block"), 8 * elements);
      EXPECT_NE(messageOf(streamSizes(m.format, {1, elements + 1})).find("is no shape of a matrix"), std::string::npos);
    } else {
      EXPECT_EQ(messageOf(sizes), "stream \"block\" needs more than 64 bits of size");
    }
  }
}

TEST(Bind, EncodingTakesNoMoreMemoryThanThereCanBe) {
  FormatMaker m;
  m.format.name = "far";
  int32_t q = m.planar("q", "ui8", {m.lit(int64_t(1) << 59)});
  m.decode([&](Ex, Ex k) { return m.op(Op::ToF32, m.read(q, {k})); });
  m.addStore(q, [&](auto) { return m.lit32(0); });
  EXPECT_EQ(messageOf(encode(m.format, {1, 1}, std::vector<float>(1))),
            "the streams of format \"far\" need too many bytes");
}

TEST(Bind, SplitsOverTheIndexOfAField) {
  FormatMaker m;
  m.tile(1, 4);
  int32_t block = m.records("block", 4);
  int32_t q = m.field("q", "ui8", block, {m.lit(4)}, [&](auto i) { return 8 * i[0]; });
  int32_t lengths = m.planar("lengths", "ui8", {m.lit(2)});
  VarId s = m.newVar("s"), v = m.newVar("v");
  Ex turned = m.lit(24) - 8 * (3 * m.var(s) + m.var(v));
  m.format.fields[q].slices[0].offset =
      m.ex(m.builder.splitAll(m.var(m.format.fields[q].indices[0]).id, lengths, s, v, turned.id)).id;
  m.decodeTile([&](Ex i) { return m.op(Op::ToF32, m.read(q, {i})); });
  std::vector<uint8_t> codes = {1, 2, 3, 4}, good = {3, 1}, wrong = {3, 2};
  auto bound = BoundFormat::bind(m.format, {1, 4}, {{"block", codes}, {"lengths", good}});
  ASSERT_TRUE(bound) << messageOf(bound);
  EXPECT_EQ(*bound->decodeAll(), (std::vector<float>{4, 3, 2, 1}));
  EXPECT_EQ(messageOf(BoundFormat::bind(m.format, {1, 4}, {{"block", codes}, {"lengths", wrong}})),
            "the lengths in \"lengths\" add up to 5 and must add up to 4");
}

TEST(Bind, VariablesThatAreNotThere) {
  FormatMaker m;
  int32_t q = m.planar("q", "ui8", {m.N(), m.K()});
  m.decode([&](Ex n, Ex k) { return m.op(Op::ToF32, m.read(q, {n, k})); });
  std::vector<uint8_t> codes = {1, 2};
  auto bound = BoundFormat::bind(m.format, {1, 2}, {{"q", codes}});
  ASSERT_TRUE(bound) << messageOf(bound);
  int32_t count = int32_t(m.format.vars.size());
  for (VarId var : {-1, count}) {
    std::vector<std::pair<VarId, int64_t>> values = {{var, 0}};
    EXPECT_EQ(messageOf(bound->evaluate(m.format.decodeValue, values)),
              "there is no variable number " + std::to_string(var));
  }
}

TEST(Bind, MapsOfStoredExtentsAreNotEnumerated) {
  FormatMaker m;
  int32_t count = m.planar("count", "ui8", {m.lit(1)});
  int32_t s = m.planar("s", "ui8", {m.K()});
  m.field("f", "ui8", m.format.fields[s].stream, {m.read(count, {m.lit(0)})}, [&](auto i) { return 8 * i[0]; });
  m.decode([&](Ex, Ex) { return m.op(Op::ToF32, m.read(count, {m.lit(0)})); });
  auto checked = checkCoverage(m.format);
  EXPECT_TRUE(checked) << messageOf(checked);
}

// What binding and encoding refuse: sizes at their limits, splits of the wrong length, variables that are not there.
#include "FormatMaker.h"

#include "runtime/spec/Coverage.h"
#include "runtime/spec/StreamCheck.h"

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

/// What is said of W of n rows and 3 columns with 32 factors.
static std::string checkedFactors(int64_t n, const std::function<Ex(FormatMaker &, int32_t s, Ex n, Ex k)> &factor) {
  FormatMaker m;
  int32_t q = m.planar("q", "si8", {m.N(), m.K()}), s = m.planar("s", "f32", {m.lit(32)});
  m.decode([&](Ex n, Ex k) { return m.op(Op::ToF32, m.read(q, {n, k})) * factor(m, s, n, k); });
  std::vector<uint8_t> codes(size_t(n * 3)), factors(128);
  return messageOf(checkStreams(m.format, {n, 3}, {{"q", codes}, {"s", factors}}));
}

TEST(Bind, ReadsReachWhatTheyReadInAllOfW) {
  auto ofRows = [](FormatMaker &m, int32_t s, Ex n, Ex) { return m.read(s, {m.op(Op::FloorDiv, n, m.lit(128))}); };
  EXPECT_EQ(checkedFactors(4096, ofRows), "");
  EXPECT_EQ(checkedFactors(4097, ofRows), "index 0 of \"s\" is 32 at n = 4096, k = 0; it must be from 0 to 31");
  EXPECT_EQ(checkedFactors(8, [](FormatMaker &m, int32_t s, Ex n, Ex k) { return m.read(s, {n - k}); }),
            "index 0 of \"s\" is -2 at n = 0, k = 2; it must be from 0 to 31");
  EXPECT_EQ(checkedFactors(40, [](FormatMaker &m, int32_t s, Ex n, Ex) {
              return m.select(m.op(Op::Lt, n, m.lit(32)), m.read(s, {n}), m.flt(1));
            }),
            "");
}

TEST(Bind, FieldsLieInTheirStreams) {
  FormatMaker m;
  int32_t s = m.planar("s", "ui8", {m.lit(32)});
  int32_t f = m.field("f", "ui8", m.format.fields[s].stream, {m.N(), m.K()}, [&](auto i) { return 8 * (i[0] + 2 * i[1]); });
  m.decode([&](Ex n, Ex k) { return m.op(Op::ToF32, m.read(f, {n, k})); });
  auto said = [&](Shape shape) { return messageOf(checkStreams(m.format, shape, {{"s", std::vector<uint8_t>(32)}})); };
  EXPECT_EQ(said({2, 16}), "");
  EXPECT_EQ(said({2, 17}), "field \"f\"[0, 16] reads bit 256 of a stream of 256 bits");
  EXPECT_EQ(said({33, 1}), "field \"f\"[32, 0] reads bit 256 of a stream of 256 bits");
}

TEST(Bind, SplitsOfNothing) {
  FormatMaker m;
  int32_t lengths = m.planar("lengths", "ui8", {m.lit(2)});
  int32_t codes = m.planar("codes", "ui8", {m.K()});
  int32_t none = m.field("none", "ui8", m.format.fields[codes].stream, {m.lit(0)}, [&](auto i) { return 8 * i[0]; });
  VarId s = m.newVar("s"), v = m.newVar("v");
  Ex place = 8 * (m.var(s) + m.var(v));
  m.format.fields[none].slices[0].offset =
      m.ex(m.builder.splitAll(m.var(m.format.fields[none].indices[0]).id, lengths, s, v, place.id)).id;
  m.decode([&](Ex, Ex k) { return m.op(Op::ToF32, m.read(codes, {k})); });
  std::vector<uint8_t> data = {7}, good = {0, 0}, wrong = {1, 0};
  auto bound = BoundFormat::bind(m.format, {1, 1}, {{"codes", data}, {"lengths", good}});
  EXPECT_TRUE(bound) << messageOf(bound);
  EXPECT_EQ(messageOf(BoundFormat::bind(m.format, {1, 1}, {{"codes", data}, {"lengths", wrong}})),
            "the lengths in \"lengths\" add up to 1 and must add up to 0");
}

TEST(Bind, OverlaysStayInside) {
  FormatMaker m;
  m.planar("q", "si8", {m.N(), m.K()});
  int32_t rows = m.planar("rows", "si8", {m.lit(1)}), cols = m.planar("cols", "si8", {m.lit(1)}),
          values = m.planar("values", "f32", {m.lit(1)});
  m.decode([&](Ex n, Ex k) { return m.op(Op::ToF32, m.read(0, {n, k})); });
  m.format.overlays = {{false, rows, cols, values}};
  std::vector<uint8_t> q(6), value(4), row(1), col(1);
  StreamBytes streams = {{"q", q}, {"rows", row}, {"cols", col}, {"values", value}};
  for (int n = -1; n <= 2; ++n)
    for (int k = -1; k <= 3; ++k) {
      row[0] = uint8_t(n), col[0] = uint8_t(k);
      std::string at = "(" + std::to_string(n) + ", " + std::to_string(k) + ")";
      bool inside = n >= 0 && n < 2 && k >= 0 && k < 3;
      EXPECT_EQ(messageOf(BoundFormat::bind(m.format, {2, 3}, streams)),
                inside ? "" : "overlay entry 0 of \"rows\", \"cols\" is at " + at + ", outside N = 2, K = 3");
    }
}

TEST(Bind, IndicesOutsideATable) {
  FormatMaker m;
  int32_t q = m.planar("q", "si8", {m.K()});
  int32_t t = m.table("t", "si8", {3}, {5, 6, 7});
  m.decode([&](Ex, Ex k) { return m.op(Op::ToF32, m.look(t, {m.read(q, {k})})); });
  for (int index = -1; index <= 3; ++index) {
    std::vector<uint8_t> codes = {uint8_t(index)};
    auto bound = BoundFormat::bind(m.format, {1, 1}, {{"q", codes}});
    ASSERT_TRUE(bound) << messageOf(bound);
    auto value = bound->decode(0, 0);
    if (index >= 0 && index < 3)
      EXPECT_EQ(value.value(), float(5 + index));
    else
      EXPECT_NE(messageOf(value).find("index " + std::to_string(index) + " of \"t\" is outside its extent 3"),
                std::string::npos)
          << messageOf(value);
  }
}

TEST(Bind, SizesOfAbsentStreams) {
  FormatMaker m;
  m.format.sizes = {"P"};
  int32_t q = m.planar("q", "ui8", {m.N(), m.K()});
  m.planar("extra", "ui8", {m.ex(m.builder.size(0))});
  Stream &extra = m.format.streams[1];
  extra.optional = true, extra.defaultVars = {m.newVar("p")}, extra.defaultValue = m.lit32(0).id;
  m.decode([&](Ex n, Ex k) { return m.op(Op::ToF32, m.read(q, {n, k})); });
  EXPECT_EQ(messageOf(bitsPerWeight(m.format, {1, 2})), "size \"P\" is not known");
  EXPECT_EQ(bitsPerWeight(m.format, {1, 2}, {{"P", 3}}).value(), 20.0);
  std::vector<uint8_t> codes = {1, 2};
  auto bound = BoundFormat::bind(m.format, {1, 2}, {{"q", codes}});
  ASSERT_TRUE(bound) << messageOf(bound);
  EXPECT_EQ(*bound->decodeAll(), (std::vector<float>{1, 2}));
}

TEST(Bind, LoopsWhoseExtentIsTheFirstExpression) {
  FormatMaker m;
  Ex extent = m.K();
  ASSERT_EQ(extent.id, 0);
  int32_t sum = m.planar("sum", "f32", {m.N()});
  m.decode([&](Ex n, Ex) { return m.read(sum, {n}); });
  m.addStore(sum, [&](auto i) {
    VarId k = m.newVar("k");
    return m.ex(m.builder.loopOver(Op::Sum, k, extent.id, m.x({i[0], m.var(k)}).id));
  });
  auto streams = encode(m.format, {1, 3}, std::vector<float>{1, 2, 4});
  ASSERT_TRUE(streams) << messageOf(streams);
  EXPECT_EQ(BoundFormat::bind(m.format, {1, 3}, view(*streams))->decode(0, 0).value(), 7.0f);
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

#include "FormatMaker.h"

#include "runtime/spec/Json.h"

#include <random>

using namespace quoin;
using namespace quoin::spec;

/// A format that uses every part of the JSON form.
static void makeEverything(FormatMaker &m) {
  m.format.name = "every\"thing";
  m.format.identity = {{"gguf", 2}, {"other", -7}};
  m.format.sizes = {"P"};
  m.tile(1, 4);
  int32_t block = m.records("block", 2);
  int32_t q = m.sliced("q", "ui4", block, {m.lit(4)},
                       [&](auto i) { return std::vector<std::pair<int, Ex>>{{3, 3 * i[0]}, {1, m.lit(12) + i[0]}}; });
  int32_t order = m.planar("order", "si32", {m.K()});
  m.streamOf(order).optional = true;
  m.streamOf(order).defaultVars = {m.newVar("k")};
  m.streamOf(order).defaultValue = m.var(m.streamOf(order).defaultVars[0]).id;
  m.streamOf(order).suffix = "perm";
  Ex p = m.ex(m.builder.size(0));
  int32_t rows = m.planar("rows", "si32", {p}), cols = m.planar("cols", "si32", {p}),
          values = m.planar("values", "bf16", {p});
  int32_t lengths = m.planar("lengths", "ui8", {m.lit(2)});
  m.planar("words", "ui32", {m.N()});
  m.format.streams.back().spare = true;
  int32_t bits = m.perBit("bits", "ui2", int32_t(m.format.streams.size() - 1), {m.N()},
                          [&](auto i, Ex b) { return 32 * i[0] + b; });
  int32_t table = m.table("t", "f32", {2, 2}, {0, 0x3F800000, 0x7FC00000, 0xBF800000});
  m.format.tables[0].file = "grid.bin";
  m.format.tables[0].sha256 = "00ff";
  m.format.requirements = {m.op(Op::Ge, m.N(), m.lit(1)).id};
  m.format.permutes = {{1, order, true}};
  m.format.overlays = {{true, rows, cols, values}};
  m.decode([&](Ex n, Ex k) {
    VarId a = m.newVar("a"), b = m.newVar("b"), s = m.newVar("s"), v = m.newVar("v"), c = m.newVar("c"),
          d = m.newVar("d");
    Ex byCut = m.ex(m.builder.splitAt(k.id, {m.lit(2).id}, {m.var(a).id, m.var(b).id}, {a, b}));
    Ex all = m.ex(m.builder.splitAll(n.id, lengths, s, v, (m.var(s) + m.var(v)).id));
    Ex some = m.ex(m.builder.splitBy(n.id, lengths, {m.var(c).id, m.var(d).id}, {c, d}));
    Ex sum = m.loop(Op::Sum, 2, [&](Ex j) { return m.look(table, {j, m.lit(0)}); });
    return m.round(sum + byCut + all + some + m.read(q, {mod(k, 4)}) + m.read(bits, {n}), "bf16", Rounding::Floor,
                   true);
  });
  int32_t t = m.addTemp("m", {m.lit(2)}, [&](auto i) { return m.x({i[0]}); });
  m.addStore(values, [&](auto) { return m.flt(0.5f); });
  m.addStore(q, [&](auto i) { return m.op(Op::ToI32, m.temp(t, {mod(i[0], 2)})); });
  m.addSearch({bits});
}

TEST(Json, RoundTrips) {
  FormatMaker every, four;
  makeEverything(every);
  makeFourBit(four);
  for (const Format *format : {&every.format, &four.format}) {
    std::string text = toJson(*format);
    auto back = fromJson(text);
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_TRUE(*back == *format);
    EXPECT_EQ(toJson(*back), text);
  }
}

TEST(Json, ErrorsSayWhere) {
  FormatMaker m;
  makeFourBit(m);
  std::string text = toJson(m.format);
  auto change = [&](const std::string &from, const std::string &to) {
    std::string copy = text;
    size_t at = copy.find(from);
    EXPECT_NE(at, std::string::npos);
    copy.replace(at, from.size(), to);
    auto result = fromJson(copy);
    return result ? std::string("accepted") : result.error().message;
  };
  EXPECT_EQ(change("\"record\":18", "\"record\":\"18\""),
            "resolved format, root.streams[0].record: an integer from 1 to 2147483647 is needed");
  EXPECT_EQ(change("\"ui4\"", "\"ui44\""), "resolved format, root.fields[1].type: \"ui44\" is no scalar type");
  EXPECT_EQ(change("\"overlays\":[]", "\"overlay\":[]"), "resolved format, root: key \"overlays\" is missing");
  EXPECT_EQ(change("\"overlays\":[]", "\"overlays\":[],\"more\":1"), "resolved format, root: unknown key \"more\"");
  EXPECT_EQ(change("\"tile\":[1,32]", "\"tile\":[1]"), "resolved format, root.tile: rows and columns are needed");
  EXPECT_EQ(change("\"slices\":[[4,", "\"slices\":[[5,"), "field \"q\" is of type ui4 and its slices have 5 bits");
  EXPECT_EQ(change("\"name\":\"d\"", "\"name\":3"), "resolved format, root.fields[0].name: a string is needed");
  EXPECT_EQ(change("\"rounds\":[", "\"rounds\":[{\"mode\":\"up\",\"type\":\"si8\",\"saturate\":false},"),
            "resolved format, root.rounds[0]: unknown rounding \"up\"");
  EXPECT_EQ(change("\"saturate\":false", "\"saturate\":0"),
            "resolved format, root.rounds[0].saturate: true or false is needed");
  EXPECT_EQ(change("\"tile\":[1,32]", "\"tile\":32"), "resolved format, root.tile: an array is needed");
  EXPECT_EQ(change("\"sizes\":[]", "\"sizes\":[1]"), "resolved format, root.sizes: an array of strings is needed");
  EXPECT_EQ(change("\"tables\":[]", "\"tables\":{}"), "resolved format, root.tables: an array is needed");
  EXPECT_EQ(change("\"slices\":[[16,", "\"slices\":3,\"more\":[[16,"),
            "resolved format, root.fields[0].slices: an array is needed");
  EXPECT_EQ(change("\"slices\":[[16,", "\"slices\":[[16],[16,"),
            "resolved format, root.fields[0].slices: pairs of width and offset are needed");
  EXPECT_EQ(change("\"kind\":\"temp\"", "\"kind\":\"tmp\""), "resolved format, root.encode[0]: unknown kind \"tmp\"");
  EXPECT_EQ(change("\"op\":\"int\"", "\"op\":\"integer\""),
            "resolved format, root.nodes[0]: unknown operation \"integer\" or type \"index\"");
  EXPECT_EQ(fromJson(std::string((size_t(64) << 20) + 1, ' ')).error().message,
            "a resolved format of 67108865 bytes is too large");
  EXPECT_EQ(fromJson("{").error().message, "the resolved format is not valid JSON");
  EXPECT_EQ(fromJson(std::string(100, '[')).error().message, "a resolved format nests deeper than 16 levels");
  EXPECT_FALSE(fromJson(""));
  EXPECT_FALSE(fromJson("[]"));
  EXPECT_FALSE(fromJson("18446744073709551615"));
}

TEST(Json, TruncatedTextsAreErrors) {
  FormatMaker m;
  makeEverything(m);
  std::string text = toJson(m.format);
  for (size_t length = 0; length < text.size(); ++length)
    ASSERT_FALSE(fromJson(std::string_view(text).substr(0, length))) << length;
}

TEST(Json, MutatedTextsNeverHurt) {
  FormatMaker every, four;
  makeEverything(every);
  makeFourBit(four);
  std::mt19937 random(1);
  const std::string digits = "0123456789", other = "-,:[]{}\"ax ";
  int accepted = 0;
  for (const Format *format : {&every.format, &four.format}) {
    const std::string text = toJson(*format);
    for (int round = 0; round < 4000; ++round) {
      std::string copy = text;
      for (int change = 0; change <= round % 3; ++change) {
        size_t at = random() % copy.size();
        bool wasDigit = digits.find(copy[at]) != std::string::npos;
        const std::string &pool = wasDigit && random() % 4 ? digits : other;
        copy[at] = pool[random() % pool.size()];
      }
      auto result = fromJson(copy);
      if (!result)
        continue;
      // What was accepted can be bound, decoded and encoded without harm, whatever it means now.
      ++accepted;
      std::vector<uint8_t> zeros(4096);
      StreamBytes streams;
      auto sizes = streamSizes(*result, {2, 32}, {}, {});
      if (sizes)
        for (const auto &[name, bytes] : *sizes)
          if (bytes <= 4096)
            streams[name] = std::span(zeros).first(size_t(bytes));
      if (auto bound = BoundFormat::bind(*result, {2, 32}, streams))
        (void)bound->decodeAll();
      if (round % 16 == 0)
        (void)encode(*result, {2, 32}, std::vector<float>(64, 0.5f));
    }
  }
  EXPECT_GT(accepted, 100);
}

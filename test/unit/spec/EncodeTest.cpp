#include "FormatMaker.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <random>

using namespace quoin;
using namespace quoin::spec;

namespace {
std::vector<float> randomWeights(size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, 0.1f);
  std::vector<float> w(count);
  for (float &v : w)
    v = normal(random);
  return w;
}

std::string messageOf(const auto &result) { return result ? std::string() : result.error().message; }

std::vector<float> decodeOf(const Format &format, Shape shape, const OwnedStreams &streams) {
  auto bound = BoundFormat::bind(format, shape, view(streams));
  EXPECT_TRUE(bound) << messageOf(bound);
  return bound ? *bound->decodeAll() : std::vector<float>();
}
} // namespace

TEST(Encode, FourBitBlocksLikeTheirReference) {
  FormatMaker m;
  makeFourBit(m);
  const int64_t n = 2, k = 128;
  auto w = randomWeights(n * k, 11);
  std::fill(w.begin() + 32, w.begin() + 64, 0.0f);
  auto streams = encode(m.format, {n, k}, w);
  ASSERT_TRUE(streams) << messageOf(streams);
  const std::vector<uint8_t> &got = streams->at("block");
  ScalarType f16 = *ScalarType::parse("f16");
  for (size_t r = 0; r < size_t(n * k / 32); ++r) {
    const float *x = w.data() + r * 32;
    float largest = 0, max = 0;
    for (int i = 0; i < 32; ++i)
      if (std::fabs(x[i]) > largest)
        largest = std::fabs(x[i]), max = x[i];
    float d = max / -8.0f, id = d == 0 ? 0.0f : 1.0f / d;
    uint32_t half = encodeScalar(f16, d, Rounding::NearestEven, false);
    EXPECT_EQ(uint32_t(got[r * 18] | got[r * 18 + 1] << 8), half);
    for (int i = 0; i < 16; ++i) {
      int low = std::min(15, int(x[i] * id + 8.5f)), high = std::min(15, int(x[i + 16] * id + 8.5f));
      EXPECT_EQ(int(got[r * 18 + 2 + size_t(i)]), low | high << 4);
    }
  }
  EXPECT_GT(sqnr(w, decodeOf(m.format, {n, k}, *streams)), 18.0);
}

TEST(Encode, ArgumentsAreChecked) {
  FormatMaker m;
  makeFourBit(m);
  std::vector<float> w(31);
  EXPECT_NE(messageOf(encode(m.format, {1, 32}, w)), "");
  EXPECT_NE(messageOf(encode(m.format, {1, 33}, w)), "");
  FormatMaker bare;
  bare.format.name = "bare";
  bare.decode([&](Ex, Ex) { return bare.flt(0); });
  EXPECT_EQ(messageOf(encode(bare.format, {1, 32}, std::vector<float>(32))), "format \"bare\" has no encode rules");
}

/// Planar: codes of 4 bits in words, f32 scales per row and group of 4, the last group short.
static void makePlanar(FormatMaker &m) {
  Ex groups = ceildiv(m.K(), 4);
  m.planar("words", "ui32", {m.N(), ceildiv(m.K(), 8)});
  m.streamOf(0).spare = true;
  int32_t q =
      m.field("q", "si4", 0, {m.N(), m.K()}, [&](auto i) { return 32 * (i[0] * ceildiv(m.K(), 8)) + 4 * i[1]; });
  int32_t scales = m.planar("scales", "f32", {m.N(), groups});
  m.decode([&](Ex n, Ex k) { return m.read(q, {n, k}) * m.read(scales, {n, floordiv(k, 4)}); });
  int32_t amax = m.addTemp("amax", {m.N(), groups}, [&](auto i) {
    return m.loop(Op::AbsMax, 4, [&](Ex v) { return m.x({i[0], 4 * i[1] + v}); });
  });
  m.addStore(scales, [&](auto i) { return m.temp(amax, {i[0], i[1]}) / m.flt(7); });
  m.addStore(q, [&](auto i) {
    Ex s = m.read(scales, {i[0], floordiv(i[1], 4)});
    return m.round(m.select(m.op(Op::Eq, s, m.flt(0)), m.flt(0), m.x({i[0], i[1]}) / s), "si4");
  });
}

TEST(Encode, PlanarWithAShortLastGroup) {
  FormatMaker m;
  makePlanar(m);
  const int64_t n = 3, k = 10;
  auto w = randomWeights(n * k, 5);
  auto streams = encode(m.format, {n, k}, w);
  ASSERT_TRUE(streams) << messageOf(streams);
  auto got = decodeOf(m.format, {n, k}, *streams);
  for (int64_t row = 0; row < n; ++row)
    for (int64_t col = 0; col < k; ++col) {
      float amax = 0;
      for (int64_t c = col / 4 * 4; c < std::min(k, col / 4 * 4 + 4); ++c)
        amax = std::max(amax, std::fabs(w[size_t(row * k + c)]));
      float s = amax / 7.0f;
      EXPECT_EQ(got[size_t(row * k + col)], std::nearbyint(w[size_t(row * k + col)] / s) * s);
    }
}

TEST(Encode, SearchFindsTheNearestEntry) {
  // One code of a table for two neighbours, chosen by exhaustion.
  FormatMaker m;
  m.tile(1, 4);
  int32_t block = m.records("block", 2);
  int32_t q = m.field("q", "ui4", block, {m.lit(2)}, [&](auto i) { return 4 * i[0]; });
  int32_t d = m.field("d", "f8E4M3FN", block, {}, [&](auto) { return m.lit(8); });
  std::vector<float> grid = {0,    0, 1, 1,    1,  -1, -1, 1,
                             0.5f, 2, 2, 0.5f, -2, -2, 0,  0}; // 8 pairs; the last repeats the first
  std::vector<uint32_t> bits;
  for (float v : grid)
    bits.push_back(std::bit_cast<uint32_t>(v));
  int32_t table = m.table("grid", "f32", {8, 2}, bits);
  m.decodeTile([&](Ex i) { return m.look(table, {m.read(q, {floordiv(i, 2)}), mod(i, 2)}) * m.read(d); });
  m.addStore(d, [&](auto) { return m.loop(Op::AbsMax, 4, [&](Ex i) { return m.x({i}); }); });
  m.addSearch({q});
  std::vector<float> w = {0.9f, 1.1f, -1, 1.2f, 2, -2.5f, 0, 0};
  auto streams = encode(m.format, {2, 4}, w);
  ASSERT_TRUE(streams) << messageOf(streams);
  const auto &bytes = streams->at("block");
  for (size_t r = 0; r < 2; ++r) {
    float scale = ScalarType::parse("f8E4M3FN")->decodeFloat(bytes[2 * r + 1]);
    for (size_t pair = 0; pair < 2; ++pair) {
      size_t best = 0;
      double least = INFINITY;
      for (size_t code = 0; code < 8; ++code) { // codes 8..15 leave the table and never win
        double error = 0;
        for (size_t j = 0; j < 2; ++j) {
          double difference = double(w[4 * r + 2 * pair + j]) - double(grid[2 * code + j] * scale);
          error += difference * difference;
        }
        if (error < least)
          best = code, least = error;
      }
      EXPECT_EQ(bytes[2 * r] >> (4 * pair) & 15, best);
    }
  }
  EXPECT_EQ(bytes[2] >> 4, 0); // zeros: the lower of two equal entries
}

TEST(Encode, JointSearchAndNanWeights) {
  // value = a + 4 b: the pair is found together, the first field being the high part of the code.
  FormatMaker m;
  m.tile(1, 2);
  int32_t block = m.records("block", 1);
  int32_t a = m.field("a", "ui2", block, {m.lit(2)}, [&](auto i) { return 2 * i[0]; });
  int32_t b = m.field("b", "ui2", block, {m.lit(2)}, [&](auto i) { return m.lit(4) + 2 * i[0]; });
  m.decodeTile([&](Ex i) { return m.op(Op::ToF32, m.read(a, {i}) + 4 * m.read(b, {i})); });
  m.addSearch({a, b});
  std::vector<float> w = {6.4f, 11, NAN, 100};
  auto streams = encode(m.format, {2, 2}, w);
  ASSERT_TRUE(streams) << messageOf(streams);
  EXPECT_EQ(decodeOf(m.format, {2, 2}, *streams), (std::vector<float>{6, 11, 0, 15}));

  // Equal errors: (a, b) = (0, 1) before (1, 0) where both weigh the same.
  FormatMaker tie;
  tie.tile(1, 1);
  int32_t byte = tie.records("block", 1);
  int32_t p = tie.field("p", "ui4", byte, {}, [&](auto) { return tie.lit(0); });
  int32_t q = tie.field("q", "ui4", byte, {}, [&](auto) { return tie.lit(4); });
  tie.decodeTile([&](Ex) { return tie.op(Op::ToF32, tie.read(p) + tie.read(q)); });
  tie.addSearch({p, q});
  auto tied = encode(tie.format, {1, 1}, std::vector<float>{3});
  ASSERT_TRUE(tied);
  EXPECT_EQ(tied->at("block")[0], 0x30);
}

TEST(Encode, SearchOverAPlanarStream) {
  FormatMaker m;
  int32_t v = m.planar("v", "ui8", {m.N(), ceildiv(m.K(), 5)});
  // Five trits a byte: digit t of v in base 3, from the high end of a fixed-point fraction.
  int32_t powers = m.table("pow3", "ui8", {5}, {1, 3, 9, 27, 81});
  m.decode([&](Ex n, Ex k) {
    Ex shifted = m.op(Op::And, m.read(v, {n, floordiv(k, 5)}) * m.look(powers, {mod(k, 5)}), m.lit(255));
    return m.op(Op::ToF32, m.op(Op::Shr, shifted * 3, m.lit(8)) - 1);
  });
  m.addSearch({v});
  const int64_t n = 3, k = 12;
  std::vector<float> w(n * k);
  for (size_t i = 0; i < w.size(); ++i)
    w[i] = float(int(i * 7 % 3)) - 1;
  auto streams = encode(m.format, {n, k}, w);
  ASSERT_TRUE(streams) << messageOf(streams);
  EXPECT_EQ(decodeOf(m.format, {n, k}, *streams), w);
}

TEST(Encode, PermutationsTakeEffectWhenWritten) {
  FormatMaker m;
  int32_t order = m.planar("order", "si32", {m.K()});
  int32_t q = m.planar("q", "f32", {m.N(), m.K()});
  m.format.permutes = {{1, order, true}};
  m.decode([&](Ex n, Ex k) { return m.read(q, {n, k}); });
  m.addStore(order, [&](auto i) { return m.op(Op::Mod, i[0] * 3, m.K()); });
  m.addStore(q, [&](auto i) { return m.x({i[0], i[1]}); });
  const int64_t n = 2, k = 5;
  auto w = randomWeights(n * k, 9);
  auto streams = encode(m.format, {n, k}, w);
  ASSERT_TRUE(streams) << messageOf(streams);
  float stored;
  std::memcpy(&stored, streams->at("q").data() + 4, 4);
  EXPECT_EQ(stored, w[3]); // stored column 1 is logical column 3
  EXPECT_EQ(decodeOf(m.format, {n, k}, *streams), w);
}

TEST(Encode, OptionalStreamsStayAbsentUnlessWritten) {
  for (bool written : {false, true}) {
    FormatMaker m;
    int32_t q = m.planar("q", "f32", {m.N(), m.K()});
    int32_t shift = m.planar("shift", "f32", {});
    Stream &stream = m.streamOf(shift);
    stream.optional = true;
    stream.defaultValue = m.flt(1).id;
    m.decode([&](Ex n, Ex k) { return m.read(q, {n, k}) + m.read(shift); });
    if (written)
      m.addStore(shift, [&](auto) { return m.flt(2); });
    m.addStore(q, [&](auto i) { return m.x({i[0], i[1]}) - m.read(shift); });
    std::vector<float> w = {4, 8, 16, 32};
    auto streams = encode(m.format, {2, 2}, w);
    ASSERT_TRUE(streams) << messageOf(streams);
    EXPECT_EQ(streams->contains("shift"), written);
    EXPECT_EQ(decodeOf(m.format, {2, 2}, *streams), w);
  }
}

TEST(Encode, MissingRulesAndStoredExtentsAreErrors) {
  FormatMaker m;
  m.format.name = "w";
  int32_t q = m.planar("q", "f32", {m.N(), m.K()});
  m.planar("extra", "f32", {m.N()});
  m.decode([&](Ex n, Ex k) { return m.read(q, {n, k}); });
  m.addStore(q, [&](auto i) { return m.x({i[0], i[1]}); });
  EXPECT_EQ(messageOf(encode(m.format, {1, 1}, std::vector<float>{1})),
            "no encode rule of format \"w\" writes stream \"extra\"");

  FormatMaker free;
  free.format.sizes = {"P"};
  int32_t p = free.planar("p", "f32", {free.ex(free.builder.size(0))});
  free.decode([&](Ex, Ex) { return free.read(p, {free.lit(0)}); });
  free.addStore(p, [&](auto i) { return free.x({free.lit(0), i[0]}); });
  EXPECT_NE(messageOf(encode(free.format, {1, 1}, std::vector<float>{1})).find("size \"P\" is free"),
            std::string::npos);
}

TEST(Encode, MixedRecordsAndPlanarStreams) {
  // A scale of the whole tensor, then bytes in records; temps of a record are there again after the planar rule.
  FormatMaker m;
  m.tile(1, 2);
  int32_t block = m.records("block", 3);
  int32_t q = m.field("q", "si8", block, {m.lit(2)}, [&](auto i) { return 8 * i[0]; });
  int32_t sum = m.field("sum", "si8", block, {}, [&](auto) { return m.lit(16); });
  int32_t scale = m.planar("scale", "f32", {});
  m.decodeTile([&](Ex i) { return m.read(q, {i}) * m.read(scale); });
  int32_t first = m.addTemp("first", {}, [&](auto) { return m.x({m.lit(0)}); });
  m.addStore(sum, [&](auto) { return m.lit(0); });
  m.addStore(scale, [&](auto) {
    VarId n = m.newVar("n"), k = m.newVar("k");
    auto inner = m.ex(m.builder.loopOver(Op::AbsMax, k, m.K().id, m.x({m.var(n), m.var(k)}).id));
    return m.ex(m.builder.loopOver(Op::AbsMax, n, m.N().id, inner.id)) / m.flt(127);
  });
  m.addStore(q, [&](auto i) { return m.round(m.x({i[0]}) / m.read(scale), "si8"); });
  m.addStore(sum, [&](auto) { return m.round(m.temp(first) / m.read(scale), "si8"); });
  std::vector<float> w = {1, -127, 3, 64, 5, 6, 7, 8};
  auto streams = encode(m.format, {2, 4}, w);
  ASSERT_TRUE(streams) << messageOf(streams);
  EXPECT_EQ(decodeOf(m.format, {2, 4}, *streams), w);
  const auto &bytes = streams->at("block");
  for (size_t r = 0; r < 4; ++r)
    EXPECT_EQ(bytes[3 * r + 2], bytes[3 * r]);
}

// What is stored meets the code on either side of each operation, and every code has the weight that is its value.
TEST(Encode, SearchThroughArithmeticOfEitherOrder) {
  for (Op op : {Op::Add, Op::Sub, Op::Mul})
    for (bool codeFirst : {true, false}) {
      FormatMaker m;
      int32_t q = m.planar("q", "ui4", {m.N(), m.K()});
      int32_t d = m.planar("d", "f32", {m.N()});
      m.decode([&](Ex n, Ex k) {
        Ex code = m.op(Op::ToF32, m.read(q, {n, k})), stored = m.read(d, {n});
        return codeFirst ? m.op(op, code, stored) : m.op(op, stored, code);
      });
      m.addStore(d, [&](auto) { return m.flt(3); });
      m.addSearch({q});
      std::vector<float> w;
      for (int code = 15; code >= 0; --code) // no place has the code that it holds before the search
        w.push_back(float(op == Op::Add ? code + 3 : op == Op::Mul ? 3 * code : codeFirst ? code - 3 : 3 - code));
      auto streams = encode(m.format, {1, 16}, w);
      ASSERT_TRUE(streams) << messageOf(streams);
      EXPECT_EQ(decodeOf(m.format, {1, 16}, *streams), w) << int(op) << " " << codeFirst;
    }
}

TEST(Encode, SearchAgreesWithPlainEvaluation) {
  // Branches, a stored codebook, a scale before and after, neighbours that share a code, and codes without a value.
  FormatMaker m;
  m.tile(1, 6);
  int32_t block = m.records("block", 4);
  int32_t c = m.field("c", "ui4", block, {m.lit(4)}, [&](auto i) { return 4 * i[0]; });
  int32_t d = m.field("d", "ui8", block, {}, [&](auto) { return m.lit(16); });
  m.field("spare", "ui8", block, {}, [&](auto) { return m.lit(24); });
  int32_t book = m.planar("book", "f32", {m.lit(14), m.lit(2)});
  m.decodeTile([&](Ex i) {
    Ex scale = (m.read(d) + 1) * m.flt(0.03f);
    VarId v = m.newVar("v"), u = m.newVar("u");
    Ex pair = scale * m.read(book, {m.read(c, {floordiv(m.var(v), 2)}), mod(m.var(v), 2)}) - m.flt(0.125f);
    Ex chosen = m.select(m.op(Op::Lt, m.read(c, {m.var(u) + 2}), m.lit(7)), m.flt(0.5f) / scale,
                         m.op(Op::ToF32, m.read(c, {m.lit(3)})) * scale);
    return m.ex(m.builder.splitAt(i.id, {m.lit(4).id}, {pair.id, chosen.id}, {v, u}));
  });
  m.addStore(book, [&](auto i) { return m.op(Op::ToF32, mod(i[0] * 5 + i[1] * 3, 11)) - m.flt(4); });
  m.addStore(d, [&](auto) { return m.round(m.loop(Op::AbsMax, 6, [&](Ex i) { return m.x({i}); }) * m.flt(7), "ui8"); });
  m.addSearch({c});
  const int64_t n = 3, k = 18;
  auto w = randomWeights(n * k, 21);
  for (float &v : w)
    v *= 10;
  auto streams = encode(m.format, {n, k}, w);
  ASSERT_TRUE(streams) << messageOf(streams);

  // The same from outside: place after place, each code bound and decoded by itself.
  OwnedStreams plain = *streams;
  std::vector<uint8_t> &bytes = plain["block"];
  for (size_t r = 0; r < size_t(n * k / 6); ++r) {
    bytes[4 * r] = bytes[4 * r + 1] = 0;
    // Elements 4 and 5 read places 2 and 3, both of them place 3 where the first code is 7 or more: with all codes 0
    // they read their own place alone, which is what counts as reading.
    std::vector<std::vector<int>> readers = {{0, 1}, {2, 3}, {4}, {5}};
    for (size_t place = 0; place < 4; ++place) {
      double least = INFINITY;
      int best = 0;
      for (int code = 0; code < 16; ++code) {
        uint8_t &byte = bytes[4 * r + place / 2];
        byte = uint8_t(place % 2 ? (byte & 15) | code << 4 : (byte & 240) | code);
        auto bound = BoundFormat::bind(m.format, {n, k}, view(plain));
        ASSERT_TRUE(bound);
        double error = 0;
        for (int i : readers[place]) {
          int64_t at = int64_t(r) * 6 + i;
          auto value = bound->decode(at / k, at % k);
          double difference = double(w[size_t(at)]) - double(value.value_or(NAN));
          error += difference * difference;
        }
        if (error < least)
          least = error, best = code;
      }
      uint8_t &byte = bytes[4 * r + place / 2];
      byte = uint8_t(place % 2 ? (byte & 15) | best << 4 : (byte & 240) | best);
    }
  }
  EXPECT_EQ(bytes, streams->at("block"));
}

TEST(Encode, RulesThatCannotBeRun) {
  // One planar stream of an element, encoded by what `value` makes of the weights.
  auto error = [](const std::function<void(FormatMaker &)> &declare, const std::function<Ex(FormatMaker &)> &value) {
    FormatMaker m;
    m.format.name = "w";
    declare(m);
    int32_t q = m.planar("q", "f32", {m.lit(1)});
    m.decode([&](Ex, Ex) { return m.read(q, {m.lit(0)}); });
    m.addStore(q, [&](auto) { return value(m); });
    return messageOf(encode(m.format, {1, 1}, std::vector<float>{2}));
  };
  auto nothing = [](FormatMaker &) {};
  EXPECT_EQ(error(nothing, [](FormatMaker &m) { return m.x({m.lit(0), m.lit(0)}); }), "");
  EXPECT_EQ(error(nothing, [](FormatMaker &m) { return m.x({m.lit(0)}); }),
            "encoding \"q\": \"x\" is read with one index where there is no record");
  EXPECT_EQ(error([](FormatMaker &m) { m.addTemp("t", {m.N() - 5}, [&](auto) { return m.flt(0); }); },
                  [](FormatMaker &m) { return m.flt(0); }),
            "the extents of temp \"t\" are out of range");
  EXPECT_EQ(error([](FormatMaker &m) { m.addTemp("t", {m.N() - 1}, [&](auto) { return m.flt(0); }); },
                  [](FormatMaker &m) { return m.temp(0, {m.lit(0)}); }),
            "encoding \"q\": temp \"t\" has no value here");
  EXPECT_EQ(error([](FormatMaker &m) { m.addTemp("t", {m.N()}, [&](auto i) { return m.lit(INT64_MAX) + i[0] + 1; }); },
                  [](FormatMaker &m) { return m.flt(0); }),
            "encoding \"t\": index arithmetic (\"add\") leaves 64 bits");
}

TEST(Encode, StoredExtentsAreNotKnown) {
  FormatMaker m;
  m.format.name = "w";
  int32_t count = m.planar("count", "ui8", {m.lit(1)}), q = m.planar("q", "f32", {m.read(count, {m.lit(0)})});
  m.decode([&](Ex, Ex) { return m.read(q, {m.lit(0)}); });
  m.addStore(count, [&](auto) { return m.lit(1); });
  m.addStore(q, [&](auto) { return m.x({m.lit(0), m.lit(0)}); });
  EXPECT_EQ(messageOf(encode(m.format, {1, 1}, std::vector<float>{2})),
            "the extents of stream \"q\" are stored, so encode does not know them");

  FormatMaker inner;
  inner.format.name = "w";
  count = inner.planar("count", "ui8", {inner.lit(1)});
  inner.planar("bytes", "ui8", {inner.K()});
  int32_t code = inner.field("code", "ui8", 1, {inner.read(count, {inner.lit(0)})}, [&](auto i) { return 8 * i[0]; });
  inner.decode([&](Ex, Ex) { return inner.op(Op::ToF32, inner.read(code, {inner.lit(0)})); });
  inner.addStore(count, [&](auto) { return inner.lit(1); });
  inner.addStore(1, [&](auto) { return inner.lit(1); });
  EXPECT_EQ(messageOf(encode(inner.format, {1, 1}, std::vector<float>{2})),
            "the extents of field \"code\" are stored, so encode does not know them");
}

TEST(Encode, FieldsSearchedTogetherHaveOneExtent) {
  FormatMaker m;
  int32_t a = m.planar("a", "ui2", {m.N()}), b = m.planar("b", "ui2", {m.N() + 1});
  m.decode([&](Ex n, Ex) { return m.op(Op::ToF32, m.read(a, {n}) + m.read(b, {n})); });
  m.addSearch({a, b});
  EXPECT_EQ(messageOf(encode(m.format, {1, 1}, std::vector<float>{2})),
            "\"a\" and \"b\" are searched together and have different extents");
}

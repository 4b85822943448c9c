// Random streams: which codes they hold, and which of them a check may demand.
#include "tools/run/RandomStreams.h"

#include "../spec/FormatMaker.h"

#include <algorithm>
#include <cstring>

using namespace quoin;
using namespace quoin::spec;

/// Weights [N, K] of the type, and the same bytes as integers.
static void makeWithRawBits(FormatMaker &maker, const char *type) {
  int32_t weight = maker.planar("weight", type, {maker.N(), maker.K()});
  int32_t stream = maker.format.fields[size_t(weight)].stream;
  maker.field("bits", "ui8", stream, {maker.N(), maker.K()},
              [&](std::vector<Ex> i) { return (i[0] * maker.K() + i[1]) * 8; });
  maker.decode([&](Ex n, Ex k) { return maker.read(weight, {n, k}) * maker.flt(1.0f); });
  maker.format.name = "example";
}

static std::string incompleteField(const Format &format) {
  CodeCoverage coverage;
  std::mt19937_64 random(1);
  auto streams = randomStreams(format, {64, 512}, ScaleCase::Mixed, OptionalStreams::Absent, random, &coverage);
  EXPECT_TRUE(streams) << streams.error().error.message;
  return coverage.incompleteField();
}

// Floats are finite, so that their bits read as an integer lack the codes of NaN; that is no lack of samples.
TEST(RandomStreams, rawBitsOfFloatsNeedNotAllOccur) {
  FormatMaker maker;
  makeWithRawBits(maker, "f8E4M3FN");
  EXPECT_EQ(incompleteField(maker.format), "");
}

TEST(RandomStreams, integersMustAllOccur) {
  FormatMaker maker;
  makeWithRawBits(maker, "ui8");
  EXPECT_EQ(incompleteField(maker.format), "") << "32768 samples of 256 codes";
  CodeCoverage coverage;
  coverage.fields["q"] = {std::vector<bool>(4, true), 1000};
  EXPECT_EQ(coverage.incompleteField(), "");
  coverage.fields["q"].codes[2] = false;
  EXPECT_EQ(coverage.incompleteField(), "q");
}

// A word's values are too many for chance to try: those that the text names occur, the next ones too.
TEST(RandomStreams, numbersOfTheTextOccurInWords) {
  FormatMaker maker;
  int32_t word = maker.planar("word", "ui32", {maker.N(), maker.K()});
  maker.decode([&](Ex n, Ex k) {
    return maker.select(maker.op(Op::Eq, maker.read(word, {n, k}), maker.lit32(123456789)), maker.flt(2), maker.flt(1));
  });
  maker.format.name = "example";
  std::mt19937_64 random(1);
  auto streams = randomStreams(maker.format, {64, 64}, ScaleCase::Mixed, OptionalStreams::Absent, random);
  ASSERT_TRUE(streams) << streams.error().error.message;
  std::vector<uint32_t> words(64 * 64);
  ASSERT_EQ(streams->at("word").size(), 4 * words.size());
  std::memcpy(words.data(), streams->at("word").data(), 4 * words.size());
  for (uint32_t number : {123456788u, 123456789u, 123456790u})
    EXPECT_GT(std::count(words.begin(), words.end(), number), 0) << number;
}

// An order of groups, as checkpoints store it: absent, as it would be without, or any other.
TEST(RandomStreams, optionalStreams) {
  FormatMaker maker;
  int32_t order = maker.planar("order", "si32", {maker.K()});
  int32_t scale = maker.planar("scale", "f32", {ceildiv(maker.K(), 4)});
  Stream &stream = maker.streamOf(order);
  stream.optional = true;
  stream.defaultVars = {maker.newVar("k")};
  stream.defaultValue = floordiv(maker.var(stream.defaultVars[0]), 4).id;
  maker.decode([&](Ex, Ex k) { return maker.read(scale, {maker.read(order, {k})}); });
  maker.format.name = "example";
  auto orderOf = [&](OptionalStreams optional) {
    std::mt19937_64 random(1);
    auto streams = randomStreams(maker.format, {1, 16}, ScaleCase::Ones, optional, random);
    EXPECT_TRUE(streams) << streams.error().error.message;
    std::vector<int32_t> values(streams->contains("order") ? 16 : 0);
    if (!values.empty())
      std::memcpy(values.data(), streams->at("order").data(), 64);
    return values;
  };
  const std::vector<int32_t> groups = {0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3};
  EXPECT_TRUE(orderOf(OptionalStreams::Absent).empty());
  EXPECT_EQ(orderOf(OptionalStreams::Defaults), groups);
  std::vector<int32_t> shuffled = orderOf(OptionalStreams::Shuffled);
  EXPECT_NE(shuffled, groups);
  std::sort(shuffled.begin(), shuffled.end());
  EXPECT_EQ(shuffled, groups);
}

// Random streams: which codes they hold, and which of them a check may demand.
#include "tools/run/RandomStreams.h"

#include "../spec/FormatMaker.h"

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
  auto streams = randomStreams(format, {64, 512}, ScaleCase::Mixed, random, &coverage);
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

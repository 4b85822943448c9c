// The shapes that bit maps are checked on.
#include "FormatMaker.h"

#include "runtime/spec/Shapes.h"

using namespace quoin;
using namespace quoin::spec;

static std::vector<std::pair<int64_t, int64_t>> shapesOf(const Format &format) {
  std::vector<std::pair<int64_t, int64_t>> result;
  for (Shape shape : smallShapes(format))
    result.push_back({shape.n, shape.k});
  return result;
}

TEST(Shapes, LeastOfEachKind) {
  FormatMaker m;
  m.decode([&](Ex, Ex) { return m.flt(0); });
  // The least; both uneven; N odd; K odd; N < K; N > K.
  EXPECT_EQ(shapesOf(m.format),
            (std::vector<std::pair<int64_t, int64_t>>{{1, 1}, {3, 5}, {3, 1}, {1, 3}, {2, 3}, {3, 2}}));
}

TEST(Shapes, SizesThatAreMultiplesOfManyThings) {
  for (int64_t multiple : {48, 80, 5 * 2048, 8192}) {
    FormatMaker m;
    m.format.requirements = {m.op(Op::Eq, mod(m.K(), multiple), m.lit(0)).id};
    m.decode([&](Ex, Ex) { return m.flt(0); });
    ASSERT_FALSE(shapesOf(m.format).empty()) << multiple;
    EXPECT_EQ(shapesOf(m.format)[0], std::pair(int64_t(1), multiple));
  }
}

TEST(Shapes, FreeSizesFollowRequirements) {
  FormatMaker m;
  m.format.sizes = {"P", "Q"};
  auto size = [&](int64_t which) { return m.ex(m.builder.size(which)); };
  m.decode([&](Ex, Ex) { return m.flt(0); });
  using Sizes = std::map<std::string, int64_t>;
  EXPECT_EQ(sampleSizes(m.format, {3, 5}, 2), (Sizes{{"P", 2}, {"Q", 2}}));
  m.format.requirements = {m.op(Op::Eq, mod(size(0), 48), m.lit(0)).id, m.op(Op::Eq, size(1), m.K()).id};
  EXPECT_EQ(sampleSizes(m.format, {3, 5}, 2), (Sizes{{"P", 48}, {"Q", 5}}));
  m.format.requirements = {m.op(Op::Eq, size(0), m.lit(99999)).id};
  EXPECT_EQ(sampleSizes(m.format, {3, 5}, 2), (Sizes{{"P", 2}, {"Q", 2}})) << "none is found";
}

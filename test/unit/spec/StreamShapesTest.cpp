// N and K from the extents of tensors, and the extents that N and K give.
#include "runtime/spec/StreamShapes.h"
#include "FormatMaker.h"

using namespace quoin;
using namespace quoin::spec;

namespace {
/// Words of eight codes along k, scales of 128, an order of columns, and a stream whose size is free.
struct Words {
  explicit Words(FormatMaker &m) {
    m.planar("words", "si32", {ceildiv(m.K(), 8), m.N()});
    m.planar("scales", "f16", {ceildiv(m.K(), 128), m.N()});
    m.planar("order", "si32", {m.K()});
    m.planar("flat", "ui8", {ceildiv(m.N() * m.K(), 2)});
    m.planar("free", "ui8", {m.ex(m.builder.size(0))});
    m.records("records", 4);
  }
};
} // namespace

static Format words() {
  FormatMaker m;
  m.format.sizes = {"P"};
  Words made(m);
  return m.format;
}

TEST(StreamShapes, extentsOfAShape) {
  Format format = words();
  auto extents = [&](size_t stream, Shape shape) { return extentsFor(format, format.streams[stream], shape); };
  EXPECT_EQ(extents(0, {5, 256}), (std::vector<int64_t>{32, 5}));
  EXPECT_EQ(extents(1, {5, 257}), (std::vector<int64_t>{3, 5}));
  EXPECT_EQ(extents(3, {3, 3}), (std::vector<int64_t>{5}));
  EXPECT_EQ(extents(4, {5, 256}), std::nullopt) << "a free size";
  EXPECT_EQ(extents(5, {5, 256}), std::nullopt) << "records";
  EXPECT_EQ(extents(3, {INT64_MAX, 3}), std::nullopt) << "does not fit";
}

TEST(StreamShapes, rangesOfShapes) {
  Format format = words();
  auto range = rangeOfShape(format, {{"words", {32, 5}}});
  ASSERT_TRUE(range) << range.error().message;
  EXPECT_EQ(range->nLow, 5);
  EXPECT_EQ(range->nHigh, 5);
  EXPECT_EQ(range->kLow, 249);
  EXPECT_EQ(range->kHigh, 256);
  range = rangeOfShape(format, {{"words", {32, 5}}, {"scales", {3, 5}}});
  EXPECT_FALSE(range) << "257 columns at least";
  range = rangeOfShape(format, {{"scales", {2, 5}}, {"words", {17, 5}}});
  ASSERT_TRUE(range);
  EXPECT_EQ(range->kLow, 129);
  EXPECT_EQ(range->kHigh, 136);
  range = rangeOfShape(format, {{"order", {77}}});
  ASSERT_TRUE(range);
  EXPECT_EQ(range->kLow, 77);
  EXPECT_EQ(range->kHigh, 77);
  EXPECT_EQ(range->nHigh, ShapeRange::none) << "nothing says N";
}

TEST(StreamShapes, whatSaysNothing) {
  Format format = words();
  auto range =
      rangeOfShape(format, {{"flat", {9}}, {"free", {3}}, {"records", {4}}, {"scales", {2, 5, 1}}, {"x", {1}}});
  ASSERT_TRUE(range);
  EXPECT_EQ(range->nLow, 1);
  EXPECT_EQ(range->nHigh, ShapeRange::none);
  EXPECT_EQ(range->kLow, 1);
  EXPECT_EQ(range->kHigh, ShapeRange::none);
}

TEST(StreamShapes, whatCannotBe) {
  Format format = words();
  auto message = [&](const StoredExtents &found) {
    auto range = rangeOfShape(format, found);
    return range ? std::string() : range.error().message;
  };
  EXPECT_EQ(message({{"words", {0, 5}}}),
            "extent 0 of stream \"words\" is 0, which no K that fits the other tensors gives");
  EXPECT_EQ(message({{"words", {32, 5}}, {"scales", {2, 6}}}),
            "extent 1 of stream \"scales\" is 6, which no N that fits the other tensors gives");
  EXPECT_NE(message({{"order", {INT64_MAX}}}), "");
}

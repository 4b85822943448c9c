// Owners of stored bits against hand-computed places.
#include "dialect/Diagram.h"
#include "dialect/Library.h"

#include <gtest/gtest.h>

using namespace quoin;
using namespace quoin::spec;

namespace {

Format formatNamed(const char *name) {
  Library library;
  auto found = library.find(name);
  EXPECT_TRUE(found) << found.error().message;
  return found ? std::move(found->format) : Format{};
}

std::string ownerName(const Format &format, const BitMap &map, size_t bit, Shape shape) {
  const BitOwner &owner = map.owners[bit];
  return owner.field < 0 ? "spare"
                         : elementName(format, owner.field, owner.element, shape) + " bit " + std::to_string(owner.bit);
}

TEST(BitMap, nibbles_of_a_record) {
  Format format = formatNamed("q4_0");
  Shape shape{1, 32};
  BitMap map = mapBits(format, 0, shape).value();
  ASSERT_EQ(map.owners.size(), 144u);
  EXPECT_TRUE(map.spare.empty());
  EXPECT_EQ(ownerName(format, map, 15, shape), "d bit 15");
  EXPECT_EQ(ownerName(format, map, 16, shape), "q[0] bit 0");
  EXPECT_EQ(ownerName(format, map, 20, shape), "q[16] bit 0"); // high nibble: the second half
  EXPECT_EQ(ownerName(format, map, 143, shape), "q[31] bit 3");
}

TEST(BitMap, codes_across_words) {
  Format format = formatNamed("w3g128");
  Shape shape{2, 32}; // words of k lie N = 2 words apart
  BitMap map = mapBits(format, 0, shape).value();
  // Code 10 of row 0 takes bits 30 and 31 of word 0 and bit 0 of word 1, which is word 2 of the stream.
  EXPECT_EQ(ownerName(format, map, 30, shape), "q[0, 10] bit 0");
  EXPECT_EQ(ownerName(format, map, 31, shape), "q[0, 10] bit 1");
  EXPECT_EQ(ownerName(format, map, 64, shape), "q[0, 10] bit 2");
  EXPECT_EQ(ownerName(format, map, 32, shape), "q[1, 0] bit 0");
}

TEST(BitMap, counts_spare_bits_and_overlaps) {
  Format format = formatNamed("q4_0");
  format.streams[0].recordBytes = 20;
  BitMap map = mapBits(format, 0, {1, 32}).value();
  EXPECT_EQ(map.spare.size(), 16u);
  format.streams[0].recordBytes = 17; // q[15] and q[31] lie outside
  map = mapBits(format, 0, {1, 32}).value();
  EXPECT_EQ(map.problems.size(), 8u);
  format.fields[0].slices[0].offset = format.fields[1].slices[0].offset; // not meant to be read, only to collide
  format.fields[0].indices = format.fields[1].indices;
  format.fields[0].extents = format.fields[1].extents;
  format.streams[0].recordBytes = 18;
  map = mapBits(format, 0, {1, 32}).value();
  ASSERT_FALSE(map.problems.empty());
  EXPECT_NE(map.problems[0].find("belongs to"), std::string::npos) << map.problems[0];
}

TEST(BitMap, refuses_what_is_too_large) {
  Format format = formatNamed("q4_0");
  format.streams[0].recordBytes = INT64_MAX;
  EXPECT_FALSE(mapBits(format, 0, {1, 32}));
}

TEST(Diagram, text_has_a_letter_for_each_bit_and_a_legend) {
  std::string text = diagramText(formatNamed("q4_0")).value();
  EXPECT_NE(text.find("dddddddd dddddddd qqqqQQQQ"), std::string::npos) << text;
  EXPECT_NE(text.find("q  q[i: 32] : ui4 at 16 + 8 * (i mod 16) + 4 * (i floordiv 16)"), std::string::npos) << text;
}

TEST(Diagram, equal_rows_are_counted) {
  std::string text = diagramText(formatNamed("q8_0")).value();
  EXPECT_NE(text.find("more row"), std::string::npos) << text;
}

TEST(Diagram, svg_has_a_box_for_each_run) {
  std::string svg = diagramSvg(formatNamed("q4_0")).value();
  EXPECT_TRUE(svg.starts_with("<svg ")) << svg.substr(0, 80);
  EXPECT_TRUE(svg.ends_with("</svg>\n"));
  size_t boxes = 0;
  for (size_t at = svg.find("<g>"); at != std::string::npos; at = svg.find("<g>", at + 1))
    ++boxes;
  EXPECT_EQ(boxes, 33u); // d and 32 nibbles, none of them cut by a row
  EXPECT_NE(svg.find("<title>q[31]</title>"), std::string::npos);
}

} // namespace

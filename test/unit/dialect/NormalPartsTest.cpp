// The parts of the normal-form analysis on small texts made for one question each.
#include "dialect/Library.h"
#include "dialect/NormalForm.h"
#include "dialect/normal/Codes.h"
#include "dialect/normal/DemandedBits.h"
#include "dialect/normal/Range.h"

#include <gtest/gtest.h>

using namespace quoin;
using namespace quoin::spec;
using Kind = NormalForm::Kind;

namespace {

/// A format of one planar byte stream of codes and f16 scales per 32, with this decode expression over q, s, n and k.
struct Small {
  explicit Small(const std::string &decode, const std::string &declarations = "") {
    std::string text = "quoin.format @small {\n  stream q : ui8 [N, K]\n  stream s : f16 [N, K ceildiv 32]\n"
                       "  stream z : ui4 [N, K ceildiv 32] spare\n" +
                       declarations + "  decode (n, k) = " + decode + "\n}\n";
    Library library;
    auto added = library.addText(text, "small");
    EXPECT_TRUE(added) << added.error().message;
    auto found = library.find("small");
    EXPECT_TRUE(found) << found.error().message;
    if (!found)
      return;
    format = std::move(found->format);
    auto made = normalForm(format);
    EXPECT_TRUE(made) << made.error().message;
    form = std::move(*made);
  }
  Format format;
  NormalForm form;
};

TEST(CommonUnit, powers_of_two_then_multiples_of_the_smallest) {
  EXPECT_EQ(normal::commonUnit({0, 0.5, -6}), 0.5);
  EXPECT_EQ(normal::commonUnit({3, 9, -6}), 1);
  EXPECT_EQ(normal::commonUnit({0.1, 0.2, -0.4}), 0.1);
  EXPECT_EQ(normal::commonUnit({1.0 / 3, 1}), 1.0 / 3);
  EXPECT_EQ(normal::commonUnit({0.1, 0.25}), 0); // no unit of 16 bits
  EXPECT_EQ(normal::commonUnit({0, 0}), 1);
}

TEST(Decompose, scale_distributes_over_offset_and_keeps_integers_together) {
  Small small("s[n, k floordiv 32] * (q[n, k] - 128)");
  ASSERT_EQ(small.form.terms.size(), 1u);
  EXPECT_EQ(small.form.terms[0].zero, 128);
  EXPECT_EQ(small.form.bias.coefficient, -1);
}

TEST(Decompose, spelled_out_zero_point_is_the_same_form) {
  Small small("s[n, k floordiv 32] * q[n, k] - s[n, k floordiv 32] * z[n, k floordiv 32]");
  ASSERT_EQ(small.form.terms.size(), 1u);
  EXPECT_GE(small.form.terms[0].zeroNode, 0);
  EXPECT_EQ(small.form.terms[0].zeroHi, 15);
  EXPECT_EQ(small.form.bias.coefficient, -1);
}

TEST(Decompose, any_function_of_few_bits_is_a_table) {
  Small small("s[n, k floordiv 32] * popcount(q[n, k])");
  EXPECT_EQ(small.form.kind, Kind::Affine); // each bit counts one
  Small other("s[n, k floordiv 32] * parity(q[n, k])");
  EXPECT_EQ(other.form.kind, Kind::ScalarTable);
  ASSERT_EQ(other.form.terms[0].table.size(), 256u);
  EXPECT_EQ(other.form.terms[0].table[7], 1);
}

TEST(Decompose, reads_past_a_table_are_zero) {
  Small small("s[n, k floordiv 32] * t[q[n, k] mod 8]", "  table t[6] : si8 = [3, -1, 4, 1, -5, 9]\n");
  ASSERT_EQ(small.form.kind, Kind::ScalarTable) << small.form.why;
  std::vector<double> first(small.form.terms[0].table.begin(), small.form.terms[0].table.begin() + 8);
  EXPECT_EQ(first, (std::vector<double>{3, -1, 4, 1, -5, 9, 0, 0}));
  Small far("s[n, k floordiv 32] * t[(q[n, k] mod 8) * 100000000]", "  table t[6] : si8 = [3, -1, 4, 1, -5, 9]\n");
  EXPECT_EQ(far.form.kind, Kind::ScalarTable) << far.form.why;
}

TEST(Decompose, branches_without_codes_add_to_the_bias) {
  Small small("s[n, k floordiv 32] * q[n, k] + (split n by lengths as (part, row) -> gain[part])",
              "  stream lengths : ui32 [2]\n  stream gain : f16 [2]\n");
  EXPECT_EQ(small.form.terms.size(), 1u) << small.form.why;
  EXPECT_GE(small.form.bias.coefficient, 0);
}

TEST(Decompose, words_cut_by_shifts_count_only_their_bits) {
  Small small("s[n, k floordiv 32] * and(shr(w[n, k floordiv 8], 4 * (k mod 8)), 15)",
              "  stream w : ui32 [N, K ceildiv 8]\n");
  ASSERT_EQ(small.form.terms.size(), 1u) << small.form.why;
  EXPECT_EQ(small.form.terms[0].elementBits, 4);
  EXPECT_EQ(small.form.terms[0].hi, 15);
  EXPECT_EQ(small.form.kind, Kind::Affine) << small.form.why;
}

TEST(Decompose, branches_by_position_share_their_coefficient) {
  Small small(
      "split k mod 4 at (2) { (a) -> s[n, k floordiv 32] * (q[n, k] - 3), (b) -> s[n, k floordiv 32] * q[n, k] }");
  ASSERT_EQ(small.form.terms.size(), 1u) << small.form.why;
  EXPECT_EQ(small.form.terms[0].lo, -3);
  EXPECT_EQ(small.form.terms[0].positions, 2);
}

TEST(Decompose, rounding_to_an_integer_after_the_scale) {
  Small small("round((q[n, k] - 8) * s[n, k floordiv 32], si8)");
  EXPECT_EQ(small.form.kind, Kind::AffineRounded) << small.form.why;
}

TEST(Decompose, negative_words_of_which_single_values_matter) {
  Small rare("select(w[n, k] == 1234567, 9, and(w[n, k], 15))", "  stream w : ui32 [N, K]\n");
  EXPECT_EQ(rare.form.why, "a value made of \"w\" depends on 32 stored bits for one element");
  Small clamped("min(5, max(0, round(w[n, k] * 4.0, si32)))", "  stream w : f32 [N, K]\n");
  EXPECT_EQ(clamped.form.why, "a value made of \"w\" depends on 32 stored bits for one element");
}

TEST(Decompose, negative_conditions_far_away) {
  for (const char *condition : {"n floordiv 128 == 39", "3 * k == 44910", "k == K - 5000", "and(n == 33, k floordiv 32 == 200)",
                                "(n * K + k) floordiv 64 == 1929"}) {
    Small small("s[n, k floordiv 32] * q[n, k] * select(" + std::string(condition) + ", 2.0, 1.0)");
    EXPECT_EQ(small.form.kind, Kind::General) << condition;
  }
}

TEST(Decompose, negative_zero_points_of_more_than_24_bits) {
  const std::string type[] = {"si24", "si32"};
  for (int wide : {0, 1}) {
    Small small("s[n, k floordiv 32] * (f32(q[n, k]) - f32(w[n, k floordiv 32]))",
                "  stream w : " + type[wide] + " [N, K ceildiv 32]\n");
    EXPECT_EQ(small.form.terms[0].zeroNode < 0, wide == 1) << type[wide];
    EXPECT_EQ(small.form.bias.coefficient >= 0, wide == 1) << type[wide];
  }
}

TEST(Decompose, tables_that_one_part_of_the_text_reads) {
  auto readsTable = [&](const std::string &decode) {
    Small small(decode, "  requires K mod 2 == 0\n  table t[i: 256] : f32 = f32(i) * 0.3\n");
    EXPECT_EQ(small.form.terms[0].table.size(), 256u) << decode;
    return small.form.terms[0].readsTable;
  };
  EXPECT_TRUE(readsTable("t[q[n, k]]"));
  EXPECT_TRUE(readsTable("t[q[n, K - 1 - k]]"));
  EXPECT_FALSE(readsTable("select(k mod 2 == 0, t[q[n, k]], t[q[n, K - 1 - k]])"));
  EXPECT_FALSE(readsTable("t[split k at (K floordiv 2) { (v) -> q[n, 2 * v], (v) -> q[n, 2 * v + 1] }]"));
}

TEST(DemandedBits, of_operations) {
  const std::vector<std::pair<std::string, uint32_t>> cases = {
      {"and(w[n, k], 0xf0)", 0xf0},
      {"and(shr(w[n, k], 4 * (k mod 8)), 15)", 0xf000}, // at k = 3
      {"and(shl(w[n, k], 8), 0xff00)", 0xff},
      {"shr(w[n, k], 32)", 0},
      {"and(or(w[n, k], 3), 15)", 12},
      {"and(w[n, k] + 1, 16)", 31},
      {"(w[n, k] floordiv 16) mod 4", 0x30},
      {"and(w[n, k] floordiv 16, 0x18000000)", 0x80000000},
      {"select(k mod 2 == 1, and(w[n, k], 1), w[n, k])", 1},
      {"select(and(w[n, k], 256) == 0, 1, 2)", 256},
      {"parity(and(w[n, k], 0x70))", 0x70},
      {"min(w[n, k], 3)", ~0u},
  };
  for (const auto &[decode, bits] : cases) {
    Small small("f32(" + decode + ")", "  stream w : ui32 [N, K]\n");
    normal::Walk walk(small.format, {4, 64});
    walk.moveTo(1, 3);
    auto demanded = normal::demandedBits(walk, small.format.decodeValue);
    uint32_t found = 0;
    for (size_t id = 0; id < demanded.size(); ++id)
      if (small.format.nodes[id].op == Op::Read)
        found |= demanded[id].value_or(0);
    EXPECT_EQ(found, bits) << decode;
  }
  EXPECT_EQ(normal::demandedCode(*ScalarType::parse("si4"), 0xfffffff0), 8u) << "the sign fills up";
  EXPECT_EQ(normal::demandedCode(*ScalarType::parse("ui4"), 0xfffffff2), 2u);
  EXPECT_EQ(normal::demandedCode(*ScalarType::parse("f16"), 1), 0xffffu);
}

TEST(Decompose, negative_scale_per_element_is_general) {
  Small small("t[n, k] * q[n, k]", "  stream t : f16 [N, K]\n");
  EXPECT_EQ(small.form.kind, Kind::General);
  EXPECT_NE(small.form.why.find("24 stored bits"), std::string::npos) << small.form.why;
}

TEST(Decompose, negative_minimum_with_group_bits_is_general) {
  Small small("min(f32(q[n, k]), s[n, k floordiv 32])");
  EXPECT_EQ(small.form.kind, Kind::General) << describe(small.form, small.format);
}

TEST(Decompose, negative_products_that_wrap_are_not_distributed) {
  Small small("f32(w[n, k floordiv 32] * q[n, k])", "  stream w : ui32 [N, K ceildiv 32]\n");
  EXPECT_EQ(small.form.kind, Kind::General) << describe(small.form, small.format);
}

TEST(Decompose, negative_forms_say_why) {
  const std::string scale = "s[n, k floordiv 32]";
  auto why = [](const std::string &decode) {
    Small small(decode);
    EXPECT_EQ(small.form.kind, Kind::General) << decode;
    return small.form.why;
  };
  EXPECT_EQ(why(scale + " / q[n, k]"), "a quotient by \"q\" differs for every element");
  EXPECT_EQ(why("ldexp(" + scale + ", q[n, k])"), "an exponent made of \"q\" differs for every element");
  EXPECT_EQ(why("sum(v: 65, " + scale + " * parity(q[n, k] + v))"), "the value is a sum of more than 64 products");
  std::string factors = "q[n, k]", terms = "f32(q[n, k])";
  for (int i = 0; i < 65; ++i)
    factors += " * (" + scale + ")", terms = "(" + terms + ") + " + scale + " * q[n, k]";
  EXPECT_EQ(why(factors), "the value is a product of more than 64 factors");
  EXPECT_EQ(why(terms), "the value is a sum of more than 64 products");
}

TEST(IntegerRange, follows_types_and_stops_where_i32_wraps) {
  Small small("f32(q[n, k] * 3 - 5)");
  const Node &top = small.format.nodes[small.format.decodeValue];
  auto range = normal::integerRange(small.format, top.a);
  ASSERT_TRUE(range);
  EXPECT_EQ(range->lo, -5);
  EXPECT_EQ(range->hi, 760);
  Small wraps("f32(q[n, k] * 100000000)");
  EXPECT_FALSE(normal::integerRange(wraps.format, wraps.format.nodes[wraps.format.decodeValue].a));
}

} // namespace

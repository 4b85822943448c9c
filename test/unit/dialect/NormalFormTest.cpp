// Every shipped and hard format has the normal form its authors' kernels rely on, and it means what decode means.
#include "dialect/NormalForm.h"
#include "dialect/Diagram.h"
#include "dialect/Library.h"
#include "dialect/normal/EvaluateTerms.h"
#include "tools/format/SampleStreams.h"
#include "tools/format/Streams.h"

#include <gtest/gtest.h>
#include <random>

using namespace quoin;
using namespace quoin::spec;
using Kind = NormalForm::Kind;

namespace {

struct Expected {
  const char *name;
  const char *file; ///< below test/dialect, or null for a shipped one
  Kind kind;
  int64_t group; ///< 0: all of K
  double lo = 0, hi = 0;
  int64_t zero = 0;
  bool storedZero = false, bias = false;
  int bits = 0;
  int64_t vector = 1;
  size_t terms = 1;
};

/// The format's name in letters that gtest allows.
std::string testName(const testing::TestParamInfo<Expected> &info) {
  std::string name = info.param.name;
  for (char &each : name)
    each = each == '-' ? 'm' : each;
  return name;
}

class Formats : public testing::TestWithParam<Expected> {
protected:
  void SetUp() override {
    const Expected &want = GetParam();
    if (want.file)
      if (auto added = library.addFile(std::string(QUOIN_SOURCE_ROOT "/test/dialect/") + want.file); !added)
        FAIL() << added.error().message;
    auto found = library.find(want.name);
    if (!found && found.error().message.find("needs the file") != std::string::npos)
      GTEST_SKIP() << found.error().message;
    ASSERT_TRUE(found) << found.error().message;
    format = std::move(found->format);
    auto made = normalForm(format);
    ASSERT_TRUE(made) << made.error().message;
    form = std::move(*made);
  }

  Library library;
  Format format;
  NormalForm form;
};

TEST_P(Formats, has_the_expected_form) {
  const Expected &want = GetParam();
  ASSERT_EQ(form.kind, want.kind) << describe(form, format);
  if (want.kind == Kind::General) {
    EXPECT_TRUE(form.terms.empty());
    EXPECT_FALSE(form.why.empty());
    return;
  }
  EXPECT_EQ(form.group, want.group);
  EXPECT_EQ(form.bias.coefficient >= 0, want.bias);
  ASSERT_EQ(form.terms.size(), want.terms);
  const NormalTerm &term = form.terms[0];
  EXPECT_EQ(term.lo, want.lo);
  EXPECT_EQ(term.hi, want.hi);
  EXPECT_EQ(term.zero, want.zero);
  EXPECT_EQ(term.zeroNode >= 0, want.storedZero);
  EXPECT_EQ(term.elementBits, want.bits);
  EXPECT_EQ(term.vectorLength, want.vector);
  EXPECT_EQ(term.affineInBits && term.integer, want.kind == Kind::Affine);
}

static OwnedStreams randomStreams(const Format &format, Shape shape, unsigned seed) {
  auto streams = tool::sampleStreams(format, shape);
  EXPECT_TRUE(streams) << streams.error().message;
  if (!streams || format.streams.size() > 4) // stored lengths, permutations: contents that must make sense
    return streams.value_or(OwnedStreams{});
  std::mt19937 random(seed);
  OwnedStreams noise = *streams;
  for (auto &[name, bytes] : noise)
    for (uint8_t &byte : bytes)
      byte = uint8_t(random());
  auto bound = BoundFormat::bind(format, shape, tool::viewOf(noise));
  return bound && bound->decodeAll() ? noise : *streams;
}

TEST_P(Formats, terms_add_up_to_decode) {
  if (form.kind == Kind::General)
    GTEST_SKIP() << "no terms";
  Shape shape = diagramShape(format).value();
  int64_t compared = 0, wrongWithOtherZero = 0;
  NormalForm other = form;
  other.terms[0].zero += 1;
  for (unsigned seed = 1; seed <= 3; ++seed) {
    OwnedStreams streams = randomStreams(format, shape, seed);
    auto bound = BoundFormat::bind(format, shape, tool::viewOf(streams));
    ASSERT_TRUE(bound) << bound.error().message;
    for (int64_t n = 0; n < shape.n; ++n)
      for (int64_t k = 0; k < shape.k; ++k) {
        float value = bound->decode(n, k).value();
        ASSERT_TRUE(agrees(value, evaluateTerms(*bound, form, n, k).value())) << n << ", " << k << ": " << value;
        wrongWithOtherZero += !agrees(value, evaluateTerms(*bound, other, n, k).value());
        ++compared;
      }
  }
  EXPECT_GT(compared, 100);
  EXPECT_GT(wrongWithOtherZero, compared / 4) << "the comparison sees nothing";
}

INSTANTIATE_TEST_SUITE_P(
    shipped, Formats,
    testing::Values(Expected{"q4_0", nullptr, Kind::Affine, 32, 0, 15, 8, false, false, 4},
                    Expected{"q5_0", nullptr, Kind::Affine, 32, 0, 31, 16, false, false, 5},
                    Expected{"q8_0", nullptr, Kind::Affine, 32, -128, 127, 0, false, false, 8},
                    Expected{"q4_K", nullptr, Kind::Affine, 32, 0, 15, 0, false, true, 4},
                    Expected{"q6_K", nullptr, Kind::Affine, 16, 0, 63, 32, false, false, 6},
                    Expected{"q3_K", nullptr, Kind::Affine, 16, 0, 7, 4, false, false, 3},
                    Expected{"awq", nullptr, Kind::Affine, 128, 0, 15, 0, true, false, 4},
                    Expected{"w4g128", nullptr, Kind::Affine, 128, 0, 15, 0, true, false, 4},
                    Expected{"w3g128", nullptr, Kind::Affine, 128, 0, 7, 0, true, false, 3},
                    Expected{"w4g40", nullptr, Kind::Affine, 40, 0, 15, 0, true, false, 4},
                    Expected{"w4g-1", nullptr, Kind::Affine, 0, 0, 15, 0, true, false, 4},
                    Expected{"iq4_nl", nullptr, Kind::ScalarTable, 32, -127, 113, 0, false, false, 4},
                    Expected{"mxfp4", nullptr, Kind::ScalarTable, 32, -12, 12, 0, false, false, 4},
                    Expected{"nf4", nullptr, Kind::ScalarTable, 64, -1, 1, 0, false, false, 4},
                    Expected{"fp8_e4m3_b128", nullptr, Kind::ScalarTable, 128, -448, 448, 0, false, false, 8},
                    Expected{"tq1_0", nullptr, Kind::ScalarTable, 256, 0, 2, 1, false, false, 8},
                    Expected{"iq2_xxs", nullptr, Kind::VectorTable, 32, -43, 43, 0, false, false, 15, 8}),
    testName);

INSTANTIATE_TEST_SUITE_P(
    hard, Formats,
    testing::Values(Expected{"hqq_3bit", "hard/hqq_3bit.mlir", Kind::Affine, 64, 0, 7, 0, false, true, 3},
                    Expected{"mxfp4_ocp", "hard/mxfp4_ocp.mlir", Kind::ScalarTable, 32, -6, 6, 0, false, false, 4},
                    Expected{"aqlm_2x8", "hard/aqlm_2x8.mlir", Kind::VectorTable, 0, -65504, 65504, 0, false, false, 8,
                             8, 2},
                    Expected{"iq1_m", "hard/iq1_m.mlir", Kind::VectorTable, 16, -1.125, 1.125, 0, false, false, 12, 8},
                    Expected{"qqq_g128", "hard/qqq_g128.mlir", Kind::AffineRounded, 0, -128, 127, 0, false, false, 4},
                    Expected{"claq", "hard/claq.mlir", Kind::General, 0},
                    Expected{"marlin_24", "hard/marlin_24.mlir", Kind::General, 0},
                    Expected{"posit16_1", "hard/posit16_1.mlir", Kind::General, 0}),
    testName);

NormalForm formOf(Format &format, const char *name) {
  Library library;
  auto found = library.find(name);
  EXPECT_TRUE(found) << found.error().message;
  format = std::move(found->format);
  return normalForm(format).value();
}

TEST(NormalForm, super_blocks_have_integer_sub_scales) {
  Format format;
  NormalTerm term = formOf(format, "q3_K").terms[0];
  ASSERT_GE(term.sub, 0);
  EXPECT_EQ(term.subLo, -32);
  EXPECT_EQ(term.subHi, 31);
  EXPECT_EQ(term.subUnit, 1);
  EXPECT_EQ(term.subVaries, (Variation{1, 16}));
  EXPECT_EQ(term.outerVaries, (Variation{1, 256}));
}

TEST(NormalForm, scales_vary_over_blocks_of_rows) {
  Format format;
  EXPECT_EQ(formOf(format, "fp8_e4m3_b128").terms[0].coefficientVaries, (Variation{128, 128}));
}

TEST(NormalForm, small_codes_have_a_table) {
  Format format;
  NormalTerm term = formOf(format, "mxfp4").terms[0];
  std::vector<double> want = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};
  EXPECT_EQ(term.table, want);
  EXPECT_EQ(term.unit, 1);
  ASSERT_EQ(term.reads.size(), 1u);
  EXPECT_EQ(format.fields[format.nodes[term.reads[0]].imm].name, "q");
}

TEST(NormalForm, accumulator_bound_counts_zero_and_length) {
  Format format;
  NormalForm form = formOf(format, "q4_0"); // codes 0..15 with zero 8: 15 is the largest magnitude
  EXPECT_EQ(form.accumulatorBound(32), 15.0 * 127 * 32);
  form = formOf(format, "nf4"); // no integers
  EXPECT_EQ(form.accumulatorBound(32), std::numeric_limits<double>::infinity());
}

TEST(NormalForm, text_names_kind_terms_and_bias) {
  Format format;
  NormalForm form = formOf(format, "q4_K");
  std::string text = describe(form, format);
  EXPECT_NE(text.find("affine, group 32"), std::string::npos) << text;
  EXPECT_NE(text.find("bias -(dmin * f32(mn["), std::string::npos) << text;
}

/// What a loop finds in an element's own bits belongs to its code, whatever the loop: as a coefficient it would be one
/// number for all.
TEST(NormalForm, loops_over_codes_are_no_coefficients) {
  for (std::string loop : {"max", "min", "absmax", "signmax", "argmin", "search", "sum"}) {
    Library library;
    auto added = library.addText("quoin.format @looped {\n  stream q : ui4 [N, K]\n  stream d : f16 [N]\n"
                                 "  decode (n, k) = f32(" +
                                     loop + "(v: 3, xor(q[n, k], v) > 2)) * (q[n, k] + d[n])\n}\n",
                                 "looped");
    ASSERT_TRUE(added) << added.error().message;
    Format format = library.find("looped")->format;
    auto form = normalForm(format);
    ASSERT_TRUE(form);
    EXPECT_NE(form->kind, Kind::Affine) << loop << ": " << describe(*form, format);
    for (const NormalTerm &term : form->terms)
      EXPECT_TRUE(term.coefficient < 0 || term.coefficientVaries.kPeriod == 0) << loop;
    EXPECT_LT(form->bias.coefficient, 0) << loop << ": " << describe(*form, format);
  }
}

TEST(NormalForm, meaning_of_the_format_stays) {
  Library library;
  auto found = library.find("q4_K");
  ASSERT_TRUE(found);
  Format before = found->format, after = found->format;
  ASSERT_TRUE(normalForm(after));
  EXPECT_EQ(after.decodeValue, before.decodeValue);
  ASSERT_GE(after.nodes.size(), before.nodes.size());
  EXPECT_TRUE(std::equal(before.nodes.begin(), before.nodes.end(), after.nodes.begin()));
}

} // namespace

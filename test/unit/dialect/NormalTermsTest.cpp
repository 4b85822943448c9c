// What the analysis finds in small texts adds up to what they decode.
#include "dialect/Diagram.h"
#include "dialect/Library.h"
#include "dialect/NormalForm.h"
#include "dialect/normal/Codes.h"
#include "dialect/normal/EvaluateTerms.h"
#include "dialect/normal/Range.h"
#include "tools/format/SampleStreams.h"
#include "tools/format/Streams.h"

#include <gtest/gtest.h>
#include <random>

using namespace quoin;
using namespace quoin::spec;

/// What the terms add up to is what is decoded, everywhere. `group` and `rows`, where given: columns and rows that
/// share the first term's coefficient.
static void expectTerms(const std::string &text, int64_t group = -1, int64_t rows = -1) {
  Library library;
  auto added = library.addText(text, "small");
  ASSERT_TRUE(added) << added.error().message;
  Format format = std::move(library.find("small")->format);
  auto form = normalForm(format);
  ASSERT_TRUE(form) << form.error().message;
  ASSERT_NE(form->kind, NormalForm::Kind::General) << form->why;
  if (group >= 0)
    EXPECT_EQ(form->group, group);
  if (rows >= 0)
    EXPECT_EQ(form->terms[0].coefficientVaries.nPeriod, rows);
  Shape shape = diagramShape(format).value();
  auto streams = tool::sampleStreams(format, shape);
  ASSERT_TRUE(streams) << streams.error().message;
  std::mt19937 random(1);
  for (auto &[name, bytes] : *streams)
    for (uint8_t &byte : bytes)
      byte = uint8_t(random() % 128); // scales are positive
  auto bound = BoundFormat::bind(format, shape, tool::viewOf(*streams));
  ASSERT_TRUE(bound) << bound.error().message;
  for (int64_t n = 0; n < shape.n; ++n)
    for (int64_t k = 0; k < shape.k; ++k) {
      float value = bound->decode(n, k).value();
      ASSERT_TRUE(agrees(value, evaluateTerms(*bound, *form, n, k).value())) << n << ", " << k;
    }
}

TEST(NormalTerms, sums_of_differences) {
  expectTerms(R"(quoin.format @small tile [1, 32] {
    stream block record 34
    field d : f16 in block at 0
    field q[i: 32] : ui8 in block at 16 + 8 * i
    decode (i) = sum(v: 3, d * (f32(v) - f32(q[i])))
  })");
}

TEST(NormalTerms, sums_of_choices) {
  expectTerms(R"(quoin.format @small tile [1, 32] {
    stream block record 34
    field d : f16 in block at 0
    field q[i: 32] : ui8 in block at 16 + 8 * i
    decode (i) = sum(v: 3, d * select(q[i] < 8, f32(v), f32(q[i])))
  })");
}

/// 0 / 0, 3 and infinity: what is finite alone would be integers.
TEST(NormalTerms, codes_that_are_not_finite_are_no_integers) {
  Library library;
  ASSERT_TRUE(library.addText(R"(quoin.format @small {
    stream q : ui2 [N, K]
    table values[c: 4] : f32 = 3.0 * f32(c floordiv 2) / f32(c mod 2)
    decode (n, k) = values[q[n, k]]
  })",
                              "small"));
  Format format = std::move(library.find("small")->format);
  NormalTerm term = normalForm(format)->terms.at(0);
  EXPECT_FALSE(term.integer);
  EXPECT_EQ(term.unit, 0);
  EXPECT_EQ(term.table.size(), 4u);
}

TEST(NormalTerms, first_row_is_another) {
  expectTerms(R"(quoin.format @small {
    stream s : f16 [N, K ceildiv 32]
    stream q : ui8 [N, K]
    decode (n, k) = s[n, select(n < 1, k floordiv 64, k floordiv 32)] * q[n, k]
  })",
              32);
}

TEST(NormalTerms, first_group_varies_over_more_rows) {
  expectTerms(R"(quoin.format @small {
    stream s : f16 [N, K ceildiv 32]
    stream q : ui8 [N, K]
    decode (n, k) = s[select(k < 32, n, n floordiv 2 * 2), k floordiv 32] * q[n, k]
  })",
              32, 1);
}

TEST(NormalTerms, sizes_of_streams_are_not_known) {
  expectTerms(R"(quoin.format @small {
    size B
    stream s : f16 [B]
    stream q : ui8 [N, K]
    decode (n, k) = s[0] * select(B < 100, f32(q[n, k]), 2.0)
  })");
}

TEST(NormalTerms, units_are_of_sixteen_bits) {
  EXPECT_EQ(normal::commonUnit({1, 65535}), 1);
  EXPECT_EQ(normal::commonUnit({1, 65536}), 0);
  EXPECT_EQ(normal::commonUnit({0.1, 65535 * 0.1}), 0.1);
  EXPECT_EQ(normal::commonUnit({0.1, 131070 * 0.1}), 0);
}

TEST(NormalTerms, need_a_shape_to_look_at) {
  Library library;
  auto added = library.addText(R"(quoin.format @small {
    requires K == 7
    stream q : ui8 [N, K]
    decode (n, k) = f32(q[n, k])
  })",
                               "small");
  ASSERT_TRUE(added) << added.error().message;
  auto form = normalForm(library.find("small")->format);
  ASSERT_FALSE(form);
  EXPECT_NE(form.error().message.find("no small shape satisfies"), std::string::npos) << form.error().message;
}

TEST(NormalTerms, shifts_and_names) {
  Library library;
  auto added = library.addText(R"(quoin.format @small {
    stream q : ui8 [N, K]
    stream z : ui8 [N, K]
    decode (n, k) = ldexp(f32(shl(q[n, k], 2)), q[n, k] + z[n, k])
  })",
                               "small");
  ASSERT_TRUE(added) << added.error().message;
  auto format = library.find("small")->format;
  for (const Node &node : format.nodes)
    if (node.op == Op::Shl)
      EXPECT_EQ(normal::integerRange(format, NodeId(&node - format.nodes.data()))->hi, 4 * 255);
  auto form = normalForm(format);
  ASSERT_TRUE(form) << form.error().message;
  EXPECT_EQ(form->why, "a value made of \"q\" and \"z\" is a function of 16 stored bits that is not affine");
}

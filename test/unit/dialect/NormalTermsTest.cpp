// What the analysis finds in small texts adds up to what they decode.
#include "dialect/Diagram.h"
#include "dialect/Library.h"
#include "dialect/NormalForm.h"
#include "dialect/normal/Codes.h"
#include "dialect/normal/EvaluateTerms.h"
#include "tools/format/SampleStreams.h"
#include "tools/format/Streams.h"

#include <gtest/gtest.h>
#include <random>

using namespace quoin;
using namespace quoin::spec;

static void expectAffine(const std::string &text) {
  Library library;
  auto added = library.addText(text, "small");
  ASSERT_TRUE(added) << added.error().message;
  Format format = std::move(library.find("small")->format);
  auto form = normalForm(format);
  ASSERT_TRUE(form) << form.error().message;
  ASSERT_EQ(form->kind, NormalForm::Kind::Affine) << form->why;
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
  expectAffine(R"(quoin.format @small tile [1, 32] {
    stream block record 34
    field d : f16 in block at 0
    field q[i: 32] : ui8 in block at 16 + 8 * i
    decode (i) = sum(v: 3, d * (f32(v) - f32(q[i])))
  })");
}

TEST(NormalTerms, tiles_of_several_rows) {
  expectAffine(R"(quoin.format @small tile [4, 16] {
    stream block record 72
    field d[r: 4] : f16 in block at 16 * r
    field q[i: 64] : ui8 in block at 64 + 8 * i
    decode (i) = d[i floordiv 16] * q[i]
  })");
}

TEST(NormalTerms, units_are_of_sixteen_bits) {
  EXPECT_EQ(normal::commonUnit({1, 65535}), 1);
  EXPECT_EQ(normal::commonUnit({1, 65536}), 0);
  EXPECT_EQ(normal::commonUnit({0.1, 65535 * 0.1}), 0.1);
  EXPECT_EQ(normal::commonUnit({0.1, 131070 * 0.1}), 0);
}

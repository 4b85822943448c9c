// What a text means once resolved, against values worked out by hand.
#include "dialect/Library.h"
#include "runtime/spec/Evaluate.h"

#include <gtest/gtest.h>

#include <cstring>

using namespace quoin;
using spec::Op;

namespace {

spec::Format resolved(std::string_view text, std::string_view name = "f") {
  Library library;
  auto added = library.addText(text, "test.mlir");
  EXPECT_TRUE(added) << added.error().message << added.error().hint;
  auto found = library.find(name);
  EXPECT_TRUE(found) << found.error().message;
  return found ? std::move(found->format) : spec::Format();
}

std::string errorOf(std::string_view text, std::string_view name = "f") {
  Library library;
  auto added = library.addText(text, "test.mlir");
  if (!added)
    return added.error().message;
  auto found = library.find(name);
  return found ? "" : found.error().message;
}

/// decode(0, k) of a format with one planar stream `weight`.
float decoded(const spec::Format &format, std::vector<uint8_t> weight, spec::Shape shape, int64_t k = 0) {
  auto bound = spec::BoundFormat::bind(format, shape, {{"weight", weight}});
  EXPECT_TRUE(bound) << bound.error().message;
  auto value = bound ? bound->decode(0, k) : Result<float>(0.0f);
  EXPECT_TRUE(value) << value.error().message;
  return value ? *value : 0.0f;
}

std::string planar(const std::string &value, const std::string &extra = "") {
  return "quoin.format @f {\n  stream weight : ui8 [N, K]\n" + extra + "  decode (n, k) = " + value + "\n}\n";
}

TEST(Resolve, RecordsDecodeByHand) {
  spec::Format format = resolved(R"(quoin.format @f tile [1, 4] {
  stream block record 4
  field d : f16 in block at 0
  field q[i: 4] : ui4 in block at 16 + 4 * i
  decode (i) = (q[i] - 8) * d
})");
  // d = 0.5; codes 1, 15, 8, 0 from the low nibble of the first byte on.
  const std::vector<uint8_t> block = {0x00, 0x38, 0xf1, 0x08};
  auto bound = spec::BoundFormat::bind(format, {1, 4}, {{"block", block}});
  ASSERT_TRUE(bound) << bound.error().message;
  auto values = bound->decodeAll();
  ASSERT_TRUE(values);
  EXPECT_EQ(*values, (std::vector<float>{-3.5f, 3.5f, 0.0f, -4.0f}));
}

TEST(Resolve, PrecedenceAndTypes) {
  // 7 - 2 - 1 = 4; 7 floordiv 2 mod 2 = 1; -7 floordiv 2 = -4; 1 + 2 * 3 = 7.
  EXPECT_EQ(decoded(resolved(planar("weight[n, k] - 2 - 1")), {7}, {1, 1}), 4.0f);
  EXPECT_EQ(decoded(resolved(planar("weight[n, k] floordiv 2 mod 2")), {7}, {1, 1}), 1.0f);
  EXPECT_EQ(decoded(resolved(planar("-weight[n, k] floordiv 2")), {7}, {1, 1}), -4.0f);
  EXPECT_EQ(decoded(resolved(planar("1 + 2 * weight[n, k]")), {3}, {1, 1}), 7.0f);
  EXPECT_EQ(decoded(resolved(planar("(weight[n, k] == 3) + (weight[n, k] <= 2)")), {3}, {1, 1}), 1.0f);
  // i32 wraps; the sum would be 2^31.
  EXPECT_EQ(decoded(resolved(planar("weight[n, k] * 0x1000000 + 0x7F000000")), {1}, {1, 1}), -2147483648.0f);
}

TEST(Resolve, DecimalsAreRoundedOnceToF32) {
  // Just above the middle of 1 and its successor: by way of a double it would be the middle, and go to 1.
  EXPECT_EQ(decoded(resolved(planar("weight[n, k] * 1.000000059604644775390626")), {1}, {1, 1}), 1.0f + 0x1p-23f);
}

TEST(Resolve, LetsAreSubstitutedAndScoped) {
  std::string lets = "  let twice(v) = v + v\n  let k = 100\n  let shadow(n) = twice(n) + k\n";
  // The let's "n" is its argument, and its "k" the let of that name, not the column.
  EXPECT_EQ(decoded(resolved(planar("shadow(weight[n, k])", lets)), {5}, {1, 1}), 110.0f);
  EXPECT_EQ(decoded(resolved(planar("let k = 7 in weight[n, 0] + k")), {5}, {1, 1}), 12.0f);
}

TEST(Resolve, SplitCountsFromTheStartOfItsRange) {
  spec::Format format =
      resolved(planar("split k at (1, 3) { (a) -> 10 + a, (b) -> 20 + b, (c) -> 30 + weight[n, c] }"));
  const std::vector<float> want = {10, 20, 21, 37, 38};
  for (int64_t k = 0; k < 5; ++k)
    EXPECT_EQ(decoded(format, {7, 8, 9, 9, 9}, {1, 5}, k), want[size_t(k)]) << k;
}

TEST(Resolve, ComputedTablesReadTablesDeclaredLater) {
  spec::Format format = resolved(planar("both[weight[n, k]]", "  table both[i: 3] : f32 = half[i] * 2.0 + i\n"
                                                              "  table half[3] : f32 = [0.5, 0.25, 0.125]\n"));
  EXPECT_EQ(decoded(format, {2}, {1, 1}), 2.25f);
}

TEST(Resolve, TableElementsAreRoundedToTheirType) {
  spec::Format format = resolved(planar("t[weight[n, k]]", "  table t[2] : f16 = [0.1, -65519.0]\n"));
  EXPECT_EQ(decoded(format, {0}, {1, 1}), 0.0999755859375f);
  EXPECT_EQ(decoded(format, {1}, {1, 1}), -65504.0f);
}

TEST(Resolve, NodesAreThoseInUse) {
  // The let, the table's expression and the width leave nothing behind.
  spec::Format format = resolved(planar("t[weight[n, k]]", "  let unused = N * K * 12345\n"
                                                           "  table t[i: 256] : f32 = i * 0.75\n"));
  for (const spec::Node &node : format.nodes) {
    EXPECT_NE(node.imm, 12345);
    EXPECT_NE(node.op, Op::Float);
  }
}

TEST(Resolve, LetsUsedTwiceStaySmall) {
  std::string lets = "  let l0(v) = v\n";
  for (int j = 1; j <= 40; ++j) {
    std::string last = "l" + std::to_string(j - 1);
    lets += "  let l" + std::to_string(j) + "(v) = " + last + "(v) + " + last + "(v)\n";
  }
  EXPECT_LT(resolved(planar("l40(f32(weight[n, k]))", lets)).nodes.size(), 200u);
}

TEST(Resolve, ParametersAreBound) {
  const char *text = "quoin.format @base<bits = 4, zero = 8> {\n  stream weight : ui<bits> [N, K]\n"
                     "  decode (n, k) = weight[n, k] - zero\n}\nquoin.instance @f of @base<bits = 8, zero = -3>\n";
  EXPECT_EQ(decoded(resolved(text), {4}, {1, 1}), 7.0f);
  EXPECT_EQ(
      errorOf("quoin.format @base<bits = 4> {\n  stream weight : ui<bits> [N, K]\n  decode (n, k) = weight[n, k]\n}\n"
              "quoin.instance \"c{bits}\" of @base\n",
              "c0"),
      "test.mlir:2:3: the width of ui<bits> is 0; it must be from 1 to 32");
}

TEST(Resolve, RequirementsAreKept) {
  spec::Format format = resolved(planar("weight[n, k]", "  requires K mod 32 == 0\n"));
  EXPECT_TRUE(spec::checkShape(format, {1, 64}));
  EXPECT_FALSE(spec::checkShape(format, {1, 65}));
}

TEST(Resolve, HostileTextsAreErrorsNotCrashes) {
  EXPECT_NE(errorOf(planar("weight[n, k]", "  let a = b\n  let b = c\n  let c = a\n")), "");
  EXPECT_NE(errorOf(planar("weight[n, k + 9223372036854775807]")), "");
  EXPECT_NE(errorOf("quoin.format @f tile [1048576, 1048576] {\n  stream s record 1\n  decode (i) = 0\n}\n"), "");
  std::string deep = "  let l0(v) = v\n";
  for (int j = 1; j <= 3000; ++j)
    deep += "  let l" + std::to_string(j) + "(v) = l" + std::to_string(j - 1) + "(v) + 1\n";
  EXPECT_NE(errorOf(planar("l3000(weight[n, k])", deep)), "");
}

} // namespace

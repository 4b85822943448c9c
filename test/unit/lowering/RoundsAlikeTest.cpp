// Which packed forms decode with the same roundings as the format.
#include "lowering/RoundsAlike.h"

#include "dialect/Library.h"

#include <gtest/gtest.h>

using namespace quoin;

static bool isAlike(const std::string &decode) {
  Library library;
  auto added = library.addText("quoin.format @small {\n"
                               "  stream q : ui4 [N, K]\n"
                               "  stream s : f32 [N]\n"
                               "  stream t : f32 [N]\n"
                               "  decode (n, k) = " +
                                   decode + "\n}",
                               "small");
  EXPECT_TRUE(added) << added.error().message;
  spec::Format format = std::move(library.find("small")->format);
  auto normal = normalForm(format);
  EXPECT_TRUE(normal) << normal.error().message;
  auto form = codeForm(format, *normal);
  EXPECT_TRUE(form) << form.error().message;
  return roundsAlike(format, *form);
}

TEST(RoundsAlike, theExpressionItself) {
  EXPECT_TRUE(isAlike("s[n] * f32(q[n, k])"));
  EXPECT_TRUE(isAlike("(q[n, k] - 8) * s[n]"));
  EXPECT_TRUE(isAlike("(s[n] * t[n]) * f32(q[n, k])"));
  EXPECT_TRUE(isAlike("s[n] * f32(q[n, k]) + t[n]"));
  EXPECT_TRUE(isAlike("s[n] * f32(q[n, k]) - s[n] * t[n]"));
}

TEST(RoundsAlike, theSameOverTheRealsAlone) {
  EXPECT_FALSE(isAlike("s[n] * (f32(q[n, k]) * t[n])")) << "the kernel multiplies s and t first";
  EXPECT_FALSE(isAlike("f32(q[n, k]) * s[n] - 8.0 * s[n]")) << "8 is taken from the code";
  EXPECT_FALSE(isAlike("select(q[n, k] < 3, s[n] * f32(q[n, k]), 0.0)")) << "0 even where s is NaN";
  EXPECT_FALSE(isAlike("select(q[n, k] < 3, s[n] * t[n], 0.0)")) << "as many operations, and 0 even where s is NaN";
  EXPECT_TRUE(isAlike("select(N == 64, s[n], t[n]) * f32(q[n, k])"));
  EXPECT_TRUE(isAlike("s[n] * f32(select(q[n, k] < 3, 1, -1))"));
  EXPECT_FALSE(isAlike("(f32(q[n, k]) + t[n]) * s[n]")) << "t * s is added";
}

// quoin-run check on kernels written by hand in C: right ones pass, and each mistake is found.
#include "FakeBundle.h"
#include "tools/run/Command.h"

#include <gtest/gtest.h>

using namespace quoin;
using namespace quoin::test;

/// Runs check; "" or the message.
static std::string check(const std::string &bundle, std::vector<std::string> options = {}) {
  options.insert(options.begin(), {bundle, "--threads=3"});
  Outcome<void> done = runCheck(options);
  std::filesystem::remove(bundle);
  return done ? "" : done.error().error.message;
}

static bool contains(const std::string &text, const std::string &part) { return text.find(part) != std::string::npos; }

TEST(Check, rightKernelsPass) {
  EXPECT_EQ(check(writeFake()), "");
  EXPECT_EQ(check(writeFake({.kind = FakeKind::Stored})), "");
  EXPECT_EQ(check(writeFake({.kind = FakeKind::Floats})), "");
}

TEST(Check, rightKernelsPassWithoutDeclaredOrder) {
  EXPECT_EQ(check(writeFake({.declareOrder = false}), {"--shape=17,33,256", "--seed=5"}), "");
}

TEST(Check, everyImageIsRun) {
  Fake fake = {.bugs = {0, 1}};
  EXPECT_TRUE(contains(check(writeFake(fake)), "of avx-fma-1 at M = "));
  EXPECT_EQ(check(writeFake(fake), {"--isa=avx-fma"}), "");
  EXPECT_TRUE(contains(check(writeFake(fake), {"--isa=avx-fma-1"}), "differs from the declared expression"));
}

TEST(Check, oneShape) {
  for (const char *shape : {"--shape=0,1,32", "--shape=1,1,32", "--shape=64,20,320"})
    EXPECT_EQ(check(writeFake(), {shape}), "") << shape;
}

struct Mistake {
  const char *name;
  Fake fake;
  const char *found;
};

static std::string nameOf(const testing::TestParamInfo<Mistake> &info) { return info.param.name; }

class CheckMistakes : public testing::TestWithParam<Mistake> {};

TEST_P(CheckMistakes, isFound) {
  std::string message = check(writeFake(GetParam().fake));
  EXPECT_TRUE(contains(message, GetParam().found)) << message;
}

INSTANTIATE_TEST_SUITE_P(
    Packed, CheckMistakes,
    testing::Values(Mistake{"zeroPoint", {{1}}, "differs from the declared expression"},
                    Mistake{"zeroPointWithoutOrder", {{1}, false}, "out of bound"},
                    Mistake{"xRoundedToZero", {{2}}, "differs from the declared expression"},
                    Mistake{"xRoundedToZeroWithoutOrder", {{2}, false}, "out of bound"},
                    Mistake{"groupsBackwards", {{3}}, "differs from the declared expression"},
                    Mistake{"productRounded", {{4}}, "differs from the declared expression"},
                    Mistake{"noBias", {{7}, false}, "out of bound"},
                    Mistake{"orderDependsOnM", {{9}, false}, "depends on parts, M or image"},
                    Mistake{"orderDependsOnImage", {{0, 3}, false}, "depends on parts, M or image"},
                    Mistake{"notANumberLost", {{10}, false}, "is a number though X is not"},
                    Mistake{"unpack", {{11}}, "unpack of pack changes stream \"block\" at byte 17"},
                    Mistake{"decode", {{12}}, "decode differs at n = "},
                    Mistake{"paddingDependsOnImage", {{0, 15}}, "pack gives other bytes than before"}),
    nameOf);

INSTANTIATE_TEST_SUITE_P(
    Stored, CheckMistakes,
    testing::Values(Mistake{"zeroPoint", {{1}, true, 8, FakeKind::Stored}, "differs from the declared expression"},
                    Mistake{
                        "orderDependsOnImage", {{0, 3}, false, 8, FakeKind::Stored}, "depends on parts, M or image"}),
    nameOf);

INSTANTIATE_TEST_SUITE_P(Floats, CheckMistakes,
                         testing::Values(Mistake{"xRoundedToZero", {{17}, true, 8, FakeKind::Floats}, "out of bound"},
                                         Mistake{"columnLost", {{18}, true, 8, FakeKind::Floats}, "out of bound"}),
                         nameOf);

class CheckTouches : public testing::TestWithParam<Mistake> {};

TEST_P(CheckTouches, outsideOperands) {
  std::string bundle = writeFake(GetParam().fake);
  EXPECT_EXIT(check(bundle), testing::ExitedWithCode(1), GetParam().found);
  std::filesystem::remove(bundle);
}

INSTANTIATE_TEST_SUITE_P(
    All, CheckTouches,
    testing::Values(Mistake{"pack", {{5}}, "\"pack\".*touched memory . bytes behind the end of operand \"block\""},
                    Mistake{"matmul", {{6}}, "\"matmul\".*behind the end of operand"},
                    Mistake{"quantize", {{8}}, "\"quantize\".*4 bytes before operand \"x\""},
                    Mistake{"scratch", {{13}}, "\"matmul\".*behind the end of operand \"scratch\""},
                    Mistake{"xq", {{14}}, "\"quantize\".*behind the end of operand \"xq\""},
                    Mistake{"input", {{16}, true, 8, FakeKind::Stored}, "\"matmul\".*wrote to its input \"block\""}),
    nameOf);

TEST(Check, declaredTermsMustGiveTheFormat) {
  EXPECT_TRUE(contains(check(writeFake({.zero = 7})), "the declared terms give")) << "zero point 7 in the manifest";
}

TEST(Check, userErrors) {
  EXPECT_TRUE(contains(check(writeFake(), {"--shape=1,2"}), "--shape=1,2 is no shape"));
  EXPECT_TRUE(contains(check(writeFake(), {"--shape=1,2,48"}), "K = 48 is no multiple of 32"));
  EXPECT_TRUE(contains(check(writeFake(), {"--seed=x"}), "--seed=x"));
  EXPECT_TRUE(contains(check(writeFake(), {"@other"}), "no kernel \"other\""));
  EXPECT_TRUE(contains(check(writeFake(), {"--device=cuda"}), "device \"cuda\""));
  EXPECT_TRUE(contains(check(writeFake(), {"--isa=avx512"}), "no image of the isa \"avx512\""));
  EXPECT_TRUE(contains(check("/does/not/exist"), "cannot open"));
}

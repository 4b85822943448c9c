#include "dialect/TextLimits.h"

#include <gtest/gtest.h>

using namespace quoin;

static std::string problemOf(const std::string &text) {
  Result<void> good = checkText(text, "t.mlir");
  return good ? "" : good.error().message;
}

static std::string times(const std::string &part, size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i)
    text += part;
  return text;
}

TEST(TextLimits, nestingIsCountedOverAllBrackets) {
  for (const char *brackets : {"()", "[]", "{}", "<>"}) {
    auto nested = [&](size_t depth) { return times({brackets[0]}, depth) + times({brackets[1]}, depth); };
    EXPECT_EQ(problemOf(nested(maxTextNesting) + nested(maxTextNesting)), "");
    EXPECT_EQ(problemOf("x\n " + nested(maxTextNesting + 1)),
              "t.mlir:2:" + std::to_string(maxTextNesting + 2) + ": brackets nest deeper than 500");
  }
  EXPECT_NE(problemOf(times("([{<", 126)), "");
}

TEST(TextLimits, bracketsInStringsAndCommentsAreText) {
  EXPECT_EQ(problemOf("// " + times("(", 1000) + "\n\"" + times("(", 1000) + "\\\"" + times("{", 1000) + "\""), "");
  EXPECT_NE(problemOf("\"unclosed\n" + times("(", 501)), "");
}

TEST(TextLimits, comparisonsAndArrowsAreNoBrackets) {
  EXPECT_EQ(problemOf(times("requires a <= b\n", 1000) + times("f(x) -> (y)\n", 1000)), "");
  EXPECT_EQ(problemOf(times("requires (a < b)\n", 1000)), "") << "ends with the bracket around it";
  EXPECT_EQ(problemOf(times("(a > b)\n", 1000)), "");
}

TEST(TextLimits, signsAndOperationsInARow) {
  EXPECT_EQ(problemOf(times("-", maxTextSigns) + "x"), "");
  EXPECT_EQ(problemOf(times("- ", maxTextSigns + 1)), "t.mlir:1:501: more than 250 signs follow one another");
  EXPECT_EQ(problemOf("x" + times(" + 1", maxTextOperators)), "");
  EXPECT_NE(problemOf("x" + times(" * 1", maxTextOperators + 1)).find("without a bracket"), std::string::npos);
  EXPECT_EQ(problemOf(times("let a = b + c\n", 5000)), "");
}

TEST(TextLimits, wordsAndStrings) {
  EXPECT_EQ(problemOf(std::string(maxWordBytes, 'a')), "");
  EXPECT_EQ(problemOf(" " + std::string(maxWordBytes + 1, '7')),
            "t.mlir:1:2: a name or number has 1025 characters, more than 1024");
  EXPECT_EQ(problemOf("\"" + std::string(maxStringBytes - 2, 'a') + "\""), "");
  EXPECT_NE(problemOf("\"" + std::string(maxStringBytes, 'a') + "\"").find("a string has"), std::string::npos);
  EXPECT_EQ(problemOf(times("1,", maxTextWords)), "");
  EXPECT_EQ(problemOf(times("1,\n", maxTextWords + 1)),
            "t.mlir:1048577:1: the text has more than 1048576 names and numbers");
}

TEST(TextLimits, whatIsNoText) {
  EXPECT_EQ(problemOf(std::string("a\nb\0c", 5)), "t.mlir:2:2: the text holds a zero byte");
  EXPECT_EQ(problemOf("ML\xefR\x0d"), "t.mlir:1:1: this is MLIR bytecode");
  EXPECT_NE(problemOf(std::string(maxTextBytes + 1, '\n')).find("more than 16777216"), std::string::npos);
  EXPECT_EQ(problemOf(std::string(maxTextBytes, '\n')), "");
  EXPECT_EQ(problemOf("\"\\"), "") << "the parser says what it is";
  EXPECT_EQ(problemOf(")]}>"), "");
  EXPECT_EQ(problemOf("// no end of line"), "");
}

TEST(TextLimits, onlyRegularFilesAreRead) {
  EXPECT_NE(readText("/dev/zero").error().message.find("is no regular file"), std::string::npos);
  EXPECT_NE(readText("/").error().message.find("is no regular file"), std::string::npos);
  EXPECT_NE(readText("/none/such").error().message.find("cannot be read"), std::string::npos);
}

// Comments and names are printed, and terminals obey some of these.
TEST(TextLimits, controlCharactersAreRefused) {
  EXPECT_EQ(problemOf("// a\tb\r\n\v\f"), "");
  EXPECT_EQ(problemOf("x\n// \x1b[2J"), "t.mlir:2:4: the text holds the control character 27");
  EXPECT_EQ(problemOf("\"a\x7f\""), "t.mlir:1:3: the text holds the control character 127");
}

TEST(TextLimits, stringsHoldWhatCanBePrintedAnywhere) {
  EXPECT_EQ(problemOf(R"("a\0A\09\22\5C\20\41 \\FF \"")"), "");
  EXPECT_EQ(problemOf(R"(x "a\1Bb")"), "t.mlir:1:5: the string holds \\1B, which is no character of a word");
  EXPECT_NE(problemOf(R"("a\C2\9B")"), "");
  EXPECT_NE(problemOf(R"("\00")"), "");
  EXPECT_EQ(problemOf("\"gr\xc3\xbc\xc3\x9f\" // \xe2\x82\xac"), "");
  EXPECT_EQ(problemOf("x\n \"a\xff\""), "t.mlir:2:4: the text is no UTF-8");
  EXPECT_EQ(problemOf("\"a\xc2\x9b\""), "t.mlir:1:3: the text holds the control character 155");
  EXPECT_EQ(problemOf("\"a\xe2\x80\xae\""),
            "t.mlir:1:3: the text holds a character that turns the direction of writing");
  EXPECT_EQ(problemOf("// \xe2\x80\xa9 \xe2\x81\xa9"),
            "t.mlir:1:8: the text holds a character that turns the direction of writing");
}

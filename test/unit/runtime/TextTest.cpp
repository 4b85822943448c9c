#include "runtime/text.h"

#include <gtest/gtest.h>

using namespace quoin;

TEST(Text, prefixesOfUtf8) {
  for (std::string good : {"", "a", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
                           "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_EQ(utf8Prefix(good), good.size()) << good;
    EXPECT_EQ(utf8Prefix("x" + good + "x"), good.size() + 2) << good;
    // Every part of a character is none.
    for (size_t length = 1; length < good.size(); ++length)
      EXPECT_EQ(utf8Prefix(good.substr(0, length)), 0u) << good << length;
  }
  // Continuations alone, overlong forms, surrogates, beyond the last character, and what never begins one.
  for (std::string bad :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc2x", "\xe1\x80x", "\xf1\x80\x80x"})
    EXPECT_EQ(utf8Prefix("ab" + bad), 2u) << bad;
}

TEST(Text, whatIsShownIsFitForATerminal) {
  EXPECT_EQ(inQuotes(""), "\"\"");
  EXPECT_EQ(inQuotes("gr\xc3\xbc\xc3\x9f"), "\"gr\xc3\xbc\xc3\x9f\"");
  EXPECT_EQ(inQuotes(std::string("a\0b\n\x1b[2J\x7f", 9)), "\"a\\x00b\\x0a\\x1b[2J\\x7f\"");
  EXPECT_EQ(inQuotes("\xc2\x9b"
                     "2J \xff \xe2\x82"),
            "\"\\xc2\\x9b2J \\xff \\xe2\\x82\"")
      << "C1 controls as well";
  EXPECT_EQ(inQuotes(std::string(64, 'a')), "\"" + std::string(64, 'a') + "\"");
  EXPECT_EQ(inQuotes(std::string(65, 'a')), "\"" + std::string(64, 'a') + "...\"");
  EXPECT_EQ(printable("a\n\x1b[2J " + std::string(100, 'b')), "a\\x0a\\x1b[2J " + std::string(100, 'b'));
}

#include "runtime/sha256.h"

#include <gtest/gtest.h>

using namespace quoin;

static std::span<const uint8_t> bytesOf(const std::string &text) {
  return {reinterpret_cast<const uint8_t *>(text.data()), text.size()};
}

// Vectors of FIPS 180-4 and NIST's example pages.
TEST(Sha256, publishedVectors) {
  EXPECT_EQ(hex(sha256(bytesOf(""))), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex(sha256(bytesOf("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex(sha256(bytesOf("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(hex(sha256(bytesOf(std::string(1000000, 'a')))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, anyCutGivesTheSameDigest) {
  std::string text;
  for (int i = 0; i < 300; ++i)
    text += char(i * 7);
  for (size_t length : {0, 1, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 129, 300}) {
    std::string part = text.substr(0, length);
    for (size_t cut = 0; cut <= length; ++cut) {
      Sha256 hash;
      hash.update(bytesOf(part).first(cut));
      hash.update(bytesOf(part).subspan(cut));
      EXPECT_EQ(hash.finish(), sha256(bytesOf(part))) << length << " cut at " << cut;
    }
  }
}

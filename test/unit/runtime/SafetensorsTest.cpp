// The safetensors reader against files made by hand: what it must take, and every way in which a file can be wrong.
#include "runtime/safetensors.h"
#include "FileBytes.h"
#include "HostileFiles.h"
#include "runtime/file.h"

#include <gtest/gtest.h>
#include <unistd.h>

using namespace quoin;
using namespace quoin::test;

namespace {

std::vector<uint8_t> file(const std::string &header, size_t dataBytes = 0) {
  FileBytes bytes = FileBytes().sized(header);
  bytes.bytes.resize(bytes.bytes.size() + dataBytes, 0xa5);
  return bytes.bytes;
}

std::string entry(const std::string &name, const std::string &type, const std::string &shape,
                  const std::string &range) {
  return "\"" + name + R"(":{"dtype":")" + type + R"(","shape":)" + shape + R"(,"data_offsets":)" + range + "}";
}

/// A file of one tensor "w" of eight bytes, whose entry is `text`.
std::vector<uint8_t> tensor(const std::string &text, size_t dataBytes = 8) {
  return file(R"({"w":)" + text + "}", dataBytes);
}

std::vector<uint8_t> raw(std::initializer_list<int> bytes) { return {bytes.begin(), bytes.end()}; }

std::vector<uint8_t> withLength(uint64_t length, const std::string &header) {
  return FileBytes().number(length).text(header).bytes;
}

struct Case {
  const char *what;
  std::vector<uint8_t> bytes;
  const char *message;
};

#define OFFSETS R"(,"data_offsets":[0,8]})"
#define NO_ENTRY ", expected an object with \"dtype\", \"shape\" and \"data_offsets\""
#define NO_SHAPE " in \"shape\", expected an array of integers from 0 to 9223372036854775807"
#define NO_OFFSETS " in \"data_offsets\", expected an array of two integers from 0"
#define NO_METADATA " in \"__metadata__\", expected an object of strings"

const std::vector<Case> malformed = {
    // the length
    {"nothing", {}, "the file has 0 bytes, the length of the header alone takes 8"},
    {"half a length", raw({2, 0, 0, 0, 0, 0, 0}), "the file has 7 bytes, the length of the header alone takes 8"},
    {"the largest length", withLength(UINT64_MAX, "{}"),
     "the header has 18446744073709551615 bytes by its length, at most 100000000 are legal"},
    {"a length over the limit", withLength(100'000'001, "{}"),
     "the header has 100000001 bytes by its length, at most 100000000 are legal"},
    {"a length over the file", withLength(3, "{}"), "the header has 3 bytes by its length, the file has 2 after it"},
    {"a length of 0", withLength(0, "{}"), "the header does not begin with \"{\" at byte 8"},
    // the text
    {"a blank first", file(" {}"), "the header does not begin with \"{\" at byte 8"},
    {"a byte order mark", file("\xef\xbb\xbf{}"), "the header does not begin with \"{\" at byte 8"},
    {"an array", file("[]"), "the header does not begin with \"{\" at byte 8"},
    {"no UTF-8", file("{\"\xff\":1}"), "the header is no UTF-8 at byte 10"},
    {"an overlong form", file("{\"\xc0\x80\":1}"), "the header is no UTF-8 at byte 10"},
    {"a surrogate in UTF-8", file("{\"a\xed\xa0\x80\":1}"), "the header is no UTF-8 at byte 11"},
    {"a character cut off", file("{\"a\xf0\x9f\x98"), "the header is no UTF-8 at byte 11"},
    {"a zero after the object", file(std::string("{}\0{", 4)), "the header has a zero byte at byte 10"},
    {"no end", file("{"), "the header is no JSON at byte 9"},
    {"an entry without value", file(R"({"w":)"), "the header is no JSON at byte 13"},
    {"two objects", file("{}{}"), "the header is no JSON at byte 10"},
    {"a comment", file("{}//"), "the header is no JSON at byte 10"},
    {"other quotes", file("{'w':1}"), "the header is no JSON at byte 9"},
    {"a key without quotes", file("{w:1}"), "the header is no JSON at byte 9"},
    {"no colon", file(R"({"w" 1})"), "the header is no JSON at byte 13"},
    {"a line break in a string", file("{\"\n\":1}"), "the header is no JSON at byte 10"},
    {"half a pair of surrogates", file(R"({"\ud800":1})"), "the header is no JSON at byte 16"},
    {"an unknown escape", file(R"({"\x41":1})"), "the header is no JSON at byte 11"},
    {"no number", file(R"({"w":NaN})"), "the header is no JSON at byte 13"},
    {"a number with a leading zero", tensor(R"({"dtype":"U8","shape":[08])" OFFSETS),
     "the header is no JSON at byte 37"},
    {"a number beyond all", tensor(R"({"dtype":"U8","shape":[1e999])" OFFSETS), "the header is no JSON at byte 40"},
    {"deep arrays", file(R"({"w":)" + std::string(100000, '[')), "tensor \"w\" is an array" NO_ENTRY},
    {"deep objects", tensor(R"({"dtype":)" + std::string(1000, '{')),
     "tensor \"w\" has an object as \"dtype\", expected a string"},
    {"deep arrays as shape", tensor(R"({"shape":)" + std::string(1000, '[')), "tensor \"w\" has an array" NO_SHAPE},
    // entries
    {"null for a tensor", tensor("null"), "tensor \"w\" is null" NO_ENTRY},
    {"a truth value for a tensor", tensor("true"), "tensor \"w\" is a truth value" NO_ENTRY},
    {"a number for a tensor", tensor("-1"), "tensor \"w\" is the number -1" NO_ENTRY},
    {"a fraction for a tensor", tensor("1.5"), "tensor \"w\" is a number that is no integer" NO_ENTRY},
    {"a string for a tensor", tensor(R"("U8")"), "tensor \"w\" is a string" NO_ENTRY},
    {"an array for a tensor", tensor("[]"), "tensor \"w\" is an array" NO_ENTRY},
    {"an empty entry", tensor("{}"), "tensor \"w\" lacks \"dtype\""},
    {"an unknown key", tensor(R"({"type":"U8","shape":[8])" OFFSETS), "tensor \"w\" has the unknown key \"type\""},
    {"a key with control characters", tensor("{\"\\u001b[2J\":1}"), "tensor \"w\" has the unknown key \"\\x1b[2J\""},
    {"a name with a zero", file(R"({"a\u0000b":{}})"),
     "the header has a tensor \"a\\x00b\" with a zero byte in its name"},
    // metadata
    {"null as metadata", file(R"({"__metadata__":null})"), "the header has null" NO_METADATA},
    {"an array as metadata", file(R"({"__metadata__":[]})"), "the header has an array" NO_METADATA},
    {"a number in the metadata", file(R"({"__metadata__":{"a":1}})"), "the header has the number 1" NO_METADATA},
    {"an object in the metadata", file(R"({"__metadata__":{"a":{}}})"), "the header has an object" NO_METADATA},
    {"an array in the metadata", file(R"({"__metadata__":{"a":["b"]}})"), "the header has an array" NO_METADATA},
    {"metadata twice", file(R"({"__metadata__":{},"__metadata__":{}})"), "the header has \"__metadata__\" twice"},
    {"a key twice in the metadata", file(R"({"__metadata__":{"a":"1","b":"2","a":"3"}})"),
     "the header has the key \"a\" twice in \"__metadata__\""},
    {"a string for the metadata", file(R"({"__metadata__":"a"})"), "the header has a string" NO_METADATA},
    // types
    {"no type", tensor(R"({"shape":[8])" OFFSETS), "tensor \"w\" lacks \"dtype\""},
    {"a type twice", tensor(R"({"dtype":"U8","dtype":"U8","shape":[8])" OFFSETS), "tensor \"w\" has \"dtype\" twice"},
    {"a number as type", tensor(R"({"dtype":3,"shape":[8])" OFFSETS),
     "tensor \"w\" has the number 3 as \"dtype\", expected a string"},
    {"null as type", tensor(R"({"dtype":null,"shape":[8])" OFFSETS),
     "tensor \"w\" has null as \"dtype\", expected a string"},
    {"an array as type", tensor(R"({"dtype":["U8"],"shape":[8])" OFFSETS),
     "tensor \"w\" has an array as \"dtype\", expected a string"},
    {"an unknown type", tensor(R"({"dtype":"F128","shape":[8])" OFFSETS), "tensor \"w\" has the unknown type \"F128\""},
    {"a type in small letters", tensor(R"({"dtype":"u8","shape":[8])" OFFSETS),
     "tensor \"w\" has the unknown type \"u8\""},
    {"an empty type", tensor(R"({"dtype":"","shape":[8])" OFFSETS), "tensor \"w\" has the unknown type \"\""},
    // shapes
    {"no shape", tensor(R"({"dtype":"U8")" OFFSETS), "tensor \"w\" lacks \"shape\""},
    {"a shape twice", tensor(R"({"dtype":"U8","shape":[8],"shape":[8])" OFFSETS), "tensor \"w\" has \"shape\" twice"},
    {"a number as shape", tensor(R"({"dtype":"U8","shape":8)" OFFSETS), "tensor \"w\" has the number 8" NO_SHAPE},
    {"an object as shape", tensor(R"({"dtype":"U8","shape":{})" OFFSETS), "tensor \"w\" has an object" NO_SHAPE},
    {"null as shape", tensor(R"({"dtype":"U8","shape":null)" OFFSETS), "tensor \"w\" has null" NO_SHAPE},
    {"a negative extent", tensor(R"({"dtype":"U8","shape":[-8])" OFFSETS), "tensor \"w\" has the number -8" NO_SHAPE},
    {"a fraction as extent", tensor(R"({"dtype":"U8","shape":[8.0])" OFFSETS),
     "tensor \"w\" has a number that is no integer" NO_SHAPE},
    {"a string as extent", tensor(R"({"dtype":"U8","shape":["8"])" OFFSETS), "tensor \"w\" has a string" NO_SHAPE},
    {"a truth value as extent", tensor(R"({"dtype":"U8","shape":[true])" OFFSETS),
     "tensor \"w\" has a truth value" NO_SHAPE},
    {"an array in a shape", tensor(R"({"dtype":"U8","shape":[[8]])" OFFSETS), "tensor \"w\" has an array" NO_SHAPE},
    {"extent 2^63", tensor(R"({"dtype":"U8","shape":[9223372036854775808])" OFFSETS),
     "tensor \"w\" has the number 9223372036854775808" NO_SHAPE},
    {"extent 2^64", tensor(R"({"dtype":"U8","shape":[18446744073709551616])" OFFSETS),
     "tensor \"w\" has a number that is no integer" NO_SHAPE},
    {"extents whose product wraps to 0", tensor(R"({"dtype":"U8","shape":[4294967296,4294967296])" OFFSETS),
     "tensor \"w\" has a shape whose size does not fit 64 bits"},
    {"extents whose bits wrap", tensor(R"({"dtype":"F32","shape":[1152921504606846976])" OFFSETS),
     "tensor \"w\" has a shape whose size does not fit 64 bits"},
    {"half a byte", tensor(R"({"dtype":"F4","shape":[15])" OFFSETS),
     "tensor \"w\" of type \"F4\" has 60 bits, expected whole bytes"},
    // offsets
    {"no offsets", tensor(R"({"dtype":"U8","shape":[8]})"), "tensor \"w\" lacks \"data_offsets\""},
    {"offsets twice", tensor(R"({"dtype":"U8","shape":[8],"data_offsets":[0,8])" OFFSETS),
     "tensor \"w\" has \"data_offsets\" twice"},
    {"null as offsets", tensor(R"({"dtype":"U8","shape":[8],"data_offsets":null})"),
     "tensor \"w\" has null" NO_OFFSETS},
    {"a number as offsets", tensor(R"({"dtype":"U8","shape":[8],"data_offsets":8})"),
     "tensor \"w\" has the number 8" NO_OFFSETS},
    {"no number as offsets", tensor(R"({"dtype":"U8","shape":[8],"data_offsets":[]})"),
     "tensor \"w\" has 0 numbers in \"data_offsets\", expected two"},
    {"one offset", tensor(R"({"dtype":"U8","shape":[8],"data_offsets":[0]})"),
     "tensor \"w\" has 1 numbers in \"data_offsets\", expected two"},
    {"three offsets", tensor(R"({"dtype":"U8","shape":[8],"data_offsets":[0,8,8]})"),
     "tensor \"w\" has the number 8" NO_OFFSETS},
    {"a negative offset", tensor(R"({"dtype":"U8","shape":[8],"data_offsets":[-8,0]})"),
     "tensor \"w\" has the number -8" NO_OFFSETS},
    {"a fraction as offset", tensor(R"({"dtype":"U8","shape":[8],"data_offsets":[0,8e0]})"),
     "tensor \"w\" has a number that is no integer" NO_OFFSETS},
    {"an array in the offsets", tensor(R"({"dtype":"U8","shape":[8],"data_offsets":[[0,8]]})"),
     "tensor \"w\" has an array" NO_OFFSETS},
    {"offsets backwards", tensor(R"({"dtype":"U8","shape":[8],"data_offsets":[8,0]})"),
     "tensor \"w\" has data offsets from 8 back to 0"},
    {"a byte too few", tensor(R"({"dtype":"U8","shape":[9])" OFFSETS),
     "tensor \"w\" has data offsets for 8 bytes, its type and shape need 9"},
    {"a scalar of eight bytes", tensor(R"({"dtype":"F32","shape":[])" OFFSETS),
     "tensor \"w\" has data offsets for 8 bytes, its type and shape need 4"},
    {"bytes for nothing", tensor(R"({"dtype":"F32","shape":[0,2])" OFFSETS),
     "tensor \"w\" has data offsets for 8 bytes, its type and shape need 0"},
    {"data that lacks its last byte", tensor(R"({"dtype":"U8","shape":[8])" OFFSETS, 7),
     "tensor \"w\" ends at 8 of the data, which has 7 bytes from byte 61 of the file"},
    {"the largest offsets",
     tensor(R"({"dtype":"U8","shape":[8],"data_offsets":[18446744073709551607,18446744073709551615]})"),
     "tensor \"w\" ends at 18446744073709551615 of the data, which has 8 bytes from byte 99 of the file"},
    // the whole
    {"a hole at the beginning", tensor(R"({"dtype":"U8","shape":[7],"data_offsets":[1,8]})"),
     "tensor \"w\" begins at 1 of the data, expected 0: there is a hole before it"},
    {"a hole between tensors",
     file("{" + entry("a", "U8", "[4]", "[0,4]") + "," + entry("b", "U8", "[3]", "[5,8]") + "}", 8),
     "tensor \"b\" begins at 5 of the data, expected 4: there is a hole before it"},
    {"tensors that overlap",
     file("{" + entry("a", "U8", "[5]", "[0,5]") + "," + entry("b", "U8", "[4]", "[4,8]") + "}", 8),
     "tensor \"b\" begins at 4 of the data, expected 5: it overlaps the one before"},
    {"tensors at one place",
     file("{" + entry("a", "U8", "[8]", "[0,8]") + "," + entry("b", "I8", "[8]", "[0,8]") + "}", 8),
     "tensor \"b\" begins at 0 of the data, expected 8: it overlaps the one before"},
    {"bytes after the last tensor", tensor(R"({"dtype":"U8","shape":[8])" OFFSETS, 9),
     "the file has 1 bytes after its last tensor, from byte 69"},
    {"bytes and no tensor", file("{}", 3), "the file has 3 bytes after its last tensor, from byte 10"},
    {"a tensor twice",
     file("{" + entry("a", "U8", "[4]", "[0,4]") + "," + entry("b", "U8", "[0]", "[4,4]") + "," +
              entry("\\u0061", "U8", "[4]", "[4,8]") + "}",
          8),
     "tensor \"a\" is there twice"},
};

std::vector<uint8_t> rich() {
  return file(R"({"__metadata__":{"format":"pt","a":"\u00e4"}, )" + entry("b.weight", "F16", "[2,3]", "[4,16]") + "," +
                  entry("gr\xc3\xbc\xc3\x9f", "I32", "[]", "[0,4]") + "," + entry("none", "F64", "[0,9]", "[16,16]") +
                  "," + entry("n\\\"4", "F4", "[4,1]", "[16,18]") + "," + entry("last", "F8_E4M3", "[1]", "[18,19]") +
                  "}   ",
              19);
}

std::string messageOf(const std::vector<uint8_t> &bytes) {
  // Memory of the exact size, so that a sanitizer sees a read behind it.
  std::vector<uint8_t> exact(bytes.begin(), bytes.end());
  exact.shrink_to_fit();
  auto tensors = parseSafetensors(exact);
  return tensors ? "" : tensors.error().error.message;
}

} // namespace

TEST(Safetensors, readsWhatIsLegal) {
  std::vector<uint8_t> bytes = rich();
  auto tensors = parseSafetensors(bytes);
  ASSERT_TRUE(tensors) << tensors.error().error.message;
  ASSERT_EQ(tensors->size(), 5u);
  const SafetensorsTensor &scalar = (*tensors)[0], &matrix = (*tensors)[1];
  EXPECT_EQ(scalar.name, "gr\xc3\xbc\xc3\x9f");
  EXPECT_TRUE(scalar.extents.empty());
  EXPECT_STREQ(scalar.type->element, "si32");
  EXPECT_EQ(matrix.name, "b.weight");
  EXPECT_EQ(matrix.extents, (std::vector<int64_t>{2, 3}));
  EXPECT_STREQ(matrix.type->name, "F16");
  EXPECT_EQ(matrix.data.data(), bytes.data() + bytes.size() - 15);
  EXPECT_EQ(matrix.data.size(), 12u);
  EXPECT_EQ((*tensors)[2].data.size(), 0u);
  EXPECT_EQ((*tensors)[3].name, "n\"4");
  EXPECT_EQ((*tensors)[3].data.size(), 2u);
  EXPECT_EQ(tensors->back().data.data() + 1, bytes.data() + bytes.size());
  EXPECT_EQ(messageOf(file("{}")), "");
  EXPECT_EQ(messageOf(file(R"({"__metadata__":{}})")), "");
}

TEST(Safetensors, everyMistakeHasItsSentence) {
  EXPECT_GE(malformed.size(), 60u);
  for (const Case &one : malformed) {
    SCOPED_TRACE(one.what);
    EXPECT_EQ(messageOf(one.bytes), one.message);
    auto tensors = parseSafetensors(one.bytes);
    ASSERT_FALSE(tensors);
    EXPECT_EQ(tensors.error().status, QUOIN_BAD_MODEL);
    EXPECT_NE(tensors.error().error.hint, "");
  }
}

TEST(Safetensors, everyTruncationIsRefused) {
  std::vector<uint8_t> bytes = rich();
  ASSERT_EQ(messageOf(bytes), "");
  for (size_t length = 0; length < bytes.size(); ++length)
    EXPECT_NE(messageOf({bytes.begin(), bytes.begin() + ptrdiff_t(length)}), "") << length;
}

TEST(Safetensors, everyByteMayBeAnything) {
  const std::vector<uint8_t> good = rich();
  for (size_t at = 0; at < good.size() - 19; ++at)
    for (uint8_t other : {0x00, 0x22, 0x2d, 0x39, 0x5b, 0x7d, 0xff}) {
      std::vector<uint8_t> changed = good;
      changed[at] = other;
      auto tensors = parseSafetensors(changed);
      for (size_t i = 0; tensors && i < tensors->size(); ++i) {
        std::span<const uint8_t> data = (*tensors)[i].data;
        EXPECT_TRUE(data.data() >= changed.data() && data.data() + data.size() <= changed.data() + changed.size());
      }
    }
}

TEST(Safetensors, memoryIsBoundedByTheFile) {
  auto measured = [](const std::vector<uint8_t> &bytes, bool legal) {
    Allocations allocations;
    auto tensors = parseSafetensors(bytes);
    EXPECT_EQ(bool(tensors), legal);
    EXPECT_LE(allocations.peakBytes(), allowedBytes(bytes.size())) << bytes.size();
  };
  for (const Case &one : malformed) {
    SCOPED_TRACE(one.what);
    measured(one.bytes, false);
  }
  // The densest files: nothing but small tensors, one of very many extents, and nothing but metadata.
  std::string header;
  for (unsigned i = 0; i < 4000; ++i)
    header += (i ? "," : "{") + entry(std::to_string(i), "U8", "[0]", "[0,0]");
  measured(file(header + "}"), true);
  std::string shape = "[0";
  for (unsigned i = 0; i < 20000; ++i)
    shape += ",1";
  measured(file("{" + entry("w", "U8", shape + "]", "[0,0]") + "}"), true);
  header = R"({"__metadata__":{"":"")";
  for (unsigned i = 0; i < 4000; ++i)
    header += ",\"" + std::to_string(i) + R"(":"")";
  measured(file(header + "}}"), true);
}

TEST(Safetensors, everyFailedAllocationIsSurvived) {
  std::vector<uint8_t> good = rich();
  size_t allocations = failEachAllocation([&] { parseSafetensors(good); });
  EXPECT_NE(allocations, SIZE_MAX);
  EXPECT_GE(allocations, 8u);
  std::vector<uint8_t> wrong = tensor("[]");
  EXPECT_NE(failEachAllocation([&] { parseSafetensors(wrong); }), SIZE_MAX);
}

TEST(Safetensors, everyFailedSystemCallIsAnError) {
  std::string path = testing::TempDir() + "calls-" + std::to_string(getpid()) + ".safetensors";
  std::vector<uint8_t> bytes = rich();
  const std::span<const uint8_t> parts[] = {bytes};
  ASSERT_TRUE(writeFile(path, parts));
  size_t failAt = 0;
  for (bool failed = true; failed; ++failAt) {
    SystemCalls calls(failAt);
    auto opened = MappedFile::open(path);
    failed = calls.failed();
    EXPECT_EQ(bool(opened), !failed);
    EXPECT_TRUE(opened ? bool(parseSafetensors(opened->bytes())) : opened.error().status == QUOIN_IO_ERROR);
  }
  EXPECT_EQ(failAt, 4u);
  std::remove(path.c_str());
}

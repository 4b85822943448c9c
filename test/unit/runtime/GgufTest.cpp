// The GGUF reader against files made by hand: what it must take, and every way in which a file can be wrong.
#include "runtime/gguf.h"
#include "FileBytes.h"
#include "HostileFiles.h"
#include "runtime/file.h"

#include <functional>
#include <gtest/gtest.h>
#include <optional>
#include <unistd.h>

using namespace quoin;
using namespace quoin::test;

namespace {

struct Pair {
  std::string key;
  uint32_t type = 0;
  std::vector<uint8_t> value;
};

struct Tensor {
  std::string name = "w";
  std::vector<uint64_t> extents = {32, 2};
  uint32_t type = 2; ///< blocks of 32 elements in 18 bytes
  uint64_t offset = 0;
  std::optional<uint32_t> rank = {};
};

/// A file of which any part may be made wrong; right as it stands. The one tensor's entry begins at byte 24, its data
/// of 36 bytes at 96.
struct File {
  std::string magic = "GGUF";
  uint32_t version = 3;
  std::optional<uint64_t> tensorCount = {}, pairCount = {};
  std::vector<Pair> pairs = {};
  std::vector<Tensor> tensors = {Tensor()};
  uint64_t alignment = 32;
  size_t dataBytes = 36;
  size_t cut = SIZE_MAX; ///< the file ends there

  std::vector<uint8_t> bytes() const {
    FileBytes file;
    file.text(magic).number(version);
    file.number<uint64_t>(tensorCount.value_or(tensors.size())).number<uint64_t>(pairCount.value_or(pairs.size()));
    for (const Pair &pair : pairs) {
      file.sized(pair.key).number(pair.type);
      file.bytes.insert(file.bytes.end(), pair.value.begin(), pair.value.end());
    }
    for (const Tensor &tensor : tensors) {
      file.sized(tensor.name).number<uint32_t>(tensor.rank.value_or(uint32_t(tensor.extents.size())));
      for (uint64_t extent : tensor.extents)
        file.number(extent);
      file.number(tensor.type).number(tensor.offset);
    }
    if (!tensors.empty())
      file.bytes.resize((file.bytes.size() + alignment - 1) / alignment * alignment + dataBytes, 0xa5);
    file.bytes.resize(std::min(file.bytes.size(), cut));
    return file.bytes;
  }
};

template <typename T> std::vector<uint8_t> value(T number) { return FileBytes().number(number).bytes; }
std::vector<uint8_t> sized(const std::string &text) { return FileBytes().sized(text).bytes; }

/// An array's value: element type, count, and the elements' bytes.
std::vector<uint8_t> array(uint32_t type, uint64_t count, const std::string &elements = "") {
  return FileBytes().number(type).number(count).text(elements).bytes;
}

std::string eightBytes(uint64_t number) {
  auto bytes = value(number);
  return {bytes.begin(), bytes.end()};
}

/// A file without tensors that ends after its metadata.
void only(File &file, Pair pair) {
  file.tensors.clear();
  file.pairs = {std::move(pair)};
}

struct Case {
  const char *what;
  std::function<void(File &)> change;
  const char *message;
};

const std::vector<Case> malformed = {
    // the header
    {"nothing", [](File &f) { f.cut = 0; },
     "the GGUF header at byte 0 is not there: the file does not begin with \"GGUF\""},
    {"half a magic", [](File &f) { f.cut = 3; },
     "the GGUF header at byte 0 is not there: the file does not begin with \"GGUF\""},
    {"another magic", [](File &f) { f.magic = "GGML"; },
     "the GGUF header at byte 0 is not there: the file does not begin with \"GGUF\""},
    {"no version", [](File &f) { f.cut = 4; },
     "the GGUF header at byte 4 needs 4 bytes for the version, the file has 0 left"},
    {"version 0", [](File &f) { f.version = 0; }, "the GGUF header at byte 4 has version 0, known are 2 and 3"},
    {"version 1", [](File &f) { f.version = 1; }, "the GGUF header at byte 4 has version 1, known are 2 and 3"},
    {"version 4", [](File &f) { f.version = 4; }, "the GGUF header at byte 4 has version 4, known are 2 and 3"},
    {"version 2^32 - 1", [](File &f) { f.version = UINT32_MAX; },
     "the GGUF header at byte 4 has version 4294967295, known are 2 and 3"},
    {"big-endian version 3", [](File &f) { f.version = 3u << 24; },
     "the GGUF header at byte 4 has its version in big-endian order"},
    {"big-endian version 2", [](File &f) { f.version = 2u << 24; },
     "the GGUF header at byte 4 has its version in big-endian order"},
    {"half a tensor count", [](File &f) { f.cut = 11; },
     "the GGUF header at byte 8 needs 8 bytes for a tensor count, the file has 3 left"},
    {"no metadata count",
     [](File &f) {
       f.cut = 16;
       f.tensorCount = 0;
     },
     "the GGUF header at byte 16 needs 8 bytes for a metadata count, the file has 0 left"},
    {"the largest tensor count", [](File &f) { f.tensorCount = UINT64_MAX; },
     "the GGUF header at byte 8 has a tensor count of 18446744073709551615, the 116 bytes after it hold at most 4"},
    {"a negative tensor count", [](File &f) { f.tensorCount = 1ull << 63; },
     "the GGUF header at byte 8 has a tensor count of 9223372036854775808, the 116 bytes after it hold at most 4"},
    {"a tensor more than there can be", [](File &f) { f.tensorCount = 5; },
     "the GGUF header at byte 8 has a tensor count of 5, the 116 bytes after it hold at most 4"},
    {"a tensor more than there is", [](File &f) { f.tensorCount = 2; },
     "tensor 1 at byte 65 has a name length of 11936128518282651045, the file has 59 bytes left"},
    {"the largest metadata count", [](File &f) { f.pairCount = UINT64_MAX; },
     "the GGUF header at byte 16 has a metadata count of 18446744073709551615, the 108 bytes after it hold at most 7"},
    {"a pair more than there can be", [](File &f) { f.pairCount = 8; },
     "the GGUF header at byte 16 has a metadata count of 8, the 108 bytes after it hold at most 7"},
    {"a pair more than there is", [](File &f) { f.pairCount = 2; },
     "metadata 1 at byte 39 has a key length of 562949953421312, the file has 85 bytes left"},
    // keys
    {"a key longer than the file",
     [](File &f) {
       only(f, {"k", 0, {1}});
       f.cut = 32;
     },
     "the GGUF header at byte 16 has a metadata count of 1, the 8 bytes after it hold at most 0"},
    {"a key one byte longer than the file",
     [](File &f) {
       only(f, {"0123456789", 0, {1}});
       f.cut = 41;
     },
     "metadata 0 at byte 24 has a key length of 10, the file has 9 bytes left"},
    {"a key of 65536 bytes",
     [](File &f) {
       only(f, {std::string(65536, 'k'), 0, {1}});
     },
     "metadata 0 at byte 24 has a key length of 65536, at most 65535 is legal"},
    {"an empty key",
     [](File &f) {
       only(f, {"", 10, value<uint64_t>(1)});
     },
     "metadata 0 at byte 24 has an empty name"},
    {"a key that is no UTF-8",
     [](File &f) {
       only(f, {"ab\xff", 0, {1}});
     },
     "metadata 0 at byte 34 has text that is no UTF-8 after a key length"},
    {"a key that ends inside a character",
     [](File &f) {
       only(f, {"ab\xe2\x82", 0, {1}});
     },
     "metadata 0 at byte 34 has text that is no UTF-8 after a key length"},
    {"a key with a zero",
     [](File &f) {
       only(f, {std::string("a\0b", 3), 0, {1}});
     },
     "metadata 0 at byte 33 has a name with a zero byte"},
    {"a key twice",
     [](File &f) {
       f.pairs = {{"a.b", 0, {1}}, {"c", 0, {1}}, {"a.b", 1, {2}}};
     },
     "metadata \"a.b\" at byte 62 is there twice"},
    {"the alignment twice",
     [](File &f) {
       f.pairs = {{"general.alignment", 4, value(32u)}, {"general.alignment", 4, value(32u)}};
     },
     "metadata \"general.alignment\" at byte 65 is there twice"},
    {"a key without type",
     [](File &f) {
       only(f, {"0123456789", 0, {1}});
       f.cut = 44;
     },
     "metadata \"0123456789\" at byte 42 needs 4 bytes for its type, the file has 2 left"},
    // values
    {"value type 13",
     [](File &f) {
       only(f, {"k", 13, {1}});
     },
     "metadata \"k\" at byte 33 has the type 13, known are 0 to 12"},
    {"value type 2^32 - 1",
     [](File &f) {
       only(f, {"k", UINT32_MAX, {1}});
     },
     "metadata \"k\" at byte 33 has the type 4294967295, known are 0 to 12"},
    {"half a number",
     [](File &f) {
       only(f, {"k", 10, {1, 2, 3}});
     },
     "metadata \"k\" at byte 37 needs 8 bytes for its value, the file has 3 left"},
    {"no bytes of a number of four",
     [](File &f) {
       only(f, {"0123456789", 6, {}});
     },
     "metadata \"0123456789\" at byte 46 needs 4 bytes for its value, the file has 0 left"},
    {"a truth value of 2",
     [](File &f) {
       only(f, {"k", 7, {2}});
     },
     "metadata \"k\" at byte 37 has the truth value 2, legal are 0 and 1"},
    {"no truth value",
     [](File &f) {
       only(f, {"0123456789", 7, {}});
     },
     "metadata \"0123456789\" at byte 46 needs 1 bytes for a truth value, the file has 0 left"},
    {"half a string length",
     [](File &f) {
       only(f, {"k", 8, {1, 2, 3}});
     },
     "metadata \"k\" at byte 37 needs 8 bytes for a string length, the file has 3 left"},
    {"a string longer than the file",
     [](File &f) {
       only(f, {"k", 8, value<uint64_t>(1)});
     },
     "metadata \"k\" at byte 37 has a string length of 1, the file has 0 bytes left"},
    {"a string of 2^64 - 1 bytes",
     [](File &f) {
       only(f, {"k", 8, value(UINT64_MAX)});
     },
     "metadata \"k\" at byte 37 has a string length of 18446744073709551615, the file has 0 bytes left"},
    {"a string with an overlong form",
     [](File &f) {
       only(f, {"k", 8, sized("x\xc0\xaf")});
     },
     "metadata \"k\" at byte 46 has text that is no UTF-8 after a string length"},
    {"a string with a surrogate",
     [](File &f) {
       only(f, {"k", 8, sized("\xed\xa0\x80")});
     },
     "metadata \"k\" at byte 45 has text that is no UTF-8 after a string length"},
    {"a string beyond the last character",
     [](File &f) {
       only(f, {"k", 8, sized("\xf4\x90\x80\x80")});
     },
     "metadata \"k\" at byte 45 has text that is no UTF-8 after a string length"},
    // arrays
    {"half an element type",
     [](File &f) {
       only(f, {"k", 9, {1, 2}});
     },
     "metadata \"k\" at byte 37 needs 4 bytes for an element type, the file has 2 left"},
    {"element type 13",
     [](File &f) {
       only(f, {"k", 9, array(13, 0)});
     },
     "metadata \"k\" at byte 37 is an array of type 13, known are 0 to 12"},
    {"an array of arrays",
     [](File &f) {
       only(f, {"k", 9, array(9, 1, "0123456789abcdef")});
     },
     "metadata \"k\" at byte 37 is an array of arrays, which no reader takes"},
    {"half an element count",
     [](File &f) {
       only(f, {"k", 9, {0, 0, 0, 0, 1}});
     },
     "metadata \"k\" at byte 41 needs 8 bytes for an element count, the file has 1 left"},
    {"an element more than there is",
     [](File &f) {
       only(f, {"k", 9, array(0, 4, "abc")});
     },
     "metadata \"k\" at byte 41 has an element count of 4, the 3 bytes after it hold at most 3"},
    {"elements whose bytes wrap to 0",
     [](File &f) {
       only(f, {"k", 9, array(4, 1ull << 62)});
     },
     "metadata \"k\" at byte 41 has an element count of 4611686018427387904, the 0 bytes after it hold at most 0"},
    {"the most strings",
     [](File &f) {
       only(f, {"k", 9, array(8, UINT64_MAX, eightBytes(0))});
     },
     "metadata \"k\" at byte 41 has an element count of 18446744073709551615, the 8 bytes after it hold at most 1"},
    {"a string of an array longer than the file",
     [](File &f) {
       only(f, {"k", 9, array(8, 1, eightBytes(9))});
     },
     "metadata \"k\" at byte 49 has a string length of 9, the file has 0 bytes left"},
    {"strings of an array that run out",
     [](File &f) {
       only(f, {"k", 9, array(8, 2, eightBytes(8) + "01234567")});
     },
     "metadata \"k\" at byte 65 needs 8 bytes for a string length, the file has 0 left"},
    {"a string of an array that is no UTF-8",
     [](File &f) {
       only(f, {"k", 9, array(8, 1, eightBytes(1) + "\x80")});
     },
     "metadata \"k\" at byte 57 has text that is no UTF-8 after a string length"},
    {"a truth value of 7 in an array",
     [](File &f) {
       only(f, {"k", 9, array(7, 3, std::string("\1\0\7", 3))});
     },
     "metadata \"k\" at byte 51 has the truth value 7, legal are 0 and 1"},
    // the alignment
    {"an alignment of 64 bits",
     [](File &f) {
       only(f, {"general.alignment", 10, value<uint64_t>(32)});
     },
     "metadata \"general.alignment\" at byte 49 has the type 10, expected 4, which is u32"},
    {"a string as alignment",
     [](File &f) {
       only(f, {"general.alignment", 8, sized("32")});
     },
     "metadata \"general.alignment\" at byte 49 has the type 8, expected 4, which is u32"},
    {"half an alignment",
     [](File &f) {
       only(f, {"general.alignment", 4, {32, 0}});
     },
     "metadata \"general.alignment\" at byte 53 needs 4 bytes for the alignment, the file has 2 left"},
    {"alignment 0",
     [](File &f) {
       only(f, {"general.alignment", 4, value(0u)});
     },
     "metadata \"general.alignment\" at byte 53 is 0, expected a power of two from 8 to 1048576"},
    {"alignment 33",
     [](File &f) {
       only(f, {"general.alignment", 4, value(33u)});
     },
     "metadata \"general.alignment\" at byte 53 is 33, expected a power of two from 8 to 1048576"},
    {"alignment 4",
     [](File &f) {
       only(f, {"general.alignment", 4, value(4u)});
     },
     "metadata \"general.alignment\" at byte 53 is 4, expected a power of two from 8 to 1048576"},
    {"alignment 2^31",
     [](File &f) {
       only(f, {"general.alignment", 4, value(1u << 31)});
     },
     "metadata \"general.alignment\" at byte 53 is 2147483648, expected a power of two from 8 to 1048576"},
    // names of tensors
    {"a name longer than the file",
     [](File &f) {
       f.tensors[0].name = std::string(40, 'n');
       f.cut = 60;
     },
     "tensor 0 at byte 24 has a name length of 40, the file has 28 bytes left"},
    {"a name of 64 bytes", [](File &f) { f.tensors[0].name = std::string(64, 'n'); },
     "tensor 0 at byte 24 has a name length of 64, at most 63 is legal"},
    {"an empty name", [](File &f) { f.tensors[0].name = ""; }, "tensor 0 at byte 24 has an empty name"},
    {"a name that is no UTF-8", [](File &f) { f.tensors[0].name = "a\xfe"; },
     "tensor 0 at byte 33 has text that is no UTF-8 after a name length"},
    {"a name with a zero", [](File &f) { f.tensors[0].name = std::string("w\0", 2); },
     "tensor 0 at byte 33 has a name with a zero byte"},
    {"a name twice",
     [](File &f) {
       f.tensors = {{}, {.offset = 64}};
       f.dataBytes = 128;
     },
     "tensor \"w\" at byte 73 is there twice"},
    {"a name with control characters", [](File &f) { f.tensors[0] = {.name = "\x1b[2J\xc2\x9b", .type = 99}; },
     "tensor \"\\x1b[2J\\xc2\\x9b\" at byte 58 has the type number 99, which ggml does not know"},
    // extents
    {"half a rank",
     [](File &f) {
       f.tensors[0].name = std::string(20, 'n');
       f.cut = 54;
     },
     "tensor \"nnnnnnnnnnnnnnnnnnnn\" at byte 52 needs 4 bytes for its rank, the file has 2 left"},
    {"rank 5", [](File &f) { f.tensors[0].rank = 5; }, "tensor \"w\" at byte 33 has 5 extents, at most 4 are legal"},
    {"rank 2^32 - 1", [](File &f) { f.tensors[0].rank = UINT32_MAX; },
     "tensor \"w\" at byte 33 has 4294967295 extents, at most 4 are legal"},
    {"half an extent", [](File &f) { f.cut = 50; },
     "tensor \"w\" at byte 45 needs 8 bytes for an extent, the file has 5 left"},
    {"extent 0",
     [](File &f) {
       f.tensors[0].extents = {32, 0};
     },
     "tensor \"w\" at byte 45 has extent 1 = 0, expected 1 to 9223372036854775807"},
    {"a negative extent",
     [](File &f) {
       f.tensors[0].extents = {1ull << 63, 1};
     },
     "tensor \"w\" at byte 37 has extent 0 = 9223372036854775808, expected 1 to 9223372036854775807"},
    {"extents whose product wraps to 0",
     [](File &f) {
       f.tensors[0].extents = {1ull << 33, 1ull << 32};
     },
     "tensor \"w\" at byte 53 has extents whose size does not fit 64 bits"},
    {"extents whose bytes wrap", [](File &f) { f.tensors[0] = {.extents = {1ull << 62}, .type = 0}; },
     "tensor \"w\" at byte 45 has extents whose size does not fit 64 bits"},
    {"extents whose bytes wrap in the last one",
     [](File &f) {
       f.tensors[0].extents = {1ull << 30, 1ull << 30, 64, 3};
     },
     "tensor \"w\" at byte 69 has extents whose size does not fit 64 bits"},
    {"a row that is no whole blocks",
     [](File &f) {
       f.tensors[0].extents = {48, 2};
     },
     "tensor \"w\" at byte 53 has rows of 48 elements, type number 2 has blocks of 32"},
    {"a scalar of blocks", [](File &f) { f.tensors[0].extents = {}; },
     "tensor \"w\" at byte 37 has rows of 1 elements, type number 2 has blocks of 32"},
    // types and offsets
    {"half a type", [](File &f) { f.cut = 56; },
     "tensor \"w\" at byte 53 needs 4 bytes for its type, the file has 3 left"},
    {"a type that was removed", [](File &f) { f.tensors[0].type = 4; },
     "tensor \"w\" at byte 53 has the type number 4, which ggml does not know"},
    {"a type of repacked memory", [](File &f) { f.tensors[0].type = 31; },
     "tensor \"w\" at byte 53 has the type number 31, which ggml does not know"},
    {"the first type beyond", [](File &f) { f.tensors[0].type = 43; },
     "tensor \"w\" at byte 53 has the type number 43, which ggml does not know"},
    {"type 2^32 - 1", [](File &f) { f.tensors[0].type = UINT32_MAX; },
     "tensor \"w\" at byte 53 has the type number 4294967295, which ggml does not know"},
    {"half an offset", [](File &f) { f.cut = 64; },
     "tensor \"w\" at byte 57 needs 8 bytes for its offset, the file has 7 left"},
    {"an offset between multiples", [](File &f) { f.tensors[0].offset = 16; },
     "tensor \"w\" at byte 57 has offset 16, expected a multiple of 32"},
    {"an offset between multiples of another alignment",
     [](File &f) {
       f.pairs = {{"general.alignment", 4, value(64u)}};
       f.tensors[0].offset = 32;
     },
     "tensor \"w\" at byte 90 has offset 32, expected a multiple of 64"},
    {"an offset behind the file", [](File &f) { f.tensors[0].offset = 64; },
     "tensor \"w\" at byte 32 has offset 64 and 36 bytes after byte 96, the file has 132"},
    {"an offset that wraps", [](File &f) { f.tensors[0].offset = -32ull; },
     "tensor \"w\" at byte 32 has offset 18446744073709551584 and 36 bytes after byte 96, the file has 132"},
    {"an offset that wraps with the start", [](File &f) { f.tensors[0].offset = -96ull; },
     "tensor \"w\" at byte 32 has offset 18446744073709551520 and 36 bytes after byte 96, the file has 132"},
    {"data that lacks its last byte", [](File &f) { f.dataBytes = 35; },
     "tensor \"w\" at byte 32 has offset 0 and 36 bytes after byte 96, the file has 131"},
    {"no data and no padding", [](File &f) { f.cut = 65; },
     "tensor \"w\" at byte 32 has offset 0 and 36 bytes after byte 96, the file has 65"},
    {"more data than the file",
     [](File &f) {
       f.tensors[0].extents = {32, 3};
     },
     "tensor \"w\" at byte 32 has offset 0 and 54 bytes after byte 96, the file has 132"},
    {"two tensors at one place",
     [](File &f) {
       f.tensors = {{.name = "a"}, {.name = "b"}};
     },
     "tensor \"b\" at byte 128 overlaps tensor \"a\""},
    {"a tensor that reaches into the next",
     [](File &f) {
       f.tensors = {{.name = "a", .offset = 32}, {.name = "b"}};
       f.dataBytes = 96;
     },
     "tensor \"a\" at byte 160 overlaps tensor \"b\""},
};

/// One of everything that is legal.
File rich() {
  File file;
  file.alignment = 64;
  file.pairs = {
      {"general.alignment", 4, value(64u)},
      {"a.u8", 0, value<uint8_t>(255)},
      {"a.i16", 3, value<int16_t>(-2)},
      {"a.f32", 6, value(0x7fc00000u)},
      {"a.bool", 7, {1}},
      {"a.text", 8, sized("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80")},
      {"a.f64", 12, value<uint64_t>(1)},
      {"a.bools", 9, array(7, 2, std::string("\0\1", 2))},
      {"a.words", 9, array(8, 2, eightBytes(0) + eightBytes(3) + "abc")},
      {"a.numbers", 9, array(11, 2, eightBytes(1) + eightBytes(2))},
      {"a.none", 9, array(12, 0)},
  };
  file.tensors = {{"blk.0.w", {256, 3, 1, 1}, 12, 0}, // 432 bytes
                  {"scalar", {}, 0, 1024},            // after a gap
                  {"blk.0.b", {5}, 30, 448},
                  {"gr\xc3\xbc\xc3\x9f", {32, 2}, 8, 512}};
  file.dataBytes = 1028;
  return file;
}

std::string messageOf(const std::vector<uint8_t> &bytes) {
  // Memory of the exact size, so that a sanitizer sees a read behind it.
  std::vector<uint8_t> exact(bytes.begin(), bytes.end());
  exact.shrink_to_fit();
  auto tensors = parseGguf(exact);
  return tensors ? "" : tensors.error().error.message;
}

} // namespace

TEST(Gguf, readsWhatIsLegal) {
  std::vector<uint8_t> bytes = rich().bytes();
  auto tensors = parseGguf(bytes);
  ASSERT_TRUE(tensors) << tensors.error().error.message;
  ASSERT_EQ(tensors->size(), 4u);
  const GgufTensor &first = tensors->front(), &scalar = (*tensors)[1];
  EXPECT_EQ(first.name, "blk.0.w");
  EXPECT_EQ(first.type, 12u);
  EXPECT_EQ(first.rank, 4u);
  EXPECT_EQ(first.extents, (std::array<int64_t, 4>{256, 3, 1, 1}));
  EXPECT_EQ(first.data.size(), 3u * 144);
  EXPECT_EQ((first.data.data() - bytes.data()) % 64, 0);
  EXPECT_EQ(scalar.rank, 0u);
  EXPECT_EQ(scalar.data.data(), first.data.data() + 1024);
  EXPECT_EQ(scalar.data.data() + 4, bytes.data() + bytes.size());
  EXPECT_EQ((*tensors)[2].data.size(), 10u);
  EXPECT_EQ((*tensors)[3].data.size(), 68u);
}

TEST(Gguf, olderVersionAndFilesWithoutTensorsAreLegal) {
  File file;
  file.version = 2;
  EXPECT_EQ(messageOf(file.bytes()), "");
  file.tensors.clear();
  EXPECT_EQ(messageOf(file.bytes()), "");
}

TEST(Gguf, everyMistakeHasItsSentence) {
  EXPECT_GE(malformed.size(), 60u);
  for (const Case &one : malformed) {
    SCOPED_TRACE(one.what);
    File file;
    one.change(file);
    std::vector<uint8_t> bytes = file.bytes();
    EXPECT_EQ(messageOf(bytes), one.message);
    auto tensors = parseGguf(bytes);
    ASSERT_FALSE(tensors);
    EXPECT_EQ(tensors.error().status, QUOIN_BAD_MODEL);
    EXPECT_NE(tensors.error().error.hint, "");
  }
}

TEST(Gguf, everyTruncationIsRefused) {
  std::vector<uint8_t> file = rich().bytes();
  ASSERT_EQ(messageOf(file), "");
  for (size_t length = 0; length < file.size(); ++length)
    EXPECT_NE(messageOf({file.begin(), file.begin() + ptrdiff_t(length)}), "") << length;
}

TEST(Gguf, everyByteMayBeAnything) {
  // Sanitizers look on: whatever a byte says, data stays inside the file.
  const std::vector<uint8_t> file = rich().bytes();
  for (size_t at = 0; at < file.size() - 1028; ++at)
    for (uint8_t other : {0x00, 0x01, 0x7f, 0x80, 0xff}) {
      std::vector<uint8_t> changed = file;
      changed[at] = other;
      auto tensors = parseGguf(changed);
      for (size_t i = 0; tensors && i < tensors->size(); ++i) {
        std::span<const uint8_t> data = (*tensors)[i].data;
        EXPECT_TRUE(data.data() >= changed.data() && data.data() + data.size() <= changed.data() + changed.size());
      }
    }
}

TEST(Gguf, memoryIsBoundedByTheFile) {
  auto measured = [](const std::vector<uint8_t> &bytes, bool legal) {
    Allocations allocations;
    auto tensors = parseGguf(bytes);
    EXPECT_EQ(bool(tensors), legal);
    EXPECT_LE(allocations.peakBytes(), allowedBytes(bytes.size())) << bytes.size();
  };
  for (const Case &one : malformed) {
    SCOPED_TRACE(one.what);
    File file;
    one.change(file);
    measured(file.bytes(), false);
  }
  // The densest files: nothing but tensors of a byte, and nothing but keys.
  File dense;
  dense.pairs = {{"general.alignment", 4, value(8u)}};
  dense.alignment = 8;
  dense.tensors.clear();
  for (unsigned i = 0; i < 4000; ++i)
    dense.tensors.push_back({"t" + std::to_string(i), {}, 24, 8 * i});
  dense.dataBytes = 8 * 4000;
  measured(dense.bytes(), true);
  File keys;
  keys.tensors.clear();
  for (unsigned i = 0; i < 4000; ++i)
    keys.pairs.push_back({std::to_string(i), 0, {1}});
  measured(keys.bytes(), true);
}

TEST(Gguf, everyFailedAllocationIsSurvived) {
  std::vector<uint8_t> good = rich().bytes();
  size_t allocations = failEachAllocation([&] { parseGguf(good); });
  EXPECT_NE(allocations, SIZE_MAX);
  EXPECT_GE(allocations, 4u);
  File bad;
  bad.tensors[0].type = 99;
  std::vector<uint8_t> wrong = bad.bytes();
  EXPECT_NE(failEachAllocation([&] { parseGguf(wrong); }), SIZE_MAX);
}

TEST(Gguf, everyFailedSystemCallIsAnError) {
  std::string path = testing::TempDir() + "calls-" + std::to_string(getpid()) + ".gguf";
  std::vector<uint8_t> bytes = rich().bytes();
  const std::span<const uint8_t> parts[] = {bytes};
  ASSERT_TRUE(writeFile(path, parts));
  size_t failAt = 0;
  for (bool failed = true; failed; ++failAt) {
    SystemCalls calls(failAt);
    auto file = MappedFile::open(path);
    failed = calls.failed();
    EXPECT_EQ(bool(file), !failed);
    EXPECT_TRUE(file ? bool(parseGguf(file->bytes())) : file.error().status == QUOIN_IO_ERROR);
  }
  EXPECT_EQ(failAt, 4u) << "open, fstat and mmap fail, then all goes well";
  std::remove(path.c_str());
}

#include "runtime/npy.h"

#include "HostileFiles.h"
#include "runtime/file.h"
#include "runtime/spec/NodeBuilder.h"

#include <csignal>
#include <cstring>
#include <filesystem>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace quoin;
using namespace quoin::test;

static std::vector<uint8_t> npy(const std::string &dictionary, const std::vector<uint8_t> &data, uint8_t version = 1) {
  std::string start = "\x93NUMPY";
  start += char(version);
  start += '\0';
  size_t length = dictionary.size();
  for (int i = 0; i < (version == 1 ? 2 : 4); ++i)
    start += char(length >> (8 * i) & 255);
  start += dictionary;
  std::vector<uint8_t> file(start.begin(), start.end());
  file.insert(file.end(), data.begin(), data.end());
  return file;
}

TEST(Npy, readsWhatNumpyWrites) {
  auto array = parseNpy(
      npy("{'descr': '<i4', 'fortran_order': False, 'shape': (2, 1), }          \n", std::vector<uint8_t>(8, 7)));
  ASSERT_TRUE(array) << array.error().error.message;
  EXPECT_EQ(array->dtype, "<i4");
  EXPECT_EQ(array->shape, (std::vector<int64_t>{2, 1}));
  EXPECT_EQ(array->data, std::vector<uint8_t>(8, 7));
  EXPECT_TRUE(parseNpy(npy("{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }\n", {1, 2, 3})));
  EXPECT_TRUE(parseNpy(npy("{'descr': '<f2', 'fortran_order': False, 'shape': (), }\n", {1, 2}, 2)));
  EXPECT_TRUE(parseNpy(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 5), }\n", {}, 3)));
}

TEST(Npy, arraysAreWhatTheStreamHolds) {
  spec::Format format;
  spec::NodeBuilder builder(format);
  spec::Stream stream;
  stream.name = "s", stream.type = *spec::ScalarType::parse("f16"), stream.extents = {builder.size(-1), builder.size(-2)};
  auto said = [&](std::string dtype, std::vector<int64_t> shape) {
    auto good = checkArray({std::move(dtype), std::move(shape), {}}, format, stream, {4, 2});
    return good ? "" : good.error().error.message;
  };
  EXPECT_EQ(said("<f2", {2, 4}), "the .npy file has extents [2, 4], stream \"s\" has [4, 2] for N = 4, K = 2");
  EXPECT_EQ(said("<f2", {4, 2}), "");
  EXPECT_EQ(said("<f2", {4, 1, 2}), "");
  EXPECT_EQ(said("<f2", {8}), "") << "flat";
  EXPECT_EQ(said("|u1", {2, 8}), "") << "bytes";
  EXPECT_EQ(said("<u2", {4, 2}), "the .npy file has the type \"<u2\", stream \"s\" has f16");
  EXPECT_EQ(said("|V2", {4, 2}), "") << "opaque";
  stream.type = *spec::ScalarType::parse("bf16");
  EXPECT_EQ(said("<u2", {4, 2}), "") << "numpy has no such type";
  EXPECT_EQ(said("<f2", {8}), "the .npy file has the type \"<f2\", stream \"s\" has bf16");
  stream.type = *spec::ScalarType::parse("si16");
  EXPECT_EQ(said("<u2", {4, 2}), "") << "signs make no difference";
  EXPECT_EQ(said("<f2", {4, 2}), "the .npy file has the type \"<f2\", stream \"s\" has si16");
}

namespace {
struct Case {
  const char *what;
  std::vector<uint8_t> bytes;
  const char *message; ///< after "the .npy file "
};

/// A file of version 1 with four bytes of data; its header begins at byte 10.
std::vector<uint8_t> header(const std::string &dictionary, size_t bytes = 4) {
  return npy(dictionary, std::vector<uint8_t>(bytes));
}

std::vector<uint8_t> shaped(const std::string &shape, size_t bytes = 4) {
  return header("{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + "}", bytes);
}

std::vector<uint8_t> typed(const std::string &type, size_t bytes = 4) {
  return header("{'descr': " + type + ", 'fortran_order': False, 'shape': (1,)}", bytes);
}

std::vector<uint8_t> ordered(const std::string &order) {
  return header("{'descr': '<f4', 'fortran_order': " + order + ", 'shape': (1,)}");
}

std::vector<uint8_t> raw(const std::string &start, size_t bytes = 0) {
  std::vector<uint8_t> file(start.begin(), start.end());
  file.resize(file.size() + bytes);
  return file;
}

const std::string start = "\x93NUMPY";
#define NO_TYPE "has the type "

const std::vector<Case> malformed = {
    // before the header
    {"nothing", {}, "does not begin as .npy files do"},
    {"half a magic", raw("\x93NUM"), "does not begin as .npy files do"},
    {"another magic", raw("\x92NUMPY\1", 20), "does not begin as .npy files do"},
    {"an archive of arrays", raw("PK\3\4", 60), "does not begin as .npy files do"},
    {"no version", raw(start), "ends inside the length of its header, at byte 6"},
    {"half a version", raw(start + '\1'), "ends inside the length of its header, at byte 7"},
    {"version 0", raw(start, 20), "has version 0, known are 1 to 3"},
    {"version 4", raw(start + '\4', 20), "has version 4, known are 1 to 3"},
    {"version 255", raw(start + '\xff', 20), "has version 255, known are 1 to 3"},
    {"version 1.1", raw(start + "\1\1", 20), "has version 1.1, known are 1.0 to 3.0"},
    {"half a length", raw(start + '\1', 2), "ends inside the length of its header, at byte 9"},
    {"half a length of version 2", raw(start + '\2', 4), "ends inside the length of its header, at byte 11"},
    {"half a length of version 3", raw(start + '\3', 1), "ends inside the length of its header, at byte 8"},
    {"a length over the file", raw(start + std::string("\1\0\2\0{", 5)),
     "has a header of 2 bytes by its length, after which are 1"},
    {"the largest length", raw(start + std::string("\2\0\xff\xff\xff\xff", 6)),
     "has a header of 4294967295 bytes by its length, after which are 0"},
    // the dictionary
    {"an empty header", header(""), "has the end of its header at byte 10, expected \"{\""},
    {"blanks", header("   "), "has the end of its header at byte 13, expected \"{\""},
    {"a list", header("[]"), "has \"[\" at byte 10, expected \"{\""},
    {"no UTF-8", header("\xff"), "has \"\\xff\" at byte 10, expected \"{\""},
    {"a zero", header(std::string("\0", 1)), "has \"\\x00\" at byte 10, expected \"{\""},
    {"no end", header("{"), "has the end of its header at byte 11, expected a string"},
    {"an empty dictionary", header("{}"), "lacks the key \"descr\""},
    {"a comma alone", header("{,}"), "has \",\" at byte 11, expected a string"},
    {"a key without quotes", header("{descr: '<f4'}"), "has \"d\" at byte 11, expected a string"},
    {"a number as key", header("{1: 2}"), "has \"1\" at byte 11, expected a string"},
    {"a key without end", header("{'descr: "), "has a string without end at byte 12"},
    {"a key with other quotes at its end", header("{'descr\": "), "has a string without end at byte 12"},
    {"an unknown key", header("{'other': '<f4'}"), "has the unknown key \"other\" before byte 18"},
    {"an empty key", header("{'': '<f4'}"), "has the unknown key \"\" before byte 13"},
    {"a key with control characters", header("{'\x1b[2J': 1}"), "has the unknown key \"\\x1b[2J\" before byte 17"},
    {"no colon", header("{'descr' '<f4'}"), "has \"'\" at byte 19, expected \":\""},
    {"no comma", header("{'descr': '<f4' 'shape': (1,)}"), "has \"'\" at byte 26, expected \",\" or \"}\""},
    {"a type alone", header("{'descr': '<f4'}"), "lacks the key \"fortran_order\""},
    {"no shape", header("{'descr': '<f4', 'fortran_order': False}"), "lacks the key \"shape\""},
    {"no order", header("{'descr': '<f4', 'shape': (1,)}"), "lacks the key \"fortran_order\""},
    {"no type", header("{'fortran_order': False, 'shape': (1,)}"), "lacks the key \"descr\""},
    {"a type twice", header("{'descr': '<f4', 'descr': '<f4'}"), "has the key \"descr\" twice, again before byte 34"},
    {"an order twice", header("{'fortran_order': True, 'fortran_order': False}"),
     "has the key \"fortran_order\" twice, again before byte 49"},
    {"a shape twice", header("{'shape': (1,), 'shape': (1,)}"), "has the key \"shape\" twice, again before byte 33"},
    {"text after the dictionary", shaped("(1,)} x"), "has \"x\" at byte 66, expected the end of its header"},
    {"a dictionary after the dictionary", shaped("(1,)}{"), "has \"{\" at byte 65, expected the end of its header"},
    {"a zero after the dictionary", shaped(std::string("(1,)}\0", 6)),
     "has \"\\x00\" at byte 65, expected the end of its header"},
    // the type
    {"a list as type", typed("['<f4']"), "has \"[\" at byte 20, expected a string"},
    {"a structure", typed("[('a', '<f4')]"), "has \"[\" at byte 20, expected a string"},
    {"a type without end", header("{'descr': '<f4"), "has a string without end at byte 21"},
    {"big-endian", typed("'>f4'"), NO_TYPE "\">f4\""},
    {"eight bytes", typed("'<f8'", 8), NO_TYPE "\"<f8\""},
    {"objects", typed("'|O'", 8), NO_TYPE "\"|O\""},
    {"strings", typed("'<U1'"), NO_TYPE "\"<U1\""},
    {"a type without order", typed("'f4'"), NO_TYPE "\"f4\""},
    {"an empty type", typed("''"), NO_TYPE "\"\""},
    {"a type with control characters", typed("'\a'"), NO_TYPE "\"\\x07\""},
    // the order
    {"Fortran's order", ordered("True"), "is in Fortran order"},
    {"a number as order", ordered("0"), "has \"0\" at byte 44, expected True or False"},
    {"a string as order", ordered("'False'"), "has \"'\" at byte 44, expected True or False"},
    {"an order in small letters", ordered("false"), "has \"f\" at byte 44, expected True or False"},
    {"an order that goes on", ordered("Falsehood"), "has \"h\" at byte 49, expected \",\" or \"}\""},
    // the shape
    {"a list as shape", shaped("[1]"), "has \"[\" at byte 60, expected \"(\""},
    {"a number as shape", shaped("1"), "has \"1\" at byte 60, expected \"(\""},
    {"a shape without end", header("{'shape': (1, "), "has the end of its header at byte 24, expected an extent"},
    {"a shape with the wrong end", shaped("(1}"), "has \"}\" at byte 62, expected \",\" or \")\""},
    {"a negative extent", shaped("(-1,)"), "has \"-\" at byte 61, expected an extent"},
    {"a comma too many", shaped("(1,,)"), "has \",\" at byte 63, expected an extent"},
    {"a fraction", shaped("(1.0,)"), "has \".\" at byte 62, expected \",\" or \")\""},
    {"a long integer of old", shaped("(1L,)"), "has \"L\" at byte 62, expected \",\" or \")\""},
    {"a shape in a shape", shaped("((1,),)"), "has \"(\" at byte 61, expected an extent"},
    {"an extent of 2^63", shaped("(9223372036854775808,)"), "has an extent at byte 79 that does not fit 63 bits"},
    {"an extent of twenty digits", shaped("(99999999999999999999,)"),
     "has an extent at byte 79 that does not fit 63 bits"},
    {"nine extents", shaped("(1,1,1,1,1,1,1,1,1)"), "has more than 8 extents"},
    {"extents whose bytes wrap", shaped("(9223372036854775807, 3)"), "has a shape whose size does not fit 64 bits"},
    {"extents whose bytes wrap to 0", shaped("(4611686018427387904,)", 0),
     "has a shape whose size does not fit 64 bits"},
    // the data
    {"data that lacks an element", shaped("(2,)"), "holds 4 bytes of data, its shape needs 8"},
    {"data that lacks a byte", shaped("(1,)", 3), "holds 3 bytes of data, its shape needs 4"},
    {"a byte too many", shaped("(1,)", 5), "holds 5 bytes of data, its shape needs 4"},
    {"data for nothing", shaped("(0, 5)", 4), "holds 4 bytes of data, its shape needs 0"},
};
} // namespace

TEST(Npy, everyMistakeHasItsSentence) {
  EXPECT_GE(malformed.size(), 60u);
  for (const Case &one : malformed) {
    SCOPED_TRACE(one.what);
    auto array = parseNpy(one.bytes);
    ASSERT_FALSE(array);
    EXPECT_EQ(array.error().error.message, std::string("the .npy file ") + one.message);
    EXPECT_NE(array.error().error.hint, "");
  }
}

TEST(Npy, everyByteMayBeAnything) {
  const std::vector<uint8_t> good = shaped("(1,)");
  for (size_t at = 0; at < good.size(); ++at)
    for (unsigned other = 0; other < 256; ++other) {
      std::vector<uint8_t> changed = good;
      changed[at] = uint8_t(other);
      auto array = parseNpy(changed);
      EXPECT_TRUE(!array || array->data.size() <= 4);
    }
}

TEST(Npy, memoryIsBoundedByTheFile) {
  for (const Case &one : malformed) {
    SCOPED_TRACE(one.what);
    Allocations allocations;
    EXPECT_FALSE(parseNpy(one.bytes));
    EXPECT_LE(allocations.peakBytes(), allowedBytes(one.bytes.size()));
  }
  std::vector<uint8_t> large = shaped("(25000,)", 100000);
  Allocations allocations;
  EXPECT_TRUE(parseNpy(large));
  EXPECT_LE(allocations.peakBytes(), allowedBytes(0) + int64_t(large.size()));
}

TEST(Npy, everyFailedAllocationIsSurvived) {
  std::vector<uint8_t> good = shaped("(100, 100)", 40000), wrong = header("{'other': 1}");
  size_t allocations = failEachAllocation([&] { parseNpy(good); });
  EXPECT_NE(allocations, SIZE_MAX);
  EXPECT_GE(allocations, 2u);
  EXPECT_NE(failEachAllocation([&] { parseNpy(wrong); }), SIZE_MAX);
}

TEST(Npy, everyFailedSystemCallIsAnError) {
  std::string path = testing::TempDir() + "calls-" + std::to_string(getpid()) + ".npy";
  const int64_t shape[] = {2};
  const float values[] = {1, 2};
  ASSERT_TRUE(writeNpy(path, shape, values));
  size_t failAt = 0;
  for (bool failed = true; failed; ++failAt) {
    SystemCalls calls(failAt);
    auto matrix = readNpyMatrix(path);
    failed = calls.failed();
    EXPECT_EQ(bool(matrix), !failed);
    EXPECT_TRUE(matrix || matrix.error().status == QUOIN_IO_ERROR);
  }
  EXPECT_EQ(failAt, 4u) << "fopen, fstat and fread fail, then all goes well";
  std::remove(path.c_str());
}

TEST(Npy, matricesAreOfFloatsAndFlat) {
  std::string path = testing::TempDir() + "matrix-" + std::to_string(getpid()) + ".npy";
  auto message = [&](const std::vector<uint8_t> &bytes) {
    const std::span<const uint8_t> parts[] = {bytes};
    EXPECT_TRUE(writeFile(path, parts));
    auto matrix = readNpyMatrix(path);
    return matrix ? std::string() : matrix.error().error.message;
  };
  EXPECT_EQ(message(shaped("(1,)")), "");
  EXPECT_EQ(message(typed("'<i4'")),
            "\"" + path + "\": the .npy file has type \"<i4\" and 1 dimensions, expected \"<f4\" and 1 or 2");
  EXPECT_EQ(message(shaped("()")),
            "\"" + path + "\": the .npy file has type \"<f4\" and 0 dimensions, expected \"<f4\" and 1 or 2");
  EXPECT_EQ(message(shaped("(1, 1, 1)")),
            "\"" + path + "\": the .npy file has type \"<f4\" and 3 dimensions, expected \"<f4\" and 1 or 2");
  EXPECT_EQ(message({}), "\"" + path + "\": the .npy file does not begin as .npy files do");
  std::remove(path.c_str());
}

TEST(Npy, everyTruncationIsRefused) {
  std::vector<uint8_t> file = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }\n", {1, 2, 3, 4});
  ASSERT_TRUE(parseNpy(file));
  for (size_t length = 0; length < file.size(); ++length)
    EXPECT_FALSE(parseNpy(std::vector<uint8_t>(file.begin(), file.begin() + ptrdiff_t(length)))) << length;
}

TEST(Npy, writtenFilesAreReadBack) {
  std::string path = testing::TempDir() + "written.npy";
  const int64_t shape[] = {2, 3};
  const float values[] = {1, 2, 3, 4, 5, -6};
  ASSERT_TRUE(writeNpy(path, shape, values));
  auto bytes = readFile(path, 1000);
  ASSERT_TRUE(bytes);
  EXPECT_EQ((bytes->size() - sizeof(values)) % 64, 0u);
  auto matrix = readNpyMatrix(path);
  ASSERT_TRUE(matrix) << matrix.error().error.message;
  EXPECT_EQ(matrix->rows, 2);
  EXPECT_EQ(matrix->columns, 3);
  EXPECT_EQ(matrix->values, std::vector<float>(values, values + 6));
  std::remove(path.c_str());
}

TEST(File, inputsAreKept) {
  std::string folder = testing::TempDir() + "kept-" + std::to_string(getpid()) + "/";
  std::filesystem::create_directory(folder);
  const uint8_t data[4] = {};
  const std::span<const uint8_t> parts[] = {data};
  std::string input = folder + "w.bin";
  ASSERT_TRUE(writeFile(input, parts));
  std::filesystem::create_symlink(input, folder + "soft");
  std::filesystem::create_hard_link(input, folder + "hard");
  for (const char *name : {"w.bin", "soft", "hard", "./w.bin"}) {
    auto kept = keepInputs("-o", folder + name, {"none", input});
    ASSERT_FALSE(kept) << name;
    EXPECT_EQ(kept.error().error.message, "-o \"" + folder + name + "\" would overwrite the input \"" + input + "\"");
  }
  EXPECT_TRUE(keepInputs("-o", folder + "new", {input}));
  EXPECT_TRUE(keepInputs("-o", input, {"none", "", folder + "new"}));
  EXPECT_TRUE(keepInputs("-o", "/dev/null", {"/dev/null"})) << "there is nothing to lose";
  std::filesystem::remove_all(folder);
}

TEST(File, aFailedWriteLosesNothing) {
  std::string folder = testing::TempDir() + "lost-" + std::to_string(getpid()) + "/";
  std::filesystem::create_directory(folder);
  const uint8_t data[4] = {1, 2, 3, 4}, longer[4096] = {};
  const std::span<const uint8_t> parts[] = {data}, more[] = {longer};
  ASSERT_TRUE(writeFile(folder + "w.bin", parts));
  // The file may not grow as long as it should.
  rlimit limit;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &limit), 0);
  const rlimit low{8, limit.rlim_max};
  std::signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &low);
  auto cut = writeFile(folder + "w.bin", more);
  setrlimit(RLIMIT_FSIZE, &limit);
  std::signal(SIGXFSZ, SIG_DFL);
  EXPECT_FALSE(cut);
  EXPECT_EQ(*readFile(folder + "w.bin", 4), std::vector<uint8_t>(data, data + 4));
  // A folder is no file to replace.
  std::filesystem::create_directories(folder + "name/inside");
  EXPECT_EQ(writeFile(folder + "name", parts).error().status, QUOIN_IO_ERROR);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 2) << "file, name";
  EXPECT_EQ(writeFile("/dev/full", parts).error().error.message,
            "cannot write \"/dev/full\": No space left on device");
  std::filesystem::remove_all(folder);
}

TEST(File, whatIsReplacedKeepsItsPlaceAndPermissions) {
  namespace fs = std::filesystem;
  fs::path folder = testing::TempDir() + "replaced-" + std::to_string(getpid());
  fs::create_directories(folder / "there");
  const uint8_t first[4] = {1, 2, 3, 4}, second[2] = {5, 6};
  const std::span<const uint8_t> before[] = {first}, after[] = {second};
  ASSERT_TRUE(writeFile(folder / "there/w.bin", before));
  fs::permissions(folder / "there/w.bin", fs::perms::owner_read | fs::perms::owner_write);
  fs::create_symlink("there/w.bin", folder / "link");
  // Links of the names that a temporary would have lead to a file that is not ours to write.
  for (int attempt = 0; attempt < 3; ++attempt)
    for (const char *place : {"there", "."})
      fs::create_symlink(folder / "victim",
                         folder / place / (".partial-" + std::to_string(getpid()) + "-" + std::to_string(attempt)));
  ASSERT_TRUE(writeFile(folder / "link", after));
  EXPECT_TRUE(fs::is_symlink(folder / "link"));
  EXPECT_EQ(*readFile(folder / "there/w.bin", 2), std::vector<uint8_t>(second, second + 2));
  EXPECT_EQ(fs::status(folder / "there/w.bin").permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_FALSE(fs::exists(folder / "victim"));
  EXPECT_TRUE(writeFile(folder / std::string(255, 'n'), after)) << "as long as a name may be";
  fs::remove_all(folder);
}

TEST(File, limitsAndKinds) {
  EXPECT_EQ(readFile("/does/not/exist", 10).error().status, QUOIN_IO_ERROR);
  EXPECT_EQ(readFile(testing::TempDir(), 10).error().status, QUOIN_IO_ERROR);
  std::string path = testing::TempDir() + "limit.bin";
  const uint8_t data[4] = {};
  const std::span<const uint8_t> parts[] = {data};
  ASSERT_TRUE(writeFile(path, parts));
  EXPECT_TRUE(readFile(path, 4));
  EXPECT_NE(readFile(path, 3).error().error.message.find("limit of 3"), std::string::npos);
  std::remove(path.c_str());
  EXPECT_EQ(writeFile("/does/not/exist", parts).error().status, QUOIN_IO_ERROR);
}

TEST(File, mappedFilesAreTheirBytes) {
  std::string folder = testing::TempDir() + "mapped-" + std::to_string(getpid()) + "/";
  std::filesystem::create_directory(folder);
  const uint8_t data[4] = {1, 2, 3, 4};
  const std::span<const uint8_t> parts[] = {data};
  ASSERT_TRUE(writeFile(folder + "four", parts));
  ASSERT_TRUE(writeFile(folder + "none", std::span(parts).first(0)));
  auto four = MappedFile::open(folder + "four");
  ASSERT_TRUE(four);
  const uint8_t *at = four->bytes().data();
  MappedFile moved = std::move(*four);
  EXPECT_EQ(moved.bytes().data(), at);
  EXPECT_EQ(std::vector<uint8_t>(moved.bytes().begin(), moved.bytes().end()), std::vector<uint8_t>(data, data + 4));
  EXPECT_TRUE(four->bytes().empty());
  // A file that another one is renamed onto stays mapped as it was.
  ASSERT_TRUE(writeFile(folder + "four", std::span(parts).first(0)));
  EXPECT_EQ(moved.bytes()[3], 4);
  moved = std::move(*MappedFile::open(folder + "none"));
  EXPECT_TRUE(moved.bytes().empty());
  EXPECT_EQ(MappedFile::open(folder + "absent").error().status, QUOIN_IO_ERROR);
  EXPECT_NE(MappedFile::open(folder).error().error.message.find("is not a regular file"), std::string::npos);
  ASSERT_EQ(mkfifo((folder + "pipe").c_str(), 0600), 0);
  EXPECT_NE(MappedFile::open(folder + "pipe").error().error.message.find("is not a regular file"), std::string::npos);
  std::filesystem::remove_all(folder);
}

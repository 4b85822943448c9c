#include "runtime/npy.h"

#include "runtime/file.h"

#include <cstring>
#include <filesystem>
#include <gtest/gtest.h>
#include <unistd.h>

using namespace quoin;

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

TEST(Npy, refusesTheRest) {
  auto refused = [](const std::string &dictionary, size_t bytes) {
    auto array = parseNpy(npy(dictionary, std::vector<uint8_t>(bytes)));
    return array ? std::string("accepted") : array.error().error.message;
  };
  EXPECT_NE(refused("{'descr': '<f4', 'fortran_order': True, 'shape': (1,), }", 4).find("Fortran"), std::string::npos);
  EXPECT_NE(refused("{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }", 4).find("\">f4\""), std::string::npos);
  EXPECT_NE(refused("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }", 8).find("\"<f8\""), std::string::npos);
  EXPECT_NE(refused("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", 4).find("needs 8"), std::string::npos);
  EXPECT_NE(refused("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", 5).find("needs 4"), std::string::npos);
  EXPECT_NE(refused("{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807, 3), }", 4).find("64 bits"),
            std::string::npos);
  for (const char *dictionary :
       {"", "{", "{}", "{'descr': '<f4'}", "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} x",
        "{'descr': ['<f4'], 'fortran_order': False, 'shape': (1,)}",
        "{'other': '<f4', 'fortran_order': False, 'shape': (1,)}"})
    EXPECT_NE(refused(dictionary, 4).find("not understood"), std::string::npos) << dictionary;
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
  const uint8_t data[4] = {1, 2, 3, 4};
  const std::span<const uint8_t> parts[] = {data};
  ASSERT_TRUE(writeFile(folder + "w.bin", parts));
  // A folder has the name of the temporary, so that nothing can be written.
  std::filesystem::create_directory(folder + "w.bin.partial-" + std::to_string(getpid()));
  EXPECT_FALSE(writeFile(folder + "w.bin", std::span(parts).first(0)));
  EXPECT_EQ(*readFile(folder + "w.bin", 4), std::vector<uint8_t>(data, data + 4));
  std::filesystem::remove_all(folder);
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

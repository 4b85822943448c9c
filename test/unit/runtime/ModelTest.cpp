// Files of models through the C interface.
#include "FileBytes.h"
#include "quoin/runtime.h"

#include <fstream>
#include <gtest/gtest.h>
#include <unistd.h>

using namespace quoin::test;

class Model : public testing::Test {
protected:
  void TearDown() override {
    quoin_model_release(model);
    std::remove(path.c_str());
  }
  quoin_status open(const FileBytes &file) {
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char *>(file.bytes.data()), std::ssize(file.bytes));
    return quoin_model_create_from_file(path.c_str(), &model, &error);
  }

  std::string path = testing::TempDir() + "model-" + std::to_string(getpid());
  quoin_model *model = nullptr;
  const quoin_tensor *tensor = nullptr;
  quoin_error error{};
};

TEST_F(Model, ggufTensors) {
  FileBytes file = FileBytes().text("GGUF").number(3).number<uint64_t>(2).number<uint64_t>(0);
  file.sized("w").number(2).number<uint64_t>(32).number<uint64_t>(3).number(2).number<uint64_t>(0);
  file.sized("scalar").number(0).number(0).number<uint64_t>(64);
  file.bytes.resize(96 + 64, 7);
  file.text("end.");
  ASSERT_EQ(open(file), QUOIN_OK) << error.message;
  ASSERT_EQ(quoin_model_tensor_count(model), 2u);
  ASSERT_EQ(quoin_model_find_tensor(model, "w", &tensor, &error), QUOIN_OK);
  EXPECT_EQ(tensor, quoin_model_tensor(model, 0));
  EXPECT_STREQ(tensor->name, "w");
  EXPECT_STREQ(tensor->type, "");
  EXPECT_EQ(tensor->type_number, 2);
  ASSERT_EQ(tensor->rank, 2u);
  EXPECT_EQ(tensor->extents[0], 3);
  EXPECT_EQ(tensor->extents[1], 32);
  EXPECT_EQ(tensor->bytes, 3u * 18);
  tensor = quoin_model_tensor(model, 1);
  EXPECT_STREQ(tensor->name, "scalar");
  EXPECT_EQ(tensor->rank, 0u);
  EXPECT_EQ(std::string(static_cast<const char *>(tensor->data), tensor->bytes), "end.");
  EXPECT_EQ(quoin_model_tensor(model, 2), nullptr);
}

TEST_F(Model, safetensorsTensors) {
  ASSERT_EQ(open(FileBytes().sized(R"({"w":{"dtype":"I32","shape":[1,2],"data_offsets":[0,8]}})").text("12345678")),
            QUOIN_OK)
      << error.message;
  ASSERT_EQ(quoin_model_find_tensor(model, "w", &tensor, &error), QUOIN_OK);
  EXPECT_STREQ(tensor->type, "I32");
  EXPECT_EQ(tensor->type_number, -1);
  ASSERT_EQ(tensor->rank, 2u);
  EXPECT_EQ(tensor->extents[1], 2);
  // The bytes stay when the file's name is gone.
  std::remove(path.c_str());
  EXPECT_EQ(std::string(static_cast<const char *>(tensor->data), tensor->bytes), "12345678");
}

TEST_F(Model, errors) {
  EXPECT_EQ(open(FileBytes().text("GGUF").number(9)), QUOIN_BAD_MODEL);
  EXPECT_EQ(std::string(error.message), "\"" + path + "\": the GGUF header at byte 4 has version 9, known are 2 and 3");
  EXPECT_STREQ(quoin_status_name(error.status), "bad model file");
  EXPECT_EQ(open(FileBytes()), QUOIN_BAD_MODEL);
  EXPECT_EQ(model, nullptr) << "written on success only";
  EXPECT_EQ(quoin_model_create_from_file("/does/not/exist", &model, &error), QUOIN_IO_ERROR);
  EXPECT_EQ(quoin_model_create_from_file(nullptr, &model, &error), QUOIN_INVALID_ARGUMENT);
  EXPECT_EQ(quoin_model_create_from_file(path.c_str(), nullptr, &error), QUOIN_INVALID_ARGUMENT);
  ASSERT_EQ(open(FileBytes().sized("{}")), QUOIN_OK);
  EXPECT_EQ(quoin_model_find_tensor(model, "w", &tensor, &error), QUOIN_NOT_FOUND);
  EXPECT_STREQ(error.message, "the model has no tensor \"w\"");
  EXPECT_EQ(quoin_model_find_tensor(model, nullptr, &tensor, &error), QUOIN_INVALID_ARGUMENT);
  EXPECT_EQ(quoin_model_find_tensor(nullptr, "w", &tensor, &error), QUOIN_INVALID_ARGUMENT);
  EXPECT_EQ(quoin_model_tensor_count(nullptr), 0u);
  EXPECT_EQ(quoin_model_tensor(nullptr, 0), nullptr);
  quoin_model_release(nullptr);
}

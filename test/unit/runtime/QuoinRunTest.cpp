// The commands of quoin-run that work on files, on kernels written by hand in C.
#include "FakeBundle.h"
#include "FileBytes.h"
#include "runtime/cpu_features.h"
#include "runtime/npy.h"
#include "tools/run/Command.h"

#include <gtest/gtest.h>

using namespace quoin;
using namespace quoin::test;

static bool contains(const std::string &text, const std::string &part) { return text.find(part) != std::string::npos; }

/// Weights of N = 5, K = 64 in a file, and X with one row that picks column 40.
class Files : public testing::Test {
protected:
  void SetUp() override {
    folder = testing::TempDir() + "quoin-run-" + std::to_string(getpid()) + "/";
    std::filesystem::create_directory(folder);
    bundle = writeFake();
    std::vector<uint8_t> stored(5 * 2 * 18);
    for (size_t record = 0; record < 10; ++record) {
      stored[record * 18 + 1] = 0x3c; // scale 1.0
      for (size_t i = 0; i < 16; ++i)
        stored[record * 18 + 2 + i] = uint8_t(record + 16 * (15 - i));
    }
    writeBytes(folder + "w.bin", stored);
    std::vector<float> x(64, 0.0f);
    x[40] = 127.0f; // element 8 of the second record: its code is the low nibble, the record's number
    const int64_t shape[] = {1, 64};
    ASSERT_TRUE(writeNpy(folder + "x.npy", shape, x));
    const float bias[] = {0.5f, 1.5f, 2.5f, 3.5f, 4.5f};
    const int64_t biasShape[] = {5};
    ASSERT_TRUE(writeNpy(folder + "b.npy", biasShape, bias));
  }
  void TearDown() override {
    std::filesystem::remove_all(folder);
    std::filesystem::remove(bundle);
  }

  std::string run(Outcome<void> (*command)(const Arguments &), std::vector<std::string> options) {
    options.insert(options.begin(), bundle);
    Outcome<void> done = command(options);
    return done ? "" : done.error().error.message;
  }

  std::string folder, bundle;
};

TEST_F(Files, runMultiplies) {
  for (const char *weights : {"block=w.bin", "w.bin"}) {
    std::string input = weights;
    input.insert(input.find("w.bin"), folder);
    ASSERT_EQ(run(runRun, {"--weights", input, "--shape=5,64", "--x", folder + "x.npy", "-o", folder + "y.npy"}), "");
    auto y = readNpyMatrix(folder + "y.npy");
    ASSERT_TRUE(y);
    EXPECT_EQ(y->columns, 5);
    for (int n = 0; n < 5; ++n)
      EXPECT_EQ(y->values[size_t(n)], float((2 * n + 1 - 8) * 127));
  }
}

TEST_F(Files, packedWeightsGiveTheSameWithBias) {
  ASSERT_EQ(run(runPack, {"--weights", folder + "w.bin", "--shape=5,64", "-o", folder + "w.packed"}), "");
  ASSERT_EQ(run(runRun, {"@MATMUL_example_int8:32", "--weights", folder + "w.packed", "--shape=5,64", "--x",
                         folder + "x.npy", "--bias", folder + "b.npy", "-o", folder + "y.npy"}),
            "");
  auto y = readNpyMatrix(folder + "y.npy");
  ASSERT_TRUE(y);
  for (int n = 0; n < 5; ++n)
    EXPECT_EQ(y->values[size_t(n)], float((2 * n + 1 - 8) * 127) + 0.5f + float(n));
  EXPECT_TRUE(
      contains(run(runRun, {"--weights", folder + "w.packed", "--shape=4,64", "--x", folder + "x.npy", "-o", "y"}),
               "packed for N = 5"));
}

TEST_F(Files, userErrors) {
  std::vector<std::string> good = {"--weights", folder + "w.bin",         "--shape=5,64", "--x", folder + "x.npy",
                                   "-o",        folder + "never-made.npy"};
  const int64_t wide[] = {1, 96};
  ASSERT_TRUE(writeNpy(folder + "x96.npy", wide, std::vector<float>(96)));
  auto changed = [&](size_t at, const std::string &word) {
    std::vector<std::string> words = good;
    words[at] = word;
    return run(runRun, words);
  };
  EXPECT_TRUE(contains(changed(1, folder + "none.bin"), "cannot open"));
  EXPECT_TRUE(contains(changed(1, folder + "none.gguf:blk.0"), "cannot open"));
  EXPECT_TRUE(contains(changed(1, folder + "none.safetensors:p"), "cannot open"));
  EXPECT_TRUE(contains(changed(2, "--shape=6,64"), "--weights: ")) << "six rows need more bytes";
  EXPECT_TRUE(contains(changed(4, folder + "x96.npy"), "has 96 columns, K = 64"));
  EXPECT_TRUE(contains(changed(4, folder + "b.npy"), "has 5 columns, K = 64"));
  EXPECT_TRUE(contains(changed(4, folder + "w.bin"), "does not begin as .npy files do"));
  good.insert(good.end(), {"--bias", folder + "x.npy"});
  EXPECT_TRUE(contains(run(runRun, good), "has 64 columns, N = 5"));
  EXPECT_FALSE(std::filesystem::exists(folder + "never-made.npy"));
}

TEST_F(Files, outputsAreNoInputs) {
  std::filesystem::create_hard_link(bundle, folder + "hard");
  for (std::string input : {"w.bin", "x.npy", "b.npy", "hard"})
    EXPECT_TRUE(contains(run(runRun, {"--weights", "block=" + folder + "w.bin", "--shape=5,64", "--x", folder + "x.npy",
                                      "--bias", folder + "b.npy", "-o", folder + input}),
                         "-o \"" + folder + input + "\" would overwrite the input"));
  for (std::string weights : {"", "block="})
    EXPECT_TRUE(
        contains(run(runPack, {"--weights", weights + folder + "w.bin", "--shape=5,64", "-o", folder + "w.bin"}),
                 "would overwrite the input"));
}

TEST_F(Files, packedWeightsTellTheirShape) {
  ASSERT_EQ(run(runPack, {"--weights", folder + "w.bin", "--shape=5,64", "-o", folder + "w.packed"}), "");
  EXPECT_EQ(run(runRun, {"--weights", folder + "w.packed", "--x", folder + "x.npy", "-o", folder + "y.npy"}), "");
  EXPECT_EQ(run(runRun, {"--weights", folder + "w.bin", "--x", folder + "x.npy", "-o", folder + "n.npy"}),
            "the weights do not tell N and K");
}

/// The same weights in files of models, among others.
class Models : public Files {
protected:
  void SetUp() override {
    Files::SetUp();
    stored = fileBytes(folder + "w.bin");
    gguf = folder + "m.gguf", safetensors = folder + "m.safetensors";
    writeGguf({{"other", 0, {3}, {}}, {"blk.0.w", 2, {64, 5}, stored}, {"stack", 2, {64, 1, 5}, stored}});
    writeSafetensors("\"U8\",\"shape\":[5,36]");
  }

  struct Tensor {
    std::string name;
    uint32_t type;
    std::vector<uint64_t> extents;
    std::vector<uint8_t> data;
  };
  void writeGguf(const std::vector<Tensor> &tensors) {
    FileBytes file, data;
    file.text("GGUF").number<uint32_t>(3).number<uint64_t>(tensors.size()).number<uint64_t>(0);
    for (const Tensor &tensor : tensors) {
      file.sized(tensor.name).number<uint32_t>(uint32_t(tensor.extents.size()));
      for (uint64_t extent : tensor.extents)
        file.number(extent);
      file.number(tensor.type).number<uint64_t>(data.bytes.size());
      data.bytes.insert(data.bytes.end(), tensor.data.begin(), tensor.data.end());
      data.bytes.resize((data.bytes.size() + 31 + (tensor.data.empty() ? 32 : 0)) / 32 * 32);
    }
    file.bytes.resize((file.bytes.size() + 31) / 32 * 32);
    file.bytes.insert(file.bytes.end(), data.bytes.begin(), data.bytes.end());
    writeBytes(gguf, file.bytes);
  }
  void writeSafetensors(const std::string &typeAndShape) {
    std::string header = "{\"p.block\":{\"dtype\":" + typeAndShape + ",\"data_offsets\":[0,180]}}";
    FileBytes file = FileBytes().sized(header);
    file.bytes.insert(file.bytes.end(), stored.begin(), stored.end());
    writeBytes(safetensors, file.bytes);
  }

  std::string runOf(const std::string &weights, std::vector<std::string> more = {}) {
    std::filesystem::remove(folder + "y.npy");
    more.insert(more.end(), {"--weights", weights, "--x", folder + "x.npy", "-o", folder + "y.npy"});
    return run(runRun, more);
  }
  void expectProduct() {
    auto y = readNpyMatrix(folder + "y.npy");
    ASSERT_TRUE(y);
    ASSERT_EQ(y->columns, 5);
    for (int n = 0; n < 5; ++n)
      EXPECT_EQ(y->values[size_t(n)], float((2 * n + 1 - 8) * 127));
  }

  std::vector<uint8_t> stored;
  std::string gguf, safetensors;
};

TEST_F(Models, runTakesTensorsWhereTheyLie) {
  for (FakeKind kind : {FakeKind::Packed, FakeKind::Stored}) {
    bundle = writeFake({.kind = kind});
    for (std::string weights : {gguf + ":blk.0.w", safetensors + ":p"}) {
      EXPECT_EQ(runOf(weights), "") << weights;
      expectProduct();
      EXPECT_EQ(runOf(weights, {"--shape=5,64"}), "") << weights;
      expectProduct();
    }
    std::filesystem::remove(bundle);
  }
}

TEST_F(Models, packTakesTensors) {
  for (std::string weights : {gguf + ":blk.0.w", safetensors + ":p"}) {
    ASSERT_EQ(run(runPack, {"--weights", weights, "-o", folder + "w.packed"}), "");
    EXPECT_EQ(runOf(folder + "w.packed"), "");
    expectProduct();
    EXPECT_TRUE(contains(run(runPack, {"--weights", weights, "-o", weights.substr(0, weights.rfind(':'))}),
                         "would overwrite the input"));
  }
}

TEST_F(Models, ggufErrors) {
  EXPECT_EQ(runOf(gguf + ":blk.0.w", {"--shape=6,64"}),
            "\"" + gguf + "\" has N = 5, K = 64 for \"blk.0.w\", --shape=6,64");
  EXPECT_EQ(runOf(gguf + ":none"), "\"" + gguf + "\" has no tensor \"none\"");
  EXPECT_EQ(runOf(gguf), "\"" + gguf + "\" has no tensor \"\"");
  EXPECT_EQ(runOf(gguf + ":other"),
            "\"" + gguf + "\": tensor \"other\" has the type number 0, format \"example_4bit\" has 2");
  EXPECT_EQ(runOf(gguf + ":stack"), "\"" + gguf + "\": tensor \"stack\" has 3 extents, expected a matrix");
  std::vector<uint8_t> bytes = fileBytes(gguf);
  bytes[4] = 9;
  writeBytes(gguf, bytes);
  EXPECT_EQ(runOf(gguf + ":blk.0.w"), "\"" + gguf + "\": the GGUF header at byte 4 has version 9, known are 2 and 3");
  writeGguf({{"w", 8, {64, 5}, std::vector<uint8_t>(5 * 2 * 34)}});
  std::filesystem::remove(bundle);
  bundle = writeFake({.ggufType = 8});
  EXPECT_TRUE(contains(runOf(gguf + ":w"), "stream \"block\" has 340 bytes and needs 180"))
      << "a text that gives the number of another type";
}

TEST_F(Models, safetensorsErrors) {
  EXPECT_EQ(runOf(safetensors + ":q"), "\"" + safetensors + "\" has no tensor \"q.block\" for stream \"block\"");
  EXPECT_EQ(runOf(safetensors), "\"" + safetensors + "\" has no tensor \"block\" for stream \"block\"");
  EXPECT_EQ(runOf(safetensors + ":p", {"--shape=6,64"}),
            "--weights: stream \"block\" has 180 bytes and needs 216 (12 records of 18 bytes)");
  writeSafetensors("\"U16\",\"shape\":[90]");
  EXPECT_EQ(runOf(safetensors + ":p"),
            "\"" + safetensors + "\": tensor \"p.block\" has the type \"U16\", stream \"block\" has bytes");
  writeSafetensors("\"U8\",\"shape\":[180]");
  EXPECT_EQ(runOf(safetensors + ":p"), "the weights do not tell N and K");
  EXPECT_EQ(runOf(safetensors + ":p", {"--shape=5,64"}), "");
  writeSafetensors("\"U8\",\"shape\":[181]");
  EXPECT_EQ(runOf(safetensors + ":p"), "\"" + safetensors +
                                           "\": tensor \"p.block\" has data offsets for 180 bytes, its type and shape "
                                           "need 181");
}

TEST_F(Models, streamsGivenAsFilesComeFirst) {
  EXPECT_EQ(run(runRun, {"--weights", safetensors + ":none", "--weights", "block=" + folder + "w.bin", "--shape=5,64",
                         "--x", folder + "x.npy", "-o", folder + "y.npy"}),
            "")
      << "no tensor is looked for";
  expectProduct();
  EXPECT_EQ(runOf(gguf + ":blk.0.w", {"--weights", gguf + ":blk.0.w"}), "--weights gives stream \"block\" twice");
}

TEST_F(Files, benchPrintsOneObjectForEachKernel) {
  testing::internal::CaptureStdout();
  std::string message = run(runBench, {"--shape=65,16,64", "--json", "--threads=1"});
  std::string text = testing::internal::GetCapturedStdout();
  ASSERT_EQ(message, "");
  nlohmann::json rows = nlohmann::json::parse(text);
  ASSERT_EQ(rows.size(), 1u);
  const nlohmann::json &row = rows[0];
  for (const char *key : {"kernel", "format", "activations", "layout", "device", "isa", "limit_instruction"})
    EXPECT_TRUE(row[key].is_string()) << key;
  for (const char *key : {"time_us", "weight_gbs", "gflops", "limit_gbs", "limit_gflops", "share"})
    EXPECT_GT(row[key].get<double>(), 0.0) << key;
  EXPECT_EQ(row["m"], 65);
  EXPECT_EQ(row["stored_bytes"], 16 * 2 * 18);
  EXPECT_EQ(row["packed_bytes"], 16 * 2 * 18);
  EXPECT_LT(row["share"].get<double>(), 1.0) << "plain loops are slower than the machine";
}

TEST_F(Files, benchMeasuresFloatsAgainstTheirOwnInstructions) {
  for (bool pairs : {false, true}) {
    bundle = writeFake({.kind = FakeKind::Floats, .bf16Pairs = pairs});
    testing::internal::CaptureStdout();
    ASSERT_EQ(run(runBench, {"--shape=65,16,64", "--json", "--threads=1"}), "");
    nlohmann::json rows = nlohmann::json::parse(testing::internal::GetCapturedStdout());
    std::filesystem::remove(bundle);
    std::string name = rows[0]["limit_instruction"];
    bool hasPairs = pairs && hasFeature("avx512bf16");
    EXPECT_TRUE(contains(name, hasPairs ? "vdpbf16ps" : "vfmadd231ps") || !hasFeature("avx2")) << name;
  }
}

TEST_F(Files, listNamesKernelsAndImages) {
  testing::internal::CaptureStdout();
  std::string message = run(runList, {});
  std::string text = testing::internal::GetCapturedStdout();
  EXPECT_EQ(message, "");
  EXPECT_TRUE(contains(text, "matmul_example_int8:32")) << text;
  EXPECT_TRUE(contains(text, "image avx-fma (taken): needs avx, fma, f16c")) << text;
}

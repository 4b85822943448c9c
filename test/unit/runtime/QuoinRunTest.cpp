// The commands of quoin-run that work on files, on kernels written by hand in C.
#include "StubBundle.h"
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
    bundle = writeStub();
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
  auto changed = [&](size_t at, const std::string &word) {
    std::vector<std::string> words = good;
    words[at] = word;
    return run(runRun, words);
  };
  EXPECT_TRUE(contains(changed(1, folder + "none.bin"), "cannot open"));
  EXPECT_TRUE(contains(changed(1, "model.gguf:blk.0"), "does not read gguf files"));
  EXPECT_TRUE(contains(changed(1, "m.safetensors:p"), "does not read safetensors files"));
  EXPECT_TRUE(contains(changed(2, "--shape=6,64"), "--weights: ")) << "six rows need more bytes";
  EXPECT_TRUE(contains(changed(2, "--shape=5,96"), "has 64 columns, K = 96"));
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
    bundle = writeStub({.kind = StubKind::Floats, .bf16Pairs = pairs});
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

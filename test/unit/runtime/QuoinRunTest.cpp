// The commands of quoin-run on kernels written by hand in C: right ones pass, and each mistake is found.
#include "../spec/FormatMaker.h"
#include "TestBundle.h"
#include "runtime/npy.h"
#include "runtime/spec/Json.h"
#include "tools/run/Command.h"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace quoin;
using namespace quoin::test;

static std::vector<uint8_t> fileBytes(const std::string &path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

static void writeBytes(const std::string &path, const std::vector<uint8_t> &bytes) {
  std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char *>(bytes.data()), std::ssize(bytes));
}

/// The node that reads the first field of the given kind.
static int readNode(const spec::Format &format, bool isFloat) {
  for (size_t i = 0; i < format.nodes.size(); ++i)
    if (format.nodes[i].op == spec::Op::Read && format.fields[size_t(format.nodes[i].imm)].type.isFloat() == isFloat)
      return int(i);
  return -1;
}

/// Bundle of the kernels with a mistake (0: none). `declareOrder`: the manifest says the float expression.
static std::string writeBundle(int bug, bool declareOrder = true, int64_t zero = 8) {
  spec::FormatMaker maker;
  makeFourBit(maker);
  const spec::Format &format = maker.format;
  nlohmann::json entries = {{"quantize", 0}, {"matmul", 16}, {"pack", 32}, {"unpack", 48}, {"decode", 64}};
  nlohmann::json image = {
      {"isa", "avx-fma"}, {"requires", {"avx", "fma", "f16c"}}, {"section", 0}, {"entries", entries}};
  nlohmann::json numerics = {{"accumulate", "exact"}};
  if (declareOrder) {
    numerics["order"] = "fma-per-group";
    numerics["terms"] = {{{"coefficient", readNode(format, true)}, {"code", readNode(format, false)}, {"zero", zero}}};
  }
  nlohmann::json kernel = {{"name", "matmul_example_int8:32"},
                           {"op", "matmul"},
                           {"format", "example"},
                           {"activations", "int8:32"},
                           {"layout", "packed"},
                           {"layout_id", "rows4"},
                           {"streams", {"block"}},
                           {"k_multiple", 32},
                           {"panel_rows", 4},
                           {"block", 32},
                           {"block_bytes", 72},
                           {"panel_bytes", 0},
                           {"group", 32},
                           {"x_group", 32},
                           {"x_code_bytes", 1},
                           {"x_parts", {{{"columns", 32}, {"bytes", 8}}}},
                           {"scratch_bytes", 100},
                           {"code_bits", 4},
                           {"numerics", numerics},
                           {"images", {image}}};
  nlohmann::json manifest = {{"quoin", "0.1.0"},
                             {"text_sha256", ""},
                             {"formats", {{"example", nlohmann::json::parse(spec::toJson(format))}}},
                             {"kernels", {kernel}}};
  TestBundle bundle(manifest.dump());
  bundle.sections = {fileBytes(KERNEL_IMAGES + std::to_string(bug) + ".bin")};
  bundle.layOut();
  std::string path = testing::TempDir() + "kernels-" + std::to_string(bug) + (declareOrder ? "" : "-free") +
                     (zero == 8 ? "" : "-zero") + std::to_string(getpid()) + ".quoin";
  writeBytes(path, bundle.bytes());
  return path;
}

/// Runs check; "" or the message.
static std::string check(const std::string &bundle, std::vector<std::string> options = {}) {
  options.insert(options.begin(), {bundle, "--threads=3"});
  Outcome<void> done = runCheck(options);
  std::filesystem::remove(bundle);
  return done ? "" : done.error().error.message;
}

static bool contains(const std::string &text, const std::string &part) { return text.find(part) != std::string::npos; }

TEST(Check, rightKernelsPass) { EXPECT_EQ(check(writeBundle(0)), ""); }

TEST(Check, rightKernelsPassWithoutDeclaredOrder) {
  EXPECT_EQ(check(writeBundle(0, false), {"--shape=17,33,256", "--seed=5"}), "");
}

TEST(Check, oneShape) {
  for (const char *shape : {"--shape=0,1,32", "--shape=1,1,32", "--shape=64,20,320"})
    EXPECT_EQ(check(writeBundle(0), {shape}), "") << shape;
}

struct Mistake {
  int bug;
  bool declareOrder;
  const char *found;
};

class CheckMistakes : public testing::TestWithParam<Mistake> {};

TEST_P(CheckMistakes, isFound) {
  auto [bug, declareOrder, found] = GetParam();
  std::string message = check(writeBundle(bug, declareOrder));
  EXPECT_TRUE(contains(message, found)) << message;
}

INSTANTIATE_TEST_SUITE_P(All, CheckMistakes,
                         testing::Values(Mistake{1, true, "differs from the declared expression"}, // another zero point
                                         Mistake{1, false, "out of bound"},
                                         Mistake{2, true, "differs from the declared expression"}, // X rounded to zero
                                         Mistake{2, false, "out of bound"},
                                         Mistake{3, true, "differs from the declared expression"}, // groups backwards
                                         Mistake{4, true, "differs from the declared expression"}, // product rounded
                                         Mistake{7, false, "out of bound"},                        // no bias
                                         Mistake{9, false, "depends on threads or M"},
                                         Mistake{10, false, "is a number though X is not"},
                                         Mistake{11, true, "unpack of pack changes stream \"block\" at byte 17"},
                                         Mistake{12, true, "decode differs at n = "}),
                         [](const auto &info) {
                           return "mistake" + std::to_string(info.param.bug) +
                                  (info.param.declareOrder ? "" : "WithoutOrder");
                         });

struct Touch {
  int bug;
  const char *found;
};

class CheckTouches : public testing::TestWithParam<Touch> {};

TEST_P(CheckTouches, outsideOperands) {
  auto [bug, found] = GetParam();
  std::string bundle = writeBundle(bug);
  EXPECT_EXIT(check(bundle), testing::ExitedWithCode(1), found);
  std::filesystem::remove(bundle);
}

INSTANTIATE_TEST_SUITE_P(All, CheckTouches,
                         testing::Values(Touch{5,
                                               "\"pack\".*touched memory . bytes behind the end of operand \"block\""},
                                         Touch{6, "\"matmul\".*behind the end of operand"},
                                         Touch{8, "\"quantize\".*4 bytes before operand \"x\""},
                                         Touch{13, "\"matmul\".*behind the end of operand \"scratch\""},
                                         Touch{14, "\"quantize\".*behind the end of operand \"xq\""}),
                         [](const auto &info) { return "mistake" + std::to_string(info.param.bug); });

TEST(Check, declaredTermsMustGiveTheFormat) {
  EXPECT_TRUE(contains(check(writeBundle(0, true, 7)), "the declared terms give")) << "zero point 7 in the manifest";
}

TEST(Check, userErrors) {
  EXPECT_TRUE(contains(check(writeBundle(0), {"--shape=1,2"}), "--shape=1,2 is no shape"));
  EXPECT_TRUE(contains(check(writeBundle(0), {"--shape=1,2,48"}), "K = 48 is no multiple of 32"));
  EXPECT_TRUE(contains(check(writeBundle(0), {"--seed=x"}), "--seed=x"));
  EXPECT_TRUE(contains(check(writeBundle(0), {"@other"}), "no kernel \"other\""));
  EXPECT_TRUE(contains(check(writeBundle(0), {"--device=cuda"}), "device \"cuda\""));
  EXPECT_TRUE(contains(check(writeBundle(0), {"--isa=avx512"}), "no image of the isa \"avx512\""));
  EXPECT_TRUE(contains(check("/does/not/exist"), "cannot open"));
}

/// Weights of N = 5, K = 64 in a file, and X with one row that picks column 40.
class Files : public testing::Test {
protected:
  void SetUp() override {
    folder = testing::TempDir() + "quoin-run-" + std::to_string(getpid()) + "/";
    std::filesystem::create_directory(folder);
    bundle = writeBundle(0);
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

TEST_F(Files, listNamesKernelsAndImages) {
  testing::internal::CaptureStdout();
  std::string message = run(runList, {});
  std::string text = testing::internal::GetCapturedStdout();
  EXPECT_EQ(message, "");
  EXPECT_TRUE(contains(text, "matmul_example_int8:32")) << text;
  EXPECT_TRUE(contains(text, "image avx-fma (taken): needs avx, fma, f16c")) << text;
}

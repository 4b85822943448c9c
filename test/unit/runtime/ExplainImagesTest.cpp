// Why images are taken or refused, on machines that are made up.
#include "tools/run/ExplainImages.h"
#include "FakeBundle.h"
#include "runtime/cpu_features.h"
#include "tools/run/Command.h"

#include <gtest/gtest.h>

#include <set>

using namespace quoin;
using namespace quoin::test;

static const std::set<std::string, std::less<>> v3 = {"avx2", "bmi2", "f16c", "fma"};

static Machine machineWith(std::set<std::string, std::less<>> features) {
  features.insert(v3.begin(), v3.end());
  return {"x86_64", [features](std::string_view name) { return features.contains(name); }};
}

/// Images of two levels and one for another processor.
static ManifestKernel kernelOf(const char *activations) {
  ManifestKernel kernel;
  kernel.op = "matmul";
  kernel.activations = activations;
  kernel.images = {
      {"small", "x86_64", {v3.begin(), v3.end()}},
      {"large", "x86_64", {"avx2", "avx512bw", "avx512dq", "avx512f", "avx512vl", "avx512vnni", "f16c", "fma"}},
      {"other", "aarch64", {"dotprod"}}};
  return kernel;
}

TEST(ExplainImages, namesWhatIsMissing) {
  ManifestKernel kernel = kernelOf("int8:32");
  Machine machine = machineWith({"avx512f", "avx512bw", "avx512dq", "avx512vl"});
  EXPECT_EQ(explainImages(kernel, &kernel.images[0], false, machine),
            (std::vector<std::string>{"small: taken, of what runs here it requires most",
                                      "large: refused, this machine lacks avx512vnni",
                                      "other: refused, it is made for aarch64 and this machine is x86_64"}));
  EXPECT_EQ(unusedGains(kernel, &kernel.images[0], machine),
            (std::vector<std::string>{
                "avx512f, avx512bw, avx512dq, avx512vl of this machine, for vectors of 64 bytes, are not used"}));
}

TEST(ExplainImages, saysWhichWasPreferred) {
  ManifestKernel kernel = kernelOf("int8:32");
  Machine machine = machineWith({"avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512vnni", "avx512bf16"});
  EXPECT_EQ(explainImages(kernel, &kernel.images[1], false, machine)[0],
            "small: not taken, large requires more or comes later");
  EXPECT_EQ(explainImages(kernel, &kernel.images[1], false, machine)[1],
            "large: taken, of what runs here it requires most");
  EXPECT_TRUE(unusedGains(kernel, &kernel.images[1], machine).empty());
  EXPECT_EQ(explainImages(kernel, &kernel.images[0], true, machine)[0], "small: taken, --isa asks for it");
  EXPECT_EQ(explainImages(kernel, &kernel.images[0], true, machine)[1], "large: not taken, --isa asks for another");
}

TEST(ExplainImages, gainsBelongToActivations) {
  Machine machine = machineWith({"avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512vnni", "avx512bf16"});
  ManifestKernel floats = kernelOf("bf16");
  EXPECT_EQ(unusedGains(floats, &floats.images[1], machine),
            (std::vector<std::string>{
                "avx512bf16 of this machine, for sums of two bf16 products in one instruction, are not used"}));
  ManifestKernel bytes = kernelOf("int8:token");
  EXPECT_EQ(unusedGains(bytes, &bytes.images[0], machine).size(), 2u);
  bytes.op = "decode";
  EXPECT_TRUE(unusedGains(bytes, &bytes.images[0], machine).empty());
}

TEST(ExplainImages, oldMachinesTakeNothing) {
  ManifestKernel kernel = kernelOf("int8:32");
  Machine machine{"x86_64", [](std::string_view) { return false; }};
  EXPECT_EQ(explainImages(kernel, nullptr, false, machine)[0],
            "small: refused, this machine lacks avx2, bmi2, f16c, fma");
  EXPECT_TRUE(unusedGains(kernel, nullptr, machine).empty());
  EXPECT_TRUE(describeGains(machine)[0].starts_with("no  avx2, fma, f16c: "));
}

/// Runs doctor on a bundle whose one image requires the features of a JSON list; returns output and error.
static std::pair<std::string, std::string> doctor(const std::string &required) {
  std::string path = testing::TempDir() + "doctor-" + std::to_string(getpid()) + ".quoin";
  writeBytes(path, TestBundle(manifestJson(kernelJson("k", imageJson("base", required)))).bytes());
  testing::internal::CaptureStdout();
  Outcome<void> done = runDoctor({path});
  std::string text = testing::internal::GetCapturedStdout();
  std::filesystem::remove(path);
  return {text, done ? "" : done.error().error.message};
}

TEST(Doctor, describesBundles) {
  auto [text, error] = doctor("[]");
  EXPECT_EQ(error, "");
  EXPECT_NE(text.find("  k\n    base: taken, of what runs here it requires most\n"), std::string::npos) << text;
}

TEST(Doctor, failsWhereNothingRuns) {
  std::string foreign = hostArchitecture() == "x86_64" ? "sve" : "avx2"; // of another architecture
  auto [text, error] = doctor("[\"" + foreign + "\"]");
  EXPECT_EQ(error, "no image of kernel \"k\" runs on this machine");
  EXPECT_NE(text.find("    base: refused, this machine lacks " + foreign + "\n"), std::string::npos) << text;
}

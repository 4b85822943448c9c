#include "runtime/bundle.h"

#include "TestBundle.h"

#include <gtest/gtest.h>

using namespace quoin;
using namespace quoin::test;

static Outcome<std::unique_ptr<quoin_bundle>> load(const TestBundle &bundle, std::string_view isa = "") {
  return loadBundle(bundle.bytes(), isa);
}

/// The bundle is refused as bad, for the reason given.
static void expectBad(const TestBundle &bundle, const std::string &reason) {
  auto loaded = load(bundle);
  ASSERT_FALSE(loaded) << reason;
  EXPECT_EQ(loaded.error().status, QUOIN_BAD_BUNDLE);
  EXPECT_NE(loaded.error().error.message.find(reason), std::string::npos) << loaded.error().error.message;
  EXPECT_FALSE(loaded.error().error.hint.empty());
}

static void expectBadManifest(const std::string &manifest, const std::string &reason) {
  expectBad(TestBundle(manifest), reason);
}

static std::string replaced(std::string text, const std::string &from, const std::string &to) {
  size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

TEST(Bundle, loadsAndCalls) {
  auto bundle = load(TestBundle());
  ASSERT_TRUE(bundle) << bundle.error().error.message;
  ASSERT_EQ((*bundle)->kernels.size(), 1u);
  const quoin_kernel &kernel = (*bundle)->kernels[0];
  ASSERT_NE(kernel.image, nullptr);
  float y[4] = {};
  quoin_kernel_args args{};
  args.y = y;
  args.n_begin = 1;
  args.n_end = 0x3f800000;
  kernel.quantize(&args);
  kernel.matmul(&args);
  EXPECT_EQ(y[0], 0.0f);
  EXPECT_EQ(y[1], 1.0f);
}

TEST(Bundle, everyTruncationIsRefused) {
  std::vector<uint8_t> file = TestBundle().bytes();
  for (size_t length = 0; length < file.size(); ++length) {
    std::vector<uint8_t> cut(file.begin(), file.begin() + ptrdiff_t(length)); // own allocation: ASan sees the end
    auto loaded = loadBundle(cut, "");
    ASSERT_FALSE(loaded) << length;
    EXPECT_EQ(loaded.error().status, QUOIN_BAD_BUNDLE) << length;
  }
  file.push_back(0);
  EXPECT_FALSE(loadBundle(file, ""));
}

TEST(Bundle, everyFlippedByteIsRefused) {
  std::vector<uint8_t> file = TestBundle().bytes();
  for (size_t at = 0; at < file.size(); ++at) {
    file[at] ^= uint8_t(1u << at % 8);
    auto loaded = loadBundle(file, "");
    ASSERT_FALSE(loaded) << at;
    EXPECT_EQ(loaded.error().status, QUOIN_BAD_BUNDLE) << at;
    file[at] ^= uint8_t(1u << at % 8);
  }
  EXPECT_TRUE(loadBundle(file, ""));
}

// Whatever a header field holds, with a hash that is right, the loader answers and reads nothing outside the file.
TEST(Bundle, headerFieldsAtTheirExtremes) {
  std::vector<uint8_t> file = TestBundle().bytes();
  const uint64_t values[] = {0,
                             1,
                             63,
                             64,
                             file.size() - 1,
                             file.size(),
                             file.size() + 1,
                             UINT32_MAX,
                             INT64_MAX,
                             uint64_t(INT64_MAX) + 1,
                             UINT64_MAX - 63,
                             UINT64_MAX};
  const size_t headerAndTable = sizeof(BundleHeader) + sizeof(BundleSection);
  for (size_t at = 0; at + 8 <= headerAndTable; at += 4)
    for (size_t width : {4, 8})
      for (uint64_t value : values) {
        std::vector<uint8_t> changed = file;
        std::memcpy(changed.data() + at, &value, width);
        TestBundle::rehash(changed);
        if (changed == file)
          continue;
        auto loaded = loadBundle(changed, "");
        EXPECT_TRUE(loaded || loaded.error().status == QUOIN_BAD_BUNDLE) << at << " = " << value;
      }
}

TEST(Bundle, headerRules) {
  TestBundle bundle;
  bundle.header.version = 2;
  expectBad(bundle, "version 2");
  bundle.layOut();
  bundle.header.kernel_abi = 7;
  expectBad(bundle, "ABI 7");
  bundle.layOut();
  bundle.header.kernel_abi = QUOIN_KERNEL_ABI;
  bundle.header.reserved = 1;
  expectBad(bundle, "reserved");
  bundle.header.reserved = 0;
  bundle.header.manifest_offset = UINT64_MAX - 10; // offset + bytes wraps
  expectBad(bundle, "manifest");
  bundle.layOut();
  bundle.header.manifest_bytes = UINT64_MAX - bundle.header.manifest_offset + 2;
  expectBad(bundle, "manifest");
  bundle.layOut();
  bundle.header.section_count = UINT32_MAX;
  expectBad(bundle, "4294967295 sections");
}

TEST(Bundle, sectionRules) {
  TestBundle bundle;
  bundle.table[0].kind = 9;
  expectBad(bundle, "unknown kind 9");
  bundle.layOut();
  bundle.table[0].reserved = 1;
  expectBad(bundle, "reserved field");
  bundle.layOut();
  bundle.table[0].offset += 8;
  expectBad(bundle, "no multiple of 64");
  bundle.layOut();
  bundle.table[0].offset = UINT64_MAX - 63;
  expectBad(bundle, "does not lie inside");
  bundle.layOut();
  bundle.table[0].bytes = UINT64_MAX - bundle.table[0].offset + 2;
  expectBad(bundle, "does not lie inside");
  bundle.layOut();
  bundle.table[0].offset = 64; // over the header, the table and the manifest
  expectBad(bundle, "overlap");
}

TEST(Bundle, twoSectionsMustNotOverlap) {
  TestBundle bundle;
  bundle.sections.push_back(TinyImage::bytes());
  bundle.layOut();
  EXPECT_TRUE(load(bundle));
  bundle.table[1].offset = bundle.table[0].offset + 64;
  expectBad(bundle, "overlap");
}

TEST(Bundle, entriesLieInsideTheirImage) {
  std::string good = TestBundle().manifest;
  expectBadManifest(replaced(good, "\"matmul\":16", "\"matmul\":128"), "beyond its 128 bytes");
  expectBadManifest(replaced(good, "\"matmul\":16", "\"matmul\":-1"), "outside");
  expectBadManifest(replaced(good, "\"matmul\":16", "\"matmul\":18446744073709551615"), "outside");
  expectBadManifest(replaced(good, "\"matmul\":16", "\"matmul\":16.0"), "needs the integer");
  expectBadManifest(replaced(good, "\"section\":0", "\"section\":1"), "section 1 of 1");
  expectBadManifest(replaced(good, "\"matmul\":16,", ""), "lacks the entry \"matmul\"");
  expectBadManifest(replaced(good, "\"unpack\"", "\"unknown\""), "unknown entry");
}

TEST(Bundle, manifestIsStrictlyTyped) {
  std::string good = TestBundle().manifest;
  expectBadManifest("{", "not JSON");
  expectBadManifest("\xff\xfe", "not JSON");
  expectBadManifest("[]", "is not an object");
  expectBadManifest("null", "is not an object");
  expectBadManifest(std::string(100, '[') + std::string(100, ']'), "nests deeper");
  expectBadManifest(std::string(100000, '['), "nests deeper");
  expectBadManifest(replaced(good, "\"op\":\"matmul\"", "\"op\":3"), "needs the string \"op\"");
  expectBadManifest(replaced(good, "\"op\":\"matmul\"", "\"op\":\"add\""), "unknown \"op\"");
  expectBadManifest(replaced(good, "\"op\":\"matmul\"", "\"op\":\"matmul\",\"op\":\"pack\""), "names a key twice");
  expectBadManifest(replaced(good, "\"packed\"", "\"sideways\""), "unknown \"layout\"");
  expectBadManifest(replaced(good, "\"panel_rows\":4", "\"panel_rows\":0"), "panel_rows");
  expectBadManifest(replaced(good, "\"panel_rows\":4", "\"panel_rows\":1e9"), "panel_rows");
  expectBadManifest(replaced(good, "\"k_multiple\":32", "\"k_multiple\":33"), "no multiple of \"group\"");
  expectBadManifest(replaced(good, "\"x_group\":32", "\"x_group\":20"), "no multiple of \"x_group\"");
  expectBadManifest(replaced(good, "[\"block\"]", "[]"), "no streams");
  expectBadManifest(replaced(good, "[\"block\"]", "[1]"), "\"streams\"");
  expectBadManifest(replaced(good, "\"formats\":{\"example_4bit\":{}}", "\"formats\":{}"), "not in \"formats\"");
  expectBadManifest(replaced(good, "\"formats\":{\"example_4bit\":{}}", "\"formats\":{\"example_4bit\":\"x\"}"),
                    "is not an object");
}

TEST(Bundle, unknownFeaturesAreRefused) {
  expectBadManifest(manifestJson(kernelJson("k", imageJson("new", R"(["avx9000"])"))), "avx9000");
}

TEST(Bundle, imagesOfOtherMachinesAreNotTaken) {
  std::string arm = imageJson("aarch64", "[]", 0, R"("arch":"aarch64",)");
  auto bundle = load(TestBundle(manifestJson(kernelJson("k", arm))));
  ASSERT_TRUE(bundle);
  EXPECT_EQ((*bundle)->kernels[0].image, nullptr);
  EXPECT_EQ((*bundle)->kernels[0].matmul, nullptr);
  EXPECT_TRUE((*bundle)->images.empty());
  EXPECT_EQ(load(TestBundle(manifestJson(kernelJson("k", arm))), "aarch64").error().status, QUOIN_UNSUPPORTED);
}

TEST(Bundle, theImageThatRequiresMostIsTaken) {
  std::string images =
      imageJson("old", "[]") + "," + imageJson("wide", R"(["sse2","cx8"])") + "," + imageJson("mid", R"(["sse2"])");
  TestBundle written(manifestJson(kernelJson("k", images)));
  auto best = load(written);
  ASSERT_TRUE(best);
  EXPECT_EQ((*best)->kernels[0].image->isa, "wide");
  auto named = load(written, "mid");
  ASSERT_TRUE(named);
  EXPECT_EQ((*named)->kernels[0].image->isa, "mid");
  auto missing = load(written, "none");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().status, QUOIN_NOT_FOUND);
  EXPECT_NE(missing.error().error.hint.find("\"mid\""), std::string::npos);
}

TEST(Bundle, kernelsAreFoundIgnoringCase) {
  auto bundle = load(TestBundle());
  ASSERT_TRUE(bundle);
  EXPECT_TRUE(findKernel(**bundle, "MATMUL_Example_4bit_INT8:32"));
  auto missing = findKernel(**bundle, "other");
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().error.hint.find("matmul_example_4bit_int8:32"), std::string::npos);
}

/// Protection of the mapping that holds `address`, as "r-xp".
static std::string protectionOf(const void *address) {
  std::FILE *maps = std::fopen("/proc/self/maps", "r");
  unsigned long begin, end;
  char flags[8], line[512];
  std::string found;
  while (maps && std::fgets(line, sizeof(line), maps))
    if (std::sscanf(line, "%lx-%lx %7s", &begin, &end, flags) == 3 &&
        reinterpret_cast<unsigned long>(address) >= begin && reinterpret_cast<unsigned long>(address) < end)
      found = flags;
  if (maps)
    std::fclose(maps);
  return found;
}

TEST(Bundle, executablePagesAreNotWritable) {
  auto bundle = load(TestBundle());
  ASSERT_TRUE(bundle);
  EXPECT_EQ(protectionOf((*bundle)->images.at(0).base()), "r-xp");
}

#include "runtime/bundle.h"

#include "TestBundle.h"

#include <functional>
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
  bundle.header.version = QUOIN_BUNDLE_VERSION - 1;
  expectBad(bundle, "has version 2");
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
  bundle.manifest = manifestJson(kernelJson("k", imageJson("base", "[]") + "," + imageJson("other", "[]", 1)));
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
  expectBadManifest(replaced(good, "[\"block\"]", "[]"), "other \"streams\" than its format");
  expectBadManifest(replaced(good, "[\"block\"]", "[1]"), "\"streams\"");
}

TEST(Bundle, formatsAreReadWhole) {
  std::string kernel = kernelJson("k", imageJson("base", "[]"));
  std::string none = replaced(manifestJson(kernel), "{\"example_4bit\":" + blockFormat() + "}", "{}");
  expectBadManifest(none, "uses the format \"example_4bit\", which is not in \"formats\"");
  expectBadManifest(replaced(none, "\"formats\":{}", "\"formats\":[]"), "needs the object \"formats\"");
  expectBadManifest(manifestJson(kernel, "\"x\""), "format \"example_4bit\" is not an object");
  expectBadManifest(manifestJson(kernel, "{}"), "format \"example_4bit\": ");
  expectBadManifest(manifestJson(kernel, replaced(blockFormat(), "\"example_4bit\"", "\"other\"")), "is named \"other\"");
  expectBadManifest(manifestJson(kernel, replaced(blockFormat(), "\"record\":18", "\"record\":-1")), "record");
  expectBadManifest(manifestJson(kernel, replaced(blockFormat(), "\"block\"", "\"other\"")),
                    "other \"streams\" than its format");
  std::string wide = replaced(kernel, "\"k_multiple\":32", "\"k_multiple\":16");
  expectBadManifest(manifestJson(wide), "multiples of 1 x 16, its format has tiles of 1 x 32");
  std::string term = replaced(kernel, "{\"accumulate\":\"exact\"}",
                              R"({"accumulate":"exact","order":"fma-per-group","terms":[{"code":9999}]})");
  expectBadManifest(manifestJson(term), "a term of node 9999");
}

// What nothing reads may be what a newer compiler means by it.
TEST(Bundle, unknownKeysAreRefused) {
  std::string good = TestBundle().manifest;
  struct {
    const char *before, *where;
  } places[] = {{"\"quoin\":", "the top level"},
                {"\"name\":\"matmul", "kernel 0"},
                {"\"accumulate\":", "\"numerics\","},
                {"\"columns\":", "\"x_parts\","},
                {"\"isa\":", "image 0,"}};
  for (auto [before, where] : places) {
    std::string text = replaced(good, before, std::string("\"new\":1,") + before);
    expectBadManifest(text, "has the unknown key \"new\"");
    expectBadManifest(text, where);
  }
  expectBadManifest(replaced(good, "{\"accumulate\":\"exact\"}",
                             R"({"accumulate":"exact","order":"fma-per-group","terms":[{"code":-1,"new":1}]})"),
                    "has the unknown key \"new\"");
  for (const char *forPeople : {"layout_text", "normal_form", "recoding"})
    EXPECT_TRUE(load(TestBundle(
        replaced(good, "\"name\":\"matmul", "\"" + std::string(forPeople) + "\":\"as is\",\"name\":\"matmul"))));
}

TEST(Bundle, namesArePrintable) {
  std::string good = TestBundle().manifest;
  expectBadManifest(replaced(good, "\"isa\":\"base\"", "\"isa\":\"ba\\u001b[2Jse\""), "control characters");
  expectBadManifest(replaced(good, "\"isa\":\"base\"", "\"isa\":\"ba\\u0000se\""), "control characters");
  expectBadManifest(replaced(good, "\"isa\":\"base\"", "\"isa\":\"" + std::string(5000, 'a') + "\""), "too long");
}

/// A manifest that was changed after the code was sealed with the one before.
static void expectNotItsOwn(const std::string &from, const std::string &to) {
  TestBundle bundle;
  bundle.markedManifest = bundle.manifest;
  bundle.manifest = replaced(bundle.manifest, from, to);
  bundle.layOut();
  expectBad(bundle, "that was made as");
}

TEST(Bundle, theManifestIsTheCodesOwn) {
  expectNotItsOwn("\"scratch_bytes\":100", "\"scratch_bytes\":99");
  expectNotItsOwn("\"block_bytes\":72", "\"block_bytes\":71");
  expectNotItsOwn("\"panel_rows\":4", "\"panel_rows\":8");
  expectNotItsOwn("\"k_multiple\":32", "\"k_multiple\":64");
  expectNotItsOwn("\"requires\":[],\"section\"", "\"requires\":[\"sse2\"],\"section\"");
  expectNotItsOwn("\"matmul\":16", "\"matmul\":17");
  expectNotItsOwn("\"quantize\":0,\"matmul\":16", "\"quantize\":16,\"matmul\":0");
  expectNotItsOwn("\"imm\":8", "\"imm\":7"); // in the format
}

TEST(Bundle, partsLeaveNoHoles) {
  TestBundle bundle;
  bundle.manifest += std::string(64 - (bundle.header.manifest_offset + bundle.manifest.size()) % 64 + 1, ' ');
  bundle.layOut();
  ASSERT_TRUE(load(bundle));
  std::vector<uint8_t> file = bundle.bytes();
  file[bundle.table[0].offset - 1] = 1;
  TestBundle::rehash(file);
  auto dirty = loadBundle(file, "");
  ASSERT_FALSE(dirty);
  EXPECT_NE(dirty.error().error.message.find("behind the manifest are not zero"), std::string::npos);

  bundle.header.manifest_bytes -= 64; // still JSON
  expectBad(bundle, "the manifest ends at byte");
  bundle.layOut();
  bundle.header.manifest_offset += 1;
  bundle.header.manifest_bytes -= 1;
  expectBad(bundle, "the header ends at byte");
  bundle.layOut();
  file = bundle.bytes();
  file.insert(file.end(), 64, 0);
  bundle.header.file_bytes = file.size();
  std::memcpy(file.data(), &bundle.header, sizeof(bundle.header));
  TestBundle::rehash(file);
  auto longer = loadBundle(file, "");
  ASSERT_FALSE(longer);
  EXPECT_NE(longer.error().error.message.find("the end of the file is at"), std::string::npos);
}

TEST(Bundle, sectionsBelongToKernels) {
  TestBundle bundle;
  bundle.sections.push_back(TinyImage::bytes());
  bundle.layOut();
  expectBad(bundle, "section 1 belongs to no kernel");
}

/// The last bytes of the only section changed.
static void expectBadEnd(const std::function<void(ImageEnd &)> &change, const std::string &reason) {
  std::vector<uint8_t> file = TestBundle().bytes();
  ImageEnd end;
  uint8_t *at = file.data() + file.size() - sizeof(end);
  std::memcpy(&end, at, sizeof(end));
  change(end);
  std::memcpy(at, &end, sizeof(end));
  TestBundle::rehash(file);
  auto loaded = loadBundle(file, "");
  ASSERT_FALSE(loaded) << reason;
  EXPECT_EQ(loaded.error().status, QUOIN_BAD_BUNDLE);
  EXPECT_NE(loaded.error().error.message.find(reason), std::string::npos) << loaded.error().error.message;
}

TEST(Bundle, imagesEndWithMarks) {
  expectBadEnd([](ImageEnd &end) { end.magic[0] = 'q'; }, "does not end as an image does");
  expectBadEnd([](ImageEnd &end) { end.reserved = 1; }, "does not end as an image does");
  expectBadEnd([](ImageEnd &end) { end.mark_count = 9; }, "has no room for code and 9 marks");
  expectBadEnd([](ImageEnd &end) { end.mark_count = UINT32_MAX; }, "has no room for code");
  expectBadEnd([](ImageEnd &end) { end.mark_count = 0; }, "that was made as");
  TestBundle bundle;
  bundle.table[0].bytes -= 1;
  bundle.header.file_bytes -= 1;
  std::vector<uint8_t> file = bundle.bytes();
  file.pop_back();
  TestBundle::rehash(file);
  auto odd = loadBundle(file, "");
  ASSERT_FALSE(odd);
  EXPECT_NE(odd.error().error.message.find("is no image with marks"), std::string::npos) << odd.error().error.message;
}

/// The good manifest with a part replaced, and what is wrong with it then.
struct BadPart {
  const char *from, *to, *reason;
};

class BadManifest : public testing::TestWithParam<BadPart> {};

TEST_P(BadManifest, isRefused) {
  auto [from, to, reason] = GetParam();
  expectBadManifest(replaced(TestBundle().manifest, from, to), reason);
}

INSTANTIATE_TEST_SUITE_P(
    Sizes, BadManifest,
    testing::Values(
        BadPart{"\"block\":32,", "", "needs the integer \"block\""},
        BadPart{"\"block\":32,", "\"block\":0,", "\"block\" outside 1.."},
        BadPart{"\"block_bytes\":72", "\"block_bytes\":0", "\"block_bytes\" outside 1.."},
        BadPart{"\"panel_bytes\":0", "\"panel_bytes\":-1", "\"panel_bytes\" outside 0.."},
        BadPart{"\"panel_bytes\":0", "\"panel_bytes\":4294967296", "\"panel_bytes\" outside 0.."},
        BadPart{"\"panel_bytes\":0,", "", "needs the integer \"panel_bytes\""},
        BadPart{"\"x_code_bytes\":1", "\"x_code_bytes\":65", "\"x_code_bytes\" outside 1..64"},
        BadPart{"\"columns\":32", "\"columns\":-1", "\"x_parts\", has \"columns\" outside 0.."},
        BadPart{"\"bytes\":8", "\"bytes\":\"8\"", "\"x_parts\", needs the integer \"bytes\""},
        BadPart{"[{\"columns\":32,\"bytes\":8}]", "{}", "needs the array \"x_parts\""},
        BadPart{"\"layout_id\":\"abcd\"", "\"layout_id\":\"\"", "empty \"layout_id\""},
        BadPart{"\"layout\":\"packed\"", "\"layout\":\"stored\"", "\"layout_id\" and nothing packed"},
        BadPart{"\"op\":\"matmul\",\"format\":\"example_4bit\",\"activations\":\"int8:32\",\"layout\":\"packed\"",
                "\"op\":\"pack\",\"format\":\"example_4bit\",\"layout\":\"stored\"", "packs into"}));

INSTANTIATE_TEST_SUITE_P(
    Activations, BadManifest,
    testing::Values(BadPart{"\"int8:32\"", "\"int8:64\"", "\"x_group\" = 32, which is not that of \"int8:64\""},
                    BadPart{"\"int8:32\"", "\"int8:token\"", "not that of \"int8:token\""},
                    BadPart{"\"int8:32\"", "\"f32\"", "not that of \"f32\""},
                    BadPart{"\"int8:32\"", "\"int8:032\"", "unknown \"activations\""},
                    BadPart{"\"int8:32\"", "\"int8:99999999999999999999\"", "unknown \"activations\""},
                    BadPart{"\"int8:32\"", "\"int4:32\"", "unknown \"activations\""},
                    BadPart{"\"x_group\":32", "\"x_group\":-2", "\"x_group\" outside -1.."},
                    BadPart{"\"x_group\":32", "\"x_group\":-1", "\"x_group\" = -1"}));

#define NUMERICS "{\"accumulate\":\"exact\"}"
#define TERMS "\"terms\":[{\"code\":-1}]"
INSTANTIATE_TEST_SUITE_P(
    Numerics, BadManifest,
    testing::Values(
        BadPart{"\"numerics\":" NUMERICS ",", "", "needs the object \"numerics\""},
        BadPart{NUMERICS, "{}", "needs the string \"accumulate\""},
        BadPart{NUMERICS, "{\"accumulate\":\"f64\"}", "unknown \"accumulate\""},
        BadPart{NUMERICS, "{\"accumulate\":\"f32\"}", "as \"x\" and \"w\""},
        BadPart{NUMERICS, "{\"accumulate\":\"f32\",\"x\":\"f32\",\"w\":\"f8\"}", "as \"x\" and \"w\""},
        BadPart{NUMERICS, "{\"accumulate\":\"exact\",\"x\":\"f32\"}", "though its sums are exact"},
        BadPart{NUMERICS, "{\"accumulate\":\"exact\"," TERMS "}", "both \"order\" and \"terms\""},
        BadPart{NUMERICS, "{\"accumulate\":\"exact\",\"order\":\"fma-per-group\"}", "both \"order\" and \"terms\""},
        BadPart{NUMERICS, "{\"accumulate\":\"exact\",\"order\":\"fast\"," TERMS "}", "unknown \"order\""},
        BadPart{NUMERICS, "{\"accumulate\":\"f32\",\"x\":\"f32\",\"w\":\"f32\",\"order\":\"fma-per-group\"," TERMS "}",
                "sums that are not exact"},
        BadPart{NUMERICS, "{\"accumulate\":\"exact\",\"rounded\":true}", "\"terms\" that it lacks"},
        BadPart{NUMERICS, "{\"accumulate\":\"exact\",\"regrouped\":[]}", "\"regrouped\" though its sums are exact"},
        BadPart{NUMERICS, "{\"accumulate\":\"f32\",\"x\":\"f32\",\"w\":\"f32\",\"regrouped\":true}", "needs the array \"regrouped\""},
        BadPart{NUMERICS, "{\"accumulate\":\"f32\",\"x\":\"f32\",\"w\":\"f32\",\"regrouped\":[-1]}", "\"regrouped\" with -1, which"},
        BadPart{NUMERICS, "{\"accumulate\":\"f32\",\"x\":\"f32\",\"w\":\"f32\",\"regrouped\":[18446744073709551615]}",
                "which is no node"},
        BadPart{NUMERICS, "{\"accumulate\":\"f32\",\"x\":\"f32\",\"w\":\"f32\",\"regrouped\":[0.5]}", "which is no node"},
        BadPart{NUMERICS, "{\"accumulate\":\"exact\",\"rounded\":1}", "true or false as \"rounded\""},
        BadPart{NUMERICS, "{\"accumulate\":\"exact\",\"order\":\"fma-per-group\",\"terms\":[{\"code\":-2}]}",
                "\"code\" outside -1.."}));

/// A kernel of other activations and numerics than the good one's.
static std::string otherKernel(const std::string &activations, const std::string &groups, const std::string &numerics) {
  std::string text = replaced(TestBundle().manifest, "\"int8:32\"", "\"" + activations + "\"");
  return replaced(replaced(text, "\"group\":32,\"x_group\":32,", groups), NUMERICS, numerics);
}

TEST(Bundle, groupsNest) {
  const std::string ordered = "{\"accumulate\":\"exact\",\"order\":\"fma-per-group\"," TERMS "}";
  EXPECT_TRUE(load(TestBundle(otherKernel("int8:128", "\"group\":32,\"x_group\":128,", ordered))));
  EXPECT_TRUE(load(TestBundle(otherKernel("int8:20", "\"group\":40,\"x_group\":20,", ordered))));
  EXPECT_TRUE(load(TestBundle(otherKernel("int8:20", "\"group\":0,\"x_group\":20,", ordered))));
  EXPECT_TRUE(load(TestBundle(otherKernel("int8:token", "\"group\":32,\"x_group\":0,", ordered))));
  expectBadManifest(otherKernel("int8:20", "\"group\":32,\"x_group\":20,", ordered), "neither divides the other");
  expectBadManifest(otherKernel("int8:20", "\"x_group\":20,", ordered), "needs the integer \"group\"");
}

TEST(Bundle, floatActivations) {
  const std::string sums = "{\"accumulate\":\"f32\",\"x\":\"bf16\",\"w\":\"bf16\"}";
  auto bundle = load(TestBundle(otherKernel("bf16", "", sums)));
  ASSERT_TRUE(bundle) << bundle.error().error.message;
  const ManifestKernel &kernel = (*bundle)->manifest.kernels[0];
  EXPECT_EQ(kernel.xGroup, -1);
  EXPECT_EQ(kernel.numerics.xType, "bf16");
  EXPECT_FALSE(kernel.numerics.isOrdered());
  EXPECT_TRUE(load(TestBundle(otherKernel("int8:32", "\"x_group\":32,", sums))))
      << "int8 codes may be summed as floats";
  expectBadManifest(otherKernel("bf16", "", NUMERICS), "exact sums of floats");
}

TEST(Bundle, kernelsOfOneLayoutAgreeOnItsSizes) {
  std::string one = kernelJson("one", imageJson("base", "[]")), two = kernelJson("two", imageJson("base", "[]"));
  EXPECT_TRUE(load(TestBundle(manifestJson(one + "," + two))));
  expectBadManifest(manifestJson(one + "," + replaced(two, "\"panel_bytes\":0", "\"panel_bytes\":64")),
                    "in different sizes");
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

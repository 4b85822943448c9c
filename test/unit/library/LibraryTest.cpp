// Where names lead: files, folders, families, tables in files, and what is said when they lead nowhere.
#include "dialect/Library.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace quoin;

namespace {

constexpr const char *plain = R"(
// Eight bits a weight.
// No scale.
quoin.format @Plain attributes {container = 3} {
  stream weight : si8 [N, K] // a "brace" in a comment: }
  decode (n, k) = weight[n, k]
}
)";

constexpr const char *family = R"(
quoin.format @codes<bits = 4, group = 128> {
  let L = select(group == -1, K, group)
  stream weight : ui<bits> [N, K]
  stream scale : f32 [N, K ceildiv L]
  decode (n, k) = weight[n, k] * scale[n, k floordiv L]
}
quoin.instance "c{bits}g{group}" of @codes
quoin.instance @codes_narrow of @codes<bits = 2>
)";

/// A folder that lives as long as the test.
class Folder {
public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "quoin-library-").string();
    pattern += std::string(6, 'X'); // which mkdtemp replaces
    path = mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
  void write(const std::string &name, std::string_view bytes) const {
    std::ofstream(path / name, std::ios::binary).write(bytes.data(), std::streamsize(bytes.size()));
  }
  std::filesystem::path path;
};

/// QUOIN_PATH for the duration of a test.
class PathVariable {
public:
  explicit PathVariable(const std::string &value) { setenv("QUOIN_PATH", value.c_str(), 1); }
  ~PathVariable() { unsetenv("QUOIN_PATH"); }
};

FoundFormat found(Library &library, std::string_view name) {
  auto result = library.find(name);
  EXPECT_TRUE(result) << result.error().message;
  return result ? std::move(*result) : FoundFormat();
}

TEST(Library, LookupIgnoresCaseAndKeepsTheDeclaredName) {
  Library library;
  ASSERT_TRUE(library.addText(plain, "plain.mlir"));
  for (const char *name : {"@Plain", "plain", "@PLAIN"}) {
    FoundFormat format = found(library, name);
    EXPECT_EQ(format.format.name, "Plain");
    EXPECT_EQ(format.origin, "plain.mlir");
    EXPECT_EQ(format.format.identity, (std::map<std::string, int64_t>{{"container", 3}}));
  }
}

TEST(Library, SourceIsTheTextOfTheOpAlone) {
  Library library;
  ASSERT_TRUE(library.addText(std::string(plain) + family, "both.mlir"));
  std::string source = found(library, "plain").source;
  EXPECT_TRUE(source.starts_with("quoin.format @Plain")) << source;
  EXPECT_TRUE(source.ends_with("decode (n, k) = weight[n, k]\n}")) << source;
  EXPECT_TRUE(found(library, "c3g64").source.starts_with("quoin.format @codes<"));
}

TEST(Library, SourceSpansAHeaderOfSeveralLines) {
  Library library;
  const std::string header = "quoin.format @f\n  attributes {container = 3}\n{\n";
  const std::string body = "  stream weight : si8 [N, K] suffix \"}\"\n  decode (n, k) = weight[n, k]\n}";
  ASSERT_TRUE(library.addText(header + body + " // the end {\nquoin.kernel @k weights @f activations f32\n", "f.mlir"));
  EXPECT_EQ(found(library, "f").source, header + body);
}

TEST(Library, AFamilyTakesItsIntegersFromTheName) {
  Library library;
  ASSERT_TRUE(library.addText(family, "family.mlir"));
  FoundFormat narrow = found(library, "@C3G64");
  EXPECT_EQ(narrow.format.name, "c3g64");
  EXPECT_EQ(narrow.parameters, (Parameters{{"bits", 3}, {"group", 64}}));
  EXPECT_EQ(narrow.format.findStream("weight")->type.name(), "ui3");
  EXPECT_EQ(found(library, "c8g-1").parameters, (Parameters{{"bits", 8}, {"group", -1}}));
  EXPECT_EQ(found(library, "codes_narrow").format.findStream("weight")->type.name(), "ui2");
  EXPECT_EQ(found(library, "codes").format.findStream("weight")->type.name(), "ui4");
  for (const char *name : {"c3g", "cg64", "c3g64x", "xc3g64", "c--3g64", "c99999999999999999999g64"})
    EXPECT_FALSE(library.find(name)) << name;
}

TEST(Library, ParametersThatMakeNoSenseAreLocatedErrors) {
  Library library;
  ASSERT_TRUE(library.addText(family, "family.mlir"));
  auto wide = library.find("c40g64");
  ASSERT_FALSE(wide);
  EXPECT_EQ(wide.error().message, "family.mlir:4:3: the width of ui<bits> is 40; it must be from 1 to 32");
}

TEST(Library, InstancesOfTextsInFoldersAreCheckedWhenAsked) {
  Folder folder;
  folder.write("a.mlir", std::string(family) + "quoin.instance @odd of @codes<bit = 2>\n"
                                               "quoin.instance @lost of @no_such_format\n");
  Library library({folder.path.string()});
  auto odd = library.find("odd");
  ASSERT_FALSE(odd);
  EXPECT_NE(odd.error().message.find("@codes has no parameter \"bit\"; it has \"bits\" or \"group\""),
            std::string::npos)
      << odd.error().message;
  auto lost = library.find("lost");
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().message, "\"lost\" is of @no_such_format, which does not exist");
}

TEST(Library, RequirementsOfAnInstanceAreCheckedWithItsParameters) {
  Library library;
  ASSERT_TRUE(
      library.addText("quoin.format @base<bits = 4> {\n  requires bits <= 8\n  stream weight : ui<bits> [N, K]\n"
                      "  decode (n, k) = weight[n, k]\n}\nquoin.instance \"c{bits}\" of @base\n",
                      "base.mlir"));
  auto wide = library.find("c9");
  ASSERT_FALSE(wide);
  EXPECT_EQ(wide.error().message, "base.mlir:2:3: \"requires bits <= 8\" never holds for these parameters");
}

TEST(Library, WhatIsAddedHidesWhatWasThere) {
  Library library;
  ASSERT_TRUE(library.addText(plain, "first.mlir"));
  ASSERT_TRUE(library.addText(plain, "second.mlir"));
  EXPECT_EQ(found(library, "plain").origin, "second.mlir");
}

TEST(Library, FoldersAreReadInOrder) {
  Folder given, environment;
  given.write("a.mlir", plain);
  environment.write("a.mlir", plain);
  environment.write("b.mlir", family);
  environment.write("note.txt", "not a text of ours");
  PathVariable variable(environment.path.string());
  Library library({given.path.string()});
  EXPECT_EQ(found(library, "plain").origin, (given.path / "a.mlir").string());
  EXPECT_EQ(found(library, "c4g32").origin, (environment.path / "b.mlir").string());
}

TEST(Library, ABrokenTextLeavesTheOthersUsable) {
  Folder folder;
  folder.write("broken.mlir", "quoin.format @broken {\n  stream : ui8\n}\n");
  folder.write("plain.mlir", plain);
  Library library({folder.path.string()});
  found(library, "plain");
  auto missing = library.find("nothing_of_that_name");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().message, "there is no format \"nothing_of_that_name\"");
  EXPECT_NE(missing.error().hint.find("broken.mlir:2:10"), std::string::npos) << missing.error().hint;
  bool listed = false;
  for (const ListedFormat &format : library.list())
    if (format.name == "broken") {
      listed = true;
      EXPECT_FALSE(format.available);
      EXPECT_NE(format.reason.find("expected a name"), std::string::npos) << format.reason;
    }
  EXPECT_TRUE(listed);
}

TEST(Library, AFileWithAMistakeIsALocatedErrorWithItsNotes) {
  Library library;
  auto added = library.addText("quoin.format @f tile [1, 2] {\n  stream s record 4\n  field d : f16 in s at 0\n"
                               "  field d : f16 in s at 16\n  decode (i) = d\n}\n",
                               "mine.mlir");
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().message, "mine.mlir:4:3: \"d\" is declared twice");
  EXPECT_EQ(added.error().hint, "mine.mlir:3:3: first declared here");
  EXPECT_FALSE(library.addFile("/no/such/file.mlir"));
}

TEST(Library, AnUnknownNameIsAnsweredWithTheNearest) {
  Library library;
  ASSERT_TRUE(library.addText(plain, "plain.mlir"));
  auto result = library.find("@plian");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().hint, "did you mean \"Plain\"?");
}

TEST(Library, TablesComeFromFilesByHash) {
  // f16 1.0, -2.0 and si8 -1, 0, 1, 127, as bytes.
  const std::string halves("\x00\x3c\x00\xc0", 4), bytes("\xff\x00\x01\x7f", 4);
  const std::string text = R"(quoin.format @filed {
  stream weight : ui2 [N, K]
  table half[2] : f16 from "half.bin" sha256 "9ab4d46f6e4b1c2bd4ba0b6ca69f1b1ec1a0f9ee7f8d7f0dd5e0cd0d4a3b2a10"
  table byte[2, 2] : si8 from "byte.bin" sha256 "67d3b25e1c4d7fd2f8bf0b2f8f3d1b3e6a8b1b0a8f3b2c1d0e9f8a7b6c5d4e3f"
  decode (n, k) = byte[weight[n, k] floordiv 2, weight[n, k] mod 2] * half[0]
}
)";
  Library nowhere;
  ASSERT_TRUE(nowhere.addText(text, "filed.mlir"));
  auto missing = nowhere.find("filed");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().message,
            "filed.mlir:3:3: table \"half\" needs the file \"half.bin\", which is in no folder of "
            "--path or QUOIN_PATH and not in the build's data; name its folder with one of them");
  for (const ListedFormat &format : nowhere.list())
    if (format.name == "filed") {
      EXPECT_EQ(format.reason, missing.error().message);
    }

  Folder folder;
  folder.write("half.bin", halves);
  folder.write("byte.bin", bytes);
  Library library({folder.path.string()});
  auto wrong = library.addText(text, "filed.mlir");
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().message.find("has the SHA-256"), std::string::npos) << wrong.error().message;
  std::string right = text;
  auto replaceHash = [&](std::string_view from, std::string_view to) { right.replace(right.find(from), 64, to); };
  replaceHash("9ab4", "0c82e2008d4b1c37a2604f1dee0db584daf39b6ab140aaa834d3eac1df0b9458");
  replaceHash("67d3", "71c8ff7464f1dc1c0a20980af187e0c8ce31656b57759136da787dd4da8a3a02");
  ASSERT_TRUE(library.addText(right, "filed.mlir"));
  const spec::Format format = found(library, "filed").format;
  EXPECT_EQ(format.tables[0].values, (std::vector<uint32_t>{0x3f800000, 0xc0000000}));
  EXPECT_EQ(format.tables[1].values, (std::vector<uint32_t>{0xffffffff, 0, 1, 127}));
}

TEST(Library, ListSaysWhatIsThereAndFromWhere) {
  Library library;
  ASSERT_TRUE(library.addText(std::string(plain) + family, "both.mlir"));
  std::vector<ListedFormat> all = library.list();
  ASSERT_GE(all.size(), 4u);
  EXPECT_EQ(all[0].name, "Plain");
  EXPECT_EQ(all[0].comment, "Eight bits a weight. No scale.");
  EXPECT_TRUE(all[0].available);
  EXPECT_FALSE(all[0].isFamily);
  EXPECT_EQ(all[2].name, "c{bits}g{group}");
  EXPECT_TRUE(all[2].isFamily);
  EXPECT_TRUE(all[2].available) << all[2].reason;
  EXPECT_EQ(all[3].name, "codes_narrow");
}

TEST(Library, TheTextsBuiltInAreThoseOfTheSourceTree) {
  size_t files = 0;
  for (const char *folder : {"formats", "policies"})
    for (auto &entry :
         std::filesystem::directory_iterator(std::filesystem::path(QUOIN_SOURCE_ROOT) / "dialect" / folder))
      files += entry.path().extension() == ".mlir";
  EXPECT_EQ(embeddedTexts().size(), files);
  for (const EmbeddedText &text : embeddedTexts()) {
    std::ifstream file(std::filesystem::path(QUOIN_SOURCE_ROOT) / "dialect" / text.name, std::ios::binary);
    std::string content((std::istreambuf_iterator<char>(file)), {});
    EXPECT_EQ(content, text.text) << text.name;
  }
}

TEST(Library, KernelsAndPoliciesOfAFile) {
  Library library;
  ASSERT_TRUE(library.addText(std::string(plain) + R"(
quoin.kernel @b weights @plain activations int8
quoin.kernel @a weights @plain activations bf16 n = 5
quoin.policy @Mix { rule "*" use @plain }
)",
                              "file.mlir"));
  std::vector<KernelOp> kernels = library.kernels();
  ASSERT_EQ(kernels.size(), 2u);
  EXPECT_EQ(kernels[0].getSymName().str(), "b");
  EXPECT_EQ(kernels[0].getActivations().spelling(), "int8:32");
  EXPECT_EQ(kernels[0].accumulation(), Accumulate::Exact);
  EXPECT_EQ(kernels[1].getActivations().spelling(), "bf16");
  EXPECT_EQ(kernels[1].accumulation(), Accumulate::F32);
  EXPECT_TRUE(library.findPolicy("@mix"));
  EXPECT_FALSE(library.findPolicy("@plain"));
}

} // namespace

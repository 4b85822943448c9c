// Bundles that are wrong, each with the sentence that says so.
#include "TestBundle.h"
#include "runtime/PackedFormat.h"
#include "runtime/bundle.h"
#include "runtime/weights.h"

#include <functional>
#include <gtest/gtest.h>
#include <set>

using namespace quoin;
using namespace quoin::test;

namespace {
/// A good bundle, and what becomes of it.
struct Broken {
  TestBundle bundle;
  std::function<void(ImageEnd &)> end; ///< changes the image's end
  std::optional<size_t> cut;           ///< bytes of the file
  bool dirty = false;                  ///< a byte in front of the section

  /// The kernel again, under this name.
  void twice(const std::string &name) {
    bundle.manifest = manifestJson(kernelJson("matmul_example_4bit_int8:32", imageJson("base", "[]")) + "," +
                                   kernelJson(name, imageJson("base", "[]")));
    bundle.layOut();
  }

  std::vector<uint8_t> bytes() const {
    std::vector<uint8_t> file = bundle.bytes();
    if (end) {
      ImageEnd last;
      uint8_t *at = file.data() + file.size() - sizeof(last);
      std::memcpy(&last, at, sizeof(last));
      end(last);
      std::memcpy(at, &last, sizeof(last));
    }
    if (dirty)
      file[bundle.table[0].offset - 1] = 1;
    if (cut)
      file.resize(*cut);
    if (file.size() >= sizeof(BundleHeader))
      TestBundle::rehash(file);
    return file;
  }
};

struct Case {
  const char *what;
  std::function<void(Broken &)> change;
  const char *message;
};

/// Another manifest.
std::function<void(Broken &)> whole(std::string manifest) {
  return [manifest = std::move(manifest)](Broken &b) {
    b.bundle.manifest = manifest;
    b.bundle.layOut();
  };
}

/// A part of the manifest replaced where it comes first.
std::function<void(Broken &)> swap(std::string from, std::string to) {
  return [from = std::move(from), to = std::move(to)](Broken &b) {
    size_t at = b.bundle.manifest.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    b.bundle.manifest.replace(at, from.size(), to);
    b.bundle.layOut();
  };
}

const std::vector<Case> malformed = {
    // the header
    {"nothing", [](Broken &b) { b.cut = 0; }, "the bundle has 0 bytes, fewer than the 80 of its header"},
    {"a header cut short", [](Broken &b) { b.cut = 79; }, "the bundle has 79 bytes, fewer than the 80 of its header"},
    {"another magic", [](Broken &b) { b.bundle.header.magic[0] = 'q'; }, "the file does not begin as a bundle does"},
    {"an older version", [](Broken &b) { b.bundle.header.version = QUOIN_BUNDLE_VERSION - 1; },
     "the bundle has version 2, this runtime reads version 3"},
    {"kernels of another ABI", [](Broken &b) { b.bundle.header.kernel_abi = 99; },
     "the bundle's kernels have ABI 99, this runtime calls ABI 3"},
    {"a size that is not the file's", [](Broken &b) { b.bundle.header.file_bytes += 64; },
     "the bundle has 3184 bytes, its header says 3248"},
    {"a reserved field that is not zero", [](Broken &b) { b.bundle.header.reserved = 1; },
     "the bundle's reserved header field is 1, expected 0"},
    {"more sections than the file holds", [](Broken &b) { b.bundle.header.section_count = UINT32_MAX; },
     "the table of 4294967295 sections does not fit the file"},
    {"no manifest", [](Broken &b) { b.bundle.header.manifest_bytes = 0; },
     "the manifest, 0 bytes at 104, does not lie inside the file of 3184"},
    {"a manifest that wraps", [](Broken &b) { b.bundle.header.manifest_offset = UINT64_MAX - 10; },
     "the manifest, 2750 bytes at 18446744073709551605, does not lie inside the file of 3184"},
    {"a manifest behind the end", [](Broken &b) { b.bundle.header.manifest_bytes = 1 << 30; },
     "the manifest, 1073741824 bytes at 104, does not lie inside the file of 3184"},
    {"a hole behind the header",
     [](Broken &b) { b.bundle.header.manifest_offset += 1, b.bundle.header.manifest_bytes -= 1; },
     "the header ends at byte 104, the manifest is at 105, expected 104"},
    {"a manifest that ends early", [](Broken &b) { b.bundle.header.manifest_bytes -= 64; },
     "the manifest ends at byte 2790, section 0 is at 2880, expected 2816"},
    // the sections
    {"an unknown kind of section", [](Broken &b) { b.bundle.table[0].kind = 9; }, "section 0 has the unknown kind 9"},
    {"a reserved field of a section", [](Broken &b) { b.bundle.table[0].reserved = 1; },
     "section 0 has the reserved field 1, expected 0"},
    {"a section at no multiple of 64", [](Broken &b) { b.bundle.table[0].offset += 8; },
     "section 0 begins at 2888, which is no multiple of 64"},
    {"a section behind the end", [](Broken &b) { b.bundle.table[0].offset = UINT64_MAX - 63; },
     "section 0, 304 bytes at 18446744073709551552, does not lie inside the file of 3184"},
    {"an empty section", [](Broken &b) { b.bundle.table[0].bytes = 0; },
     "section 0, 0 bytes at 2880, does not lie inside the file of 3184"},
    {"a section over the manifest", [](Broken &b) { b.bundle.table[0].offset = 64; },
     "the manifest and section 0 overlap at byte 64"},
    {"bytes that align and are not zero", [](Broken &b) { b.dirty = true; },
     "the bytes behind the manifest are not zero"},
    {"a section cut short", [](Broken &b) { b.bundle.table[0].bytes -= 64; },
     "section 0 ends at byte 3120, the end of the file is at 3184, expected 3120"},
    {"a section that no kernel names",
     [](Broken &b) { b.bundle.sections.push_back(TinyImage::bytes()), b.bundle.layOut(); },
     "section 1 belongs to no kernel"},
    // the images
    {"an image of no whole number of words",
     [](Broken &b) {
       b.bundle.table[0].bytes -= 1, b.bundle.header.file_bytes -= 1, b.cut = b.bundle.header.file_bytes;
     },
     "section 0 of 303 bytes is no image with marks"},
    {"another word at an image's end", [](Broken &b) { b.end = [](ImageEnd &end) { end.magic[0] = 'q'; }; },
     "section 0 does not end as an image does"},
    {"more marks than there is room for", [](Broken &b) { b.end = [](ImageEnd &end) { end.mark_count = 99; }; },
     "section 0 of 304 bytes has no room for code and 99 marks"},
    {"a manifest of other code",
     [](Broken &b) {
       b.bundle.markedManifest = b.bundle.manifest, swap("\"scratch_bytes\":100", "\"scratch_bytes\":99")(b);
     },
     "kernel \"matmul_example_4bit_int8:32\", image \"base\", has no code at 0 that was made as \"decode\" of what the "
     "manifest says of kernel, format and image"},
    {"an entry behind the code", swap(R"("matmul":16)", R"("matmul":128)"),
     "kernel \"matmul_example_4bit_int8:32\", image \"base\", has its entry \"matmul\" at 128, beyond its 128 bytes"},
    {"a negative entry", swap(R"("matmul":16)", R"("matmul":-1)"),
     "the manifest is not valid: kernel 0, image 0, \"entries\", has \"matmul\" outside 0..9223372036854775807"},
    {"an entry that is no integer", swap(R"("matmul":16)", R"("matmul":16.0)"),
     "the manifest is not valid: kernel 0, image 0, \"entries\", needs the integer \"matmul\" in "
     "0..9223372036854775807"},
    {"an unknown entry", swap(R"("unpack")", R"("unroll")"),
     "the manifest is not valid: kernel 0, image 0, has the unknown entry \"unroll\""},
    {"no entries", swap(R"("entries":{"quantize":0,"matmul":16,"pack":48,"unpack":0,"decode":0})", R"("entries":{})"),
     "the manifest is not valid: kernel 0, image 0, needs the object \"entries\""},
    {"an image without matmul", swap(R"("matmul":16,)", R"()"),
     "the manifest is not valid: kernel 0, image 0, lacks the entry \"matmul\""},
    {"a section that is not there", swap(R"("section":0)", R"("section":1)"),
     "kernel \"matmul_example_4bit_int8:32\", image \"base\", is in section 1 of 1"},
    {"a section that is text", swap(R"("section":0)", R"("section":"0")"),
     "the manifest is not valid: kernel 0, image 0, needs the integer \"section\" in 0..4294967295"},
    {"an unknown architecture", swap(R"("isa":"base")", R"("isa":"base","arch":"vax")"),
     "the manifest is not valid: kernel 0, image 0, has the unknown \"arch\" \"vax\""},
    {"an unknown feature", swap(R"("base","requires":[])", R"("base","requires":["avx9000"])"),
     "the manifest is not valid: kernel 0, image 0, requires the feature \"avx9000\", which this runtime does not "
     "know"},
    {"an empty feature", swap(R"("base","requires":[])", R"("base","requires":[""])"),
     "the manifest is not valid: \"requires\" must hold non-empty strings"},
    {"features that are no list", swap(R"("base","requires":[])", R"("base","requires":{})"),
     "the manifest is not valid: kernel 0, image 0, needs the array \"requires\" of at most 256 elements"},
    {"a name with a control character", swap(R"("isa":"base")", R"("isa":"ba\u001bse")"),
     "the manifest is not valid: kernel 0, image 0, has a string \"isa\" that is too long or holds control characters"},
    {"a flag that is a number", swap(R"("isa":"base")", R"("isa":"base","bf16_pairs":1)"),
     "the manifest is not valid: kernel 0, image 0, needs true or false as \"bf16_pairs\""},
    {"an unknown key of an image", swap(R"("isa":"base")", R"("isa":"base","new":1)"),
     "the manifest is not valid: kernel 0, image 0, has the unknown key \"new\""},
    {"an image that is a number", swap(R"("images":[)", R"("images":[1,)"),
     "the manifest is not valid: kernel 0, image 0, is not an object"},
    // the JSON
    {"no JSON", whole("{"), "the manifest is not valid: it is not JSON"},
    {"no object", whole("[]"), "the manifest is not valid: the top level is not an object"},
    {"too deep", whole(std::string(100, '[')), "the manifest is not valid: it nests deeper than 64"},
    {"a key twice", swap(R"("op":"matmul")", R"("op":"matmul","op":"pack")"),
     "the manifest is not valid: an object names a key twice"},
    {"an unknown key", swap(R"("quoin":)", R"("new":1,"quoin":)"),
     "the manifest is not valid: the top level has the unknown key \"new\""},
    {"no version of the compiler", swap(R"("quoin":"0.1.0",)", R"()"),
     "the manifest is not valid: the top level needs the string \"quoin\""},
    {"kernels that are no list", swap(R"("kernels":[)", R"("kernels":0,"x":[)"),
     "the manifest is not valid: the top level needs the array \"kernels\" of at most 4096 elements"},
    // the formats
    {"formats that are no object", swap(R"("formats":{"example_4bit":)", R"("formats":[],"x":{"example_4bit":)"),
     "the manifest is not valid: the top level needs the object \"formats\""},
    {"a format that is text", swap(R"("formats":{)", R"("formats":{"a":"b",)"),
     "the manifest is not valid: format \"a\" is not an object"},
    {"a format of another name", swap(R"("name":"example_4bit")", R"("name":"other")"),
     "the manifest is not valid: format \"example_4bit\" is named \"other\" in its own object"},
    {"a format without nodes", swap(R"("rounds":[)", R"("round":[)"),
     "the manifest is not valid: format \"example_4bit\": resolved format, root: key \"rounds\" is missing"},
    {"records of a negative size", swap(R"("record":18)", R"("record":-1)"),
     "the manifest is not valid: format \"example_4bit\": resolved format, root.streams[0].record: an integer from 1 "
     "to 2147483647 is needed"},
    {"an unknown operation", swap(R"("op":"signmax")", R"("op":"median")"),
     "the manifest is not valid: format \"example_4bit\": resolved format, root.nodes[21]: unknown operation "
     "\"median\" or type \"f32\""},
    {"an unknown type", swap(R"("type":"f16")", R"("type":"f17")"),
     "the manifest is not valid: format \"example_4bit\": resolved format, root.fields[0].type: \"f17\" is no scalar "
     "type"},
    {"a field in no stream", swap(R"("type":"ui4","stream":0)", R"("type":"ui4","stream":7)"),
     "the manifest is not valid: format \"example_4bit\": field \"q\" lies in no stream"},
    {"slices that are not the type", swap(R"([[4,11]])", R"([[5,11]])"),
     "the manifest is not valid: format \"example_4bit\": field \"q\" is of type ui4 and its slices have 5 bits"},
    {"a slice that is a number", swap(R"([[4,11]])", R"([4])"),
     "the manifest is not valid: format \"example_4bit\": resolved format, root.fields[1].slices: pairs of width and "
     "offset are needed"},
    {"a decode that is an integer", swap(R"("value":18)", R"("value":15)"),
     "the manifest is not valid: format \"example_4bit\": format \"example_4bit\" has no decode expression of type "
     "f32"},
    {"a tile of no columns", swap(R"("tile":[1,32])", R"("tile":[1,0])"),
     "the manifest is not valid: format \"example_4bit\": resolved format, root.tile: an integer from 1 to 1048576 is "
     "needed"},
    {"a variable that is not bound", swap(R"("decode":{"vars":[1])", R"("decode":{"vars":[0])"),
     "the manifest is not valid: format \"example_4bit\": variable \"i\" is bound twice"},
    {"a rule without a field", swap(R"("fields":[1],"vars":[3])", R"("fields":[9],"vars":[3])"),
     "the manifest is not valid: format \"example_4bit\": an encode rule names no field or has the wrong number of "
     "variables"},
    {"an operation with a control character", swap(R"("op":"signmax")", R"("op":"sign\u001b[2Jmax")"),
     "the manifest is not valid: format \"example_4bit\": resolved format, root.nodes[21]: unknown operation "
     "\"sign\\x1b[2Jmax\" or type \"f32\""},
    {"a field with a control character", swap(R"("fields":[{"name":"d")", R"("fields":[{"name":"d\u0007")"),
     "the manifest is not valid: format \"example_4bit\": a name of the format holds control characters"},
    {"an unknown rounding", swap(R"("mode":"rtz")", R"("mode":"up")"),
     "the manifest is not valid: format \"example_4bit\": resolved format, root.rounds[0]: unknown rounding \"up\""},
    {"an unknown key of a node", swap(R"("op":"signmax")", R"("new":1,"op":"signmax")"),
     "the manifest is not valid: format \"example_4bit\": resolved format, root.nodes[21]: unknown key \"new\""},
    // the kernels
    {"a kernel without a name", swap(R"("matmul_example_4bit_int8:32")", R"("")"),
     "the manifest is not valid: kernel 0 has an empty name or that of another"},
    {"a format that is not there", swap(R"("format":"example_4bit")", R"("format":"other")"),
     "the manifest is not valid: kernel 0 uses the format \"other\", which is not in \"formats\""},
    {"an unknown op", swap(R"("op":"matmul")", R"("op":"add")"),
     "the manifest is not valid: kernel 0 has the unknown \"op\" \"add\""},
    {"an op that is a number", swap(R"("op":"matmul")", R"("op":3)"),
     "the manifest is not valid: kernel 0 needs the string \"op\""},
    {"an unknown layout", swap(R"("packed")", R"("sideways")"),
     "the manifest is not valid: kernel 0 has the unknown \"layout\" \"sideways\""},
    {"packed weights without a layout", swap(R"("layout_id":"abcd")", R"("layout_id":"")"),
     "the manifest is not valid: kernel 0 has an empty \"layout_id\""},
    {"a layout of nothing packed", swap(R"("packed")", R"("stored")"),
     "the manifest is not valid: kernel 0 has a \"layout_id\" and nothing packed"},
    {"streams that are not the format's", swap(R"(["block"])", R"(["blocks"])"),
     "the manifest is not valid: kernel 0 has other \"streams\" than its format"},
    {"a stream without a name", swap(R"(["block"])", R"([""])"),
     "the manifest is not valid: \"streams\" must hold non-empty strings"},
    {"multiples that cut tiles", swap(R"("k_multiple":32)", R"("k_multiple":16)"),
     "the manifest is not valid: kernel 0 serves multiples of 1 x 16, its format has tiles of 1 x 32"},
    {"a multiple of nothing", swap(R"("n_multiple":1)", R"("n_multiple":0)"),
     "the manifest is not valid: kernel 0 has \"n_multiple\" outside 1..2147483648"},
    {"panels of no rows", swap(R"("panel_rows":4)", R"("panel_rows":0)"),
     "the manifest is not valid: kernel 0 has \"panel_rows\" outside 1..2147483648"},
    {"a block that is missing", swap(R"("block":32,)", R"()"),
     "the manifest is not valid: kernel 0 needs the integer \"block\" in 1..2147483648"},
    {"blocks of more than 2 GiB", swap(R"("block_bytes":72)", R"("block_bytes":2147483649)"),
     "the manifest is not valid: kernel 0 has \"block_bytes\" outside 1..2147483648"},
    {"negative scratch memory", swap(R"("scratch_bytes":100)", R"("scratch_bytes":-1)"),
     "the manifest is not valid: kernel 0 has \"scratch_bytes\" outside 0..2147483648"},
    {"codes of no bytes", swap(R"("x_code_bytes":1)", R"("x_code_bytes":0)"),
     "the manifest is not valid: kernel 0 has \"x_code_bytes\" outside 1..64"},
    {"a part of negative columns", swap(R"("columns":32)", R"("columns":-1)"),
     "the manifest is not valid: kernel 0, \"x_parts\", has \"columns\" outside 0..2147483648"},
    {"codes of 33 bits", swap(R"("scratch_bytes":100)", R"("code_bits":33,"scratch_bytes":100)"),
     "the manifest is not valid: kernel 0 has \"code_bits\" outside 1..32"},
    {"unknown activations", swap(R"("int8:32")", R"("int4:32")"),
     "the manifest is not valid: kernel 0 has the unknown \"activations\" \"int4:32\""},
    {"activations of another group", swap(R"("int8:32")", R"("int8:64")"),
     "the manifest is not valid: kernel 0 has \"x_group\" = 32, which is not that of \"int8:64\""},
    {"a schedule of a target with a control character", swap(R"({"base":"s"})", R"({"ba\u007fse":"s"})"),
     "the manifest is not valid: kernel 0, \"schedule\", names a target that is too long or holds control characters"},
    {"a schedule that is a number", swap(R"({"base":"s"})", R"({"base":1})"),
     "the manifest is not valid: kernel 0, \"schedule\", needs the string \"base\""},
    {"an unknown key of a kernel", swap(R"("op":"matmul")", R"("new":1,"op":"matmul")"),
     "the manifest is not valid: kernel 0 has the unknown key \"new\""},
    // the numerics
    {"no numerics", swap(R"("numerics":{"accumulate":"exact"},)", R"()"),
     "the manifest is not valid: kernel 0 needs the object \"numerics\""},
    {"an unknown sum", swap(R"({"accumulate":"exact"})", R"({"accumulate":"f64"})"),
     "the manifest is not valid: kernel 0, \"numerics\", has the unknown \"accumulate\" \"f64\""},
    {"f32 sums of nothing", swap(R"({"accumulate":"exact"})", R"({"accumulate":"f32"})"),
     "the manifest is not valid: kernel 0, \"numerics\", needs \"f32\", \"f16\" or \"bf16\" as \"x\" and \"w\""},
    {"exact sums that are rounded", swap(R"({"accumulate":"exact"})", R"({"accumulate":"exact","x":"f32"})"),
     "the manifest is not valid: kernel 0, \"numerics\", rounds \"x\" or \"w\" though its sums are exact"},
    {"an order without terms", swap(R"({"accumulate":"exact"})", R"({"accumulate":"exact","order":"fma-per-group"})"),
     "the manifest is not valid: kernel 0, \"numerics\", needs both \"order\" and \"terms\", or none of them"},
    {"an unknown order",
     swap(R"({"accumulate":"exact"})", R"({"accumulate":"exact","order":"fast","terms":[{"code":-1}]})"),
     "the manifest is not valid: kernel 0, \"numerics\", has the unknown \"order\" \"fast\""},
    {"an order of f32 sums",
     swap(R"({"accumulate":"exact"})",
          R"({"accumulate":"f32","x":"f32","w":"f32","order":"fma-per-group","terms":[{"code":-1}]})"),
     "the manifest is not valid: kernel 0, \"numerics\", declares an \"order\" for sums that are not exact"},
    {"rounded to no terms", swap(R"({"accumulate":"exact"})", R"({"accumulate":"exact","rounded":true})"),
     "the manifest is not valid: kernel 0, \"numerics\", is \"rounded\" to \"terms\" that it lacks"},
    {"a term of no node",
     swap(R"({"accumulate":"exact"})", R"({"accumulate":"exact","order":"fma-per-group","terms":[{"code":999}]})"),
     "the manifest is not valid: kernel 0 has a term of node 999, its format has 40 nodes"},
    {"a term without a code",
     swap(R"({"accumulate":"exact"})", R"({"accumulate":"exact","order":"fma-per-group","terms":[{}]})"),
     "the manifest is not valid: kernel 0, \"numerics\", \"terms\", needs the integer \"code\" in -1..2147483647"},
    {"groups that do not nest",
     [](Broken &b) {
       swap("\"int8:32\"", "\"int8:20\"")(b), swap("\"x_group\":32", "\"x_group\":20")(b),
           swap(R"({"accumulate":"exact"})",
                R"({"accumulate":"exact","order":"fma-per-group","terms":[{"code":-1}]})")(b);
     },
     "the manifest is not valid: kernel 0 has \"group\" = 32 and \"x_group\" = 20, of which neither divides the other"},
    {"exact sums of floats",
     [](Broken &b) { swap("\"int8:32\"", "\"f32\"")(b), swap("\"x_group\":32", "\"x_group\":-1")(b); },
     "the manifest is not valid: kernel 0 declares exact sums of floats"},
    // several kernels
    {"two kernels of one name", [](Broken &b) { b.twice("matmul_example_4bit_int8:32"); },
     "the manifest is not valid: kernel 1 has an empty name or that of another"},
    {"two kernels that share packed weights of other sizes",
     [](Broken &b) { b.twice("other"), swap("\"panel_bytes\":0", "\"panel_bytes\":64")(b); },
     "the manifest is not valid: kernels \"matmul_example_4bit_int8:32\" and \"other\" have the layout \"abcd\" in "
     "different sizes"},
};
} // namespace

TEST(MalformedBundle, everyMistakeHasItsSentence) {
  EXPECT_GE(malformed.size(), 60u);
  std::set<std::string> sentences;
  for (const Case &one : malformed) {
    SCOPED_TRACE(one.what);
    Broken broken;
    one.change(broken);
    auto loaded = loadBundle(broken.bytes(), "");
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().error.message, one.message);
    EXPECT_EQ(loaded.error().status, QUOIN_BAD_BUNDLE);
    EXPECT_NE(loaded.error().error.hint, "");
    EXPECT_TRUE(sentences.insert(one.message).second) << "the sentence of another mistake";
  }
  auto good = loadBundle(Broken().bytes(), "");
  EXPECT_TRUE(good);
}

namespace {
struct PackedCase {
  const char *what;
  std::function<void(std::vector<uint8_t> &, PackedHeader &)> change;
  const char *message;
};

const std::vector<PackedCase> malformedPacked = {
    {"half a magic", [](std::vector<uint8_t> &file, PackedHeader &h) { file.resize(4); },
     "the file does not begin as packed weights do"},
    {"another version", [](std::vector<uint8_t> &file, PackedHeader &h) { h.version = 2; },
     "the packed weights have version 2, this runtime reads version 1"},
    {"weights cut short", [](std::vector<uint8_t> &file, PackedHeader &h) { file.resize(file.size() - 1); },
     "the packed weights have 71 bytes, their header says 72"},
    {"a reserved field that is not zero", [](std::vector<uint8_t> &file, PackedHeader &h) { h.reserved = 1; },
     "the header of the packed weights has bytes where zeros belong"},
    {"another layout", [](std::vector<uint8_t> &file, PackedHeader &h) { h.layout_id[0] = 'x'; },
     "the weights are packed for layout \"xbcd\" (format \"example_4bit\"), kernel \"matmul_example_4bit_int8:32\" "
     "wants layout \"abcd\""},
    {"another format", [](std::vector<uint8_t> &file, PackedHeader &h) { h.format[0] = 'X'; },
     "the weights are packed from format \"Xxample_4bit\", kernel \"matmul_example_4bit_int8:32\" is for "
     "\"example_4bit\""},
    {"rows that the bytes are not enough for", [](std::vector<uint8_t> &file, PackedHeader &h) { h.n = 5; },
     "the packed weights of N = 5, K = 32 have 72 bytes, the kernel's layout needs 144"},
    {"a negative K", [](std::vector<uint8_t> &file, PackedHeader &h) { h.k = -32; },
     "N = 4, K = -32 is no shape of weights"},
    {"a K of half a block", [](std::vector<uint8_t> &file, PackedHeader &h) { h.k = 48; },
     "K = 48 is no multiple of 32, as kernel \"matmul_example_4bit_int8:32\" needs"},
    {"a shape beyond 63 bits", [](std::vector<uint8_t> &file, PackedHeader &h) { h.n = INT64_MAX; },
     "N = 9223372036854775807, K = 32 is no shape of a matrix"},
};

/// 72 bytes that were packed for the kernel of TestBundle, N = 4 and K = 32.
PackedHeader packedHeader() {
  PackedHeader header{};
  std::memcpy(header.magic, QUOIN_PACKED_MAGIC, sizeof(header.magic));
  header.version = QUOIN_PACKED_VERSION;
  std::strcpy(header.layout_id, "abcd");
  std::strcpy(header.format, "example_4bit");
  header.n = 4, header.k = 32, header.bytes = 72;
  return header;
}

/// The file; its hash is right for what the case makes of it.
std::vector<uint8_t> packedFile(const PackedCase &one) {
  PackedHeader header = packedHeader();
  std::vector<uint8_t> file(sizeof(header) + 72);
  one.change(file, header);
  std::vector<uint8_t> whole(std::max(file.size(), sizeof(header)));
  std::memcpy(whole.data(), &header, sizeof(header));
  Sha256Digest digest = sha256(whole);
  std::memcpy(whole.data() + offsetof(PackedHeader, sha256), digest.data(), digest.size());
  whole.resize(file.size());
  return whole;
}
} // namespace

TEST(MalformedPacked, everyMistakeHasItsSentence) {
  auto bundle = loadBundle(TestBundle().bytes(), "");
  ASSERT_TRUE(bundle);
  const quoin_kernel &kernel = (*bundle)->kernels[0];
  std::set<std::string> sentences;
  for (const PackedCase &one : malformedPacked) {
    SCOPED_TRACE(one.what);
    auto weights = readWeights(kernel, packedFile(one));
    ASSERT_FALSE(weights);
    EXPECT_EQ(weights.error().error.message, one.message);
    EXPECT_NE(weights.error().error.hint, "");
    EXPECT_TRUE(sentences.insert(one.message).second) << "the sentence of another mistake";
  }
  EXPECT_TRUE(readWeights(kernel, packedFile({"good", [](auto &, auto &) {}, ""})));
}

#include "runtime/manifest.h"

#include "runtime/cpu_features.h"
#include "runtime/spec/JsonText.h"
#include "runtime/text.h"

#include <algorithm>
#include <set>
#include <tuple>

namespace quoin {

using Json = nlohmann::json;

static constexpr size_t maxKernels = 4096, maxImages = 64, maxStreams = 256, maxTerms = 64, maxParts = 16;
static constexpr int64_t large = 1ll << 31; // no size in a manifest is larger

static std::unexpected<Failure> bad(const std::string &message) {
  return failWith(QUOIN_BAD_BUNDLE, "the manifest is not valid: " + printable(message),
                  "compile the bundle again with a quoin-compile of this version");
}

/// Short enough, and nothing in it but text: names are printed, and C strings end at a zero.
static bool isPlain(std::string_view text) {
  return text.size() <= QUOIN_MANIFEST_MAX_STRING &&
         std::none_of(text.begin(), text.end(), [](char c) { return (uint8_t(c) < 0x20 && c != '\n') || c == 0x7f; });
}

/// Typed access to one JSON object. The first failure is kept; later reads give defaults, so callers check once. Keys
/// that nobody asked for are a failure, too: a newer compiler may mean something by them.
class ObjectReader {
public:
  ObjectReader(const Json &object, std::string where) : object(object), where(std::move(where)) {
    if (!object.is_object())
      complain("is not an object");
  }

  const Json *find(const char *key) {
    asked.insert(key);
    if (!object.is_object())
      return nullptr;
    auto it = object.find(key);
    return it == object.end() ? nullptr : &*it;
  }

  std::string text(const char *key, bool optional = false) {
    const Json *value = find(key);
    if (!value && optional)
      return "";
    const std::string *string = value ? value->get_ptr<const std::string *>() : nullptr;
    if (!string)
      return complain(std::string("needs the string \"") + key + "\""), "";
    if (!isPlain(*string))
      return complain(std::string("has a string \"") + key + "\" that is too long or holds control characters"), "";
    return *string;
  }

  int64_t integer(const char *key, int64_t low, int64_t high, std::optional<int64_t> otherwise = {}) {
    const Json *value = find(key);
    if (!value && otherwise)
      return *otherwise;
    std::string range = std::to_string(low) + ".." + std::to_string(high);
    if (!value || !value->is_number_integer())
      return complain(std::string("needs the integer \"") + key + "\" in " + range), low;
    bool fits = !value->is_number_unsigned() || *value->get_ptr<const uint64_t *>() <= uint64_t(INT64_MAX);
    int64_t number = fits ? value->get<int64_t>() : INT64_MAX;
    if (!fits || number < low || number > high)
      return complain(std::string("has \"") + key + "\" outside " + range), low;
    return number;
  }

  bool flag(const char *key) {
    const Json *value = find(key);
    if (value && !value->is_boolean())
      complain(std::string("needs true or false as \"") + key + "\"");
    return value && value->is_boolean() && value->get<bool>();
  }

  /// Elements of an array, or null after complaining (an absent optional one gives an empty array silently).
  const Json::array_t *array(const char *key, size_t maxElements, bool optional = false) {
    static const Json::array_t none;
    const Json *value = find(key);
    if (!value && optional)
      return &none;
    const Json::array_t *elements = value ? value->get_ptr<const Json::array_t *>() : nullptr;
    if (!elements || elements->size() > maxElements)
      return complain(std::string("needs the array \"") + key + "\" of at most " + std::to_string(maxElements) +
                      " elements"),
             &none;
    return elements;
  }

  void complain(const std::string &what) {
    if (problem.empty())
      problem = where + " " + what;
  }

  /// The first failure, or what is there and was not read.
  Outcome<void> finish() {
    if (object.is_object())
      for (const auto &[key, value] : object.items())
        if (!asked.contains(key))
          complain("has the unknown key \"" + key + "\"");
    return problem.empty() ? Outcome<void>() : bad(problem);
  }

  std::string problem;

private:
  const Json &object;
  std::string where;
  std::set<std::string, std::less<>> asked;
};

/// SHA-256 of an object without some of its keys, as text without white space and with sorted keys.
static Sha256Digest hashWithout(const Json &object, std::initializer_list<std::string_view> keys) {
  std::string text = "{";
  for (const auto &[key, value] : object.items())
    if (std::find(keys.begin(), keys.end(), key) == keys.end())
      text += (text.size() > 1 ? "," : "") + Json(key).dump() + ":" + value.dump();
  text += "}";
  return sha256({reinterpret_cast<const uint8_t *>(text.data()), text.size()});
}

std::array<uint8_t, sizeof(ImageMark::mark)> entryMark(const Identity &identity, std::string_view entry) {
  Sha256 hash;
  for (const Sha256Digest &part : identity)
    hash.update(part);
  hash.update({reinterpret_cast<const uint8_t *>(entry.data()), entry.size()});
  Sha256Digest digest = hash.finish();
  std::array<uint8_t, sizeof(ImageMark::mark)> mark;
  std::copy_n(digest.begin(), mark.size(), mark.begin());
  return mark;
}

static Outcome<void> readTexts(ObjectReader &in, const char *key, size_t limit, std::vector<std::string> &out) {
  for (const Json &element : *in.array(key, limit)) {
    const std::string *string = element.get_ptr<const std::string *>();
    if (!string || string->empty() || !isPlain(*string))
      return bad(std::string("\"") + key + "\" must hold non-empty strings");
    out.push_back(*string);
  }
  if (!in.problem.empty())
    return bad(in.problem);
  return {};
}

static Outcome<ManifestImage> readImage(const Json &json, const std::string &where) {
  ObjectReader in(json, where);
  ManifestImage image;
  image.isa = in.text("isa");
  image.arch = in.text("arch", true);
  if (image.arch.empty())
    image.arch = "x86_64";
  if (image.arch != "x86_64" && image.arch != "aarch64")
    in.complain("has the unknown \"arch\" \"" + image.arch + "\"");
  image.section = uint32_t(in.integer("section", 0, UINT32_MAX));
  image.bf16Pairs = in.flag("bf16_pairs");
  if (auto read = readTexts(in, "requires", 256, image.required); !read)
    return std::unexpected(read.error());
  for (const std::string &feature : image.required)
    if (!isKnownFeature(feature))
      return bad(where + " requires the feature \"" + feature + "\", which this runtime does not know");
  const Json *entries = in.find("entries");
  if (!entries || !entries->is_object() || entries->empty())
    return bad(where + " needs the object \"entries\"");
  ObjectReader offsets(*entries, where + " \"entries\",");
  for (const auto &[name, value] : entries->items()) {
    static const std::set<std::string> known = {"quantize", "matmul", "pack", "unpack", "decode"};
    if (!known.contains(name))
      return bad(where + " has the unknown entry \"" + name + "\"");
    image.entries[name] = uint64_t(offsets.integer(name.c_str(), 0, INT64_MAX));
  }
  for (ObjectReader *reader : {&in, &offsets})
    if (auto good = reader->finish(); !good)
      return std::unexpected(good.error());
  return image;
}

/// Exact sums may say in which order their floats follow; f32 sums say what is rounded before them.
static void checkNumerics(ObjectReader &in, const ManifestNumerics &numerics) {
  bool isExact = numerics.accumulate == "exact";
  if (!isExact && numerics.accumulate != "f32")
    in.complain("has the unknown \"accumulate\" \"" + numerics.accumulate + "\"");
  if (!numerics.order.empty() && numerics.order != "fma-per-group")
    in.complain("has the unknown \"order\" \"" + numerics.order + "\"");
  if (numerics.order.empty() == numerics.isOrdered())
    in.complain("needs both \"order\" and \"terms\", or none of them");
  if (numerics.isOrdered() && !isExact)
    in.complain("declares an \"order\" for sums that are not exact");
  if (numerics.rounded && !numerics.isOrdered())
    in.complain("is \"rounded\" to \"terms\" that it lacks");
  if (numerics.regrouped && isExact)
    in.complain("is \"regrouped\" though its sums are exact");
  for (const std::string &type : {numerics.xType, numerics.wType})
    if (isExact ? !type.empty() : type != "f32" && type != "f16" && type != "bf16")
      in.complain(isExact ? "rounds \"x\" or \"w\" though its sums are exact"
                          : "needs \"f32\", \"f16\" or \"bf16\" as \"x\" and \"w\"");
}

static std::optional<std::vector<int32_t>> readRegrouped(ObjectReader &in) {
  if (!in.find("regrouped"))
    return {};
  std::vector<int32_t> nodes;
  for (const Json &element : *in.array("regrouped", maxTerms)) {
    int64_t node = element.is_number_integer() ? element.get<int64_t>() : -1;
    if (node < 0 || node > INT32_MAX)
      in.complain("has \"regrouped\" with " + element.dump() + ", which is no node");
    nodes.push_back(int32_t(node));
  }
  return nodes;
}

static Outcome<ManifestNumerics> readNumerics(const Json &json, const std::string &where) {
  ObjectReader in(json, where);
  ManifestNumerics numerics;
  numerics.accumulate = in.text("accumulate");
  numerics.order = in.text("order", true);
  numerics.error = in.text("error", true);
  numerics.xType = in.text("x", true);
  numerics.wType = in.text("w", true);
  numerics.rounded = in.flag("rounded");
  numerics.regrouped = readRegrouped(in);
  for (const Json &element : *in.array("terms", maxTerms, true)) {
    ObjectReader term(element, where + " \"terms\",");
    DeclaredTerm declared;
    declared.coefficient = int32_t(term.integer("coefficient", -1, INT32_MAX, -1));
    declared.code = int32_t(term.integer("code", -1, INT32_MAX));
    declared.zero = term.integer("zero", INT32_MIN, INT32_MAX, 0);
    declared.zeroNode = int32_t(term.integer("zero_node", -1, INT32_MAX, -1));
    if (auto good = term.finish(); !good)
      return std::unexpected(good.error());
    numerics.terms.push_back(declared);
  }
  checkNumerics(in, numerics);
  if (auto good = in.finish(); !good)
    return std::unexpected(good.error());
  return numerics;
}

/// Entries that an op cannot do without.
static std::vector<const char *> neededEntries(const ManifestKernel &kernel) {
  if (kernel.op == "decode" || kernel.op == "pack")
    return {kernel.op == "decode" ? "decode" : "pack"};
  if (kernel.layout == "packed")
    return {"quantize", "matmul", "pack"};
  return {"quantize", "matmul"};
}

/// Sizes of packed weights; "block" alone where a matmul reads the stored streams.
static void readPacking(ObjectReader &in, ManifestKernel &kernel) {
  bool packs = kernel.isPacked(), multiplies = kernel.op == "matmul";
  std::optional<int64_t> none = 0, one = 1, required;
  kernel.panelRows = in.integer("panel_rows", packs ? 1 : 0, large, packs ? required : one);
  kernel.panelRows = std::max<int64_t>(kernel.panelRows, 1);
  kernel.block = in.integer("block", packs || multiplies ? 1 : 0, large, packs || multiplies ? required : one);
  kernel.block = std::max<int64_t>(kernel.block, 1);
  kernel.blockBytes = in.integer("block_bytes", packs ? 1 : 0, large, packs ? required : none);
  kernel.panelBytes = in.integer("panel_bytes", 0, large, packs ? required : none);
  if (packs == kernel.layoutId.empty())
    in.complain(packs ? "has an empty \"layout_id\"" : "has a \"layout_id\" and nothing packed");
  if (kernel.layoutId.size() > 64)
    in.complain("has a \"layout_id\" of more than 64 characters");
}

static std::vector<quoin_x_part> readParts(ObjectReader &in, const std::string &where) {
  std::vector<quoin_x_part> parts;
  for (const Json &element : *in.array("x_parts", maxParts, /*optional=*/true)) {
    ObjectReader part(element, where + ", \"x_parts\",");
    parts.push_back({part.integer("columns", 0, large), part.integer("bytes", 0, large)});
    if (auto good = part.finish(); !good && in.problem.empty())
      in.problem = part.problem;
  }
  return parts;
}

/// "int8:32" has groups of 32, "int8:token" one a row, floats have none: "x_group" must say the same.
static void checkActivations(ObjectReader &in, const ManifestKernel &kernel) {
  const std::string &text = kernel.activations;
  int64_t group = -2;
  if (text == "f32" || text == "f16" || text == "bf16")
    group = -1;
  else if (text == "int8:token")
    group = 0;
  else if (text.starts_with("int8:") && text.size() < 16 && text[5] >= '1' && text[5] <= '9' &&
           text.find_first_not_of("0123456789", 5) == std::string::npos)
    group = std::stoll(text.substr(5));
  if (group == -2)
    in.complain("has the unknown \"activations\" \"" + text + "\"");
  else if (group != kernel.xGroup)
    in.complain("has \"x_group\" = " + std::to_string(kernel.xGroup) + ", which is not that of \"" + text + "\"");
  if (group == -1 && kernel.numerics.accumulate == "exact")
    in.complain("declares exact sums of floats");
}

/// One of the two groups is made of whole ones of the other; 0 is all of K, which every group nests in.
static bool nest(int64_t a, int64_t b) { return a == 0 || b == 0 || a % b == 0 || b % a == 0; }

static void readSizes(ObjectReader &in, const std::string &where, ManifestKernel &kernel) {
  std::optional<int64_t> none = 0, one = 1, required;
  kernel.kMultiple = in.integer("k_multiple", 1, large, one);
  kernel.nMultiple = in.integer("n_multiple", 1, large, one);
  kernel.kMost = in.integer("k_most", 1, large, large);
  readPacking(in, kernel);
  kernel.group = in.integer("group", 0, large, kernel.numerics.isOrdered() ? required : none);
  kernel.scratchBytes = in.integer("scratch_bytes", 0, large, none);
  kernel.codeBits = in.integer("code_bits", 1, 32, 8);
  bool multiplies = kernel.op == "matmul";
  kernel.xGroup = in.integer("x_group", -1, large, -1);
  kernel.xCodeBytes = in.integer("x_code_bytes", multiplies ? 1 : 0, 64, multiplies ? required : none);
  kernel.xParts = readParts(in, where);
  if (!multiplies)
    return;
  checkActivations(in, kernel);
  if (kernel.numerics.isOrdered() && kernel.xGroup >= 0 && !nest(kernel.group, kernel.xGroup))
    in.complain("has \"group\" = " + std::to_string(kernel.group) +
                " and \"x_group\" = " + std::to_string(kernel.xGroup) + ", of which neither divides the other");
}

/// What a kernel says of its weights is what their format says.
static void checkWeights(ObjectReader &in, const ManifestKernel &kernel) {
  const spec::Format &format = *kernel.weights;
  bool same = std::equal(format.streams.begin(), format.streams.end(), kernel.streams.begin(), kernel.streams.end(),
                         [](const spec::Stream &stream, const std::string &name) { return stream.name == name; });
  if (!same)
    in.complain("has other \"streams\" than its format");
  if (format.hasTile && (kernel.nMultiple % format.tileRows || kernel.kMultiple % format.tileCols))
    in.complain("serves multiples of " + std::to_string(kernel.nMultiple) + " x " + std::to_string(kernel.kMultiple) +
                ", its format has tiles of " + std::to_string(format.tileRows) + " x " +
                std::to_string(format.tileCols));
  for (const DeclaredTerm &term : kernel.numerics.terms)
    for (int32_t node : {term.coefficient, term.code, term.zeroNode})
      if (node >= 0 && size_t(node) >= format.nodes.size())
        in.complain("has a term of node " + std::to_string(node) + ", its format has " +
                    std::to_string(format.nodes.size()) + " nodes");
}

static Outcome<void> readSchedules(ObjectReader &in, const std::string &where, ManifestKernel &kernel) {
  const Json *schedules = in.find("schedule");
  if (!schedules)
    return {};
  ObjectReader texts(*schedules, where + ", \"schedule\",");
  if (schedules->is_object())
    for (const auto &[target, text] : schedules->items()) {
      if (!isPlain(target))
        texts.complain("names a target that is too long or holds control characters");
      kernel.schedules[target] = texts.text(target.c_str());
    }
  return texts.finish();
}

static Outcome<void> readImages(ObjectReader &in, const std::string &where, const Json &json,
                                const Sha256Digest &format, ManifestKernel &kernel) {
  const Json::array_t &images = *in.array("images", maxImages);
  const Sha256Digest self = hashWithout(json, {"images"});
  for (size_t i = 0; i < images.size(); ++i) {
    auto image = readImage(images[i], where + ", image " + std::to_string(i) + ",");
    if (!image)
      return std::unexpected(image.error());
    for (const char *entry : neededEntries(kernel))
      if (!image->entries.contains(entry))
        return bad(where + ", image " + std::to_string(i) + ", lacks the entry \"" + entry + "\"");
    image->identity = {self, format, hashWithout(images[i], {"section", "entries"})};
    kernel.images.push_back(std::move(*image));
  }
  return {};
}

/// A format of the manifest, and the hash of its text.
struct ReadFormat {
  std::shared_ptr<const spec::Format> format;
  Sha256Digest hash;
};
using ReadFormats = std::map<std::string, ReadFormat>;

static Outcome<ManifestKernel> readKernel(const Json &json, size_t index, const ReadFormats &formats) {
  std::string where = "kernel " + std::to_string(index);
  ObjectReader in(json, where);
  ManifestKernel kernel;
  kernel.name = in.text("name");
  kernel.op = in.text("op");
  kernel.format = in.text("format");
  auto weights = formats.find(kernel.format);
  if (weights == formats.end() && in.problem.empty())
    in.complain("uses the format \"" + kernel.format + "\", which is not in \"formats\"");
  if (kernel.op != "matmul" && kernel.op != "decode" && kernel.op != "pack")
    in.complain("has the unknown \"op\" \"" + kernel.op + "\"");
  bool multiplies = kernel.op == "matmul";
  kernel.activations = in.text("activations", !multiplies);
  kernel.layout = in.text("layout", !multiplies);
  if (kernel.layout.empty())
    kernel.layout = kernel.op == "pack" ? "packed" : "stored";
  if (kernel.layout != "packed" && kernel.layout != "stored")
    in.complain("has the unknown \"layout\" \"" + kernel.layout + "\"");
  if (kernel.op == "pack" && kernel.layout != "packed")
    in.complain("packs into the layout \"stored\"");
  kernel.layoutId = in.text("layout_id", !kernel.isPacked());
  for (const char *forPeople : {"layout_text", "normal_form", "recoding"})
    in.text(forPeople, true);
  if (auto read = readSchedules(in, where, kernel); !read)
    return std::unexpected(read.error());
  if (const Json *numerics = in.find("numerics")) {
    auto read = readNumerics(*numerics, where + ", \"numerics\",");
    if (!read)
      return std::unexpected(read.error());
    kernel.numerics = std::move(*read);
  } else if (multiplies) {
    in.complain("needs the object \"numerics\"");
  }
  readSizes(in, where, kernel);
  if (auto read = readTexts(in, "streams", maxStreams, kernel.streams); !read)
    return std::unexpected(read.error());
  if (!in.problem.empty())
    return bad(in.problem);
  kernel.weights = weights->second.format;
  checkWeights(in, kernel);
  if (auto read = readImages(in, where, json, weights->second.hash, kernel); !read)
    return std::unexpected(read.error());
  if (auto good = in.finish(); !good)
    return std::unexpected(good.error());
  return kernel;
}

/// Bracket depth outside strings, so that the parser's and the destructor's work is bounded before they start.
static bool nestsTooDeep(std::string_view text) {
  int depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (quoted) {
      i += c == '\\';
      quoted = c != '"';
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      if (++depth > QUOIN_MANIFEST_MAX_DEPTH)
        return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

static Outcome<ReadFormats> readFormats(const Json &json) {
  ReadFormats formats;
  for (const auto &[name, value] : json.items()) {
    if (!value.is_object())
      return bad("format \"" + name + "\" is not an object");
    auto format = spec::fromJsonValue(value);
    if (!format)
      return bad("format \"" + name + "\": " + format.error().message);
    if (format->name != name)
      return bad("format \"" + name + "\" is named \"" + format->name + "\" in its own object");
    formats[name] = {std::make_shared<const spec::Format>(std::move(*format)), hashWithout(value, {})};
  }
  return formats;
}

/// Kernels of one layout share packed weights, so they must agree on their sizes.
static Outcome<void> checkSharedLayouts(const std::vector<ManifestKernel> &kernels) {
  std::map<std::string, const ManifestKernel *> first;
  for (const ManifestKernel &kernel : kernels) {
    if (!kernel.isPacked())
      continue;
    const ManifestKernel &other = *first.emplace(kernel.layoutId, &kernel).first->second;
    auto sizes = [](const ManifestKernel &k) { return std::tie(k.panelRows, k.block, k.blockBytes, k.panelBytes); };
    if (sizes(kernel) != sizes(other))
      return bad("kernels \"" + other.name + "\" and \"" + kernel.name + "\" have the layout \"" + kernel.layoutId +
                 "\" in different sizes");
  }
  return {};
}

Outcome<Manifest> parseManifest(std::string_view text) {
  if (text.size() > QUOIN_MANIFEST_MAX_BYTES)
    return bad("it has " + std::to_string(text.size()) + " bytes, more than " +
               std::to_string(QUOIN_MANIFEST_MAX_BYTES));
  if (nestsTooDeep(text))
    return bad("it nests deeper than " + std::to_string(QUOIN_MANIFEST_MAX_DEPTH));
  spec::JsonText json(text);
  if (!json.isValid())
    return bad("it is not JSON");
  if (json.hasDuplicates())
    return bad("an object names a key twice");
  ObjectReader in(json.value(), "the top level");
  Manifest manifest;
  manifest.compiler = in.text("quoin");
  manifest.llvm = in.text("llvm", true);
  manifest.commit = in.text("commit", true);
  manifest.textSha256 = in.text("text_sha256", true);
  const Json::array_t &kernels = *in.array("kernels", maxKernels);
  const Json *formats = in.find("formats");
  if (!formats || !formats->is_object())
    in.complain("needs the object \"formats\"");
  if (auto good = in.finish(); !good)
    return std::unexpected(good.error());
  auto read = readFormats(*formats);
  if (!read)
    return std::unexpected(read.error());
  std::set<std::string> names;
  for (size_t i = 0; i < kernels.size(); ++i) {
    auto kernel = readKernel(kernels[i], i, *read);
    if (!kernel)
      return std::unexpected(kernel.error());
    if (kernel->name.empty() || !names.insert(kernel->name).second)
      return bad("kernel " + std::to_string(i) + " has an empty name or that of another");
    manifest.kernels.push_back(std::move(*kernel));
  }
  if (auto good = checkSharedLayouts(manifest.kernels); !good)
    return std::unexpected(good.error());
  return manifest;
}

} // namespace quoin

// The manifest of a bundle.
#include "codegen/Manifest.h"

#include "codegen/Version.h"
#include "lowering/RoundsAlike.h"
#include "lowering/Schedule.h"
#include "runtime/BundleFormat.h"
#include "runtime/spec/Evaluate.h"
#include "runtime/spec/Json.h"
#include "runtime/spec/Shapes.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/SHA256.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>
#include <numeric>

using nlohmann::json;

namespace quoin {

/// For people, who read on in --emit=normal: as much of a text as a manifest's string holds, cut between characters.
static std::string shortened(std::string text) {
  constexpr std::string_view more = "...";
  if (text.size() <= QUOIN_MANIFEST_MAX_STRING)
    return text;
  size_t end = QUOIN_MANIFEST_MAX_STRING - more.size();
  while (end > 0 && (uint8_t(text[end]) & 0xC0) == 0x80) // inside a character of UTF-8
    --end;
  return text.substr(0, end).append(more);
}

static std::string print(mlir::Attribute attribute) {
  std::string text;
  llvm::raw_string_ostream(text) << attribute;
  return text;
}

std::string layoutId(const KernelRecord &kernel) {
  llvm::SHA256 hash;
  hash.update(spec::toJson(kernel.plan.format));
  hash.update(print(kernel.plan.layout));
  return llvm::toHex(hash.final(), /*LowerCase=*/true).substr(0, 32);
}

/// Entries of `parts` that the image has.
static json entriesOf(const Image &image, const std::string &kernel, std::initializer_list<const char *> parts) {
  json entries = json::object();
  for (const char *part : parts)
    if (auto found = image.entries.find(functionName(kernel, part)); found != image.entries.end())
      entries[part] = found->second;
  return entries;
}

static json imagesOf(const KernelRecord &kernel, const std::vector<TargetImage> &images,
                     std::initializer_list<const char *> parts) {
  json list = json::array();
  for (size_t i = 0; i < images.size(); ++i) {
    list.push_back({{"isa", images[i].target.name},
                    {"arch", images[i].target.arch()},
                    {"requires", images[i].target.required},
                    {"section", i},
                    {"entries", entriesOf(images[i].image, kernel.name, parts)}});
    if (list.back()["entries"].contains("matmul") && kernel.bf16PairTargets.contains(images[i].target.name))
      list.back()["bf16_pairs"] = true;
  }
  return list;
}

static json common(const KernelRecord &kernel, const char *op, const std::string &name) {
  const spec::Format &format = kernel.plan.format;
  spec::Shape multiple = spec::shapeMultiples(format);
  json streams = json::array();
  for (const spec::Stream &stream : format.streams)
    streams.push_back(stream.name);
  return {{"name", name},
          {"op", op},
          {"format", format.name},
          {"streams", streams},
          {"k_multiple", multiple.k},
          {"n_multiple", multiple.n}};
}

/// Two's complement or unsigned bits that hold an integer of [lo, hi].
static int64_t bitsFor(int64_t lo, int64_t hi) {
  int64_t bits = 1;
  if (lo >= 0)
    while (hi >= int64_t(1) << bits)
      ++bits;
  else
    while (lo < -(int64_t(1) << (bits - 1)) || hi >= int64_t(1) << (bits - 1))
      ++bits;
  return bits;
}

static json packing(const KernelRecord &kernel) {
  tile::LayoutAttr layout = kernel.plan.layout;
  if (kernel.plan.isStored)
    return {{"layout", "stored"}, {"block", layout.getBlock()}, {"panel_rows", layout.getRows()}};
  return {{"layout", "packed"},
          {"layout_id", layoutId(kernel)},
          {"layout_text", print(layout)},
          {"panel_rows", layout.getRows()},
          {"panel_bytes", layout.panelBytes()},
          {"block", layout.getBlock()},
          {"block_bytes", layout.blockBytes()}};
}

/// What codes are multiplied with, and what is added: nodes of the normal form, which all plans of a format share.
static json multipliers(const NormalForm &normal) {
  json nodes = json::array();
  for (spec::NodeId node : {normal.terms.front().coefficient, normal.bias.coefficient})
    if (node >= 0)
      nodes.push_back(node);
  return nodes;
}

/// The float expression of Y: a term of codes, and one without for what is added.
static json numerics(const KernelPlan &plan) {
  const PackedForm &form = plan.form;
  if (!plan.isExact) {
    std::string precision(tile::stringifyStorage(plan.precision));
    json result = {{"accumulate", "f32"}, {"x", precision}, {"w", precision}};
    if (!roundsAlike(plan.format, form))
      result["regrouped"] = multipliers(plan.normal);
    return result;
  }
  json terms = json::array({{{"coefficient", form.coefficient},
                             {"code", form.code},
                             {"zero", form.zero},
                             {"zero_node", form.zeroNode}}});
  if (form.hasBias())
    terms.push_back({{"coefficient", form.bias}, {"code", -1}, {"zero", 0}, {"zero_node", -1}});
  json result = {{"accumulate", "exact"}, {"order", "fma-per-group"}, {"terms", terms}};
  if (!form.rounding.empty()) {
    result["rounded"] = true;
    result["error"] = form.rounding;
  }
  return result;
}

static json matmul(const KernelRecord &kernel, const std::vector<TargetImage> &images) {
  json entry = common(kernel, "matmul", kernel.name);
  entry.update(packing(kernel));
  const PackedForm &form = kernel.plan.form;
  if (kernel.plan.isExact)
    entry["group"] = form.group;
  if (form.code >= 0)
    entry["k_multiple"] = std::lcm(entry["k_multiple"].get<int64_t>(), std::max<int64_t>(form.group, 1));
  if (kernel.plan.mostColumns)
    entry["k_most"] = kernel.plan.mostColumns;
  entry["activations"] = kernel.activations;
  entry["x_group"] = kernel.plan.activationGroup;
  entry["x_code_bytes"] = kernel.xCodeBytes;
  entry["x_parts"] = json::array();
  for (auto [columns, bytes] : kernel.xParts)
    entry["x_parts"].push_back({{"columns", columns}, {"bytes", bytes}});
  entry["scratch_bytes"] = kernel.scratchBytes;
  if (kernel.plan.isExact)
    entry["code_bits"] = bitsFor(form.lo - form.zero, form.hi - form.zero);
  if (std::string growth = describeGrowth(kernel.plan); !growth.empty())
    entry["recoding"] = growth;
  entry["schedule"] = kernel.schedules;
  entry["normal_form"] = shortened(describe(kernel.plan.normal, kernel.plan.format));
  entry["numerics"] = numerics(kernel.plan);
  entry["images"] = imagesOf(kernel, images, {"quantize", "matmul", "pack", "unpack", "decode"});
  return entry;
}

/// Formats by name. Planning a kernel adds nodes to its format: those that declared terms refer to are the same, and in
/// the same places, for all kernels of one format, and some plans add more behind them.
static json formatsOf(const std::vector<KernelRecord> &kernels) {
  std::map<std::string, const KernelPlan *> plans;
  for (const KernelRecord &kernel : kernels) {
    const KernelPlan *&plan = plans[kernel.plan.format.name];
    auto nodes = [](const KernelPlan &p) { return std::pair(p.isExact, p.format.nodes.size()); };
    if (!plan || nodes(kernel.plan) > nodes(*plan))
      plan = &kernel.plan;
  }
  json formats = json::object();
  for (const auto &[name, plan] : plans)
    formats[name] = json::parse(spec::toJson(plan->format));
  return formats;
}

json makeManifest(const std::vector<KernelRecord> &kernels, const std::vector<TargetImage> &images,
                  const std::string &textHash) {
  json manifest = {{"quoin", version},
                   {"llvm", llvmVersion},
                   {"commit", commit},
                   {"text_sha256", textHash},
                   {"formats", formatsOf(kernels)},
                   {"kernels", json::array()}};
  json &list = manifest["kernels"];
  std::set<std::string> decoded;
  for (const KernelRecord &kernel : kernels) {
    const spec::Format &format = kernel.plan.format;
    if (kernel.hasMatmul())
      list.push_back(matmul(kernel, images));
    if (!decoded.insert(format.name).second)
      continue;
    json decode = common(kernel, "decode", "decode_" + format.name);
    decode["images"] = imagesOf(kernel, images, {"decode"});
    list.push_back(decode);
    if (kernel.hasMatmul() && !kernel.plan.isStored) {
      json pack = common(kernel, "pack", "pack_" + format.name);
      pack.update(packing(kernel));
      pack["images"] = imagesOf(kernel, images, {"pack", "unpack"});
      list.push_back(pack);
    }
  }
  return manifest;
}

} // namespace quoin

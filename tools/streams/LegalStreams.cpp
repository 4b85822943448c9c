#include "tools/streams/LegalStreams.h"

#include "runtime/spec/Bits.h"
#include "runtime/spec/Dependence.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <numeric>
#include <set>

namespace quoin::tool {

using namespace quoin::spec;

namespace {
class Filler {
public:
  Filler(const Format &format, Shape shape, const std::map<std::string, int64_t> &freeSizes,
         const std::function<uint32_t()> &random)
      : format(format), shape(shape), freeSizes(freeSizes), random(random) {}

  Result<OwnedStreams> fill() {
    if (auto ok = addMissing(withoutDependentSizes()); !ok)
      return std::unexpected(ok.error());
    if (auto ok = addMissing(format); !ok)
      return std::unexpected(ok.error());
    return std::move(streams);
  }

private:
  static constexpr float largestExtent = 255;

  /// By node, whether its value is stored or follows what is.
  std::vector<bool> findReads() const {
    std::vector<bool> reads;
    for (const Node &node : format.nodes) {
      auto known = [&](NodeId operand) { return operand >= 0 && reads[operand]; };
      reads.push_back(node.op == Op::Read || known(node.a) || known(node.b) || known(node.c) ||
                      std::any_of(node.args.begin(), node.args.end(), known) ||
                      std::any_of(node.cuts.begin(), node.cuts.end(), known));
    }
    return reads;
  }

  /// The format with streams of no elements in place of those whose extents are stored.
  Format withoutDependentSizes() const {
    Format rest = format;
    std::vector<bool> reads = findReads();
    for (Stream &stream : rest.streams)
      for (NodeId &extent : stream.extents)
        if (reads[extent]) {
          rest.nodes.push_back({.op = Op::Int, .type = ValueType::Index, .imm = 0});
          extent = NodeId(rest.nodes.size()) - 1;
        }
    return rest;
  }

  /// Fills the streams that are not there yet and have bytes in `sized`.
  Result<void> addMissing(const Format &sized) {
    StreamBytes view;
    for (const auto &[name, bytes] : streams)
      view.emplace(name, bytes);
    auto sizes = streamSizes(sized, shape, view, freeSizes);
    if (!sizes)
      return std::unexpected(sizes.error());
    for (const Stream &stream : sized.streams) {
      int64_t size = sizes->at(stream.name);
      if (stream.optional || streams.contains(stream.name) || (&sized != &format && size == 0))
        continue;
      auto &bytes = streams[stream.name];
      bytes.resize(size_t(size));
      for (size_t at = 0; at < bytes.size(); at += sizeof(uint32_t)) {
        uint32_t word = random();
        std::memcpy(bytes.data() + at, &word, std::min(sizeof(word), bytes.size() - at));
      }
    }
    for (const Permute &permute : format.permutes)
      write(permute.field, [&](size_t count) { return permutation(count); });
    for (const Node &node : format.nodes)
      if (int64_t total = splitTotal(node); total >= 0)
        write(int32_t(node.imm), [&](size_t count) { return lengths(count, total); });
    std::map<int32_t, int64_t> limits; // a field may give rows here and columns there
    for (const Overlay &overlay : format.overlays)
      for (auto [field, limit] : {std::pair(overlay.rows, shape.n), std::pair(overlay.cols, shape.k)})
        limits[field] = limits.contains(field) ? std::min(limits[field], limit) : limit;
    for (int32_t field : extentFields()) {
      const ScalarType &type = format.fields[field].type;
      limits.try_emplace(field, type.decodeInt(encodeScalar(type, largestExtent, Rounding::NearestEven, true)) + 1);
    }
    for (auto [field, limit] : limits)
      write(field, [&](size_t count) { return below(count, limit); });
    return {};
  }

  /// Fields that the extents of streams read: at random they would be of any size, or below zero.
  std::set<int32_t> extentFields() const {
    std::vector<NodeId> extents;
    for (const Stream &stream : format.streams)
      extents.insert(extents.end(), stream.extents.begin(), stream.extents.end());
    std::vector<bool> used = usedBy(format, extents);
    std::set<int32_t> found;
    for (size_t id = 0; id < used.size(); ++id)
      if (used[id] && format.nodes[id].op == Op::Read)
        found.insert(int32_t(format.nodes[id].imm));
    return found;
  }

  /// How many rows or columns a split by stored lengths covers, -1 for splits of something else.
  int64_t splitTotal(const Node &node) const {
    if ((node.op != Op::SplitBy && node.op != Op::SplitAll) || format.nodes[node.a].op != Op::Var ||
        format.decodeVars.size() != 2)
      return -1;
    int64_t variable = format.nodes[node.a].imm;
    return variable == format.decodeVars[0] ? shape.n : variable == format.decodeVars[1] ? shape.k : -1;
  }

  /// Stores `values(count)` in a stream of whole elements, the first time it is seen.
  template <typename Values> void write(int32_t id, Values values) {
    const Field &field = format.fields[id];
    const Stream &stream = format.streams[field.stream];
    auto bytes = streams.find(stream.name);
    if (stream.field != id || bytes == streams.end() || !written.insert(id).second)
      return;
    int width = field.type.width;
    int64_t at = 0;
    for (int64_t value : values(bytes->second.size() * 8 / width))
      storeBits(bytes->second.data(), width * at++, width, uint32_t(value));
  }

  std::vector<int64_t> below(size_t count, int64_t limit) {
    std::vector<int64_t> values(count);
    std::generate(values.begin(), values.end(), [&] { return int64_t(random() % uint64_t(limit)); });
    return values;
  }
  std::vector<int64_t> permutation(size_t count) {
    std::vector<int64_t> order(count);
    std::iota(order.begin(), order.end(), 0);
    for (size_t i = count; i > 1; --i)
      std::swap(order[i - 1], order[random() % i]);
    return order;
  }
  std::vector<int64_t> lengths(size_t count, int64_t total) {
    std::vector<int64_t> ends = below(count, total + 1), result;
    if (ends.empty())
      return {};
    ends.back() = total;
    std::sort(ends.begin(), ends.end());
    std::adjacent_difference(ends.begin(), ends.end(), std::back_inserter(result));
    return result;
  }

  const Format &format;
  Shape shape;
  const std::map<std::string, int64_t> &freeSizes;
  const std::function<uint32_t()> &random;
  OwnedStreams streams;
  std::set<int32_t> written;
};
} // namespace

Result<OwnedStreams> legalStreams(const Format &format, Shape shape, const std::map<std::string, int64_t> &freeSizes,
                                  const std::function<uint32_t()> &random) {
  return Filler(format, shape, freeSizes, random).fill();
}

} // namespace quoin::tool

// Reads of stored fields, tables, temps and weights, and splits.
#include "runtime/spec/Evaluator.h"

#include "runtime/spec/Arithmetic.h"
#include "runtime/spec/Bits.h"

#include <algorithm>

namespace quoin::spec {

static std::string list(std::span<const int64_t> values) {
  std::string text = "[";
  for (size_t i = 0; i < values.size(); ++i)
    text += (i ? ", " : "") + std::to_string(values[i]);
  return text + "]";
}

int64_t Evaluator::linearIndex(const std::string &name, std::span<const int64_t> index,
                               std::span<const int64_t> extents) {
  int64_t linear = 0;
  for (size_t axis = 0; axis < extents.size(); ++axis) {
    if (index[axis] < 0 || index[axis] >= extents[axis]) {
      bool one = extents.size() == 1;
      failAt("index " + (one ? std::to_string(index[axis]) : list(index)) + " of \"" + name +
             "\" is outside its extent" + (one ? " " + std::to_string(extents[axis]) : "s " + list(extents)));
      return -1;
    }
    linear = linear * extents[axis] + index[axis];
  }
  return linear;
}

int64_t Evaluator::sliceOffset(const Field &field, size_t slice) {
  bool perBit = field.bitVar >= 0;
  if (perBit)
    setVar(field.bitVar, int64_t(slice));
  return eval(field.slices[perBit ? 0 : slice].offset);
}

static size_t sliceCount(const Field &field) { return field.bitVar >= 0 ? field.type.width : field.slices.size(); }
static int sliceWidth(const Field &field, size_t slice) { return field.bitVar >= 0 ? 1 : field.slices[slice].width; }

bool Evaluator::checkRange(const Field &field, std::span<const int64_t> index, int64_t offset, int width,
                           int64_t limit) {
  if (offset >= 0 && offset <= limit - width)
    return true;
  bool isRecord = format.streams[field.stream].isRecord;
  failAt("field \"" + field.name + "\"" + (index.empty() ? "" : list(index)) + " reads bit " +
         std::to_string(offset < 0 ? offset : std::max(offset, limit)) + " of a " + (isRecord ? "record" : "stream") +
         " of " + std::to_string(limit) + " bits");
  return false;
}

std::vector<BitRange> Evaluator::locate(int32_t fieldId, std::span<const int64_t> index) {
  const Field &field = format.fields[fieldId];
  const Stream &stream = format.streams[field.stream];
  const StreamState &state = streams[field.stream];
  if (!fields[fieldId].resolved)
    failAt("the extents of \"" + field.name + "\" are not known");
  int64_t linear = failed() ? -1 : linearIndex(field.name, index, fields[fieldId].extents);
  if (linear < 0 || !state.present)
    return {};
  if (stream.isRecord && record < 0) {
    failAt("field \"" + field.name + "\" is stored in records and is read where there is no record");
    return {};
  }
  int64_t limit = (stream.isRecord ? stream.recordBytes : state.bytes) * 8;
  int64_t base = stream.isRecord ? record * limit : 0;
  const std::vector<int64_t> &known = fields[fieldId].offsets;
  size_t count = sliceCount(field);
  if (known.empty())
    for (size_t axis = 0; axis < index.size(); ++axis)
      setVar(field.indices[axis], index[axis]);
  std::vector<BitRange> result;
  for (size_t slice = 0; slice < count; ++slice) {
    int64_t offset = known.empty() ? sliceOffset(field, slice) : known[size_t(linear) * count + slice];
    if (failed() || !checkRange(field, index, offset, sliceWidth(field, slice), limit))
      return {};
    result.push_back({field.stream, base + offset, sliceWidth(field, slice)});
  }
  return result;
}

int64_t Evaluator::readField(int32_t fieldId, std::span<const int64_t> index) {
  const Field &field = format.fields[fieldId];
  const Stream &stream = format.streams[field.stream];
  const StreamState &state = streams[field.stream];
  const FieldState &layout = fields[fieldId];
  if (!layout.resolved) {
    failAt("the extents of \"" + field.name + "\" are not known");
    return 0;
  }
  int64_t linear = linearIndex(field.name, index, layout.extents);
  if (linear < 0)
    return 0;
  if (!state.present)
    return readDefault(stream, index);
  if (stream.isRecord && record < 0) {
    failAt("field \"" + field.name + "\" is stored in records and is read where there is no record");
    return 0;
  }
  int64_t limit = (stream.isRecord ? stream.recordBytes : state.bytes) * 8;
  int64_t base = stream.isRecord ? record * limit : 0;
  if (layout.offsets.empty())
    for (size_t axis = 0; axis < index.size(); ++axis)
      setVar(field.indices[axis], index[axis]);
  uint32_t code = 0;
  size_t count = sliceCount(field);
  for (size_t slice = 0, low = 0; slice < count; ++slice) {
    int width = sliceWidth(field, slice);
    int64_t offset;
    if (!layout.offsets.empty()) {
      offset = layout.offsets[size_t(linear) * count + slice];
    } else {
      offset = sliceOffset(field, slice);
      if (failed() || !checkRange(field, index, offset, width, limit))
        return 0;
    }
    code |= loadBits(state.data, state.bytes, base + offset, width) << low;
    low += size_t(width);
    if (log)
      log->bits.push_back({field.stream, base + offset, width});
  }
  if (log)
    log->fields.push_back({fieldId, linear});
  return field.type.isFloat() ? fromFloat(field.type.decodeFloat(code)) : field.type.decodeInt(code);
}

/// Element of an absent stream; a stream that is neither present nor optional is one whose contents are not known yet.
int64_t Evaluator::readDefault(const Stream &stream, std::span<const int64_t> index) {
  if (!stream.optional) {
    failAt("the contents of \"" + stream.name + "\" are not known");
    return 0;
  }
  for (size_t axis = 0; axis < index.size(); ++axis)
    setVar(stream.defaultVars[axis], index[axis]);
  if (stream.type.isFloat())
    return fromFloat(evalFloat(stream.defaultValue));
  return wrap32(eval(stream.defaultValue));
}

int64_t Evaluator::computeRead(const Node &node) {
  std::array<int64_t, maxRank> index;
  for (size_t i = 0; i < node.args.size(); ++i)
    index[i] = eval(node.args[i]);
  return failed() ? 0 : readField(int32_t(node.imm), {index.data(), node.args.size()});
}

int64_t Evaluator::computeTable(const Node &node) {
  const Table &table = format.tables[node.imm];
  std::array<int64_t, maxRank> index;
  for (size_t i = 0; i < node.args.size(); ++i)
    index[i] = eval(node.args[i]);
  if (failed())
    return 0;
  int64_t linear = linearIndex(table.name, {index.data(), node.args.size()}, table.extents);
  if (linear < 0)
    return 0;
  uint32_t bits = table.values[size_t(linear)];
  return table.isFloat() ? int64_t(bits) : int64_t(int32_t(bits));
}

int64_t Evaluator::computeTemp(const Node &node) {
  const std::string &name = format.encode[node.imm].name;
  std::array<int64_t, maxRank> index;
  for (size_t i = 0; i < node.args.size(); ++i)
    index[i] = eval(node.args[i]);
  if (failed())
    return 0;
  if (!encode || encode->temps[node.imm].values.empty()) {
    failAt("temp \"" + name + "\" has no value here");
    return 0;
  }
  const TempState &temp = encode->temps[node.imm];
  int64_t linear = linearIndex(name, {index.data(), node.args.size()}, temp.extents);
  return linear < 0 ? 0 : temp.values[size_t(linear)];
}

int64_t Evaluator::computeWeight(const Node &node) {
  if (!encode) {
    failAt("\"x\" is read outside encode");
    return 0;
  }
  int64_t n = eval(node.args[0]), k = node.args.size() > 1 ? eval(node.args[1]) : 0;
  if (node.args.size() == 1) {
    if (record < 0) {
      failAt("\"x\" is read with one index where there is no record", "write x[n, k]");
      return 0;
    }
    int64_t element = n, perRow = shape.k / format.tileCols;
    if (element < 0 || element >= format.tileRows * format.tileCols)
      return fromFloat(0);
    n = record / perRow * format.tileRows + element / format.tileCols;
    k = record % perRow * format.tileCols + element % format.tileCols;
  }
  if (n < 0 || n >= shape.n || k < 0 || k >= shape.k)
    return fromFloat(0);
  const auto &[rows, cols] = encode->logicalOf;
  n = rows.empty() ? n : rows[size_t(n)];
  k = cols.empty() ? k : cols[size_t(k)];
  return fromFloat(encode->weights[size_t(n * shape.k + k)]);
}

/// Binds the position in range number `range`, which counts from the range's start, and gives the branch.
NodeId Evaluator::splitBranch(const Node &node, size_t range, int64_t rest) {
  if (node.op == Op::SplitAll) {
    setVar(node.vars[0], int64_t(range));
    setVar(node.vars[1], rest);
    return node.args[0];
  }
  if (range >= node.args.size()) {
    failAt("\"" + format.fields[node.imm].name + "\" has more ranges than the split has branches");
    return -1;
  }
  setVar(node.vars[range], rest);
  return node.args[range];
}

NodeId Evaluator::enterSplit(const Node &node) {
  int64_t value = eval(node.a), start = 0, rest = 0;
  if (node.op == Op::SplitAt) {
    size_t range = 0;
    for (int64_t cut = 0; range < node.cuts.size() && value >= (cut = eval(node.cuts[range])); ++range)
      start = cut;
    if (__builtin_sub_overflow(value, start, &rest))
      failAt("index arithmetic (\"split\") leaves 64 bits");
    return failed() ? -1 : splitBranch(node, range, rest);
  }
  int32_t lengths = int32_t(node.imm);
  auto known = splitStarts.find(lengths);
  if (known != splitStarts.end() && !log) {
    const std::vector<int64_t> &starts = known->second;
    if (value >= 0 && value < starts.back()) {
      auto next = std::upper_bound(starts.begin(), starts.end(), value);
      return splitBranch(node, size_t(next - starts.begin()) - 1, value - *(next - 1));
    }
    start = starts.back();
  } else {
    int64_t count = fields[lengths].count;
    for (int64_t range = 0; value >= 0 && range < count && !failed(); ++range) {
      int64_t length = readField(lengths, {&range, 1});
      if (value < start + length)
        return splitBranch(node, size_t(range), value - start);
      start += length;
    }
  }
  failAt("position " + std::to_string(value) + " is outside the " + std::to_string(start) + " that the lengths in \"" +
         format.fields[lengths].name + "\" add up to");
  return -1;
}

int64_t Evaluator::computeSplit(const Node &node) {
  NodeId branch = enterSplit(node);
  return branch < 0 ? 0 : eval(branch);
}

void Evaluator::tabulateOffsets() {
  constexpr int64_t maxEntries = 1 << 16;
  for (size_t id = 0; id < format.fields.size(); ++id) {
    const Field &field = format.fields[id];
    FieldState &state = fields[id];
    state.offsets.clear();
    if (!format.streams[field.stream].isRecord || state.count == 0 ||
        state.count > maxEntries / int64_t(sliceCount(field)))
      continue;
    bool fromContents = false;
    for (const Slice &slice : field.slices)
      fromContents |= readsContents(slice.offset);
    if (fromContents)
      continue;
    int64_t limit = format.streams[field.stream].recordBytes * 8;
    std::vector<int64_t> index(field.indices.size()), offsets;
    bool inside = true;
    for (int64_t element = 0; element < state.count && inside; ++element) {
      int64_t rest = element;
      for (size_t axis = index.size(); axis-- > 0; rest /= state.extents[axis])
        setVar(field.indices[axis], index[axis] = rest % state.extents[axis]);
      for (size_t slice = 0; slice < sliceCount(field) && inside; ++slice) {
        offsets.push_back(sliceOffset(field, slice));
        inside = !failed() && offsets.back() >= 0 && offsets.back() <= limit - sliceWidth(field, slice);
      }
    }
    // A field that leaves its record stays without a table: its reads say so.
    if (failed())
      (void)takeFailure();
    if (inside)
      state.offsets = std::move(offsets);
  }
}

} // namespace quoin::spec

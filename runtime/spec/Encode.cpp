#include "runtime/spec/Arithmetic.h"
#include "runtime/spec/Bits.h"
#include "runtime/spec/Check.h"
#include "runtime/spec/Encoder.h"

#include <algorithm>

namespace quoin::spec {

bool nextIndex(std::vector<int64_t> &index, std::span<const int64_t> extents) {
  for (size_t axis = index.size(); axis-- > 0;) {
    if (++index[axis] < extents[axis])
      return true;
    index[axis] = 0;
  }
  return false;
}

Encoder::Encoder(const Format &format, Shape shape, std::span<const float> weights)
    : format(format), evaluator(format, shape, true), buffers(format.streams.size()), searches(format.encode.size()) {
  state.weights = weights;
  state.temps.resize(format.encode.size());
}

/// Encode knows extents before it writes anything.
Result<void> Encoder::allResolved() const {
  for (size_t i = 0; i < format.sizes.size(); ++i)
    if (!evaluator.sizes[i])
      return fail("size \"" + format.sizes[i] + "\" is free, so encode does not know how large its streams are",
                  "such a tensor comes from a file");
  for (size_t i = 0; i < format.streams.size(); ++i)
    if (!evaluator.streams[i].resolved)
      return fail("the extents of stream \"" + format.streams[i].name + "\" are stored, so encode does not know them");
  for (size_t i = 0; i < format.fields.size(); ++i)
    if (!evaluator.fields[i].resolved)
      return fail("the extents of field \"" + format.fields[i].name + "\" are stored, so encode does not know them");
  return {};
}

/// Zeroed buffers for all streams but the optional ones that no rule writes.
Result<void> Encoder::allocate() {
  std::vector<bool> written(format.streams.size());
  for (const EncodeRule &rule : format.encode)
    for (int32_t field : rule.fields)
      written[format.fields[field].stream] = true;
  BindInput input;
  input.partial = true;
  if (auto ok = resolveSizes(evaluator, input); !ok)
    return ok;
  if (auto ok = allResolved(); !ok)
    return ok;
  int64_t total = 0;
  for (size_t i = 0; i < format.streams.size(); ++i) {
    const Stream &stream = format.streams[i];
    StreamState &bound = evaluator.streams[i];
    if (!written[i] && stream.optional)
      continue;
    if (!written[i])
      return fail("no encode rule of format \"" + format.name + "\" writes stream \"" + stream.name + "\"");
    if (__builtin_add_overflow(total, bound.bytes, &total) || total > int64_t(1) << 36)
      return fail("the streams of format \"" + format.name + "\" need too many bytes");
    buffers[i].assign(size_t(bound.bytes), 0);
    bound.present = true;
    bound.data = buffers[i].data();
  }
  evaluator.invalidate();
  return {};
}

bool Encoder::isPerRecord(const EncodeRule &rule) const {
  if (rule.kind == EncodeRule::Kind::Temp)
    return evaluator.hasRecords();
  return format.streams[format.fields[rule.fields[0]].stream].isRecord;
}

std::unexpected<Error> Encoder::failure(const EncodeRule &rule) {
  auto error = evaluator.takeFailure();
  const std::string &name = rule.kind == EncodeRule::Kind::Temp ? rule.name : format.fields[rule.fields[0]].name;
  return fail("encoding \"" + name + "\": " + error.error().message, error.error().hint);
}

void Encoder::writeCode(const std::vector<BitRange> &bits, std::vector<std::vector<uint8_t>> &buffers, uint32_t code) {
  for (const BitRange &range : bits) {
    storeBits(buffers[range.stream].data(), range.bit, range.width, code);
    code = range.width == 32 ? 0 : code >> range.width;
  }
}

void Encoder::writeField(int32_t field, std::span<const int64_t> index, uint32_t code) {
  writeCode(evaluator.locate(field, index), buffers, code);
}

Result<void> Encoder::runTemp(size_t number) {
  const EncodeRule &rule = format.encode[number];
  TempState &temp = state.temps[number];
  temp.extents.clear();
  temp.values.clear();
  int64_t count = 1;
  for (NodeId id : rule.extents) {
    int64_t extent = evaluator.eval(id);
    if (evaluator.failed())
      return failure(rule);
    if (extent < 0 || __builtin_mul_overflow(count, extent, &count) || count > int64_t(1) << 32)
      return fail("the extents of temp \"" + rule.name + "\" are out of range");
    temp.extents.push_back(extent);
  }
  if (count == 0)
    return {};
  // Filled aside: while values are missing, reads of this temp say so.
  std::vector<int64_t> values, index(rule.vars.size());
  values.reserve(size_t(count));
  do {
    for (size_t axis = 0; axis < index.size(); ++axis)
      evaluator.setVar(rule.vars[axis], index[axis]);
    values.push_back(evaluator.eval(rule.value));
    if (evaluator.failed())
      return failure(rule);
  } while (nextIndex(index, temp.extents));
  temp.values = std::move(values);
  return {};
}

Result<void> Encoder::runStore(const EncodeRule &rule) {
  int32_t target = rule.fields[0];
  const Field &field = format.fields[target];
  const FieldState &layout = evaluator.fields[target];
  if (layout.count == 0)
    return {};
  std::vector<int64_t> index(rule.vars.size());
  do {
    for (size_t axis = 0; axis < index.size(); ++axis)
      evaluator.setVar(rule.vars[axis], index[axis]);
    uint32_t code;
    if (field.type.isFloat())
      code = encodeScalar(field.type, evaluator.evalFloat(rule.value), Rounding::NearestEven, false);
    else
      code = uint32_t(evaluator.eval(rule.value));
    if (!evaluator.failed())
      writeField(target, index, code);
    if (evaluator.failed())
      return failure(rule);
    evaluator.touch(target);
  } while (nextIndex(index, layout.extents));
  return {};
}

/// A permutation takes effect when its stream is written.
Result<void> Encoder::updateOrder(const EncodeRule &rule) {
  for (const Permute &permute : format.permutes) {
    bool written = false;
    for (int32_t field : rule.fields)
      written |= format.fields[field].stream == format.fields[permute.field].stream;
    if (!written)
      continue;
    auto order = storedOrder(evaluator, permute.axis);
    if (!order)
      return std::unexpected(order.error());
    state.logicalOf[permute.axis] = std::move(*order);
    evaluator.invalidate();
  }
  return {};
}

Result<void> Encoder::runRule(size_t number) {
  const EncodeRule &rule = format.encode[number];
  if (rule.kind == EncodeRule::Kind::Temp)
    return runTemp(number);
  auto done = rule.kind == EncodeRule::Kind::Store ? runStore(rule) : runSearch(number);
  return done ? updateOrder(rule) : done;
}

/// Rules first..last-1, all of records, for one record after the other.
Result<void> Encoder::runRecords(size_t first, size_t last) {
  for (record = 0; record < evaluator.recordCount(); ++record) {
    evaluator.setRecord(record);
    // Temps of earlier runs of rules were this record's once and are computed again.
    for (size_t rule = 0; rule < last; ++rule)
      if (rule >= first || (format.encode[rule].kind == EncodeRule::Kind::Temp))
        if (auto ok = runRule(rule); !ok)
          return ok;
  }
  record = -1;
  evaluator.setRecord(-1);
  for (size_t rule = 0; rule < last; ++rule)
    state.temps[rule].values.clear();
  evaluator.invalidate();
  return {};
}

Result<OwnedStreams> Encoder::run() {
  if (auto ok = allocate(); !ok)
    return std::unexpected(ok.error());
  evaluator.tabulateOffsets();
  evaluator.encode = &state;
  for (int axis : {0, 1}) // an order that stays absent is its default
    for (const Permute &permute : format.permutes)
      if (permute.axis == axis && !evaluator.streams[format.fields[permute.field].stream].present) {
        auto order = storedOrder(evaluator, axis);
        if (!order)
          return std::unexpected(order.error());
        state.logicalOf[axis] = std::move(*order);
      }
  for (size_t rule = 0; rule < format.encode.size();) {
    size_t last = rule;
    while (last < format.encode.size() && isPerRecord(format.encode[last]))
      ++last;
    for (auto &search : searches) // what it remembers may have changed
      search.reset();
    auto ok = last > rule ? runRecords(rule, last) : runRule(rule);
    if (!ok)
      return std::unexpected(ok.error());
    rule = std::max(last, rule + 1);
  }
  OwnedStreams result;
  for (size_t i = 0; i < format.streams.size(); ++i)
    if (evaluator.streams[i].present)
      result[format.streams[i].name] = std::move(buffers[i]);
  return result;
}

Result<OwnedStreams> encode(const Format &format, Shape shape, std::span<const float> w) {
  if (auto ok = checkFormat(format); !ok)
    return std::unexpected(ok.error());
  if (auto ok = checkShape(format, shape); !ok)
    return std::unexpected(ok.error());
  if (format.encode.empty())
    return fail("format \"" + format.name + "\" has no encode rules");
  if (int64_t(w.size()) != shape.n * shape.k)
    return fail("W has " + std::to_string(w.size()) + " elements and N = " + std::to_string(shape.n) +
                ", K = " + std::to_string(shape.k));
  return Encoder(format, shape, w).run();
}

} // namespace quoin::spec

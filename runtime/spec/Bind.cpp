// Sizes and buffers: extents of streams and fields, free sizes, requirements, permutations and split lengths.
#include "runtime/spec/Dependence.h"
#include "runtime/spec/Evaluator.h"
#include "runtime/spec/Ops.h"
#include "runtime/spec/Print.h"
#include "runtime/spec/Reach.h"
#include "runtime/spec/StreamCheck.h"

#include <algorithm>

namespace quoin::spec {

namespace {
/// Resolves streams and fields in any order in which they can be: an extent may read streams and sizes found before.
class Resolver {
public:
  Resolver(Evaluator &evaluator, const BindInput &input) : e(evaluator), format(e.format), input(input) {}
  Result<void> run();

private:
  bool isReady(NodeId root) const;
  const std::span<const uint8_t> *given(const Stream &stream) const;
  Result<void> takeNames();
  Result<bool> step();
  Result<bool> resolveStream(size_t index);
  Result<bool> resolveField(size_t index);
  Result<bool> inferSize(size_t index);
  bool emptyAbsentSizes();
  Result<void> attach(size_t index);
  Result<std::vector<int64_t>> extents(const std::vector<NodeId> &nodes, const std::string &what, int64_t &count);
  Result<void> unresolved() const;

  Evaluator &e;
  const Format &format;
  const BindInput &input;
};
} // namespace

const std::span<const uint8_t> *Resolver::given(const Stream &stream) const {
  if (!input.streams)
    return nullptr;
  auto found = input.streams->find(stream.name);
  return found == input.streams->end() ? nullptr : &found->second;
}

/// Whether a node's value needs nothing that is not known yet.
bool Resolver::isReady(NodeId root) const {
  std::vector<bool> seen(format.nodes.size());
  std::vector<NodeId> open = {root};
  auto push = [&](NodeId id) {
    if (id >= 0 && !seen[id])
      seen[id] = true, open.push_back(id);
  };
  while (!open.empty()) {
    const Node &node = format.nodes[open.back()];
    open.pop_back();
    if (node.op == Op::Size && node.imm >= 0 && !e.sizes[node.imm])
      return false;
    if (node.op == Op::Read || node.op == Op::SplitBy || node.op == Op::SplitAll) {
      const Field &field = format.fields[node.imm];
      const Stream &stream = format.streams[field.stream];
      bool absent = !e.streams[field.stream].present;
      if (!e.fields[node.imm].resolved || (absent && !stream.optional))
        return false;
      if (absent)
        push(stream.defaultValue);
      for (const Slice &slice : field.slices)
        push(slice.offset);
    }
    for (NodeId id : {node.a, node.b, node.c})
      push(id);
    for (const auto *list : {&node.args, &node.cuts})
      for (NodeId id : *list)
        push(id);
  }
  return true;
}

/// Values of extents and their product; a negative one and an overflow are errors.
Result<std::vector<int64_t>> Resolver::extents(const std::vector<NodeId> &nodes, const std::string &what,
                                               int64_t &count) {
  std::vector<int64_t> values;
  count = 1;
  for (NodeId id : nodes) {
    int64_t value = e.eval(id);
    if (e.failed())
      return e.takeFailure();
    if (value < 0)
      return fail("extent \"" + printExpression(format, id) + "\" of " + what + " is " + std::to_string(value) +
                  " for N = " + std::to_string(e.shape.n) + ", K = " + std::to_string(e.shape.k));
    values.push_back(value);
    if (__builtin_mul_overflow(count, value, &count))
      return fail("the extents of " + what + " multiply to more than 64 bits");
  }
  return values;
}

static std::string typeAndExtents(const Stream &stream, const std::vector<int64_t> &extents) {
  std::string text = stream.type.name() + " [";
  for (size_t i = 0; i < extents.size(); ++i)
    text += (i ? ", " : "") + std::to_string(extents[i]);
  return text + "]";
}

/// Binds the buffer of a stream whose size is known.
Result<void> Resolver::attach(size_t index) {
  const Stream &stream = format.streams[index];
  StreamState &state = e.streams[index];
  state.resolved = true;
  const auto *bytes = given(stream);
  if (!bytes || (!bytes->data() && state.bytes)) { // no buffer at all may be one of no bytes
    if (input.needAll && !stream.optional)
      return fail("stream \"" + stream.name + "\" is missing", "it is not optional: give " + stream.name + "=FILE");
    return {};
  }
  if (int64_t(bytes->size()) != state.bytes) {
    std::string want = stream.isRecord ? std::to_string(e.recordCount()) + " records of " +
                                             std::to_string(stream.recordBytes) + " bytes"
                                       : typeAndExtents(stream, state.extents);
    return fail("stream \"" + stream.name + "\" has " + std::to_string(bytes->size()) + " bytes and needs " +
                    std::to_string(state.bytes) + " (" + want + ")",
                "N = " + std::to_string(e.shape.n) + ", K = " + std::to_string(e.shape.k));
  }
  state.present = true;
  state.data = bytes->data();
  e.invalidate();
  return {};
}

/// A free size from the length of a stream that has it as an extent of its own, all other extents being known.
Result<bool> Resolver::inferSize(size_t index) {
  const Stream &stream = format.streams[index];
  const auto *bytes = given(stream);
  if (!bytes)
    return false;
  int64_t size = -1, bits = stream.type.width;
  for (NodeId id : stream.extents) {
    const Node &node = format.nodes[id];
    if (node.op == Op::Size && node.imm >= 0 && !e.sizes[node.imm]) {
      if (size >= 0)
        return false;
      size = node.imm;
      continue;
    }
    if (!isReady(id))
      return false;
    int64_t value = e.eval(id);
    if (e.failed())
      return e.takeFailure();
    if (value < 0 || __builtin_mul_overflow(bits, value, &bits))
      return fail("the extents of stream \"" + stream.name + "\" are out of range");
  }
  if (size < 0)
    return false;
  int64_t have = int64_t(bytes->size()) * 8;
  if (bits == 0)
    return fail("size \"" + format.sizes[size] + "\" cannot be found: the other extents of stream \"" + stream.name +
                "\" are 0");
  // A stream of whole bytes must divide evenly; attach compares the rounded size otherwise.
  e.sizes[size] = have / bits;
  e.invalidate();
  return true;
}

Result<bool> Resolver::resolveStream(size_t index) {
  const Stream &stream = format.streams[index];
  StreamState &state = e.streams[index];
  if (state.resolved)
    return false;
  if (stream.isRecord) {
    if (__builtin_mul_overflow(e.recordCount(), stream.recordBytes, &state.bytes) || state.bytes > INT64_MAX / 8)
      return fail("stream \"" + stream.name + "\" needs more than 64 bits of size");
  } else {
    for (NodeId id : stream.extents)
      if (!isReady(id))
        return inferSize(index);
    int64_t count = 0, bits = 0;
    auto values = extents(stream.extents, "stream \"" + stream.name + "\"", count);
    if (!values)
      return std::unexpected(values.error());
    if (__builtin_mul_overflow(count, int64_t(stream.type.width), &bits) || bits > INT64_MAX - 7)
      return fail("stream \"" + stream.name + "\" needs more than 64 bits of size");
    state.extents = std::move(*values);
    state.bytes = (bits + 7) / 8;
  }
  if (auto ok = attach(index); !ok)
    return std::unexpected(ok.error());
  return true;
}

Result<bool> Resolver::resolveField(size_t index) {
  const Field &field = format.fields[index];
  FieldState &state = e.fields[index];
  if (state.resolved || !e.streams[field.stream].resolved)
    return false;
  for (NodeId id : field.extents)
    if (!isReady(id))
      return false;
  auto values = extents(field.extents, "field \"" + field.name + "\"", state.count);
  if (!values)
    return std::unexpected(values.error());
  state.extents = std::move(*values);
  state.resolved = true;
  e.invalidate();
  return true;
}

Result<bool> Resolver::step() {
  bool progress = false;
  for (size_t i = 0; i < format.streams.size(); ++i) {
    auto done = resolveStream(i);
    if (!done)
      return done;
    progress |= *done;
  }
  for (size_t i = 0; i < format.fields.size(); ++i) {
    auto done = resolveField(i);
    if (!done)
      return done;
    progress |= *done;
  }
  return progress;
}

/// A free size that only absent streams would tell is 0: there is nothing of it.
bool Resolver::emptyAbsentSizes() {
  bool progress = false;
  for (const Stream &stream : format.streams)
    for (NodeId id : stream.extents) {
      const Node &node = format.nodes[id];
      if (input.needAll && stream.optional && !given(stream) && node.op == Op::Size && node.imm >= 0 &&
          !e.sizes[node.imm])
        e.sizes[node.imm] = 0, progress = true;
    }
  e.invalidate();
  return progress;
}

Result<void> Resolver::takeNames() {
  if (input.streams)
    for (const auto &[name, bytes] : *input.streams)
      if (!format.findStream(name))
        return fail("format \"" + format.name + "\" has no stream \"" + name + "\"");
  if (!input.freeSizes)
    return {};
  for (const auto &[name, value] : *input.freeSizes) {
    auto found = std::find(format.sizes.begin(), format.sizes.end(), name);
    if (found == format.sizes.end())
      return fail("format \"" + format.name + "\" has no free size \"" + name + "\"");
    if (value < 0)
      return fail("size \"" + name + "\" is " + std::to_string(value), "sizes are at least 0");
    e.sizes[found - format.sizes.begin()] = value;
  }
  return {};
}

Result<void> Resolver::unresolved() const {
  for (size_t i = 0; i < format.sizes.size(); ++i)
    if (!e.sizes[i])
      return fail("size \"" + format.sizes[i] + "\" is not known",
                  "it is given, or taken from a stream that has it as an extent of its own");
  for (size_t i = 0; i < format.streams.size(); ++i)
    if (!e.streams[i].resolved)
      return fail("the extents of stream \"" + format.streams[i].name + "\" depend on the contents of other streams",
                  "give the bytes of those streams");
  for (size_t i = 0; i < format.fields.size() && input.needAll; ++i)
    if (!e.fields[i].resolved)
      return fail("the extents of field \"" + format.fields[i].name + "\" cannot be found");
  return {};
}

Result<void> Resolver::run() {
  if (auto ok = takeNames(); !ok)
    return ok;
  for (;;) {
    auto progress = step();
    if (!progress)
      return std::unexpected(progress.error());
    if (!*progress && !emptyAbsentSizes())
      break;
  }
  if (input.partial)
    return {};
  return unresolved();
}

Result<void> resolveSizes(Evaluator &evaluator, const BindInput &input) { return Resolver(evaluator, input).run(); }

/// Whether a requirement asks for a free size that is not known yet: they read no streams, so sizes are all they wait
/// for.
static bool waitsForSize(const Evaluator &evaluator, NodeId requirement) {
  const Format &format = evaluator.format;
  std::vector<bool> used = usedBy(format, {requirement});
  for (NodeId id = requirement; id >= 0; --id) {
    const Node &node = format.nodes[id];
    if (used[id] && node.op == Op::Size && node.imm >= 0 && !evaluator.sizes[node.imm])
      return true;
  }
  return false;
}

Result<void> checkRequirements(Evaluator &evaluator) {
  const Format &format = evaluator.format;
  for (NodeId id : format.requirements) {
    if (waitsForSize(evaluator, id))
      continue;
    bool holds = evaluator.eval(id) != 0;
    if (evaluator.failed())
      return evaluator.takeFailure();
    if (!holds)
      return fail("N = " + std::to_string(evaluator.shape.n) + ", K = " + std::to_string(evaluator.shape.k) +
                      " does not fit format \"" + format.name + "\"",
                  "it requires " + printExpression(format, id));
  }
  return {};
}

Result<void> checkShape(const Format &format, Shape shape) {
  std::string text = "N = " + std::to_string(shape.n) + ", K = " + std::to_string(shape.k);
  int64_t elements = 0;
  if (shape.n < 1 || shape.k < 1 || __builtin_mul_overflow(shape.n, shape.k, &elements) || elements > INT64_MAX / 64)
    return fail(text + " is no shape of a matrix", "N and K are at least 1 and N * K fits 64 bits");
  if (format.hasTile && (shape.n % format.tileRows || shape.k % format.tileCols))
    return fail(text + " is not made of whole tiles of format \"" + format.name + "\"",
                "N must be a multiple of " + std::to_string(format.tileRows) + " and K of " +
                    std::to_string(format.tileCols));
  Evaluator evaluator(format, shape, false);
  if (auto ok = checkRequirements(evaluator); !ok)
    return ok;
  BindInput input;
  input.partial = true;
  return resolveSizes(evaluator, input);
}

Result<void> checkStreams(const Format &format, Shape shape, const StreamBytes &streams) {
  if (auto ok = checkShape(format, shape); !ok)
    return ok;
  Evaluator evaluator(format, shape, false);
  BindInput input;
  input.streams = &streams;
  input.needAll = true;
  if (auto ok = resolveSizes(evaluator, input); !ok)
    return ok;
  if (auto ok = checkRequirements(evaluator); !ok)
    return ok;
  return checkReach(evaluator);
}

Result<std::map<std::string, int64_t>> streamSizes(const Format &format, Shape shape, const StreamBytes &known,
                                                   const std::map<std::string, int64_t> &freeSizes) {
  if (auto ok = checkShape(format, shape); !ok)
    return std::unexpected(ok.error());
  Evaluator evaluator(format, shape, false);
  BindInput input;
  input.streams = &known;
  input.freeSizes = &freeSizes;
  if (auto ok = resolveSizes(evaluator, input); !ok)
    return std::unexpected(ok.error());
  if (auto ok = checkRequirements(evaluator); !ok)
    return std::unexpected(ok.error());
  std::map<std::string, int64_t> sizes;
  for (size_t i = 0; i < format.streams.size(); ++i)
    sizes[format.streams[i].name] = evaluator.streams[i].bytes;
  return sizes;
}

std::map<std::string, int64_t> sampleSizes(const Format &format, Shape shape, int64_t wanted) {
  constexpr int mostTries = 10000;
  std::vector<int64_t> values = {wanted, shape.n, shape.k};
  for (int64_t value = 1; value <= 4096; value += value < 64 ? 1 : value)
    values.push_back(value);
  std::map<std::string, int64_t> sizes;
  std::vector<size_t> chosen(format.sizes.size(), 0); // the first changes fastest
  for (int tries = 0; tries < mostTries; ++tries) {
    Evaluator evaluator(format, shape, false);
    for (size_t i = 0; i < chosen.size(); ++i)
      evaluator.sizes[i] = sizes[format.sizes[i]] = values[chosen[i]];
    if (checkRequirements(evaluator))
      return sizes;
    size_t digit = 0;
    while (digit < chosen.size() && ++chosen[digit] == values.size())
      chosen[digit++] = 0;
    if (digit == chosen.size())
      break;
  }
  for (auto &[name, size] : sizes)
    size = wanted;
  return sizes;
}

} // namespace quoin::spec

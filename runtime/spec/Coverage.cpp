#include "runtime/spec/Coverage.h"

#include "runtime/spec/Check.h"
#include "runtime/spec/Encoder.h"
#include "runtime/spec/Shapes.h"

namespace quoin::spec {

namespace {
struct Claim {
  int32_t field;
  int32_t slice;
  int64_t element;
};

/// Claims of the fields of one stream at one shape.
class StreamCoverage {
public:
  StreamCoverage(Evaluator &evaluator, int32_t stream) : e(evaluator), format(e.format), stream(stream) {}
  Result<void> run();

private:
  bool isDeclared(int32_t field) const {
    return format.fields[field].stream == stream && format.streams[stream].field != field;
  }
  bool dependsOnContents() const;
  Result<void> claimAll(int32_t field);
  std::string describe(const Claim &claim) const;
  std::string shapeText() const;

  Evaluator &e;
  const Format &format;
  const int32_t stream;
  std::vector<Claim> claims;
  std::vector<uint32_t> owner; ///< by bit: position in claims plus 1, 0 none
};
} // namespace

bool StreamCoverage::dependsOnContents() const {
  for (size_t id = 0; id < format.fields.size(); ++id) {
    if (!isDeclared(int32_t(id)))
      continue;
    if (!e.fields[id].resolved)
      return true;
    for (const Slice &slice : format.fields[id].slices)
      if (e.readsContents(slice.offset))
        return true;
  }
  return false;
}

std::string StreamCoverage::describe(const Claim &claim) const {
  const Field &field = format.fields[claim.field];
  const std::vector<int64_t> &extents = e.fields[claim.field].extents;
  std::vector<std::string> index(extents.size());
  int64_t rest = claim.element;
  for (size_t axis = extents.size(); axis-- > 0; rest /= extents[axis])
    index[axis] = std::to_string(rest % extents[axis]);
  std::string text = "\"" + field.name + "\"";
  for (size_t axis = 0; axis < index.size(); ++axis)
    text += (axis ? ", " : "[") + index[axis];
  text += index.empty() ? "" : "]";
  if (field.bitVar >= 0)
    return text + " (bit " + std::to_string(claim.slice) + ")";
  return text + (field.slices.size() > 1 ? " (slice " + std::to_string(claim.slice) + ")" : "");
}

std::string StreamCoverage::shapeText() const {
  if (format.streams[stream].isRecord)
    return "";
  return " for N = " + std::to_string(e.shape.n) + ", K = " + std::to_string(e.shape.k);
}

Result<void> StreamCoverage::claimAll(int32_t field) {
  const std::vector<int64_t> &extents = e.fields[field].extents;
  if (e.fields[field].count == 0)
    return {};
  std::vector<int64_t> index(extents.size());
  int64_t element = 0;
  do {
    std::vector<BitRange> ranges = e.locate(field, index);
    if (e.failed()) {
      auto error = e.takeFailure();
      error.error().message += shapeText();
      return error;
    }
    for (size_t slice = 0; slice < ranges.size(); ++slice) {
      claims.push_back({field, int32_t(slice), element});
      for (int64_t bit = ranges[slice].bit; bit < ranges[slice].bit + ranges[slice].width; ++bit) {
        uint32_t &known = owner[size_t(bit)];
        if (known)
          return fail("bit " + std::to_string(bit) + " of \"" + format.streams[stream].name + "\" is claimed by " +
                      describe(claims[known - 1]) + " and by " + describe(claims.back()) + shapeText());
        known = uint32_t(claims.size());
      }
    }
    ++element;
  } while (nextIndex(index, extents));
  return {};
}

Result<void> StreamCoverage::run() {
  const Stream &source = format.streams[stream];
  bool anyDeclared = source.isRecord;
  for (size_t id = 0; id < format.fields.size(); ++id)
    anyDeclared |= isDeclared(int32_t(id));
  if (!anyDeclared || !e.streams[stream].resolved || dependsOnContents())
    return {};
  // The last byte of a planar stream may be padding, which no element owns.
  int64_t count = source.isRecord ? source.recordBytes * 8 : source.type.width;
  for (int64_t extent : e.streams[stream].extents)
    count *= extent;
  owner.assign(size_t(source.isRecord ? count : e.streams[stream].bytes * 8), 0);
  for (size_t id = 0; id < format.fields.size(); ++id)
    if (isDeclared(int32_t(id)))
      if (auto ok = claimAll(int32_t(id)); !ok)
        return ok;
  for (int64_t bit = 0; bit < count && !source.spare; ++bit)
    if (!owner[size_t(bit)])
      return fail("bit " + std::to_string(bit) + " of \"" + source.name + "\" is claimed by no field" + shapeText(),
                  "mark the stream spare if its bits are ignored");
  return {};
}

/// Bits of all streams at a shape, as far as they are known; -1 where too many to enumerate.
static Result<int64_t> prepare(Evaluator &evaluator, std::vector<uint8_t> &zeros) {
  const Format &format = evaluator.format;
  std::map<std::string, int64_t> freeSizes = sampleSizes(format, evaluator.shape, 3);
  BindInput input;
  input.freeSizes = &freeSizes;
  input.partial = true;
  if (auto ok = resolveSizes(evaluator, input); !ok)
    return std::unexpected(ok.error());
  int64_t total = 0, largest = 0;
  constexpr int64_t most = int64_t(1) << 24;
  for (const StreamState &stream : evaluator.streams) {
    if (stream.bytes > most / 8)
      return -1;
    total += stream.bytes * 8;
    largest = std::max(largest, stream.bytes);
  }
  // Contents do not matter to what is checked; reads need some.
  zeros.assign(size_t(largest), 0);
  for (StreamState &stream : evaluator.streams)
    if (stream.resolved)
      stream.present = true, stream.data = zeros.data();
  evaluator.invalidate();
  return total;
}

Result<void> checkCoverage(const Format &format) {
  if (auto ok = checkFormat(format); !ok)
    return ok;
  std::vector<Shape> shapes = smallShapes(format);
  if (shapes.empty())
    return fail("no small shape satisfies the requirements of format \"" + format.name + "\"",
                "its bit maps are checked on small shapes");
  for (size_t i = 0; i < shapes.size(); ++i) {
    Evaluator evaluator(format, shapes[i], true);
    std::vector<uint8_t> zeros;
    auto bits = prepare(evaluator, zeros);
    if (!bits)
      return std::unexpected(bits.error());
    // The smallest shape is always enumerated, larger ones where that is quick.
    if (*bits < 0 || (i > 0 && *bits > 1 << 19))
      continue;
    evaluator.setRecord(0);
    evaluator.namesPlace = false; // all records are alike
    evaluator.tabulateOffsets();
    for (size_t stream = 0; stream < format.streams.size(); ++stream)
      if (auto ok = StreamCoverage(evaluator, int32_t(stream)).run(); !ok)
        return ok;
  }
  return {};
}

} // namespace quoin::spec

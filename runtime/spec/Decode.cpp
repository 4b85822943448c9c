// BoundFormat: values of a tensor from its stored streams.
#include "runtime/spec/Check.h"
#include "runtime/spec/Evaluator.h"
#include "runtime/spec/Magnitude.h"

#include <algorithm>

namespace quoin::spec {

namespace {
/// Entry p of overlay `overlay` at stored position n * K + k.
struct OverlayEntry {
  int64_t at;
  int32_t overlay;
  int64_t p;
};
} // namespace

struct BoundFormat::Impl {
  Impl(const Format &format, Shape shape) : evaluator(format, shape, false) {}

  Result<void> bind(const StreamBytes &streams);
  Result<void> bindOverlays();
  Result<float> decodeStored(int64_t n, int64_t k, int64_t atN, int64_t atK);
  Result<float> applyOverlays(float value, int64_t at);
  void logPermutation(int axis, int64_t stored, int64_t logical);
  int64_t storedOf(int axis, int64_t logical) const {
    return stored[axis].empty() ? logical : stored[axis][size_t(logical)];
  }
  int64_t logicalOf(int axis, int64_t position) const {
    return logical[axis].empty() ? position : logical[axis][size_t(position)];
  }

  Evaluator evaluator;
  std::array<std::vector<int64_t>, 2> logical; ///< by stored position
  std::array<std::vector<int64_t>, 2> stored;  ///< by logical index
  std::vector<OverlayEntry> overlays;          ///< by position, then in the order they apply
};

Result<void> BoundFormat::Impl::bind(const StreamBytes &streams) {
  BindInput input;
  input.streams = &streams;
  input.needAll = true;
  if (auto ok = resolveSizes(evaluator, input); !ok)
    return ok;
  if (auto ok = checkRequirements(evaluator); !ok)
    return ok;
  evaluator.tabulateOffsets();
  if (auto ok = bindSplits(evaluator); !ok)
    return ok;
  for (int axis : {0, 1}) {
    auto order = storedOrder(evaluator, axis);
    if (!order)
      return std::unexpected(order.error());
    logical[axis] = std::move(*order);
    stored[axis].resize(logical[axis].size());
    for (size_t at = 0; at < logical[axis].size(); ++at)
      stored[axis][size_t(logical[axis][at])] = int64_t(at);
  }
  return bindOverlays();
}

/// Reads and checks the coordinates of all overlays.
Result<void> BoundFormat::Impl::bindOverlays() {
  const Format &format = evaluator.format;
  for (size_t id = 0; id < format.overlays.size(); ++id) {
    const Overlay &overlay = format.overlays[id];
    int64_t count = evaluator.fields[overlay.rows].count;
    for (int32_t field : {overlay.cols, overlay.values})
      if (evaluator.fields[field].count != count)
        return fail("overlay fields \"" + format.fields[overlay.rows].name + "\" and \"" + format.fields[field].name +
                    "\" have " + std::to_string(count) + " and " + std::to_string(evaluator.fields[field].count) +
                    " elements");
    for (int64_t p = 0; p < count; ++p) {
      int64_t n = evaluator.readField(overlay.rows, {&p, 1}), k = evaluator.readField(overlay.cols, {&p, 1});
      if (evaluator.failed())
        return evaluator.takeFailure();
      const Shape shape = evaluator.shape;
      if (n < 0 || n >= shape.n || k < 0 || k >= shape.k)
        return fail("overlay entry " + std::to_string(p) + " of \"" + format.fields[overlay.rows].name + "\", \"" +
                    format.fields[overlay.cols].name + "\" is at (" + std::to_string(n) + ", " + std::to_string(k) +
                    "), outside N = " + std::to_string(shape.n) + ", K = " + std::to_string(shape.k));
      overlays.push_back({n * shape.k + k, int32_t(id), p});
    }
  }
  std::stable_sort(overlays.begin(), overlays.end(),
                   [](const OverlayEntry &a, const OverlayEntry &b) { return a.at < b.at; });
  return {};
}

Result<float> BoundFormat::Impl::applyOverlays(float value, int64_t at) {
  auto entry = std::lower_bound(overlays.begin(), overlays.end(), at,
                                [](const OverlayEntry &a, int64_t position) { return a.at < position; });
  for (; entry != overlays.end() && entry->at == at; ++entry) {
    const Overlay &overlay = evaluator.format.overlays[entry->overlay];
    if (evaluator.log) { // the coordinates were read when the format was bound
      evaluator.readField(overlay.rows, {&entry->p, 1});
      evaluator.readField(overlay.cols, {&entry->p, 1});
    }
    int64_t bits = evaluator.readField(overlay.values, {&entry->p, 1});
    if (evaluator.failed())
      return evaluator.takeFailure();
    bool isFloat = evaluator.format.fields[overlay.values].type.isFloat();
    float patch = isFloat ? std::bit_cast<float>(uint32_t(bits)) : float(bits);
    value = overlay.add ? value + patch : patch;
  }
  return value;
}

Result<float> BoundFormat::Impl::decodeStored(int64_t n, int64_t k, int64_t atN, int64_t atK) {
  evaluator.setElement(n, k, atN, atK);
  float value = evaluator.evalFloat(evaluator.format.decodeValue);
  if (evaluator.failed())
    return evaluator.takeFailure();
  return overlays.empty() ? value : applyOverlays(value, n * evaluator.shape.k + k);
}

void BoundFormat::Impl::logPermutation(int axis, int64_t storedAt, int64_t logicalAt) {
  for (const Permute &permute : evaluator.format.permutes)
    if (permute.axis == axis)
      evaluator.readField(permute.field, {permute.storedToLogical ? &storedAt : &logicalAt, 1});
}

Result<BoundFormat> BoundFormat::bind(const Format &format, Shape shape, StreamBytes streams) {
  if (auto ok = checkFormat(format); !ok)
    return std::unexpected(ok.error());
  if (auto ok = checkShape(format, shape); !ok)
    return std::unexpected(ok.error());
  auto impl = std::make_unique<Impl>(format, shape);
  if (auto ok = impl->bind(streams); !ok)
    return std::unexpected(ok.error());
  return BoundFormat(std::move(impl));
}

Result<void> BoundFormat::rebind(const StreamBytes &streams) {
  auto other = std::make_unique<Impl>(format(), shape());
  if (auto ok = other->bind(streams); !ok)
    return ok;
  impl = std::move(other);
  return {};
}

BoundFormat::BoundFormat(std::unique_ptr<Impl> impl) : impl(std::move(impl)) {}
BoundFormat::BoundFormat(BoundFormat &&) noexcept = default;
BoundFormat &BoundFormat::operator=(BoundFormat &&) noexcept = default;
BoundFormat::~BoundFormat() = default;

const Format &BoundFormat::format() const { return impl->evaluator.format; }
Shape BoundFormat::shape() const { return impl->evaluator.shape; }

static Result<void> checkPosition(Shape shape, int64_t n, int64_t k) {
  if (n >= 0 && n < shape.n && k >= 0 && k < shape.k)
    return {};
  return fail("(n, k) = (" + std::to_string(n) + ", " + std::to_string(k) +
              ") is outside N = " + std::to_string(shape.n) + ", K = " + std::to_string(shape.k));
}

Result<float> BoundFormat::decode(int64_t n, int64_t k) {
  if (auto ok = checkPosition(shape(), n, k); !ok)
    return std::unexpected(ok.error());
  return impl->decodeStored(impl->storedOf(0, n), impl->storedOf(1, k), n, k);
}

Result<std::vector<float>> BoundFormat::decodeAll() {
  Shape size = shape();
  if (size.n * size.k > int64_t(1) << 33)
    return fail("a tensor of " + std::to_string(size.n) + " by " + std::to_string(size.k) +
                    " is too large to decode whole",
                "decode single elements");
  std::vector<float> values(size_t(size.n * size.k));
  // In stored order, which keeps what neighbours share.
  for (int64_t n = 0; n < size.n; ++n)
    for (int64_t k = 0; k < size.k; ++k) {
      int64_t atN = impl->logicalOf(0, n), atK = impl->logicalOf(1, k);
      auto value = impl->decodeStored(n, k, atN, atK);
      if (!value)
        return std::unexpected(value.error());
      values[size_t(atN * size.k + atK)] = *value;
    }
  return values;
}

/// Sets the record for a read by number; formats without records have none.
static Result<void> enterRecord(Evaluator &evaluator, int64_t record) {
  evaluator.clearPosition();
  if (!evaluator.hasRecords())
    return evaluator.setRecord(-1), Result<void>();
  if (record < 0 || record >= evaluator.recordCount())
    return fail("record " + std::to_string(record) + " is outside " + std::to_string(evaluator.recordCount()));
  evaluator.setRecord(record);
  return {};
}

Result<int64_t> BoundFormat::readField(int32_t field, std::span<const int64_t> index, int64_t record) {
  const std::vector<Field> &fields = format().fields;
  if (field < 0 || size_t(field) >= fields.size() || index.size() != fields[field].indices.size())
    return fail("there is no field number " + std::to_string(field) + " with " + std::to_string(index.size()) +
                " indices");
  if (auto ok = enterRecord(impl->evaluator, record); !ok)
    return std::unexpected(ok.error());
  int64_t value = impl->evaluator.readField(field, index);
  if (impl->evaluator.failed())
    return impl->evaluator.takeFailure();
  return value;
}

/// Sets what a node's value depends on.
static Result<void> enterNode(Evaluator &evaluator, NodeId node, std::span<const std::pair<VarId, int64_t>> vars,
                              int64_t record) {
  if (node < 0 || size_t(node) >= evaluator.nodeCount())
    return fail("there is no node number " + std::to_string(node));
  if (auto ok = enterRecord(evaluator, record); !ok)
    return ok;
  for (const auto &[var, value] : vars) {
    if (var < 0 || size_t(var) >= evaluator.format.vars.size())
      return fail("there is no variable number " + std::to_string(var));
    evaluator.setVar(var, value);
  }
  return {};
}

Result<int64_t> BoundFormat::evaluate(NodeId node, std::span<const std::pair<VarId, int64_t>> vars, int64_t record) {
  if (auto ok = enterNode(impl->evaluator, node, vars, record); !ok)
    return std::unexpected(ok.error());
  int64_t value = impl->evaluator.eval(node);
  if (impl->evaluator.failed())
    return impl->evaluator.takeFailure();
  return value;
}

Result<double> BoundFormat::magnitude(NodeId node, std::span<const std::pair<VarId, int64_t>> vars, int64_t record) {
  if (auto ok = enterNode(impl->evaluator, node, vars, record); !ok)
    return std::unexpected(ok.error());
  double value = spec::magnitude(impl->evaluator, node);
  if (impl->evaluator.failed())
    return impl->evaluator.takeFailure();
  return value;
}

Result<std::vector<BitRange>> BoundFormat::provenance(int64_t n, int64_t k) {
  if (auto ok = checkPosition(shape(), n, k); !ok)
    return std::unexpected(ok.error());
  Evaluator &evaluator = impl->evaluator;
  ReadLog log;
  evaluator.log = &log;
  evaluator.invalidate(); // a remembered value would hide its reads
  int64_t storedN = impl->storedOf(0, n), storedK = impl->storedOf(1, k);
  impl->logPermutation(0, storedN, n);
  impl->logPermutation(1, storedK, k);
  auto value = impl->decodeStored(storedN, storedK, n, k);
  evaluator.log = nullptr;
  if (!value)
    return std::unexpected(value.error());
  return std::move(log.bits);
}

} // namespace quoin::spec

#include "tools/run/CheckCase.h"

#include "runtime/call.h"
#include "runtime/kernel_sizes.h"
#include "tools/run/CheckX.h"
#include "tools/run/WeightsInput.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace quoin {

static bool sameBits(float a, float b) { return (std::isnan(a) && std::isnan(b)) || std::memcmp(&a, &b, 4) == 0; }

/// State of one case; methods fail with the first difference.
class CaseRunner {
public:
  CaseRunner(const quoin_kernel &kernel, const spec::Format &format, const CheckInput &input,
             std::span<const quoin_launch *const> launches, CheckTally &tally)
      : kernel(kernel), manifest(*kernel.manifest), format(format), input(input), shape(input.shape),
        launches(launches), tally(tally) {}

  Outcome<void> run(CodeCoverage &coverage);

private:
  Result<void> decodeStreams();
  Outcome<void> checkStorage(Placement placement, const quoin_launch *launch);
  Outcome<void> checkUnpack(const GuardedBuffer &packed, Placement placement);
  Outcome<void> checkDecode(OrderedStreams &pointers, Placement placement, const quoin_launch *launch);
  Outcome<void> checkProducts();
  Outcome<void> checkBatch(int64_t firstRow, int64_t m, Placement placement, const quoin_launch *launch);
  Outcome<void> compareY(const float *y, int64_t ldy, int64_t firstRow, int64_t m, const float *bias,
                         const std::string &where);
  Outcome<void> untouched(std::initializer_list<const GuardedBuffer *> buffers, const char *entry,
                          const std::string &where);
  std::string describe(const char *entry, int64_t m, Placement placement, const quoin_launch *launch) const;
  std::unexpected<Failure> differs(std::string what) const {
    return userError("kernel \"" + manifest.name + "\": " + what,
                     "the compiled kernel is wrong; report it with this command");
  }

  const quoin_kernel &kernel;
  const ManifestKernel &manifest;
  const spec::Format &format;
  const CheckInput &input;
  spec::Shape shape;
  std::span<const quoin_launch *const> launches;
  CheckTally &tally;
  spec::OwnedStreams streams;
  std::vector<float> values; ///< W by the evaluator
  DeclaredWeights w;
  std::vector<float> x, bias, firstY, firstYBias; ///< firstY: results by row and column, once `seen`
  std::vector<bool> seen, seenBias;
  DeclaredX declaredX;
  DeclaredY y;
  std::vector<uint8_t> packed;
};

std::string CaseRunner::describe(const char *entry, int64_t m, Placement placement, const quoin_launch *launch) const {
  return fmt::format("\"{}\" at M = {}, N = {}, K = {}, {} thread{}, operands at the {} of their pages", entry, m,
                     shape.n, shape.k, partsOf(launch), partsOf(launch) == 1 ? "" : "s",
                     placement == Placement::AtEnd ? "end" : "start");
}

Outcome<void> CaseRunner::untouched(std::initializer_list<const GuardedBuffer *> buffers, const char *entry,
                                    const std::string &where) {
  for (const GuardedBuffer *buffer : buffers)
    if (!buffer->surroundingsIntact())
      return differs(fmt::format("{} wrote beside its operands ({})", entry, where));
  return {};
}

/// Streams copied between guard pages, byte-aligned, in the kernel's order.
static std::vector<GuardedBuffer> guardStreams(const quoin_kernel &kernel, const spec::OwnedStreams &streams,
                                               Placement placement, OrderedStreams &pointers) {
  std::vector<GuardedBuffer> buffers;
  for (const char *name : kernel.streamNames) {
    auto it = streams.find(name);
    if (it == streams.end()) {
      pointers.data.push_back(nullptr);
      pointers.bytes.push_back(0);
      continue;
    }
    buffers.emplace_back(name, it->second.size(), 1, placement);
    std::copy(it->second.begin(), it->second.end(), buffers.back().data());
    pointers.data.push_back(buffers.back().data());
    pointers.bytes.push_back(int64_t(it->second.size()));
  }
  return buffers;
}

Outcome<void> CaseRunner::checkUnpack(const GuardedBuffer &packedBuffer, Placement placement) {
  spec::OwnedStreams cleared = streams;
  for (auto &[name, bytes] : cleared)
    std::fill(bytes.begin(), bytes.end(), uint8_t(0));
  OrderedStreams pointers;
  std::vector<GuardedBuffer> buffers = guardStreams(kernel, cleared, placement, pointers);
  quoin_kernel_args args{};
  args.weights = packedBuffer.data();
  args.streams = pointers.data.data();
  args.stream_bytes = pointers.bytes.data();
  args.n = shape.n;
  args.k = shape.k;
  std::string where = describe("unpack", 0, placement, nullptr);
  announce("kernel \"" + manifest.name + "\", " + where + ",");
  runPanels(kernel.unpack, args, {0, shape.n, manifest.panelRows, 0}, nullptr);
  ++tally.calls;
  size_t next = 0;
  for (const char *name : kernel.streamNames) {
    auto it = streams.find(name);
    if (it == streams.end())
      continue;
    const GuardedBuffer &buffer = buffers[next++];
    if (auto good = untouched({&buffer}, "unpack", where); !good)
      return good;
    const spec::Stream *stream = format.findStream(name);
    auto difference = std::mismatch(it->second.begin(), it->second.end(), buffer.data());
    if (stream && !stream->spare && difference.first != it->second.end())
      return differs(fmt::format("unpack of pack changes stream \"{}\" at byte {}: got {}, want {} ({})", name,
                                 difference.first - it->second.begin(), *difference.second, *difference.first, where));
  }
  return {};
}

Outcome<void> CaseRunner::checkDecode(OrderedStreams &pointers, Placement placement, const quoin_launch *launch) {
  int64_t ldy = placement == Placement::AtStart ? shape.k + 3 : shape.k;
  GuardedBuffer out("y", size_t(ldy * (shape.n - 1) + shape.k) * 4, 4, placement);
  quoin_kernel_args args{};
  args.streams = pointers.data.data();
  args.stream_bytes = pointers.bytes.data();
  args.y = out.as<float>();
  args.ldy = ldy;
  args.n = shape.n;
  args.k = shape.k;
  std::string where = describe("decode", 0, placement, launch);
  announce("kernel \"" + manifest.name + "\", " + where + ",");
  runPanels(kernel.decode, args, {0, shape.n, manifest.panelRows, 0}, launch);
  ++tally.calls;
  if (auto good = untouched({&out}, "decode", where); !good)
    return good;
  for (int64_t n = 0; n < shape.n; ++n)
    for (int64_t k = 0; k < shape.k; ++k) {
      float got = out.as<float>()[n * ldy + k], want = values[size_t(n * shape.k + k)];
      if (!sameBits(got, want))
        return differs(fmt::format("decode differs at n = {}, k = {}: got {}, want {} ({})", n, k, got, want, where));
    }
  return {};
}

Outcome<void> CaseRunner::checkStorage(Placement placement, const quoin_launch *launch) {
  OrderedStreams pointers;
  std::vector<GuardedBuffer> buffers = guardStreams(kernel, streams, placement, pointers);
  if (kernel.decode)
    if (auto good = checkDecode(pointers, placement, launch); !good)
      return good;
  if (!kernel.pack || manifest.layout != "packed")
    return {};
  auto bytes = packedBytes(manifest, shape.n, shape.k);
  if (!bytes)
    return std::unexpected(bytes.error());
  GuardedBuffer out("packed", *bytes, 64, placement);
  quoin_kernel_args args{};
  args.streams = pointers.data.data();
  args.stream_bytes = pointers.bytes.data();
  args.packed = out.data();
  args.n = shape.n;
  args.k = shape.k;
  std::string where = describe("pack", 0, placement, launch);
  announce("kernel \"" + manifest.name + "\", " + where + ",");
  runPanels(kernel.pack, args, {0, shape.n, manifest.panelRows, 0}, launch);
  ++tally.calls;
  if (auto good = untouched({&out}, "pack", where); !good)
    return good;
  if (packed.empty())
    packed.assign(out.data(), out.data() + out.size());
  else if (!std::equal(packed.begin(), packed.end(), out.data()))
    return differs("pack gives other bytes than before (" + where + ")");
  return kernel.unpack ? checkUnpack(out, placement) : Outcome<void>();
}

Outcome<void> CaseRunner::compareY(const float *got, int64_t ldy, int64_t firstRow, int64_t m, const float *addend,
                                   const std::string &where) {
  std::vector<float> &first = addend ? firstYBias : firstY;
  std::vector<bool> &known = addend ? seenBias : seen;
  for (int64_t row = 0; row < m; ++row)
    for (int64_t n = 0; n < shape.n; ++n) {
      size_t at = size_t((firstRow + row) * shape.n + n);
      float value = got[row * ldy + n];
      double want = y.value[at], bound = y.bound[at];
      if (addend) {
        want += addend[n];
        bound += 0x1p-24 * (std::fabs(want) + bound);
      }
      auto wrong = [&](const char *why, double wanted) {
        return differs(fmt::format("Y {} at m = {}, n = {}: got {}, want {}, bound {} ({})", why, row, n, value, wanted,
                                   bound, where));
      };
      ++tally.elements;
      if (!y.exact.empty()) {
        float exact = addend ? y.exact[at] + addend[n] : y.exact[at];
        if (!sameBits(value, exact))
          return wrong("differs from the declared expression", exact);
      }
      if (declaredX.hasNanRow(firstRow + row) && !std::isnan(value))
        return wrong("is a number though X is not", NAN);
      if (y.exact.empty() && !std::isfinite(want) && std::isfinite(value))
        return wrong("is finite though an operand is not", want);
      if (std::isfinite(want) && std::isfinite(bound)) {
        double error = std::fabs(double(value) - want);
        if (!(error <= bound))
          return wrong("is out of bound", want);
        if (bound > 0)
          tally.worstShare = std::max(tally.worstShare, error / bound);
      }
      if (!known[at]) {
        known[at] = true;
        first[at] = value;
      } else if (w.exactSums && !sameBits(value, first[at])) {
        return wrong("depends on threads or M", first[at]);
      }
    }
  return {};
}

Outcome<void> CaseRunner::checkBatch(int64_t firstRow, int64_t m, Placement placement, const quoin_launch *launch) {
  int64_t n = shape.n, k = shape.k;
  bool strided = placement == Placement::AtStart; // the other placement has rows without gaps and no bias
  int64_t ldx = strided ? k + 3 : k, ldy = strided ? n + 5 : n;
  auto spanned = [m](int64_t stride, int64_t columns) { return m ? size_t(stride * (m - 1) + columns) * 4 : 0; };
  auto quantizedBytes = xqBytes(manifest, m, k);
  auto scratchNeeded = scratchBytes(manifest, partsOf(launch));
  if (!quantizedBytes || !scratchNeeded)
    return std::unexpected(quantizedBytes ? scratchNeeded.error() : quantizedBytes.error());
  GuardedBuffer xIn("x", spanned(ldx, k), 4, placement), quantized("xq", *quantizedBytes, 64, placement),
      yOut("y", spanned(ldy, n), 4, placement), scratch("scratch", *scratchNeeded, 64, placement),
      biasIn("bias", size_t(n) * 4, 4, placement), weightsIn("weights", packed.size(), 64, placement);
  for (int64_t row = 0; row < m; ++row)
    std::copy_n(x.data() + (firstRow + row) * k, k, xIn.as<float>() + row * ldx);
  std::copy(bias.begin(), bias.end(), biasIn.as<float>());
  std::copy(packed.begin(), packed.end(), weightsIn.data());
  OrderedStreams pointers;
  std::vector<GuardedBuffer> stored;
  WeightsPtr weights;
  if (manifest.layout == "packed") {
    auto view = viewWeights(kernel, n, k, weightsIn.data(), packed.size());
    if (!view)
      return std::unexpected(view.error());
    weights = std::move(*view);
  } else {
    stored = guardStreams(kernel, streams, placement, pointers);
    auto view = viewStreams(kernel, n, k, pointers);
    if (!view)
      return std::unexpected(view.error());
    weights = std::move(*view);
  }
  quoin_call call{};
  call.m = call.m_end = m, call.n = call.n_end = n, call.k = k;
  call.x = xIn.as<float>(), call.ldx = ldx, call.xq = quantized.data(), call.xq_bytes = quantized.size();
  call.weights = weights.get(), call.bias = strided ? biasIn.as<float>() : nullptr;
  call.y = yOut.as<float>(), call.ldy = ldy;
  call.scratch = scratch.data(), call.scratch_bytes = scratch.size(), call.launch = launch;

  std::string where = describe("quantize", m, placement, launch);
  announce("kernel \"" + manifest.name + "\", " + where + ",");
  if (auto done = quantize(kernel, call); !done)
    return done;
  if (auto good = untouched({&xIn, &quantized}, "quantize", where); !good)
    return good;
  where = describe("matmul", m, placement, launch);
  announce("kernel \"" + manifest.name + "\", " + where + ",");
  if (auto done = matmul(kernel, call); !done)
    return done;
  tally.calls += 2;
  if (auto good = untouched({&xIn, &quantized, &yOut, &scratch, &biasIn, &weightsIn}, "matmul", where); !good)
    return good;
  for (int64_t row = 0; strided && row + 1 < m; ++row) // the gap between rows still holds the pattern
    for (int64_t i = (row * ldy + n) * 4; i < (row + 1) * ldy * 4; ++i)
      if (yOut.data()[i] != GuardedBuffer::pattern)
        return differs(fmt::format("matmul wrote behind row {} of Y ({})", row, where));
  return compareY(yOut.as<float>(), ldy, firstRow, m, call.bias, where);
}

Outcome<void> CaseRunner::checkProducts() {
  int64_t rows = input.batches.empty() ? 0 : input.batches.back();
  std::mt19937_64 random(input.seed + 1);
  x = randomX(rows, shape.k, manifest.xGroup, input.scales, random);
  declaredX = declareX(x, rows, shape.k, manifest);
  y = declareY(w, declaredX);
  for (int64_t n = 0; n < shape.n; ++n)
    bias.push_back(float(int(random() % 2001) - 1000) * 0x1p-7f);
  firstY.resize(y.value.size()), firstYBias.resize(y.value.size());
  seen.resize(y.value.size()), seenBias.resize(y.value.size());
  if (input.scales == ScaleCase::Mixed) {
    tally.signal += w.signal;
    tally.noise += w.noise;
    if (tally.x.empty())
      appendPlainRows(x, declaredX, tally.x, tally.seenX);
  }
  for (int64_t m : input.batches)
    for (Placement placement : {Placement::AtEnd, Placement::AtStart})
      for (const quoin_launch *launch : launches)
        if (auto good = checkBatch(0, m, placement, launch); !good)
          return good;
  for (int64_t row : {rows - 1, rows / 2, rows / 3}) // rows alone give what they gave in the batch
    if (row > 0)
      if (auto good = checkBatch(row, 1, Placement::AtEnd, launches[0]); !good)
        return good;
  return {};
}

/// W by the evaluator, and for products by the declared terms. Packing alone needs neither.
Result<void> CaseRunner::decodeStreams() {
  bool multiplies = manifest.op == "matmul";
  if (!multiplies && !kernel.decode)
    return {};
  auto bound = spec::BoundFormat::bind(format, shape, asBytes(streams));
  if (!bound)
    return std::unexpected(bound.error());
  auto decoded = bound->decodeAll();
  if (!decoded)
    return std::unexpected(decoded.error());
  values = std::move(*decoded);
  if (!multiplies)
    return {};
  auto declared = declareWeights(format, shape, manifest, asBytes(streams), values);
  if (!declared)
    return std::unexpected(declared.error());
  w = std::move(*declared);
  return {};
}

Outcome<void> CaseRunner::run(CodeCoverage &coverage) {
  std::mt19937_64 random(input.seed);
  auto made = randomStreams(format, shape, input.scales, random, &coverage);
  if (!made)
    return std::unexpected(made.error());
  streams = std::move(*made);
  if (auto decoded = decodeStreams(); !decoded)
    return located(fmt::format("kernel \"{}\" at N = {}, K = {}", manifest.name, shape.n, shape.k), decoded.error());
  for (Placement placement : {Placement::AtEnd, Placement::AtStart})
    for (const quoin_launch *launch : launches)
      if (auto good = checkStorage(placement, launch); !good)
        return good;
  return kernel.matmul && manifest.op == "matmul" ? checkProducts() : Outcome<void>();
}

Outcome<void> checkCase(const quoin_kernel &kernel, const spec::Format &format, const CheckInput &input,
                        std::span<const quoin_launch *const> launches, CodeCoverage &coverage, CheckTally &tally) {
  return CaseRunner(kernel, format, input, launches, tally).run(coverage);
}

} // namespace quoin

#include "tools/run/CheckProducts.h"

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

Outcome<ProductCheck> ProductCheck::make(CheckedKernel &kernel, const CaseWeights &weights, CheckLaunches launches) {
  ProductCheck check(kernel, weights, launches);
  const CheckInput &input = weights.input;
  auto [n, k] = input.shape;
  auto w = declareWeights(weights.format, input.shape, check.manifest, asBytes(weights.streams), weights.values);
  if (!w)
    return located(fmt::format("kernel \"{}\" at N = {}, K = {}", check.manifest.name, n, k), w.error());
  check.w = std::move(*w);
  int64_t rows = input.batches.empty() ? 0 : input.batches.back();
  std::mt19937_64 random(input.seed + 1);
  check.x = randomX(rows, k, check.manifest.xGroup, input.scales, random);
  check.declaredX = declareX(check.x, rows, k, check.manifest);
  check.y = declareY(check.w, check.declaredX);
  for (int64_t i = 0; i < n; ++i)
    check.bias.push_back(float(int(random() % 2001) - 1000) * 0x1p-7f);
  for (bool biased : {false, true}) {
    check.first[biased].resize(check.y.value.size());
    check.known[biased].resize(size_t(rows));
  }
  if (input.scales == ScaleCase::Mixed) {
    kernel.tally.signal += check.w.signal;
    kernel.tally.noise += check.w.noise;
    appendPlainRows(check.x, check.declaredX, kernel.tally.x, kernel.tally.seenX);
  }
  return check;
}

/// One row of Y, `rowOfCall` for messages.
Outcome<void> ProductCheck::compareRow(const CallSite &site, std::span<const float> got, int64_t row, int64_t rowOfCall,
                                       bool biased) {
  bool wasKnown = known[biased][size_t(row)], isNan = declaredX.hasNanRow(row);
  for (size_t n = 0; n < got.size(); ++n) {
    size_t at = size_t(row) * got.size() + n;
    float value = got[n], addend = biased ? bias[n] : 0.0f;
    double want = y.value[at], bound = y.bound[at];
    if (biased) {
      want += addend;
      bound += 0x1p-24 * (std::fabs(want) + bound);
    }
    auto wrong = [&](const char *why, double wanted) {
      return site.differs("matmul", fmt::format("Y {} at m = {}, n = {}: got {}, want {}, bound {}", why, rowOfCall, n,
                                                value, wanted, bound));
    };
    if (!y.exact.empty()) {
      float exact = biased ? y.exact[at] + addend : y.exact[at];
      if (!sameBits(value, exact))
        return wrong("differs from the declared expression", exact);
    }
    if (isNan && !std::isnan(value))
      return wrong("is a number though X is not", NAN);
    bool mayBeFinite = !w.deviations.empty(); // where sums overflow in one order and not in another
    if (y.exact.empty() && !mayBeFinite && !std::isfinite(want) && std::isfinite(value))
      return wrong("is finite though an operand is not", want);
    if (std::isfinite(want) && std::isfinite(bound)) {
      double error = std::fabs(double(value) - want);
      if (!(error <= bound))
        return wrong("is out of bound", want);
      if (bound > 0 && !biased)
        tally.worstShare = std::max(tally.worstShare, error / bound);
    }
    if (w.exactSums && wasKnown && !sameBits(value, first[biased][at]))
      return wrong("depends on parts, M or image", first[biased][at]);
  }
  return {};
}

Outcome<void> ProductCheck::compareRows(const CallSite &site, const float *got, int64_t ldy, int64_t firstRow,
                                        bool biased) {
  size_t n = size_t(site.shape.n);
  for (int64_t i = 0; i < site.m; ++i) {
    int64_t row = firstRow + i;
    const float *values = got + i * ldy;
    float *seen = first[biased].data() + size_t(row) * n;
    tally.elements += int64_t(n);
    // What was compared with everything once need not be again.
    if (w.exactSums && known[biased][size_t(row)] && std::memcmp(values, seen, n * 4) == 0)
      continue;
    if (auto good = compareRow(site, {values, n}, row, i, biased); !good)
      return good;
    std::copy_n(values, n, seen);
    known[biased][size_t(row)] = true;
  }
  return {};
}

/// Operands that all calls at a placement read.
struct ProductCheck::Inputs {
  GuardedBuffer bias, packed;
  std::vector<GuardedBuffer> streams;
  WeightsPtr weights;

  static Outcome<Inputs> make(const quoin_kernel &image, const CaseWeights &weights, std::span<const float> bias,
                              std::span<const uint8_t> packed, Placement placement) {
    Inputs inputs = {GuardedBuffer("bias", bias.size_bytes(), 4, placement),
                     GuardedBuffer("weights", packed.size(), 64, placement),
                     {},
                     nullptr};
    std::copy(bias.begin(), bias.end(), inputs.bias.as<float>());
    std::copy(packed.begin(), packed.end(), inputs.packed.data());
    inputs.bias.freeze();
    inputs.packed.freeze();
    auto [n, k] = weights.input.shape;
    OrderedStreams ordered;
    if (!image.manifest->isPacked())
      inputs.streams = guardStreams(image, weights.streams, placement, ordered);
    for (GuardedBuffer &stream : inputs.streams)
      stream.freeze();
    auto view = image.manifest->isPacked() ? viewWeights(image, n, k, inputs.packed.data(), packed.size())
                                           : viewStreams(image, n, k, std::move(ordered));
    if (!view)
      return std::unexpected(view.error());
    inputs.weights = std::move(*view);
    return inputs;
  }
};

Outcome<void> ProductCheck::checkBatch(const CallSite &site, const Inputs &inputs, int64_t firstRow) {
  auto [n, k] = site.shape;
  int64_t m = site.m;
  bool strided = site.placement == Placement::AtStart; // the other placement has rows without gaps and no bias
  int64_t ldx = strided ? k + 3 : k, ldy = strided ? n + 5 : n;
  auto spanned = [m](int64_t stride, int64_t columns) { return m ? size_t(stride * (m - 1) + columns) * 4 : 0; };
  auto quantizedBytes = xqBytes(manifest, m, k);
  auto scratchNeeded = scratchBytes(manifest, partsOf(site.launch.launch));
  if (!quantizedBytes || !scratchNeeded)
    return std::unexpected(quantizedBytes ? scratchNeeded.error() : quantizedBytes.error());
  GuardedBuffer xIn("x", spanned(ldx, k), 4, site.placement), quantized("xq", *quantizedBytes, 64, site.placement),
      yOut("y", spanned(ldy, n), 4, site.placement), scratch("scratch", *scratchNeeded, 64, site.placement);
  for (int64_t row = 0; row < m; ++row)
    std::copy_n(x.data() + (firstRow + row) * k, k, xIn.as<float>() + row * ldx);
  xIn.freeze();
  quoin_call call{};
  call.m = call.m_end = m, call.n = call.n_end = n, call.k = k;
  call.x = xIn.as<float>(), call.ldx = ldx, call.xq = quantized.data(), call.xq_bytes = quantized.size();
  call.weights = inputs.weights.get(), call.bias = strided ? inputs.bias.as<float>() : nullptr;
  call.y = yOut.as<float>(), call.ldy = ldy;
  call.scratch = scratch.data(), call.scratch_bytes = scratch.size(), call.launch = site.launch.launch;

  site.announceEntry("quantize");
  if (auto done = quantize(site.kernel, call); !done)
    return done;
  if (auto good = site.untouched({&quantized}, "quantize"); !good)
    return good;
  quantized.freeze();
  site.announceEntry("matmul");
  if (auto done = matmul(site.kernel, call); !done)
    return done;
  tally.calls += 2;
  if (auto good = site.untouched({&yOut, &scratch}, "matmul"); !good)
    return good;
  for (int64_t row = 0; strided && row + 1 < m; ++row) // the gap between rows still holds the pattern
    for (int64_t i = (row * ldy + n) * 4; i < (row + 1) * ldy * 4; ++i)
      if (yOut.data()[i] != GuardedBuffer::pattern)
        return site.differs("matmul", fmt::format("matmul wrote behind row {} of Y", row));
  return compareRows(site, yOut.as<float>(), ldy, firstRow, strided);
}

Outcome<void> ProductCheck::run(const quoin_kernel &image, const std::vector<uint8_t> &packed) {
  const std::vector<int64_t> &batches = weights.input.batches;
  int64_t rows = batches.empty() ? 0 : batches.back();
  for (Placement placement : {Placement::AtEnd, Placement::AtStart}) {
    auto inputs = Inputs::make(image, weights, bias, packed, placement);
    if (!inputs)
      return std::unexpected(inputs.error());
    auto check = [&](int64_t firstRow, int64_t m, const CheckLaunch &launch) {
      return checkBatch({image, weights.input.shape, m, placement, launch}, *inputs, firstRow);
    };
    size_t usual = launches.size() - 1; // M in turn with each launch, the largest with all of them
    for (size_t i = 0; i < batches.size(); ++i)
      for (size_t l = 0; l < launches.size(); ++l)
        if (batches[i] == rows || l == (i + size_t(placement)) % usual)
          if (auto good = check(0, batches[i], launches[l]); !good)
            return good;
    for (int64_t row : {rows - 1, rows / 2, rows / 3}) // rows alone give what they gave in the batch
      if (row > 0)
        if (auto good = check(row, 1, launches[0]); !good)
          return good;
  }
  return {};
}

} // namespace quoin

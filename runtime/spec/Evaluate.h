// The interpreter: what a format means, by plain loops. It is the oracle of packers and kernels, written for reading.
#pragma once

#include "runtime/spec/Format.h"
#include "runtime/spec/Result.h"

#include <memory>
#include <span>

namespace quoin::spec {

struct Shape {
  int64_t n = 0, k = 0;
};

/// Raw bytes of each stream, by stream name; an optional stream may be missing.
using StreamBytes = std::map<std::string, std::span<const uint8_t>>;
using OwnedStreams = std::map<std::string, std::vector<uint8_t>>;

/// One bit range that a decoded value was read from.
struct BitRange {
  int32_t stream;
  int64_t bit; ///< absolute bit offset in the stream
  int32_t width;
};

/// A format with its sizes and streams bound: every stream has the exact size, `requires` hold, permutations and
/// split lengths are checked. Reads through it never leave a stream. Not thread-safe (it memoises); make one a thread.
/// The format and the streams' bytes outlive it and do not change but for rebind.
class BoundFormat {
public:
  static Result<BoundFormat> bind(const Format &format, Shape shape, StreamBytes streams);
  /// Binds other streams, or other contents of the same; checks all that bind checks but the format itself. Where it
  /// fails, the old streams are still bound.
  Result<void> rebind(const StreamBytes &streams);
  BoundFormat(BoundFormat &&) noexcept;
  BoundFormat &operator=(BoundFormat &&) noexcept;
  ~BoundFormat();

  /// Value at logical (n, k), overlays applied. Fails when a stored index leaves what it indexes.
  Result<float> decode(int64_t n, int64_t k);
  /// All of W, row-major [N, K].
  Result<std::vector<float>> decodeAll();
  /// Value of a field at an index (in record `record` for record streams): integer, or f32 bits for float fields.
  Result<int64_t> readField(int32_t field, std::span<const int64_t> index, int64_t record = 0);
  /// Value of any integer or float node with variables set; floats as f32 bits. For analyses and generated-code checks.
  Result<int64_t> evaluate(NodeId node, std::span<const std::pair<VarId, int64_t>> vars, int64_t record = 0);
  /// What the rounding errors of that value are relative to: the magnitudes of all that its sums add up, which is more
  /// than its own where they cancel.
  Result<double> magnitude(NodeId node, std::span<const std::pair<VarId, int64_t>> vars, int64_t record = 0);
  /// The stored bits that decode(n, k) reads, in order of reading.
  Result<std::vector<BitRange>> provenance(int64_t n, int64_t k);
  const Format &format() const;
  Shape shape() const;

private:
  struct Impl;
  explicit BoundFormat(std::unique_ptr<Impl>);
  std::unique_ptr<Impl> impl;
};

/// Exact bytes of each stream for a shape; streams whose extents depend on other streams' contents need those bytes
/// (pass what is known). Free sizes are given by name.
Result<std::map<std::string, int64_t>> streamSizes(const Format &format, Shape shape, const StreamBytes &known = {},
                                                   const std::map<std::string, int64_t> &freeSizes = {});

/// Free sizes, by name, that the format's requirements allow at a shape: all `wanted` where that is allowed, else
/// others among small and round numbers, N and K. All `wanted` where none of these are allowed.
std::map<std::string, int64_t> sampleSizes(const Format &format, Shape shape, int64_t wanted);

/// Checks `requires`, tile divisibility and size arithmetic for a shape.
Result<void> checkShape(const Format &format, Shape shape);

/// Encodes W (row-major [N, K]) by the format's encode rules.
Result<OwnedStreams> encode(const Format &format, Shape shape, std::span<const float> w);

/// Signal-to-quantization-noise ratio in dB of `got` against `want`, in double; +inf when equal.
double sqnr(std::span<const float> want, std::span<const float> got);

/// Bits stored per weight: all streams over N * K.
Result<double> bitsPerWeight(const Format &format, Shape shape, const std::map<std::string, int64_t> &freeSizes = {});

/// y[m, n] = sum over k ascending of x[m, k] * w[n, k].
void matmul64(std::span<const double> x, std::span<const double> w, int64_t m, Shape shape, std::span<double> y);

} // namespace quoin::spec

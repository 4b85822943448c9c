#include "runtime/call.h"

#include "runtime/kernel_sizes.h"
#include "runtime/launch.h"
#include "runtime/weights.h"

#include <algorithm>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace quoin {

/// The declared numerics need round-to-nearest and subnormals; callers and thread pools may have set other modes.
class DefaultFloatMode {
public:
#if defined(__x86_64__)
  DefaultFloatMode() : saved(_mm_getcsr()) { _mm_setcsr(0x1f80); }
  ~DefaultFloatMode() { _mm_setcsr(saved); }

private:
  unsigned saved;
#endif
};

static void enter(quoin_kernel_fn kernel, const quoin_kernel_args &args) {
  DefaultFloatMode mode;
  kernel(&args);
}

static std::unexpected<Failure> invalid(std::string message, std::string hint) {
  return failWith(QUOIN_INVALID_ARGUMENT, std::move(message), std::move(hint));
}

void runPanels(quoin_kernel_fn kernel, const quoin_kernel_args &args, const PanelRange &range,
               const quoin_launch *launch) {
  int64_t rows = range.end - range.begin;
  int64_t panels = rows / range.panelRows + (rows % range.panelRows != 0);
  int64_t parts = std::min(partsOf(launch), panels);
  runParts(launch, parts, [&](int64_t part) {
    // Shares differ by at most one panel; written so that no product overflows.
    int64_t each = panels / parts, more = panels % parts;
    int64_t first = part * each + std::min(part, more), count = each + (part < more);
    quoin_kernel_args mine = args;
    mine.n_begin = range.begin + first * range.panelRows;
    mine.n_end = std::min(range.end, range.begin + (first + count) * range.panelRows);
    if (range.scratchSlice)
      mine.scratch = static_cast<uint8_t *>(args.scratch) + size_t(part) * range.scratchSlice;
    enter(kernel, mine);
  });
}

Outcome<void> requireImage(const quoin_kernel &kernel) {
  if (kernel.image)
    return {};
  std::string names;
  for (const ManifestImage &image : kernel.manifest->images)
    names += (names.empty() ? "\"" : ", \"") + image.isa + "\"";
  return failWith(QUOIN_UNSUPPORTED, "no image of kernel \"" + kernel.manifest->name + "\" runs on this machine",
                  names.empty() ? "compile it for a CPU target"
                                : "it has images for " + names + "; compile with --target=host");
}

Outcome<void> requireEntry(const quoin_kernel &kernel, quoin_kernel_fn entry, const char *name) {
  if (entry)
    return {};
  if (auto ready = requireImage(kernel); !ready)
    return ready;
  return failWith(QUOIN_NOT_FOUND, "kernel \"" + kernel.manifest->name + "\" has no entry \"" + name + "\"",
                  "use a kernel of the op you need");
}

Outcome<void> requireOrder(const quoin_kernel &kernel, int64_t refused) {
  if (!refused)
    return {};
  std::string names;
  for (const spec::Stream &stream : kernel.manifest->weights->streams)
    if (stream.optional)
      names += (names.empty() ? "\"" : " or \"") + stream.name + "\"";
  return invalid("optional stream " + names +
                     " puts columns into groups in another order than its default, and kernel \"" +
                     kernel.manifest->name + "\" packs groups of consecutive columns only",
                 "sort the columns of W and of X by group and leave the stream out");
}

static bool aligned(const void *pointer, size_t alignment) {
  return pointer && reinterpret_cast<uintptr_t>(pointer) % alignment == 0;
}

static Outcome<void> checkMatrix(const char *name, const float *data, int64_t rows, int64_t columns, int64_t stride) {
  if (rows == 0)
    return {};
  if (!aligned(data, alignof(float)))
    return invalid(std::string("\"") + name + "\" is null or not 4-byte aligned", "pass the matrix");
  if (stride < columns)
    return invalid(std::string("row stride ") + std::to_string(stride) + " of \"" + name + "\" is less than its " +
                       std::to_string(columns) + " columns",
                   "strides count elements");
  int64_t elements;
  if (__builtin_mul_overflow(rows, stride, &elements) || elements > INT64_MAX / 4)
    return invalid(std::string("\"") + name + "\" does not fit 63 bits", "use smaller sizes");
  return {};
}

static Outcome<void> checkQuantized(const quoin_kernel &kernel, const quoin_call &call) {
  auto bytes = xqBytes(*kernel.manifest, call.m, call.k);
  if (!bytes)
    return std::unexpected(bytes.error());
  if (call.m && !aligned(call.xq, 64))
    return invalid("\"xq\" is null or not 64-byte aligned", "allocate it with aligned_alloc(64, ...)");
  if (call.m && call.xq_bytes < *bytes)
    return invalid("\"xq\" has " + std::to_string(call.xq_bytes) + " bytes, M = " + std::to_string(call.m) +
                       ", K = " + std::to_string(call.k) + " need " + std::to_string(*bytes),
                   "ask quoin_kernel_xq_bytes");
  return {};
}

Outcome<void> quantize(const quoin_kernel &kernel, const quoin_call &call) {
  if (auto ready = requireEntry(kernel, kernel.quantize, "quantize"); !ready)
    return ready;
  if (auto good = checkQuantized(kernel, call); !good)
    return good;
  if (auto good = checkMatrix("x", call.x, call.m, call.k, call.ldx); !good)
    return good;
  if (call.m_begin < 0 || call.m_begin > call.m_end || call.m_end > call.m)
    return invalid("rows " + std::to_string(call.m_begin) + ".." + std::to_string(call.m_end) +
                       " of X leave M = " + std::to_string(call.m),
                   "pass 0 and m for all rows");
  quoin_kernel_args args{};
  args.x = call.x;
  args.ldx = call.ldx;
  args.xq = call.xq;
  args.m = call.m;
  args.n = call.n;
  args.k = call.k;
  int64_t rows = call.m_end - call.m_begin, parts = std::min(partsOf(call.launch), rows);
  runParts(call.launch, parts, [&](int64_t part) {
    int64_t each = rows / parts, more = rows % parts;
    quoin_kernel_args mine = args;
    mine.m_begin = call.m_begin + part * each + std::min(part, more);
    mine.m_end = mine.m_begin + each + (part < more);
    enter(kernel.quantize, mine);
  });
  return {};
}

static Outcome<void> checkRange(const ManifestKernel &kernel, const quoin_call &call) {
  bool begins = call.n_begin % kernel.panelRows == 0 || call.n_begin == call.n;
  bool ends = call.n_end % kernel.panelRows == 0 || call.n_end == call.n;
  if (call.n_begin >= 0 && call.n_begin <= call.n_end && call.n_end <= call.n && begins && ends)
    return {};
  return invalid("rows " + std::to_string(call.n_begin) + ".." + std::to_string(call.n_end) +
                     " of W are no range of panels of " + std::to_string(kernel.panelRows) +
                     " in N = " + std::to_string(call.n),
                 "begin and end at multiples of panel_rows or at n; pass 0 and n for all rows");
}

static Outcome<void> checkScratch(const ManifestKernel &kernel, const quoin_call &call, int64_t parts) {
  auto bytes = scratchBytes(kernel, parts);
  if (!bytes)
    return std::unexpected(bytes.error());
  if (*bytes && (!aligned(call.scratch, 64) || call.scratch_bytes < *bytes))
    return invalid("\"scratch\" is null, not 64-byte aligned or has " + std::to_string(call.scratch_bytes) +
                       " bytes where " + std::to_string(parts) + " parts need " + std::to_string(*bytes),
                   "ask quoin_kernel_scratch_bytes with the launch's parts");
  return {};
}

Outcome<void> matmul(const quoin_kernel &kernel, const quoin_call &call) {
  const ManifestKernel &manifest = *kernel.manifest;
  if (auto ready = requireEntry(kernel, kernel.matmul, "matmul"); !ready)
    return ready;
  if (auto good = checkMultiples(manifest, call.n, call.k); !good)
    return good;
  if (!call.weights)
    return invalid("\"weights\" is null", "make weights with quoin_weights_create_from_streams");
  if (auto good = checkWeights(kernel, *call.weights, call.n, call.k); !good)
    return good;
  if (auto good = checkQuantized(kernel, call); !good)
    return good;
  if (auto good = checkMatrix("y", call.y, call.m, call.n, call.ldy); !good)
    return good;
  if (auto good = checkRange(manifest, call); !good)
    return good;
  if (auto good = checkScratch(manifest, call, partsOf(call.launch)); !good)
    return good;
  if (call.m == 0)
    return {};
  quoin_kernel_args args{};
  args.weights = call.weights->data;
  args.streams = call.weights->streams.empty() ? nullptr : call.weights->streams.data();
  args.stream_bytes = call.weights->streamBytes.empty() ? nullptr : call.weights->streamBytes.data();
  args.xq = call.xq;
  args.y = call.y;
  args.ldy = call.ldy;
  args.bias = call.bias;
  args.m = call.m;
  args.n = call.n;
  args.k = call.k;
  args.scratch = call.scratch;
  int64_t refused = 0;
  args.refused = &refused;
  runPanels(kernel.matmul, args, {call.n_begin, call.n_end, manifest.panelRows, scratchSliceBytes(manifest)},
            call.launch);
  return requireOrder(kernel, refused);
}

Outcome<void> decode(const quoin_kernel &kernel, const quoin_call &call, std::span<const quoin_stream> streams) {
  const ManifestKernel &manifest = *kernel.manifest;
  if (auto ready = requireEntry(kernel, kernel.decode, "decode"); !ready)
    return ready;
  if (auto good = checkShape(manifest, call.n, call.k); !good)
    return good;
  if (auto good = checkMatrix("y", call.y, call.n, call.k, call.ldy); !good)
    return good;
  if (auto good = checkRange(manifest, call); !good)
    return good;
  auto ordered = orderStreams(kernel, streams);
  if (!ordered)
    return std::unexpected(ordered.error());
  if (auto good = checkStreams(manifest, call.n, call.k, asBytes(manifest, *ordered)); !good)
    return good;
  quoin_kernel_args args{};
  args.streams = ordered->data.data();
  args.stream_bytes = ordered->bytes.data();
  args.y = call.y;
  args.ldy = call.ldy;
  args.n = call.n;
  args.k = call.k;
  runPanels(kernel.decode, args, {call.n_begin, call.n_end, manifest.panelRows, 0}, call.launch);
  return {};
}

} // namespace quoin

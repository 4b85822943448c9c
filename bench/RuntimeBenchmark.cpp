// Times the phases of a call through the C interface: loading a bundle, quantizing X, multiplying for a row of M.
//   quoin-benchmark BUNDLE [--benchmark_filter=...]
// The weights stay in cache where they fit, so this shows what the code can do; memory speed is "quoin-run bench".
#include "quoin/runtime.h"

#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

namespace {

constexpr int64_t rows = 4096, columns = 4096;

struct Release {
  void operator()(quoin_bundle *bundle) const { quoin_bundle_release(bundle); }
  void operator()(quoin_weights *weights) const { quoin_weights_release(weights); }
};

/// 64-byte aligned bytes. Every byte is 0x31: whatever a kernel reads there is an ordinary small number.
class Buffer {
public:
  explicit Buffer(size_t bytes) : size(bytes), storage(bytes + 64, 0x31) {}
  void *data() { return storage.data() + (64 - reinterpret_cast<uintptr_t>(storage.data()) % 64); }
  const size_t size;

private:
  std::vector<unsigned char> storage;
};

/// One kernel with operands of M x columns and rows x columns.
class Problem {
public:
  Problem(const quoin_kernel *kernel, int64_t m) : kernel(kernel), x(m * columns), y(m * rows) {
    for (size_t i = 0; i < x.size(); ++i)
      x[i] = static_cast<float>(i * 37 % 255) / 127 - 1;
    size_t packedBytes = 0, xqBytes = 0, scratchBytes = 0;
    ok = quoin_kernel_packed_bytes(kernel, rows, columns, &packedBytes, &error) == QUOIN_OK &&
         quoin_kernel_xq_bytes(kernel, m, columns, &xqBytes, &error) == QUOIN_OK &&
         quoin_kernel_scratch_bytes(kernel, 1, &scratchBytes, &error) == QUOIN_OK;
    packed = std::make_unique<Buffer>(packedBytes);
    xq = std::make_unique<Buffer>(xqBytes);
    scratch = std::make_unique<Buffer>(scratchBytes);
    quoin_weights *made = nullptr;
    ok = ok && quoin_weights_create_view(kernel, rows, columns, packed->data(), packedBytes, &made, &error) == QUOIN_OK;
    weights.reset(made);
    call.m = call.m_end = m;
    call.n = call.n_end = rows;
    call.k = call.ldx = columns;
    call.ldy = rows;
    call.x = x.data();
    call.y = y.data();
    call.xq = xq->data();
    call.xq_bytes = xqBytes;
    call.weights = weights.get();
    call.scratch = scratch->data();
    call.scratch_bytes = scratchBytes;
    ok = ok && quantize();
  }
  bool quantize() { return quoin_quantize(kernel, &call, &error) == QUOIN_OK; }
  bool multiply() { return quoin_matmul(kernel, &call, &error) == QUOIN_OK; }
  double weightBytes() const { return static_cast<double>(packed->size); }

  bool ok = false;
  quoin_error error = {};

private:
  const quoin_kernel *kernel;
  std::vector<float> x, y;
  std::unique_ptr<Buffer> packed, xq, scratch;
  std::unique_ptr<quoin_weights, Release> weights;
  quoin_call call = {};
};

void load(benchmark::State &state, const std::string &path) {
  for (auto _ : state) {
    quoin_bundle *bundle = nullptr;
    quoin_error error = {};
    if (quoin_bundle_create_from_file(path.c_str(), nullptr, &bundle, &error) != QUOIN_OK)
      return state.SkipWithError(error.message);
    quoin_bundle_release(bundle);
  }
}

void quantize(benchmark::State &state, const quoin_kernel *kernel) {
  Problem problem(kernel, state.range(0));
  for (auto _ : state)
    if (!problem.ok || !problem.quantize())
      return state.SkipWithError(problem.error.message);
  state.SetBytesProcessed(state.iterations() * state.range(0) * columns * 4);
}

void multiply(benchmark::State &state, const quoin_kernel *kernel) {
  Problem problem(kernel, state.range(0));
  for (auto _ : state)
    if (!problem.ok || !problem.multiply())
      return state.SkipWithError(problem.error.message);
  auto rate = [&](double perCall) {
    return benchmark::Counter(perCall * state.iterations(), benchmark::Counter::kIsRate);
  };
  state.counters["flop/s"] = rate(2.0 * state.range(0) * rows * columns);
  state.counters["weight B/s"] = rate(problem.weightBytes());
}

void registerKernels(const quoin_bundle *bundle) {
  for (size_t i = 0; i < quoin_bundle_kernel_count(bundle); ++i) {
    const quoin_kernel *kernel = quoin_bundle_kernel(bundle, i);
    quoin_kernel_info info;
    quoin_kernel_get_info(kernel, &info);
    if (std::strcmp(info.op, "matmul") != 0 || !info.isa)
      continue;
    std::string name = std::string(info.name) + "/" + info.isa;
    benchmark::RegisterBenchmark(("quantize/" + name).c_str(), quantize, kernel)->Arg(1)->Arg(128);
    benchmark::RegisterBenchmark(("matmul/" + name).c_str(), multiply, kernel)->RangeMultiplier(4)->Range(1, 256);
  }
}

} // namespace

int main(int argc, char **argv) {
  benchmark::Initialize(&argc, argv);
  if (argc != 2) {
    std::fprintf(stderr, "quoin-benchmark BUNDLE [--benchmark_filter=REGEX]\n");
    return 1;
  }
  quoin_bundle *loaded = nullptr;
  quoin_error error = {};
  if (quoin_bundle_create_from_file(argv[1], nullptr, &loaded, &error) != QUOIN_OK) {
    std::fprintf(stderr, "quoin-benchmark: %s\n", error.message);
    return 1;
  }
  std::unique_ptr<quoin_bundle, Release> bundle(loaded);
  benchmark::RegisterBenchmark("load", load, std::string(argv[1]));
  registerKernels(bundle.get());
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}

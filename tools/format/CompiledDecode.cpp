// The decode kernel compiled for this machine, run on sample streams and compared bit by bit with the evaluator.
#include "tools/format/Checks.h"

#include "codegen/Compile.h"
#include "quoin/runtime.h"
#include "runtime/spec/Shapes.h"
#include "dialect/Diagram.h"
#include "tools/streams/LegalStreams.h"
#include "tools/format/SampleStreams.h"
#include "tools/format/Streams.h"

#include "mlir/IR/Diagnostics.h"

#include <bit>
#include <cmath>
#include <fmt/format.h>
#include <memory>
#include <random>

namespace quoin::tool {

using namespace quoin::spec;

namespace {

struct BundleDeleter {
  void operator()(quoin_bundle *bundle) const { quoin_bundle_release(bundle); }
};
using BundleHandle = std::unique_ptr<quoin_bundle, BundleDeleter>;

Result<std::string> compileDecode(Library &library, const FoundFormat &found) {
  std::string diagnostics;
  mlir::ScopedDiagnosticHandler handler(&library.context(), [&](mlir::Diagnostic &diagnostic) {
    if (diagnostics.empty() && diagnostic.getSeverity() == mlir::DiagnosticSeverity::Error)
      diagnostics = diagnostic.str();
    return mlir::success();
  });
  auto failed = [&](const Error &error) { return fail(diagnostics.empty() ? error.message : diagnostics, error.hint); };
  auto target = findTarget("host");
  if (!target)
    return std::unexpected(target.error());
  mlir::OwningOpRef<mlir::ModuleOp> module = beginModule(library);
  addFormat(*module, found);
  if (auto added = addKernel(*module, found.format.name, "none"); !added)
    return failed(added.error());
  auto compiled = compile(*module, {*target});
  if (!compiled)
    return failed(compiled.error());
  return makeBundle(*compiled, hashText(found.source));
}

/// The bundle's kernel that decodes, null where there is none.
const quoin_kernel *decodeKernel(const quoin_bundle *bundle) {
  for (size_t index = 0; index < quoin_bundle_kernel_count(bundle); ++index) {
    quoin_kernel_info info;
    quoin_kernel_get_info(quoin_bundle_kernel(bundle, index), &info);
    if (std::string_view(info.op) == "decode")
      return quoin_bundle_kernel(bundle, index);
  }
  return nullptr;
}

bool same(float a, float b) {
  return std::bit_cast<uint32_t>(a) == std::bit_cast<uint32_t>(b) || (std::isnan(a) && std::isnan(b));
}

Result<std::vector<float>> runKernel(const quoin_kernel *kernel, const Format &format, Shape shape,
                                     const OwnedStreams &streams) {
  std::vector<quoin_stream> stored;
  for (const Stream &stream : format.streams) {
    auto bytes = streams.find(stream.name);
    bool present = bytes != streams.end();
    stored.push_back(
        {stream.name.c_str(), present ? bytes->second.data() : nullptr, present ? bytes->second.size() : 0});
  }
  std::vector<float> values(size_t(shape.n * shape.k));
  quoin_call call{};
  call.n = shape.n, call.k = shape.k;
  call.y = values.data(), call.ldy = shape.k;
  call.n_end = shape.n;
  quoin_error error;
  if (quoin_decode(kernel, &call, stored.data(), stored.size(), &error) != QUOIN_OK)
    return fail(error.message, error.hint);
  return values;
}

/// Compares one set of streams; the text is empty where all weights are equal.
Result<std::string> compareStreams(const quoin_kernel *kernel, const Format &format, Shape shape,
                                   const OwnedStreams &streams) {
  auto bound = BoundFormat::bind(format, shape, viewOf(streams));
  auto want = bound ? bound->decodeAll() : Result<std::vector<float>>(std::unexpected(bound.error()));
  if (!want)
    return std::unexpected(want.error());
  auto got = runKernel(kernel, format, shape, streams);
  if (!got)
    return std::unexpected(got.error());
  for (size_t i = 0; i < want->size(); ++i)
    if (!same((*got)[i], (*want)[i]))
      return fmt::format("  W[{}, {}] of {} x {} decodes to {:.9g} compiled, and to {:.9g} by the evaluator\n",
                         int64_t(i) / shape.k, int64_t(i) % shape.k, shape.n, shape.k, (*got)[i], (*want)[i]);
  return "";
}

std::vector<Shape> shapesFor(const Format &format, const quoin_kernel_info &info) {
  std::vector<Shape> shapes = smallShapes(format);
  if (auto shape = workShape(format))
    shapes.push_back(*shape);
  if (Shape blocks{136, 264}; !format.hasTile && checkShape(format, blocks)) // blocks of rows
    shapes.push_back(blocks);
  std::erase_if(shapes, [&](Shape shape) {
    return shape.n % std::max<int64_t>(info.n_multiple, 1) != 0 || shape.k % std::max<int64_t>(info.k_multiple, 1) != 0;
  });
  return shapes;
}

Result<void> checkLegal(const Format &format, Shape shape, const OwnedStreams &streams) {
  auto bound = BoundFormat::bind(format, shape, viewOf(streams));
  auto values = bound ? bound->decodeAll() : Result<std::vector<float>>(std::unexpected(bound.error()));
  return values ? Result<void>() : std::unexpected(values.error());
}

/// What to decode: sample weights encoded, and random bits as far as they are legal. Without either, why not.
Result<std::vector<OwnedStreams>> contentsFor(const Format &format, Shape shape) {
  std::vector<OwnedStreams> contents;
  Result<void> last;
  std::mt19937 generator(22);
  for (auto streams : {legalStreams(format, shape, diagramSizes(format, shape), [&] { return uint32_t(generator()); }),
                       sampleStreams(format, shape)}) {
    last = streams ? checkLegal(format, shape, *streams) : std::unexpected(streams.error());
    if (last)
      contents.push_back(std::move(*streams));
  }
  if (contents.empty())
    return std::unexpected(last.error());
  return contents;
}

Finding compareKernel(const quoin_kernel *kernel, const Format &format) {
  quoin_kernel_info info;
  quoin_kernel_get_info(kernel, &info);
  int64_t weights = 0;
  for (Shape shape : shapesFor(format, info)) {
    auto contents = contentsFor(format, shape);
    if (!contents)
      return {Finding::State::Skipped, "  " + contents.error().message + "\n"};
    for (const OwnedStreams &each : *contents) {
      auto different = compareStreams(kernel, format, shape, each);
      if (!different || !different->empty())
        return {Finding::State::Failed, different ? *different : "  " + different.error().message + "\n"};
      weights += shape.n * shape.k;
    }
  }
  if (weights == 0)
    return {Finding::State::Skipped, "  no small shape suits the kernel\n"};
  return {Finding::State::Passed,
          fmt::format("  {} weights equal on {}\n", weights, info.isa ? info.isa : "this machine")};
}

} // namespace

Finding checkCompiledDecode(Library &library, const FoundFormat &found) {
  auto bytes = compileDecode(library, found);
  if (!bytes)
    return {Finding::State::Skipped, "  not compiled: " + bytes.error().message + "\n"};
  quoin_bundle *loaded = nullptr;
  quoin_error error;
  if (quoin_bundle_create_from_memory(bytes->data(), bytes->size(), nullptr, &loaded, &error) != QUOIN_OK)
    return {Finding::State::Failed, fmt::format("  the bundle does not load: {}\n", error.message)};
  BundleHandle bundle(loaded);
  const quoin_kernel *kernel = decodeKernel(bundle.get());
  if (!kernel)
    return {Finding::State::Failed, "  the bundle has no decode kernel\n"};
  return compareKernel(kernel, found.format);
}

} // namespace quoin::tool

// Whatever streams hold, a decode kernel reads inside them and writes its own rows alone.
#include "codegen/Compile.h"
#include "dialect/Diagram.h"
#include "quoin/runtime.h"
#include "runtime/spec/Shapes.h"
#include "tools/run/Guard.h"
#include "tools/streams/LegalStreams.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>

using namespace quoin;

namespace {

struct Case {
  const char *name, *file;
};

std::string decodeBundle(Library &library, const FoundFormat &found) {
  auto target = findTarget("host");
  mlir::OwningOpRef<mlir::ModuleOp> module = beginModule(library);
  addFormat(*module, found);
  EXPECT_TRUE(addKernel(*module, found.format.name, "none"));
  auto compiled = compile(*module, {*target});
  EXPECT_TRUE(compiled) << (compiled ? "" : compiled.error().message);
  auto bundle = compiled ? makeBundle(*compiled, hashText(found.source)) : std::unexpected(compiled.error());
  EXPECT_TRUE(bundle) << (bundle ? "" : bundle.error().message);
  return bundle ? *bundle : "";
}

/// Streams of the sizes that a legal tensor has, with contents that need not be legal.
using Contents = uint8_t (*)(uint32_t random, uint8_t legal);
constexpr Contents allContents[] = {
    [](uint32_t random, uint8_t) { return uint8_t(random); },
    [](uint32_t, uint8_t) { return uint8_t(0xFF); },
    [](uint32_t, uint8_t) { return uint8_t(0x7F); },
    [](uint32_t random, uint8_t) { return uint8_t(random % 16 == 0); },
    [](uint32_t random, uint8_t legal) { return uint8_t(random % 64 == 0 ? random >> 8 : legal); },
};

/// Whether an expression reads a field.
bool readsAnything(const spec::Format &format, spec::NodeId id) {
  if (id < 0)
    return false;
  const spec::Node &node = format.nodes[id];
  auto reads = [&](spec::NodeId operand) { return readsAnything(format, operand); };
  return node.op == spec::Op::Read || reads(node.a) || reads(node.b) || reads(node.c) || llvm::any_of(node.args, reads) ||
         llvm::any_of(node.cuts, reads);
}

/// Whether some stream's size is another stream's content.
bool readsExtents(const spec::Format &format) {
  return llvm::any_of(format.streams, [&](const spec::Stream &stream) {
    return llvm::any_of(stream.extents, [&](spec::NodeId extent) { return readsAnything(format, extent); });
  });
}

void decodeGuarded(const quoin_kernel *kernel, const spec::Format &format, spec::Shape shape, Contents contents,
                   Placement placement) {
  std::mt19937 random(23);
  auto legal = tool::legalStreams(format, shape, diagramSizes(format, shape), [&] { return uint32_t(random()); });
  ASSERT_TRUE(legal) << legal.error().message;
  std::vector<GuardedBuffer> buffers;
  std::vector<quoin_stream> streams;
  for (const spec::Stream &stream : format.streams) {
    const std::vector<uint8_t> &bytes = (*legal)[stream.name];
    buffers.emplace_back(stream.name.c_str(), bytes.size(), 1, placement);
    std::transform(bytes.begin(), bytes.end(), buffers.back().data(),
                   [&](uint8_t byte) { return contents(uint32_t(random()), byte); });
    streams.push_back({stream.name.c_str(), buffers.back().data(), bytes.size()});
  }
  for (int64_t begin : {int64_t(0), shape.n / 2}) {
    int64_t end = begin + (shape.n - begin + 1) / 2;
    GuardedBuffer y("y", size_t((end - begin) * shape.k) * 4, 4, placement);
    quoin_call call{};
    call.n = shape.n, call.k = shape.k;
    call.ldy = shape.k;
    call.y = y.as<float>() - begin * shape.k;
    call.n_begin = begin, call.n_end = end;
    quoin_error error;
    quoin_status status = quoin_decode(kernel, &call, streams.data(), streams.size(), &error);
    // Extents that are read may be what no buffer has: the runtime refuses those, and no code runs.
    ASSERT_TRUE(status == QUOIN_OK || (readsExtents(format) && status == QUOIN_INVALID_ARGUMENT)) << error.message;
    EXPECT_TRUE(y.surroundingsIntact());
  }
}

class DecodeBounds : public testing::TestWithParam<Case> {};

TEST_P(DecodeBounds, staysInside) {
  installFaultReports();
  Library library;
  auto added = library.addFile(std::string(QUOIN_SOURCE_ROOT) + "/test/" + GetParam().file);
  ASSERT_TRUE(added) << added.error().message;
  auto found = library.find(GetParam().name);
  ASSERT_TRUE(found) << found.error().message;
  std::string bytes = decodeBundle(library, *found);
  quoin_bundle *loaded = nullptr;
  quoin_error error;
  ASSERT_EQ(quoin_bundle_create_from_memory(bytes.data(), bytes.size(), nullptr, &loaded, &error), QUOIN_OK)
      << error.message;
  std::unique_ptr<quoin_bundle, decltype(&quoin_bundle_release)> bundle(loaded, quoin_bundle_release);
  for (spec::Shape shape : spec::smallShapes(found->format))
    for (Contents contents : allContents)
      for (Placement placement : {Placement::AtEnd, Placement::AtStart})
        decodeGuarded(quoin_bundle_kernel(loaded, 0), found->format, shape, contents, placement);
}

INSTANTIATE_TEST_SUITE_P(
    Texts, DecodeBounds,
    testing::Values(Case{"aqlm_2x8", "dialect/hard/aqlm_2x8.mlir"}, Case{"claq", "dialect/hard/claq.mlir"},
                    Case{"marlin_24", "dialect/hard/marlin_24.mlir"}, Case{"kept_vec4", "dialect/novel/kept_vec4.mlir"},
                    Case{"taper6_b48", "dialect/novel/taper6_b48.mlir"},
                    Case{"ternary40", "dialect/novel/ternary40.mlir"}, Case{"stored", "execute/Inputs/binders.mlir"},
                    Case{"stored_other_way", "execute/Inputs/binders.mlir"},
                    Case{"indirect", "execute/Inputs/binders.mlir"},
                                         Case{"far", "execute/Inputs/binders.mlir"}),
    [](const auto &info) { return std::string(info.param.name); });

} // namespace

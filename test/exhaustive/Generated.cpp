#include "test/exhaustive/Generated.h"

#include "codegen/Compile.h"

#include "mlir/IR/Diagnostics.h"

namespace quoin::exhaustive {

static Result<std::string> compileDecode(const std::string &text) {
  Library library;
  if (auto added = library.addText(text, "conversion"); !added)
    return std::unexpected(added.error());
  auto found = library.find("conversion");
  auto target = findTarget("host");
  if (!found || !target)
    return std::unexpected(found ? target.error() : found.error());
  mlir::OwningOpRef<mlir::ModuleOp> module = beginModule(library);
  addFormat(*module, *found);
  if (auto added = addKernel(*module, found->format.name, "none"); !added)
    return std::unexpected(added.error());
  auto compiled = quoin::compile(*module, {*target});
  if (!compiled)
    return std::unexpected(compiled.error());
  return makeBundle(*compiled, hashText(found->source));
}

Result<Generated> Generated::compile(const Conversion &conversion) {
  auto bytes =
      compileDecode("quoin.format @conversion {\n  stream raw : f32 [N, K]\n  decode (n, k) = round(raw[n, k], " +
                    conversion.spelling() + ")\n}\n");
  if (!bytes)
    return std::unexpected(bytes.error());
  quoin_bundle *loaded = nullptr;
  quoin_error error;
  if (quoin_bundle_create_from_memory(bytes->data(), bytes->size(), nullptr, &loaded, &error) != QUOIN_OK)
    return fail(error.message, error.hint);
  Generated generated;
  generated.bundle.reset(loaded);
  return generated;
}

Result<void> Generated::convert(std::span<const float> inputs, std::span<float> outputs) const {
  quoin_stream stream = {"raw", inputs.data(), inputs.size_bytes()};
  quoin_call call{};
  call.n = call.n_end = 1;
  call.k = call.ldy = int64_t(inputs.size());
  call.y = outputs.data();
  quoin_error error;
  if (quoin_decode(quoin_bundle_kernel(bundle.get(), 0), &call, &stream, 1, &error) != QUOIN_OK)
    return fail(error.message, error.hint);
  return {};
}

} // namespace quoin::exhaustive

#include "tools/run/ModelInput.h"

#include <string_view>
#include <utility>

namespace quoin {

std::optional<ModelInput> splitModel(const std::string &input) {
  using enum ModelInput::Kind;
  for (auto [ending, kind] :
       {std::pair<std::string_view, ModelInput::Kind>(".gguf", Gguf), {".safetensors", Safetensors}}) {
    size_t at = input.find(std::string(ending) + ":");
    if (at == std::string::npos && input.ends_with(ending))
      at = input.size() - ending.size(); // no tensor is named: an error that the reader explains
    if (at == std::string::npos)
      continue;
    size_t colon = at + ending.size();
    return ModelInput{kind, input.substr(0, colon), colon < input.size() ? input.substr(colon + 1) : ""};
  }
  return {};
}

Outcome<ModelStreams> readModel(const ModelInput &input, const spec::Format &format, const ManifestKernel &kernel,
                                std::optional<spec::Shape> shape, const spec::OwnedStreams &given) {
  if (input.kind == ModelInput::Kind::Gguf)
    return readGgufTensor(input, format);
  return readSafetensorsTensors(input, format, kernel, shape, given);
}

} // namespace quoin

#include "runtime/model.h"

#include "runtime/gguf.h"
#include "runtime/safetensors.h"
#include "runtime/text.h"

#include <cstring>

namespace quoin {

/// Adds a tensor; what it points to is filled in when all are there.
static void add(quoin_model &model, std::string name, std::vector<int64_t> extents, quoin_tensor tensor) {
  model.names.push_back(std::move(name));
  model.extents.push_back(std::move(extents));
  model.tensors.push_back(tensor);
}

static Outcome<void> addGguf(quoin_model &model) {
  auto tensors = parseGguf(model.file.bytes());
  if (!tensors)
    return std::unexpected(tensors.error());
  for (const GgufTensor &tensor : *tensors)
    add(model, std::string(tensor.name), {tensor.extents.rend() - tensor.rank, tensor.extents.rend()}, // slowest first
        {nullptr, "", tensor.type, 0, nullptr, tensor.data.data(), tensor.data.size()});
  return {};
}

static Outcome<void> addSafetensors(quoin_model &model) {
  auto tensors = parseSafetensors(model.file.bytes());
  if (!tensors)
    return std::unexpected(tensors.error());
  for (SafetensorsTensor &tensor : *tensors)
    add(model, std::move(tensor.name), std::move(tensor.extents),
        {nullptr, tensor.type->name, -1, 0, nullptr, tensor.data.data(), tensor.data.size()});
  return {};
}

Outcome<std::unique_ptr<quoin_model>> openModel(const std::string &path) {
  auto file = MappedFile::open(path);
  if (!file)
    return std::unexpected(file.error());
  auto model = std::make_unique<quoin_model>(std::move(*file));
  std::span<const uint8_t> bytes = model->file.bytes();
  bool isGguf = bytes.size() >= 4 && std::memcmp(bytes.data(), "GGUF", 4) == 0;
  if (auto added = isGguf ? addGguf(*model) : addSafetensors(*model); !added) {
    Failure failure = added.error();
    failure.error.message = "\"" + path + "\": " + failure.error.message;
    return std::unexpected(failure);
  }
  for (size_t i = 0; i < model->tensors.size(); ++i) {
    model->tensors[i].name = model->names[i].c_str();
    model->tensors[i].extents = model->extents[i].data();
    model->tensors[i].rank = model->extents[i].size();
  }
  return model;
}

Outcome<const quoin_tensor *> findTensor(const quoin_model &model, std::string_view name) {
  for (const quoin_tensor &tensor : model.tensors)
    if (name == tensor.name)
      return &tensor;
  return failWith(QUOIN_NOT_FOUND, "the model has no tensor " + inQuotes(name),
                  "it has " + std::to_string(model.tensors.size()) + " others");
}

} // namespace quoin

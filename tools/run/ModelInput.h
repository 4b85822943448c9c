// --weights=MODEL.gguf:TENSOR and --weights=MODEL.safetensors:PREFIX: streams in a model's file, used where they lie.
#pragma once

#include "runtime/file.h"
#include "runtime/manifest.h"
#include "runtime/spec/Evaluate.h"

#include <optional>
#include <string>

namespace quoin {

/// What the two parts of such an input are; `tensor` is a prefix of tensors' names for safetensors.
struct ModelInput {
  enum class Kind { Gguf, Safetensors } kind;
  std::string path, tensor;
};

/// Nothing where `input` is no such input.
std::optional<ModelInput> splitModel(const std::string &input);

/// What a model says about a weight matrix. The streams are in the file's memory.
struct ModelStreams {
  MappedFile file;
  spec::StreamBytes streams;
  std::optional<spec::Shape> shape;
};

/// Finds the streams of `format` that are not among `given`. `kernel` says of what N and K must be multiples, where the
/// tensors leave a choice; `shape`: what the user says, if anything.
Outcome<ModelStreams> readModel(const ModelInput &input, const spec::Format &format, const ManifestKernel &kernel,
                                std::optional<spec::Shape> shape, const spec::OwnedStreams &given);

/// The parts of readModel.
Outcome<ModelStreams> readGgufTensor(const ModelInput &input, const spec::Format &format);
Outcome<ModelStreams> readSafetensorsTensors(const ModelInput &input, const spec::Format &format,
                                             const ManifestKernel &kernel, std::optional<spec::Shape> shape,
                                             const spec::OwnedStreams &given);

} // namespace quoin

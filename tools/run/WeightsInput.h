// --weights of pack and run: streams from files and models, or packed weights.
#pragma once

#include "runtime/file.h"
#include "runtime/spec/Evaluate.h"
#include "runtime/weights.h"
#include "tools/run/Command.h"

namespace quoin {

/// Weights for `kernel` with their N and K, and what they refer to where the layout is the stored one.
struct LoadedWeights {
  spec::OwnedStreams stored;
  std::vector<MappedFile> models;
  WeightsPtr weights;
};

/// `inputs`: STREAM=FILE (the name may be left out where there is one stream), MODEL.gguf:TENSOR,
/// MODEL.safetensors:PREFIX (for the streams that are not given as files), or one packed file. `shape` may be left out
/// where a model or a packed file says it, and is checked against what they say.
Outcome<LoadedWeights> loadWeights(const quoin_bundle &bundle, const quoin_kernel &kernel,
                                   std::optional<spec::Shape> shape, const std::vector<std::string> &inputs,
                                   const quoin_launch *launch);

/// --shape=N,K, where it is given.
Outcome<std::optional<spec::Shape>> weightsShape(const CommandLine &line);

/// C form of streams, in no particular order; absent ones are null.
std::vector<quoin_stream> asStreams(const quoin_kernel &kernel, const spec::StreamBytes &streams);

spec::StreamBytes asBytes(const spec::OwnedStreams &streams);

} // namespace quoin

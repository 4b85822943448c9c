// --weights of pack and run: streams from files, or packed weights.
#pragma once

#include "runtime/spec/Evaluate.h"
#include "runtime/weights.h"
#include "tools/run/Command.h"

namespace quoin {

/// Weights for `kernel`, with the stored streams they refer to where the layout is the stored one.
struct LoadedWeights {
  spec::OwnedStreams stored;
  WeightsPtr weights;
};

/// `inputs`: STREAM=FILE (the name may be left out where there is one stream), or one packed file.
Outcome<LoadedWeights> loadWeights(const quoin_bundle &bundle, const quoin_kernel &kernel, spec::Shape shape,
                                   const std::vector<std::string> &inputs, const quoin_launch *launch);

/// C form of streams, in no particular order; absent ones are null.
std::vector<quoin_stream> asStreams(const quoin_kernel &kernel, const spec::OwnedStreams &streams);

spec::StreamBytes asBytes(const spec::OwnedStreams &streams);

} // namespace quoin

// Streams of a format from and to files, as --in and --out name them.
#pragma once

#include "runtime/spec/Evaluate.h"

namespace quoin::tool {

/// "STREAM=FILE", or "FILE" where the format has one stream: file by stream name. A stream named twice is an error.
Result<std::map<std::string, std::string>> parseStreams(const spec::Format &format,
                                                        const std::vector<std::string> &texts, const char *option);

/// Bytes of each file: raw, or the data of a .npy file, whose extents are those of the stream for W of `shape`.
Result<spec::OwnedStreams> readStreams(const std::map<std::string, std::string> &files, const spec::Format &format,
                                       spec::Shape shape);

/// Raw bytes of each stream to its file; every stream present must have one.
Result<void> writeStreams(const spec::OwnedStreams &streams, const std::map<std::string, std::string> &files);

/// The same bytes, as the evaluator takes them.
spec::StreamBytes viewOf(const spec::OwnedStreams &streams);

} // namespace quoin::tool

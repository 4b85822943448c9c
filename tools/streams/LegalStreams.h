// Random contents of streams, as far as binding asks for more than bits.
#pragma once

#include "runtime/spec/Evaluate.h"

#include <cstdint>
#include <functional>
#include <map>
#include <string>

namespace quoin::tool {

/// Random bytes in every stream that is not optional, of any sizes, also those that depend on what is stored: orders of
/// axes are permutations, lengths of a split of rows or columns add up, overlays lie inside W, and stored extents are
/// at most 255. Other stored indices are random too, so binding or decoding may still refuse the streams. `random`
/// gives 32 bits a call.
Result<spec::OwnedStreams> legalStreams(const spec::Format &format, spec::Shape shape,
                                        const std::map<std::string, int64_t> &freeSizes,
                                        const std::function<uint32_t()> &random);

} // namespace quoin::tool

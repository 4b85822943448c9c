// What quoin-format verify checks about a format, one function a check.
#pragma once

#include "dialect/Library.h"

namespace quoin::tool {

struct Finding {
  enum class State { Passed, Failed, Skipped } state = State::Passed;
  std::string text; ///< one or more lines
};

/// Each stored bit belongs to one element of one field, or to nobody where the stream says `spare`; in one record, or
/// for small legal shapes, odd ones among them.
Finding checkCoverage(const spec::Format &format);

/// Every code of every field (a sample of those wider than 16 bits) decodes, and its weights are what the normal form
/// says.
Finding checkCodes(const spec::Format &format);

/// Encoding what was decoded loses clearly less than encoding did the first time.
Finding checkRoundTrip(const spec::Format &format);

/// The decode kernel compiled for this machine gives the evaluator's bits, on sample and on random streams. Skipped
/// where the compiler cannot make one.
Finding checkCompiledDecode(Library &library, const FoundFormat &found);

} // namespace quoin::tool

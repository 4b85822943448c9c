// From a format as text to the resolved format as plain data.
#pragma once

#include "dialect/QuoinOps.h"
#include "runtime/spec/Format.h"

#include <map>
#include <string>

namespace quoin {

/// Values of a format's parameters by name; those not mentioned keep their defaults.
using Parameters = std::map<std::string, int64_t>;

/// What to do about `table ... from "file"` where the file is absent. `Tolerate` is for checking a text: the table
/// counts as zeros and everything else is checked. A file that is there and wrong is an error in either case.
enum class TableFiles { Require, Tolerate };

/// Resolves names, types, lets and parameters, and checks the whole format. Failure comes with diagnostics at the ops
/// concerned. The op's parts verify on their own (a precondition). The result's name is the op's symbol. Reads the op
/// and files of tables alone, so several threads may resolve ops of one context.
mlir::FailureOr<spec::Format> resolve(FormatOp format, const Parameters &parameters = {},
                                      TableFiles files = TableFiles::Require);

} // namespace quoin

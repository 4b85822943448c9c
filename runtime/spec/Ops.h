// Names of operations and value types, as JSON and messages spell them.
#pragma once

#include "runtime/spec/Format.h"

#include <optional>
#include <string_view>

namespace quoin::spec {

/// Lower-case name: "add", "floordiv", "absmax", "split_by", ...
std::string_view opName(Op op);
std::optional<Op> opFromName(std::string_view name);

/// "index", "i32" or "f32".
std::string_view valueTypeName(ValueType type);
std::optional<ValueType> valueTypeFromName(std::string_view name);

/// "rne", "rna", "rtz", "floor" or "ceil".
std::string_view roundingName(Rounding mode);
std::optional<Rounding> roundingFromName(std::string_view name);

bool isUnary(Op op);
bool isBinary(Op op);
/// Sum to Search: `var` runs over 0..imm-1 in body `a`.
constexpr bool isLoop(Op op) { return op >= Op::Sum && op <= Op::Search; }
/// Of index type, takes no value between the ends of its variables beyond those at the ends; remainders and splits in
/// periods and ranges of their own.
bool isSteady(Op op);
constexpr bool isSplit(Op op) { return op >= Op::SplitAt && op <= Op::SplitAll; }

} // namespace quoin::spec

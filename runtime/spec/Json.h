// JSON form of the resolved format, for the manifest; reading it back gives an equal Format or a located error.
#pragma once

#include "runtime/spec/Format.h"
#include "runtime/spec/Result.h"

namespace quoin::spec {

std::string toJson(const Format &format);
/// Validates every index, type and operand order: the text may come from a hostile file.
Result<Format> fromJson(std::string_view text);

} // namespace quoin::spec

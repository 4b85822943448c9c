// What the running processor can execute, with the operating system's support for its registers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace quoin {

/// Architecture this library was built for, as manifests name it: "x86_64" or "aarch64".
std::string_view hostArchitecture();

/// True for every feature name that a manifest may require, of any architecture (LLVM's spelling).
bool isKnownFeature(std::string_view name);

/// True when the running machine has the feature and the operating system saves its registers. False for unknown names.
/// Cheap after the first call; any thread.
bool hasFeature(std::string_view name);

/// All features of the running machine, in the table's order.
std::vector<std::string_view> hostFeatures();

/// The processor's own name, or "" when it does not say.
std::string hostModelName();

} // namespace quoin

// How much memory this process may still take.
#pragma once

#include <cstdint>

namespace quoin {

/// Bytes: what the system calls available, within the limit of the process's control group.
uint64_t availableMemory();

} // namespace quoin

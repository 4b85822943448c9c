// Calls into generated code: arguments checked once, then spread over parts.
#pragma once

#include "runtime/bundle.h"

namespace quoin {

/// Rows of W to do, cut at multiples of `panelRows`; `scratchSlice` bytes of args.scratch belong to each part.
struct PanelRange {
  int64_t begin, end, panelRows;
  size_t scratchSlice;
};

/// Calls `kernel` on the whole range, in as many parts as `launch` allows.
void runPanels(quoin_kernel_fn kernel, const quoin_kernel_args &args, const PanelRange &range,
               const quoin_launch *launch);

/// Says why no image of the kernel was taken.
Outcome<void> requireImage(const quoin_kernel &kernel);

/// Says why an entry point is missing: no image runs here, or the kernel has none of that name.
Outcome<void> requireEntry(const quoin_kernel &kernel, quoin_kernel_fn entry, const char *name);

/// An error where a kernel has set quoin_kernel_args.refused.
Outcome<void> requireOrder(const quoin_kernel &kernel, int64_t refused);

Outcome<void> quantize(const quoin_kernel &kernel, const quoin_call &call);
Outcome<void> matmul(const quoin_kernel &kernel, const quoin_call &call);
Outcome<void> decode(const quoin_kernel &kernel, const quoin_call &call, std::span<const quoin_stream> streams);

} // namespace quoin

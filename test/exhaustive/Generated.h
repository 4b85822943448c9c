// Conversions as compiled code: a decode kernel that rounds what is stored as f32.
#pragma once

#include "quoin/runtime.h"
#include "runtime/spec/Result.h"
#include "test/exhaustive/Expected.h"

#include <memory>
#include <span>

namespace quoin::exhaustive {

/// A conversion compiled for this machine. `convert` may run on any number of threads.
class Generated {
public:
  static Result<Generated> compile(const Conversion &conversion);
  /// The values that `inputs` are rounded to, integers as f32.
  Result<void> convert(std::span<const float> inputs, std::span<float> outputs) const;

private:
  struct Release {
    void operator()(quoin_bundle *bundle) const { quoin_bundle_release(bundle); }
  };
  std::unique_ptr<quoin_bundle, Release> bundle;
};

} // namespace quoin::exhaustive

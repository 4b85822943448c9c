// One shape and one set of weights: every entry of kernels between guard pages, against what they declare.
#pragma once

#include "runtime/weights.h"
#include "tools/run/CheckSweep.h"
#include "tools/run/Guard.h"

namespace quoin {

struct CheckTally {
  int64_t cases = 0, calls = 0, elements = 0; ///< elements of Y compared
  double worstShare = 0;                      ///< largest error over its bound
  std::vector<float> x, seenX;                ///< rows without special values, as given and as the kernel sees them
  double signal = 0, noise = 0;               ///< of W and of what rounded terms lack of it
};

/// One kernel under check.
struct CheckedKernel {
  std::vector<const quoin_kernel *> images; ///< the kernel as bundles hold it that took each image; at least one
  CheckTally tally;

  const ManifestKernel &manifest() const { return *images.front()->manifest; }
};

/// A way of spreading calls.
struct CheckLaunch {
  const char *name;
  const quoin_launch *launch; ///< null: in one part
};

/// All must give the same bits; the first is one part, the last is spared for few calls.
using CheckLaunches = std::span<const CheckLaunch>;

/// What kernels and images of a case share.
struct CaseWeights {
  const spec::Format &format;
  const CheckInput &input;
  OptionalStreams optional;
  spec::OwnedStreams streams;
  std::vector<float> values; ///< W by the evaluator; empty where no kernel needs it
};

/// A call of a kernel, for messages.
struct CallSite {
  const quoin_kernel &kernel;
  spec::Shape shape;
  int64_t m;
  Placement placement;
  const CheckLaunch &launch;

  std::string describe(const char *entry) const;
  /// Says it beforehand, for the sentence that a fault prints.
  void announceEntry(const char *entry) const;
  std::unexpected<Failure> differs(const char *entry, const std::string &what) const;
  /// Fails where the entry wrote beside one of the buffers.
  Outcome<void> untouched(std::initializer_list<const GuardedBuffer *> buffers, const char *entry) const;
};

/// Streams copied between guard pages, byte-aligned, in the kernel's order; `ordered` gets null for absent ones.
std::vector<GuardedBuffer> guardStreams(const quoin_kernel &kernel, const spec::OwnedStreams &streams,
                                        Placement placement, OrderedStreams &ordered);

/// Runs the kernels that take the input's shape on one set of weights; fails with the first element that differs.
Outcome<void> checkCase(const spec::Format &format, const CheckInput &input, std::span<CheckedKernel> kernels,
                        CheckLaunches launches, CodeCoverage &coverage);

} // namespace quoin

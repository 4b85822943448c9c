// The entries that know how weights are stored: decode against the evaluator, unpack against pack.
#pragma once

#include "tools/run/CheckCase.h"

#include <set>

namespace quoin {

/// Of one case. Packed bytes of a layout are the same whoever packs.
class StorageCheck {
public:
  StorageCheck(const CaseWeights &weights, CheckLaunches launches) : weights(weights), launches(launches) {}

  /// Entries that an earlier kernel ran are not run again.
  Outcome<void> run(const quoin_kernel &kernel, CheckTally &tally);
  /// Empty for layout "stored". The kernel has been run.
  const std::vector<uint8_t> &packedBytes(const ManifestKernel &kernel) { return packed[kernel.layoutId]; }

private:
  Outcome<void> checkDecode(const CallSite &site, OrderedStreams &streams);
  Outcome<void> checkPack(const CallSite &site, OrderedStreams &streams);
  /// Whether all that fields hold of a stream is as it was: what no field claims, behind the last element, is not kept.
  Outcome<bool> sameElements(const std::string &stream, const std::vector<uint8_t> &got) const;
  Outcome<void> checkUnpack(const CallSite &site, const GuardedBuffer &packedBuffer);

  const CaseWeights &weights;
  CheckLaunches launches;
  std::map<std::string, std::vector<uint8_t>> packed; ///< by layout id
  std::set<quoin_kernel_fn> done;
};

} // namespace quoin

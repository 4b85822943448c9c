// quantize and matmul of a kernel against the Y it declares, for many numbers of rows of X.
#pragma once

#include "tools/run/CheckCase.h"
#include "tools/run/Declared.h"

#include <optional>

namespace quoin {

/// Of one kernel in one case. Exact sums give the same bits from all images, launches and M.
class ProductCheck {
public:
  /// The kernel and the weights outlive it.
  static Outcome<ProductCheck> make(CheckedKernel &kernel, const CaseWeights &weights, CheckLaunches launches);

  Outcome<void> run(const quoin_kernel &image, const std::vector<uint8_t> &packed);

private:
  struct Inputs;
  struct Rows;
  ProductCheck(CheckedKernel &kernel, const CaseWeights &weights, CheckLaunches launches)
      : manifest(kernel.manifest()), weights(weights), launches(launches), tally(kernel.tally) {}

  Outcome<void> checkBatch(const CallSite &site, const Inputs &inputs, int64_t firstRow);
  Outcome<void> compareRows(const CallSite &site, const float *y, int64_t ldy, int64_t firstRow, bool biased);
  Outcome<void> compareRow(const CallSite &site, std::span<const float> y, int64_t row, int64_t rowOfCall, bool biased);

  const ManifestKernel &manifest;
  const CaseWeights &weights;
  CheckLaunches launches;
  CheckTally &tally;
  DeclaredWeights w;
  std::vector<float> x, bias;
  DeclaredX declaredX;
  DeclaredY y;
  std::vector<float> first[2]; ///< results without and with bias, where `known`
  std::vector<bool> known[2];  ///< by row
};

} // namespace quoin

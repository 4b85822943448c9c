// The normal form evaluated in double, to compare it with decode.
#pragma once

#include "dialect/NormalForm.h"
#include "runtime/spec/Evaluate.h"

namespace quoin {

struct TermsValue {
  double value = 0;
  double magnitude = 0; ///< sum of the magnitudes that were added: what rounding errors are relative to
};

/// The terms' sum at stored position (n, k). `bound` is bound to the format that normalForm() completed; no permutation
/// or overlay is applied. Coefficients are rounded as the format's own nodes are.
Result<TermsValue> evaluateTerms(spec::BoundFormat &bound, const NormalForm &form, int64_t n, int64_t k);

/// Whether decode's f32 value is the terms' value within its own few roundings. Values that are not finite agree.
bool agrees(float decoded, const TermsValue &terms);

} // namespace quoin

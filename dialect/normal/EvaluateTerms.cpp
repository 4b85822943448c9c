#include "dialect/normal/EvaluateTerms.h"

#include "runtime/spec/Arithmetic.h"

#include <algorithm>
#include <cmath>

namespace quoin {

using namespace quoin::spec;

namespace {

class Evaluation {
public:
  Evaluation(BoundFormat &bound, int64_t n, int64_t k) : bound(bound) {
    const Format &format = bound.format();
    if (format.hasTile)
      record = n / format.tileRows * (bound.shape().k / format.tileCols) + k / format.tileCols;
    if (format.decodeVars.size() == 1)
      vars = {{format.decodeVars[0], n % format.tileRows * format.tileCols + k % format.tileCols}};
    else
      vars = {{format.decodeVars[0], n}, {format.decodeVars[1], k}};
  }

  /// Value of a node, `ifNone` where there is no node; keeps the first error.
  double operator()(NodeId id, double ifNone) {
    if (id < 0 || failure)
      return ifNone;
    auto value = bound.evaluate(id, vars, record);
    if (!value) {
      failure = value.error();
      return 0;
    }
    return bound.format().nodes[id].type == ValueType::F32 ? double(asFloat(*value)) : double(*value);
  }

  /// What a node's rounding errors are relative to; 0 where there is no node.
  double magnitude(NodeId id) {
    if (id < 0 || failure)
      return 0;
    auto value = bound.magnitude(id, vars, record);
    if (!value)
      failure = value.error();
    return value.value_or(0);
  }

  std::optional<Error> failure;

private:
  BoundFormat &bound;
  int64_t record = 0;
  std::vector<std::pair<VarId, int64_t>> vars;
};

} // namespace

Result<TermsValue> evaluateTerms(BoundFormat &bound, const NormalForm &form, int64_t n, int64_t k) {
  Evaluation evaluate(bound, n, k);
  TermsValue result;
  for (const NormalTerm &term : form.terms) {
    double coefficient = evaluate(term.coefficient, 1), code = evaluate(term.code, 0);
    double zero = double(term.zero) + evaluate(term.zeroNode, 0);
    double scale = term.coefficient < 0 ? 1 : evaluate.magnitude(term.coefficient);
    result.value += coefficient * (code - zero);
    result.magnitude += scale * (std::fabs(code) + std::fabs(zero));
  }
  double bias = evaluate(form.bias.coefficient, 0);
  result.value += bias;
  result.magnitude += evaluate.magnitude(form.bias.coefficient);
  // What the terms have in one code may be a sum in the format. Terms that are no number stay it.
  result.magnitude = std::max(result.magnitude, evaluate.magnitude(bound.format().decodeValue));
  if (evaluate.failure)
    return std::unexpected(*evaluate.failure);
  return result;
}

bool agrees(float decoded, const TermsValue &terms) {
  // Beyond f32 decode overflows; its intermediates may do so a little earlier.
  if (!std::isfinite(decoded) || !std::isfinite(terms.magnitude) || terms.magnitude > 1e37)
    return true;
  // A handful of roundings of half a unit, and as many in the subnormal range, scaled up by a code at most.
  double bound = 16 * std::ldexp(terms.magnitude, -24) + std::ldexp(4096.0, -149);
  return std::fabs(double(decoded) - terms.value) <= bound;
}

} // namespace quoin

#include "dialect/normal/EvaluateTerms.h"

#include "runtime/spec/Arithmetic.h"

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

  /// Sum of the magnitudes that a node's sums are made of, which its rounding errors are relative to; at least its
  /// own.
  double magnitude(NodeId id, int depth = 0) {
    if (id < 0)
      return 0;
    const Node &node = bound.format().nodes[id];
    constexpr int deepest = 16; // shared operands are gone through again
    double own = std::fabs((*this)(id, 0));
    if (node.type != ValueType::F32 || depth == deepest || !std::isfinite(own))
      return own;
    double a = 0, b = 0;
    if (node.op == Op::Neg || node.op == Op::Add || node.op == Op::Sub || node.op == Op::Mul)
      a = magnitude(node.a, depth + 1), b = magnitude(node.b, depth + 1);
    return std::fmax(own, node.op == Op::Mul ? a * b : a + b);
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

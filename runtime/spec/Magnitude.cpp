#include "runtime/spec/Magnitude.h"

#include "runtime/spec/Evaluator.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace quoin::spec {

/// Shared operands are gone through again: deeper than this a value stands for its summands.
static constexpr int deepest = 16;

static double summands(Evaluator &evaluator, NodeId id, int depth);

/// Below the normal numbers of f32 a result's rounding error is as large as at the smallest of them.
static double rounded(double magnitude) {
  return magnitude > 0 ? std::max(magnitude, double(std::numeric_limits<float>::min())) : magnitude;
}

static double own(Evaluator &evaluator, NodeId id) { return std::fabs(double(evaluator.evalFloat(id))); }

static double ofSplit(Evaluator &evaluator, const Node &node, int depth) {
  NodeId branch = evaluator.enterSplit(node);
  return branch < 0 ? 0 : summands(evaluator, branch, depth + 1);
}

static double ofSum(Evaluator &evaluator, const Node &node, int depth) {
  int64_t extent = node.b >= 0 ? evaluator.eval(node.b) : node.imm;
  double sum = 0;
  for (int64_t v = 0; v < extent && !evaluator.failed(); ++v) {
    evaluator.setVar(node.var, v);
    sum += summands(evaluator, node.a, depth + 1);
  }
  return sum;
}

static double summands(Evaluator &evaluator, NodeId id, int depth) {
  const Node &node = evaluator.format.nodes[size_t(id)];
  if (node.type != ValueType::F32 || depth == deepest)
    return own(evaluator, id);
  auto of = [&](NodeId operand) { return summands(evaluator, operand, depth + 1); };
  double all = 0;
  switch (node.op) {
  case Op::Neg:
    return of(node.a);
  case Op::Add:
  case Op::Sub:
    all = of(node.a) + of(node.b);
    break;
  case Op::Mul:
    all = rounded(of(node.a) * of(node.b));
    break;
  case Op::Div:
    all = rounded(of(node.a) / own(evaluator, node.b));
    break;
  case Op::Ldexp:
    all = rounded(std::ldexp(of(node.a), int(evaluator.eval(node.b))));
    break;
  case Op::Select:
    return of(evaluator.eval(node.a) ? node.b : node.c);
  case Op::SplitAt:
  case Op::SplitBy:
  case Op::SplitAll:
    return ofSplit(evaluator, node, depth);
  case Op::Sum:
    all = ofSum(evaluator, node, depth);
    break;
  default:
    break;
  }
  double value = own(evaluator, id);
  return all > value ? all : value; // no number where the value is none, and only there
}

double magnitude(Evaluator &evaluator, NodeId id) { return summands(evaluator, id, 0); }

} // namespace quoin::spec

// The normal form of a decode expression, found by enumeration:
//   value(n, k) = sum over terms of coefficient(n, group) * (code(element bits, position) - zero(n, group)) + bias(n, group)
// It is an identity over the reals. Strategies are chosen from it and from nothing else.
#pragma once

#include "runtime/spec/Format.h"
#include "runtime/spec/Result.h"

namespace quoin {

/// Over what a quantity varies. `kPeriod`: the largest L such that it is constant on runs [jL, (j+1)L) of k (1: per
/// element, 0: constant along all of k); `nPeriod` likewise along n.
struct Variation {
  int64_t nPeriod = 0;
  int64_t kPeriod = 0;
};

struct NormalTerm {
  spec::NodeId coefficient = -1; ///< f32 node, -1 is 1.0
  Variation coefficientVaries;
  spec::NodeId code = -1;        ///< node that depends on element bits and position only
  bool integer = true;           ///< code is integer-valued (an f32 node may still be)
  double lo = 0, hi = 0;         ///< range of code, by enumeration of its bits
  int elementBits = 0;           ///< stored bits the code depends on
  std::vector<double> table;     ///< value by raw element bits where these are at most 8 and position does not matter
  int64_t zero = 0;              ///< constant part of the integer offset
  spec::NodeId zeroNode = -1;    ///< stored part of it, varying as zeroVaries
  Variation zeroVaries;
};

struct NormalForm {
  enum class Kind { Affine, ScalarTable, VectorTable, AffineRounded, General };
  Kind kind = Kind::General;
  std::vector<NormalTerm> terms;
  spec::NodeId bias = -1;        ///< f32 node or -1
  Variation biasVaries;
  int64_t group = 0;             ///< smallest run along k over which every coefficient, zero and bias is constant; 0: all of K
  std::string why;               ///< one sentence: why this kind and not an earlier one
  /// Largest magnitude the int32 accumulator of one group of `length` products with int8 activations (|x| <= 127) can reach.
  double accumulatorBound(int64_t length) const;
};

/// `format` gains nodes (products, differences) that the result refers to; its meaning does not change.
Result<NormalForm> normalForm(spec::Format &format);

/// The kind's name as users read it: "affine", "scalar table", ...
const char *kindName(NormalForm::Kind kind);

} // namespace quoin

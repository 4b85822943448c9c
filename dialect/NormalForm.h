// The normal form of a decode expression, found by enumeration:
//   value(n, k) = sum over terms of coefficient(n, group) * (code(element bits, position) - zero(n, group)) + bias(n,
//   group)
// It is an identity over the reals: expressions are taken without their f32 roundings. Strategies are chosen from it
// and from nothing else. Where an optional stream has a default, the default stands for it (a stored order of groups is
// a permutation, made when weights are packed).
#pragma once

#include "runtime/spec/Format.h"
#include "runtime/spec/Result.h"

namespace quoin {

/// Over what a quantity varies. `kPeriod`: the largest L such that it is constant on runs [jL, (j+1)L) of k (1: per
/// element, 0: constant along all of k), for K a multiple of the group; `nPeriod` likewise along n.
struct Variation {
  int64_t nPeriod = 0;
  int64_t kPeriod = 0;
  bool operator==(const Variation &) const = default;
};

/// A quantity constant on groups, and how it is made of smaller stored ones.
struct Scaling {
  spec::NodeId coefficient = -1; ///< f32 node; -1 is 1.0 (of a bias: there is none)
  Variation coefficientVaries;
  /// The coefficient again as outer * sub, where it has a factor of few stored bits that is subUnit times a small
  /// integer (the sub-scales of a super-block); -1 where it has none (sub), or where nothing else is left (outer,
  /// then 1.0).
  spec::NodeId outer = -1;
  Variation outerVaries;
  spec::NodeId sub = -1; ///< i32 or f32 node
  Variation subVaries;
  double subUnit = 1; ///< sub / subUnit is an integer in [subLo, subHi]
  int64_t subLo = 0, subHi = 0;
  /// The coefficient by its stored bits, where it is a function of at most 8 of them.
  std::vector<double> coefficientTable;
};

struct NormalTerm : Scaling {
  spec::NodeId code = -1; ///< node (i32 or f32) that depends on element bits and position only
  bool integer = true;    ///< code is integer-valued (an f32 node may still be)
  double unit = 1;        ///< code / unit is an integer of at most 16 bits for every code; 0: there is none
  double lo = 0, hi = 0;  ///< range of code over its finite values, by enumeration of its bits
  int elementBits = 0;    ///< stored bits the code depends on
  std::vector<spec::NodeId> reads; ///< the field reads of the code in the order of its raw bits, low bits first
  bool affineInBits = false;       ///< code = constant + sum of weight[b] * bit b, at every position
  std::vector<double> table;       ///< value by raw element bits where these are at most 8 and position does not matter
  bool readsTable = false;         ///< raw bits of `table` are `reads`, at every position
  std::vector<double> levels;      ///< the finite values a code takes, ascending; empty where they are over 256 or data
  int64_t positions = 1;           ///< how many functions of its bits the code is, depending on the position
  int64_t vectorLength = 1;        ///< how many consecutive k share stored bits of the code
  bool storedTable = false;   ///< code is looked up in a table that is stored with the tensor; lo, hi are its type's
  int64_t zero = 0;           ///< constant part of the integer offset
  spec::NodeId zeroNode = -1; ///< stored part of it (integer-valued, i32), varying as zeroVaries
  Variation zeroVaries;
  int64_t zeroLo = 0, zeroHi = 0; ///< range of the stored part
};

struct NormalForm {
  /// Affine: every code is an integer affine in its bits. ScalarTable: of at most 8 bits that no neighbour shares.
  /// VectorTable: of at most 16 bits, shared along k. AffineRounded: a code is rounded to an integer after it met a
  /// group coefficient (it then depends on group bits too). General: anything else; `terms` is empty.
  enum class Kind { Affine, ScalarTable, VectorTable, AffineRounded, General };
  Kind kind = Kind::General;
  std::vector<NormalTerm> terms;
  Scaling bias;
  int64_t group = 0; ///< largest run along k on which every coefficient, zero and bias is constant; 0: all of K
  std::string why;   ///< one sentence: why this kind and not an earlier one
  /// Largest magnitude the int32 accumulator of one group of `length` products with int8 activations (|x| <= 127) can
  /// reach, with or without the zero subtracted first; +inf where codes are no integers times a unit.
  double accumulatorBound(int64_t length) const;
};

/// `format` gains nodes (products, differences) that the result refers to; its meaning does not change. Fails where no
/// small shape satisfies the format's requirements. Each thread keeps the last few, so that asking again costs nothing.
Result<NormalForm> normalForm(spec::Format &format);

/// The kind's name as users read it: "affine", "scalar table", ...
const char *kindName(NormalForm::Kind kind);

/// The normal form as text: kind and group, one line a term, the bias, and why.
std::string describe(const NormalForm &form, const spec::Format &format);

} // namespace quoin

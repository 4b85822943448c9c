// Weights as a packed integer kernel holds them: one small unsigned code an element, and numbers that cover columns.
// Derived from the normal form alone; the nodes say what packing evaluates, the declared term what the kernel computes.
#pragma once

#include "dialect/NormalForm.h"
#include "dialect/QuoinOps.h"
#include "lowering/TileDialect.h"

namespace quoin {

/// Blocks with more columns would not stay in the first level of cache.
inline constexpr int64_t maxPackedBlock = 2048;

/// One number stored for a run of columns of each row: value = factor * (what is stored).
struct PackedScalar {
  tile::Role role;
  tile::Storage storage;
  spec::NodeId node = -1; ///< what is stored, times `factor`
  int64_t columns = 0;    ///< 0: once a row
  double factor = 1;      ///< plus or minus a power of two
};

struct PackedForm {
  /// value = coefficient * (code - zero - zeroNode) + bias, constant on groups but for the code. -1: 1.0, 1, 0 and 0.
  spec::NodeId coefficient = -1, code = -1, zeroNode = -1, bias = -1;
  int64_t zero = 0;
  int64_t zeroLo = 0, zeroHi = 0; ///< range of zeroNode
  int64_t group = 0;           ///< columns on which all but the code are constant; 0: all of K
  int64_t lo = 0, hi = 0;      ///< codes lie in [lo, hi], at most 256 integers
  std::vector<int64_t> levels; ///< ascending: what is stored is the position in this list; empty: code - lo
  std::vector<float> table;    ///< where codes are no integers: what each stored code stands for, lo is 0
  std::vector<PackedScalar> scalars;
  std::string rounding;        ///< what was rounded to make codes integers, with its error; empty: nothing
  /// How many different codes are stored.
  int64_t storedCodes() const { return levels.empty() ? hi - lo + 1 : int64_t(levels.size()); }
  bool hasBias() const { return bias >= 0; }
};

/// Bits of a stored code; 0 where there is none.
int64_t codeBits(const PackedForm &form);

/// How many products of code - zero with int8 codes the 32 bits of a sum hold, whatever they are.
int64_t mostProducts(const PackedForm &form);

/// Columns of a block that holds whole runs of everything: the fewest there can be.
int64_t blockColumns(const PackedForm &form);
/// Columns of the runs it is made of: as short as planes and numbers allow.
int64_t runColumns(const PackedForm &form);

/// The packed form of weights whose products with int8 codes are exact; an error says what they have that no integer code
/// holds. `format` gains nodes and tables; its meaning does not change.
Result<PackedForm> packedForm(spec::Format &format, const NormalForm &normal);

/// Puts zero points into what is added, -coefficient * zero, where that is exact in f32: its product with X is then
/// made once a group of weights, not once a group of activations. For forms whose group is longer than the
/// activations'.
void addZeroPoints(spec::Format &format, PackedForm &form, const NormalForm &normal);

/// A packed form whose codes keep their values, in `table` where these are no integers; an error says what no code
/// holds.
Result<PackedForm> codeForm(spec::Format &format, const NormalForm &normal);

/// A packed form that gives every weight as decode does: codes and numbers where the normal form has small codes, else
/// decoded values rounded to `precision`, one number a column, and no code.
PackedForm valueForm(spec::Format &format, const NormalForm &normal, Precision precision);

} // namespace quoin

// What a node is at one position of W while stored bits are unknown: a known value, or a symbol whose hash stands for
// the function of stored bits it is. Two positions with equal hashes read the same bits and do the same with them.
#pragma once

#include "runtime/spec/Evaluate.h"
#include "runtime/spec/Format.h"

#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <unordered_map>
#include <vector>

namespace quoin::normal {

using spec::NodeId;

struct Symbol {
  bool known = false;
  int64_t value = 0; ///< as runtime/spec/Arithmetic.h holds values
  uint64_t hash = 0;
};

/// One stored quantity: a field at an index, in a record for record streams.
struct Leaf {
  int32_t field = 0;
  int64_t record = 0;
  std::vector<int64_t> index;
  NodeId read = -1; ///< the node that read it first
  auto key() const { return std::tie(field, record, index); }
  bool operator<(const Leaf &other) const { return key() < other.key(); }
};

/// Value of an operation without variables, reads and binders, on plain values. Index overflow gives 0.
int64_t applyOperation(const spec::Format &format, const spec::Node &node, int64_t a, int64_t b, int64_t c);

/// Value of a field of `type` whose stored bits are `code`.
int64_t fieldValue(const spec::ScalarType &type, uint32_t code);

/// Walks nodes at one position after another. The format may gain nodes between calls.
class Walk {
public:
  Walk(const spec::Format &format, spec::Shape shape);

  /// Moves to stored position (n, k) and forgets assigned leaves.
  void moveTo(int64_t n, int64_t k);
  Symbol walk(NodeId id);

  /// Goes to another shape; moveTo then says where in it.
  void resize(spec::Shape other) {
    shape = other;
    changed(0);
  }

  /// Gives an index variable a value, for expressions that are not decode's.
  void bind(spec::VarId var, int64_t value);

  /// Gives a leaf its stored bits; walks after that fold it.
  void assign(const Leaf &leaf, uint32_t code);
  void unassign(const Leaf &leaf);
  /// First leaf that the last walk met unassigned, if any.
  const std::optional<Leaf> &firstOpen() const { return open; }

  /// Hash leaves by the order in which they are met instead of by what they are: equal hashes then mean equal
  /// functions.
  bool rename = false;
  /// With `rename`: which nodes read the leaves counts, too.
  bool namesReads = false;
  /// Where the nodes that read a leaf are noted, if anywhere.
  std::map<Leaf, std::set<NodeId>> *readers = nullptr;
  /// Reads that end an enumeration: tables stored with the tensor. They count as the value 0.
  std::set<NodeId> opaqueReads;
  /// Values of free sizes, by position in Format::sizes; symbols where not given.
  std::map<int64_t, int64_t> freeSizes;
  /// Symbols of variables bound outside the nodes walked (the range of a split by stored lengths).
  std::unordered_map<spec::VarId, Symbol> ambient;
  /// Whether a stream that may be absent counts as its default: one that orders others. What holds values is read.
  bool takesDefault(const spec::Stream &stream) const;
  /// Mentions a variable that is bound inside the decode expression.
  bool isScoped(NodeId id) {
    growTables();
    return scoped[id];
  }
  /// Mentions N or K: in other shapes it may be another.
  bool followsShape(NodeId id) {
    growTables();
    return shaped[id];
  }
  const spec::Format &formatWalked() const { return format; }
  spec::Shape sampleShape() const { return shape; }

private:
  /// A symbol holds until anything changes; a known value until a leaf that it follows does.
  struct Memo {
    uint64_t stamp = 0, scope = 0;
    size_t level = 0;
    Symbol symbol;
  };
  /// Levels are the leaves assigned, in the order of their assignment; what follows none of them is of level 0.
  struct Assigned {
    uint32_t code = 0;
    size_t level = 0;
  };
  bool holds(const Memo &entry) const;
  /// Whatever follows leaves of this level or later ones is to be walked again.
  void changed(size_t level);
  void growTables();
  void startWalk();
  Symbol compute(NodeId id);
  Symbol size(int64_t which);
  Symbol variable(spec::VarId id);
  Symbol read(NodeId id);
  Symbol tableRead(const spec::Node &node);
  Symbol loop(const spec::Node &node);
  Symbol splitAt(const spec::Node &node);
  Symbol splitByStored(NodeId id);
  Symbol operation(const spec::Node &node);
  uint64_t leafHash(const Leaf &leaf);

  const spec::Format &format;
  spec::Shape shape;
  std::set<int32_t> ordering; ///< streams that say where others are read
  int64_t record = 0;
  std::vector<Memo> memo;
  std::vector<bool> scoped; ///< mentions a variable that a binder inside the expression binds
  std::vector<bool> shaped; ///< mentions N or K
  std::vector<std::optional<Symbol>> variables;
  uint64_t epoch = 1, scope = 0, scopeCount = 0, longLoops = 0;
  std::vector<uint64_t> stamps = {1}; ///< by level: the epoch of its last change
  std::vector<bool> taken = {true};   ///< by level: a leaf has it
  size_t reached = 0;                 ///< highest level met by the node that is computed
  std::map<Leaf, Assigned> assigned;
  std::map<Leaf, uint64_t> ranks;
  std::optional<Leaf> open;
  int depth = 0;
};

uint64_t mix(uint64_t hash, uint64_t value);

} // namespace quoin::normal

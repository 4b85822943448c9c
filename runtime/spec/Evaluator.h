// The walker behind BoundFormat and encode: sizes, buffers, variables, and values of nodes remembered until something
// they depend on changes. Internal to runtime/spec.
#pragma once

#include "runtime/spec/Evaluate.h"
#include "runtime/spec/Format.h"
#include "runtime/spec/Result.h"

#include <array>
#include <map>
#include <optional>
#include <span>

namespace quoin::spec {

/// Indices a field, table or temp has at most; checkFormat sees to it.
constexpr int maxRank = 8;

struct StreamState {
  bool resolved = false; ///< extents and bytes are known
  bool present = false;  ///< `data` holds `bytes` bytes
  std::vector<int64_t> extents;
  int64_t bytes = 0;
  const uint8_t *data = nullptr;
};

struct FieldState {
  bool resolved = false;
  std::vector<int64_t> extents;
  int64_t count = 0;
  std::vector<int64_t> offsets; ///< of each slice of each element, where they are constant and few; checked
};

struct TempState {
  std::vector<int64_t> extents;
  std::vector<int64_t> values;
};

/// What only encode has: the weights in logical order, the stored order of each axis, and temps by rule.
struct EncodeState {
  std::span<const float> weights;
  std::array<std::vector<int64_t>, 2> logicalOf; ///< by stored position; empty where the order is the logical one
  std::vector<TempState> temps;
};

/// Stored reads in order, where somebody asks.
struct ReadLog {
  struct FieldRead {
    int32_t field;
    int64_t element;
    bool operator==(const FieldRead &) const = default;
    auto operator<=>(const FieldRead &) const = default;
  };
  std::vector<BitRange> bits;
  std::vector<FieldRead> fields;
};

class Evaluator {
public:
  /// `format` has passed checkFormat and outlives the evaluator. `mutableContents`: buffers change between evaluations.
  Evaluator(const Format &format, Shape shape, bool mutableContents);

  /// Value of a node; 0 where `failure` is set, which stops loops and keeps the first error.
  int64_t eval(NodeId id);
  float evalFloat(NodeId id);

  void setVar(VarId var, int64_t value);
  /// -1: no record, reads of record streams fail.
  void setRecord(int64_t record);
  /// Where an error says it happened: "(n, k) = ..." of logical coordinates, or nothing.
  void setPosition(int64_t n, int64_t k) { position = {n, k}; }
  void clearPosition() { position.reset(); }
  /// Sets record, variables and position for the value at stored (n, k), logical (atN, atK).
  void setElement(int64_t n, int64_t k, int64_t atN, int64_t atK);

  /// Value of a field, its index checked: integer, or f32 bits.
  int64_t readField(int32_t field, std::span<const int64_t> index);
  /// Bits of an element of a field, low ones first; empty after a failure or where the stream is absent.
  std::vector<BitRange> locate(int32_t field, std::span<const int64_t> index);

  /// Row-major position of an element; -1 after a failure.
  int64_t linearPosition(int32_t field, std::span<const int64_t> index) {
    return linearIndex(format.fields[field].name, index, fields[field].extents);
  }
  /// The operation of a unary, binary or Round node on operand values.
  int64_t arithmetic(const Node &node, int64_t a, int64_t b);
  /// For a SplitAt node, binds the variable of the branch taken and returns the branch; -1 after a failure.
  NodeId enterSplit(const Node &node);

  /// Forgets all values: sizes or buffers changed.
  void invalidate() { oldest = ++clock; }
  /// The bits of a field changed (mutableContents).
  void touch(int32_t field);
  /// Lays out offset tables of record fields; after all extents are resolved.
  void tabulateOffsets();

  bool failed() const { return failure.has_value(); }
  void failAt(std::string message, std::string hint = {});
  /// The error, which is cleared together with values that came after it.
  std::unexpected<Error> takeFailure();

  /// Whether a value depends on the record, or (mutableContents) on any stored bits.
  bool readsContents(NodeId id) const { return dependencies[id] >> varBits != 0; }

  /// Nodes at construction; ones added to the format later cannot be evaluated.
  size_t nodeCount() const { return memos.size(); }
  int64_t recordCount() const;
  bool hasRecords() const;

  const Format &format;
  const Shape shape;
  std::vector<std::optional<int64_t>> sizes;
  std::vector<StreamState> streams;
  std::vector<FieldState> fields;
  /// Where each range of a split by stored lengths starts, by field, and the end of the last; empty: read each time.
  std::map<int32_t, std::vector<int64_t>> splitStarts;
  EncodeState *encode = nullptr;
  ReadLog *log = nullptr;
  bool namesPlace = true; ///< errors end in the place they happened at

private:
  struct Memo {
    int64_t value = 0;
    uint64_t stamp = 0;
  };
  // Bits of a dependency mask: variables, then fields, each by position modulo a count (sharing only forgets too
  // often), then the record.
  static constexpr int varBits = 42, contentBits = 20, recordBit = 62;

  void computeDependencies();
  uint64_t fieldDependencies(int32_t field) const;
  bool isFresh(NodeId id) const;
  int64_t compute(const Node &node);
  int64_t floatArithmetic(const Node &node, int64_t a, int64_t b);
  int64_t computeLoop(const Node &node);
  int64_t computeSearch(const Node &node, int64_t extent);
  int64_t computeSplit(const Node &node);
  NodeId splitBranch(const Node &node, size_t range, int64_t rest);
  int64_t computeRead(const Node &node);
  int64_t computeTable(const Node &node);
  int64_t computeTemp(const Node &node);
  int64_t computeWeight(const Node &node);
  int64_t readSize(int64_t which);
  int64_t readDefault(const Stream &stream, std::span<const int64_t> index);
  /// Row-major position; -1 after a failure that names `name`.
  int64_t linearIndex(const std::string &name, std::span<const int64_t> index, std::span<const int64_t> extents);
  int64_t sliceOffset(const Field &field, size_t slice);
  bool checkRange(const Field &field, std::span<const int64_t> index, int64_t offset, int width, int64_t limit);
  std::string where() const;

  std::vector<int64_t> vars;
  std::vector<Memo> memos;
  std::vector<uint64_t> dependencies; ///< by node: bits of `changed`
  std::vector<uint64_t> fieldBits;    ///< by field: what its value depends on beside its index
  std::array<uint64_t, 64> changed{}; ///< clock at the last change of a variable (hashed), field or the record
  uint64_t clock = 1, oldest = 1;
  int64_t record = -1;
  std::optional<std::pair<int64_t, int64_t>> position;
  std::optional<Error> failure;
  bool mutableContents;
};

/// What sizes and buffers are resolved from.
struct BindInput {
  const StreamBytes *streams = nullptr;
  const std::map<std::string, int64_t> *freeSizes = nullptr;
  bool needAll = false; ///< every stream that is not optional must be given
  bool partial = false; ///< what cannot be resolved yet stays open
};

/// Resolves extents, free sizes and buffers; every given buffer has exactly the size it needs afterwards.
Result<void> resolveSizes(Evaluator &evaluator, const BindInput &input);

/// Checks `requires` as far as its sizes are known.
Result<void> checkRequirements(Evaluator &evaluator);

/// Checks the lengths of splits by stored lengths and keeps where ranges start.
Result<void> bindSplits(Evaluator &evaluator);

/// By stored position of `axis`, the logical index: checked to be a permutation. Empty: the logical order.
Result<std::vector<int64_t>> storedOrder(Evaluator &evaluator, int axis);

} // namespace quoin::spec

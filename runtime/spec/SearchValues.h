// The decode expression for every code of searched fields at once, for one element after the other.
#pragma once

#include "runtime/spec/Evaluator.h"

#include <functional>
#include <map>
#include <memory>

namespace quoin::spec {

/// Elements share most of their work: operations between the code and values that do not depend on it are applied to
/// all codes in one loop, and what is left (say a table looked up by the code) is remembered by the values that enter
/// it. The result is what evaluating each code by itself gives. Good for one search rule as long as no planar field
/// changes.
class SearchValues {
public:
  /// `write` stores a code at the place being searched and touches the fields.
  SearchValues(Evaluator &evaluator, const EncodeRule &rule, std::function<void(uint32_t)> write);

  /// Values of the decode expression of the evaluator's element, by code; `place` is the row-major index of the
  /// searched fields that `write` writes. NaN where a code has no value. Overwritten by the next call.
  const std::vector<float> &at(int64_t place);

private:
  /// A node that is evaluated code by code, with what its values depend on beside the code.
  struct Core {
    bool cacheable = true;
    std::vector<NodeId> inputs;   ///< nodes that do not depend on the code
    std::vector<NodeId> searched; ///< reads of the searched fields
    std::map<std::vector<int64_t>, std::shared_ptr<const std::vector<int64_t>>> known;
  };

  void lanes(NodeId node);
  void constantLanes(NodeId node);
  void coreLanes(NodeId node);
  bool signature(const Core &core, std::vector<int64_t> &key);
  void operation(const Node &node);
  void apply(const Node &node, int64_t scalar, bool laneFirst);
  bool isLaneOperation(NodeId id) const;
  Core makeCore(NodeId node) const;
  void collect(NodeId node, Core &core, std::vector<bool> &seen) const;
  bool isSearched(int64_t field) const;
  bool isStable(int32_t field) const;

  /// A value no i32 or f32 takes: the code fails.
  static constexpr int64_t noValue = INT64_MIN;

  Evaluator &e;
  const Format &format;
  const EncodeRule &rule;
  std::function<void(uint32_t)> write;
  std::vector<bool> dependsOnCode; ///< by node
  std::vector<bool> joinsStored;   ///< by node: depends on the code and on other stored values
  std::map<NodeId, Core> cores;
  size_t remembered = 0;
  int64_t place = 0;
  std::vector<int64_t> values; ///< by code
  std::vector<float> result;
};

} // namespace quoin::spec

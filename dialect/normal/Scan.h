// Over what a node varies, by walking it along lines of n and of k in small legal shapes.
#pragma once

#include "dialect/NormalForm.h"
#include "dialect/normal/Walk.h"

namespace quoin::normal {

/// Small shapes that satisfy the format's requirements, powers of two first; at most two. Groups that do not divide the
/// first K may divide the second one.
Result<std::vector<spec::Shape>> sampleShapes(const spec::Format &format);

/// Answers by scanning, each node once.
class Scan {
public:
  Scan(const spec::Format &format, std::vector<spec::Shape> shapes);

  struct Facts {
    Variation variation = {};
    uint64_t identity = 0; ///< equal for nodes that are the same function of the same bits everywhere
    bool constant = false; ///< known without stored bits, and the same everywhere; nothing that follows N or K is
    bool stored = false;   ///< depends on stored bits somewhere
    int64_t value = 0;     ///< of a constant
    /// Constant along k, or on runs of at least two elements.
    bool perGroup() const { return variation.kPeriod != 1; }
  };
  const Facts &facts(NodeId id);
  /// Nodes that facts() was asked for.
  const std::set<NodeId> &asked() const { return wanted; }

  /// A walk in the first sample shape, for enumeration.
  Walk &walk() { return walks.front(); }
  /// Binds a variable for all walks: `symbol` of the node `from`, tagged.
  void bindAmbient(spec::VarId var, NodeId from, uint64_t tag);
  /// Gives them to a walk that has moved.
  void bindAmbients(Walk &walk) const;
  /// Positions (n, k) of the first shape at which functions of bits are compared.
  const std::vector<std::pair<int64_t, int64_t>> &positions() const { return samplePositions; }

private:
  struct Line {
    size_t walk;
    bool alongK;
    int64_t other, length;
  };
  struct Running {
    Facts facts{.constant = true};
    bool first = true;
    uint64_t firstHash = 0, previous = 0;
    std::vector<Variation> perShape;
  };
  void visit(NodeId id, Running &running, Walk &walk, Variation &variation, bool alongK, int64_t at);
  void scan(const std::vector<NodeId> &nodes);

  std::vector<Walk> walks;
  std::vector<Line> lines;
  std::vector<std::pair<int64_t, int64_t>> samplePositions;
  std::unordered_map<NodeId, Facts> known;
  std::set<NodeId> wanted;
  struct Ambient {
    spec::VarId var;
    NodeId from;
    uint64_t tag;
  };
  std::vector<Ambient> ambients;
};

} // namespace quoin::normal

// Recursive linear decomposition of a decode expression: products distribute, what depends on element bits alone is a
// code, what is constant on groups is a coefficient.
#pragma once

#include "dialect/normal/Codes.h"

#include "runtime/spec/NodeBuilder.h"

#include <functional>

namespace quoin::normal {

/// constant * product of group nodes * element node (-1: none).
struct Monomial {
  double constant = 1;
  std::vector<NodeId> group = {};
  NodeId element = -1;
  bool rounded = false; ///< element is rounded to an integer after it met group bits
};
using Polynomial = std::vector<Monomial>;

/// Splits nodes of one format, to which it adds nodes.
class Decomposer {
public:
  Decomposer(spec::Format &format, spec::NodeBuilder &builder, Scan &scan)
      : format(format), builder(builder), scan(scan) {}

  /// Nothing, and `why` is set, where the node is no such sum.
  std::optional<Polynomial> decompose(NodeId id);
  std::string why;

  const CodeFacts &code(NodeId id);
  /// Codes of float nodes convert integers; both i32 gives i32.
  NodeId product(NodeId a, NodeId b);
  NodeId sum(NodeId a, NodeId b);
  NodeId scaled(NodeId a, double factor);
  /// The field names an expression reads, quoted, for messages.
  std::string fieldNames(NodeId id) const;

private:
  using Rebuild = std::function<NodeId(const std::vector<NodeId> &)>;
  using Result = std::optional<Polynomial>;

  bool readsGroupBits(NodeId id);
  bool meetsShape(NodeId id);
  bool isLinearInteger(const spec::Node &node);
  Result elementOnly(NodeId id);
  Result mixed(NodeId id);
  Result linear(NodeId id, bool &isLinear);
  Result atomic(NodeId id);
  Result rounded(NodeId id);
  bool holdsRounding(NodeId id);
  Result add(NodeId a, NodeId b, double sign);
  Result multiply(const Polynomial &a, const Polynomial &b);
  Result divide(NodeId id);
  Result loadExponent(NodeId id);
  Polynomial scaleEach(Polynomial products, const std::function<NodeId(NodeId)> &scaleOne);
  Result sumLoop(NodeId id);
  Result select(NodeId id);
  Result splitAt(NodeId id);
  Result splitByStored(NodeId id);
  Result branches(const std::vector<NodeId> &nodes, const Rebuild &rebuild);
  std::vector<uint64_t> keyOf(const Monomial &monomial);
  bool sameKeys(const std::vector<Polynomial> &all);
  Result branchesByKey(const std::vector<Polynomial> &all, const Rebuild &rebuild);
  Result branchesByOrder(const std::vector<Polynomial> &all, const Rebuild &rebuild);
  Result failure(std::string reason);
  NodeId constant(double value);
  NodeId combined(spec::Op op, NodeId a, NodeId b);
  NodeId groupNode(const Monomial &monomial);
  NodeId zeroLike(NodeId node);
  std::vector<NodeId> groupWhere(const std::vector<bool> &present, const Monomial &monomial, const Rebuild &rebuild);

  spec::Format &format;
  spec::NodeBuilder &builder;
  Scan &scan;
  std::unordered_map<NodeId, CodeFacts> codes;
};

/// The node with variables replaced by index nodes.
NodeId substitute(spec::Format &format, spec::NodeBuilder &builder, NodeId id,
                  const std::unordered_map<spec::VarId, NodeId> &values);

} // namespace quoin::normal

#include "dialect/Prune.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/STLFunctionalExtras.h"

using namespace llvm;
using namespace quoin::spec;

namespace quoin {

using Visit = function_ref<void(NodeId &)>;

static void visitAll(std::vector<NodeId> &ids, Visit visit) {
  for (NodeId &id : ids)
    visit(id);
}

static void visitOperands(Node &node, Visit visit) {
  visit(node.a);
  visit(node.b);
  visit(node.c);
  visitAll(node.args, visit);
  visitAll(node.cuts, visit);
}

/// Every reference to a node from outside the nodes.
static void visitRoots(Format &format, Visit visit) {
  visitAll(format.requirements, visit);
  for (Stream &stream : format.streams) {
    visitAll(stream.extents, visit);
    visit(stream.defaultValue);
  }
  for (Field &field : format.fields) {
    visitAll(field.extents, visit);
    for (Slice &slice : field.slices)
      visit(slice.offset);
  }
  visit(format.decodeValue);
  for (EncodeRule &rule : format.encode) {
    visitAll(rule.extents, visit);
    visit(rule.value);
  }
}

void pruneNodes(Format &format, ArrayRef<NodeId *> roots) {
  std::vector<NodeId> renumbered(format.nodes.size(), -1); // 0: used, while marking
  auto mark = [&](NodeId &id) {
    if (id >= 0)
      renumbered[size_t(id)] = 0;
  };
  visitRoots(format, mark);
  for (NodeId *root : roots)
    mark(*root);
  for (size_t id = format.nodes.size(); id-- > 0;)
    if (renumbered[id] == 0)
      visitOperands(format.nodes[id], mark);

  auto rename = [&](NodeId &id) { id = id < 0 ? id : renumbered[size_t(id)]; };
  std::vector<Node> kept;
  for (auto [id, node] : enumerate(format.nodes)) {
    if (renumbered[id] < 0)
      continue;
    renumbered[id] = NodeId(kept.size());
    visitOperands(node, rename);
    kept.push_back(std::move(node));
  }
  format.nodes = std::move(kept);
  visitRoots(format, rename);
  for (NodeId *root : roots)
    rename(*root);
}

} // namespace quoin

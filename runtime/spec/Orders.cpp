#include "runtime/spec/Orders.h"

#include <vector>

namespace quoin::spec {

std::set<int32_t> orderingStreams(const Format &format) {
  std::set<int32_t> found;
  auto addField = [&](int32_t field) { found.insert(format.fields[size_t(field)].stream); };
  std::vector<NodeId> open;
  for (const Node &node : format.nodes) {
    if (node.op == Op::Read)
      open.insert(open.end(), node.args.begin(), node.args.end());
    if (node.op == Op::SplitAt || node.op == Op::SplitBy || node.op == Op::SplitAll) {
      open.push_back(node.a);
      open.insert(open.end(), node.cuts.begin(), node.cuts.end());
    }
    if (node.op == Op::SplitBy || node.op == Op::SplitAll)
      addField(int32_t(node.imm));
  }
  for (const Stream &stream : format.streams)
    open.insert(open.end(), stream.extents.begin(), stream.extents.end());
  for (const Permute &permute : format.permutes)
    addField(permute.field);
  for (const Overlay &overlay : format.overlays)
    addField(overlay.rows), addField(overlay.cols);
  std::vector<bool> seen(format.nodes.size());
  while (!open.empty()) {
    NodeId id = open.back();
    open.pop_back();
    if (id < 0 || seen[size_t(id)])
      continue;
    seen[size_t(id)] = true;
    const Node &node = format.nodes[size_t(id)];
    if (node.op == Op::Read)
      addField(int32_t(node.imm));
    open.insert(open.end(), {node.a, node.b, node.c});
    for (const auto *list : {&node.args, &node.cuts})
      open.insert(open.end(), list->begin(), list->end());
  }
  return found;
}

} // namespace quoin::spec

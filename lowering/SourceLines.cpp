#include "lowering/SourceLines.h"

#include "lowering/KernelPlan.h"

using namespace mlir;

namespace quoin {

/// A node that reads a field: `node`, or the first of those it is made of. -1: none does.
static spec::NodeId firstRead(const spec::Format &format, spec::NodeId node) {
  if (node < 0 || format.nodes[size_t(node)].op == spec::Op::Read)
    return node;
  const spec::Node &made = format.nodes[size_t(node)];
  SmallVector<spec::NodeId> operands = {made.a, made.b, made.c};
  operands.append(made.args.begin(), made.args.end());
  for (spec::NodeId operand : operands)
    if (spec::NodeId found = firstRead(format, operand); found >= 0)
      return found;
  return -1;
}

LocationAttr SourceLines::of(const spec::Format &format, spec::NodeId node) const {
  spec::NodeId read = firstRead(format, node);
  return read < 0 ? decode : field(int32_t(format.nodes[size_t(read)].imm));
}

SourceLines sourceLines(KernelOp kernel, const spec::Format &format) {
  SourceLines lines;
  FormatOp text = weightsText(kernel);
  if (!text)
    return lines;
  std::map<StringRef, Location> parts;
  for (Operation &part : text.getBody().front()) {
    if (isa<DecodeOp>(part))
      lines.decode = part.getLoc();
    if (auto stream = dyn_cast<StreamOp>(part))
      parts.try_emplace(stream.getLabel(), part.getLoc());
    if (auto field = dyn_cast<FieldOp>(part))
      parts.try_emplace(field.getLabel(), part.getLoc());
  }
  for (const spec::Field &field : format.fields) {
    auto found = parts.find(field.name);
    lines.fields.push_back(found == parts.end() ? lines.decode : LocationAttr(found->second));
  }
  return lines;
}

} // namespace quoin

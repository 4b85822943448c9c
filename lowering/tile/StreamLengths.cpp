// Lengths of streams, and the free sizes that follow from them.
#include "lowering/tile/LowerExpression.h"

using namespace mlir;
using arith::CmpIPredicate;
using quoin::spec::Node;
using quoin::spec::NodeId;
using quoin::spec::Stream;

namespace quoin {

Value ExpressionLowering::streamBytes(int32_t stream) {
  return b.load(b.getI64Type(), b.at(lengths, b.i64(8 * stream)));
}

/// Finds sizes in any order in which they can be found, as binding does: one may be needed to find another.
void ExpressionLowering::findSizes() {
  sizes.resize(format.sizes.size());
  for (bool progress = true; progress;) {
    progress = false;
    for (size_t size = 0; size < sizes.size(); ++size)
      progress |= !sizes[size] && inferSize(int64_t(size));
  }
}

/// Whether a value needs no free size that is not found yet, in what it reads neither.
bool ExpressionLowering::isKnown(NodeId root) const {
  std::vector<bool> seen(format.nodes.size());
  SmallVector<NodeId> open{root};
  while (!open.empty()) {
    NodeId id = open.pop_back_val();
    if (id < 0 || seen[id])
      continue;
    seen[id] = true;
    const Node &node = format.nodes[id];
    if (node.op == spec::Op::Size && node.imm >= 0 && !sizes[node.imm])
      return false;
    if (node.op == spec::Op::Read || node.op == spec::Op::SplitBy || node.op == spec::Op::SplitAll) {
      const spec::Field &field = format.fields[node.imm];
      open.append(field.extents.begin(), field.extents.end());
      for (const spec::Slice &slice : field.slices)
        open.push_back(slice.offset);
      open.push_back(format.streams[field.stream].defaultValue);
    }
    open.append({node.a, node.b, node.c});
    open.append(node.args.begin(), node.args.end());
    open.append(node.cuts.begin(), node.cuts.end());
  }
  return true;
}

/// The least that the streams with this size as an extent of their own have room for: streams that fit each other
/// agree, and of others no one is left.
bool ExpressionLowering::inferSize(int64_t size) {
  Value least;
  for (auto [index, stream] : llvm::enumerate(format.streams)) {
    Value bits = b.i64(stream.type.width);
    int own = 0;
    bool ok = true;
    for (NodeId extent : stream.extents) {
      const Node &node = format.nodes[extent];
      if (node.op == spec::Op::Size && node.imm == size) {
        ++own;
        continue;
      }
      if (!(ok &= isKnown(extent)))
        break;
      Result value = inScope(Scope(), [&] { return lower(extent); });
      if (!(ok &= succeeded(value)))
        break;
      bits = b.mul(bits, asIndex(*value));
    }
    if (!ok || own != 1)
      continue;
    Value isEmpty = b.cmp(CmpIPredicate::sle, bits, b.i64(0));
    Value divisor = arith::SelectOp::create(b, b.getLoc(), isEmpty, b.i64(1), bits);
    Value room = arith::DivUIOp::create(b, b.getLoc(), b.scale(streamBytes(int32_t(index)), 8), divisor);
    room = arith::SelectOp::create(b, b.getLoc(), isEmpty, b.i64(0), room);
    least = least ? b.min(least, room) : room;
  }
  sizes[size] = least;
  return bool(least);
}

ExpressionLowering::Result ExpressionLowering::elementCount(int32_t id) {
  const spec::Field &field = format.fields[id];
  NodeId extent = field.extents[0];
  Result count = inScope(Scope(), [&] { return lower(extent); });
  if (failed(count))
    return failure();
  Value number = asIndex(*count);
  if (!doubtful.values[extent])
    return number;
  Value bits = b.scale(streamBytes(field.stream), 8);
  return b.min(number, b.divide(bits, field.type.width));
}

} // namespace quoin

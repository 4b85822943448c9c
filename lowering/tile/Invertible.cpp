#include "lowering/tile/Invertible.h"

#include "dialect/normal/Walk.h"
#include "lowering/tile/DoubtfulReads.h"
#include "runtime/spec/Shapes.h"

#include "llvm/ADT/STLExtras.h"

#include <set>

using namespace quoin::spec;

namespace quoin {

std::pair<NodeId, int32_t> peelAddend(const Format &format, NodeId id) {
  const Node &node = format.nodes[id];
  if (node.op != Op::Add || format.nodes[node.b].op != Op::Int)
    return {id, 0};
  return {node.a, int32_t(format.nodes[node.b].imm)};
}

/// Elements of a field in all records.
static std::optional<int64_t> countElements(const Format &format, const Field &field, Shape shape, normal::Walk &walk) {
  int64_t count = format.streams[field.stream].isRecord ? shape.n / format.tileRows * (shape.k / format.tileCols) : 1;
  for (NodeId extent : field.extents) {
    normal::Symbol symbol = walk.walk(extent);
    if (!symbol.known || __builtin_mul_overflow(count, symbol.value, &count))
      return std::nullopt;
  }
  return count;
}

/// Counted at small shapes, all of whose weights are visited.
static bool readsEveryElement(const Format &format, NodeId read) {
  return llvm::all_of(smallShapes(format), [&](Shape shape) {
    normal::Walk walk(format, shape);
    std::set<std::pair<int64_t, std::vector<int64_t>>> elements;
    for (int64_t n = 0; n < shape.n; ++n)
      for (int64_t k = 0; k < shape.k; ++k) {
        walk.moveTo(n, k);
        walk.walk(read);
        if (walk.firstOpen())
          elements.insert({walk.firstOpen()->record, walk.firstOpen()->index});
      }
    return countElements(format, format.fields[format.nodes[read].imm], shape, walk) == int64_t(elements.size());
  });
}

bool isInvertible(const KernelPlan &plan) {
  const PackedForm &form = plan.form;
  const Format &format = plan.format;
  DoubtfulReads doubtful(format); // places that follow stored data are not those of this shape alone
  std::set<int64_t> kept;
  auto keep = [&](NodeId id) {
    NodeId read = peelAddend(format, id).first;
    const Node &node = format.nodes[read];
    bool isThere = node.op == Op::Read && !format.streams[format.fields[node.imm].stream].optional;
    return isThere && !doubtful.reads[read] && kept.insert(node.imm).second &&
           readsEveryElement(format, read);
  };
  if (form.code < 0 || !form.levels.empty() || !form.table.empty() || !keep(form.code))
    return false;
  for (const PackedScalar &scalar : form.scalars) {
    bool isAsStored = scalar.storage != tile::Storage::Exponent && scalar.storage != tile::Storage::ExponentOrNan &&
                      keep(scalar.node);
    const Field *field = isAsStored ? &format.fields[format.nodes[peelAddend(format, scalar.node).first].imm] : nullptr;
    if (!field || (scalar.storage == tile::Storage::F32 && field->type.width != 32))
      return false;
  }
  int64_t fields = llvm::count_if(format.fields, [](const Field &field) { return !field.slices.empty(); });
  return fields == int64_t(kept.size());
}

} // namespace quoin

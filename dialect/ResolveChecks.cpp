// Checks of the whole format by enumeration, said at the ops they concern.
#include "dialect/IndexCheck.h"
#include "dialect/Resolver.h"
#include "runtime/spec/Coverage.h"
#include "runtime/spec/Shapes.h"

using namespace llvm;
using namespace mlir;

namespace quoin {

LogicalResult Resolver::checkIndexRanges() {
  SmallVector<spec::NodeId> nodes;
  for (auto &[node, op] : roots)
    nodes.push_back(node);
  auto shapes = spec::smallShapes(out);
  for (spec::Shape shape : spec::largeShapes(out, spec::shapeMultiples(out)))
    shapes.push_back(shape);
  if (std::optional<IndexFault> fault = findIndexFault(out, nodes, shapes))
    return roots[fault->root].second->emitError() << fault->message;
  return success();
}

LogicalResult Resolver::checkBits() {
  auto covered = spec::checkCoverage(out);
  if (covered)
    return success();
  // The message quotes what it is about; the first field named is where to look, the others get notes.
  SmallVector<Operation *> named;
  SmallVector<StringRef> parts;
  StringRef(covered.error().message).split(parts, '"');
  for (size_t j = 1; j < parts.size(); j += 2)
    if (Declaration *declaration = lookup(parts[j]); declaration && !is_contained(named, declaration->op))
      named.push_back(declaration->op);
  auto isField = [](Operation *op) { return isa<FieldOp>(op); };
  std::stable_partition(named.begin(), named.end(), isField);
  Operation *first = named.empty() ? formatOp.getOperation() : named.front();
  auto diagnostic = first->emitError() << covered.error().message;
  if (!covered.error().hint.empty())
    diagnostic << "; " << covered.error().hint;
  for (Operation *other : drop_begin(named, named.empty() ? 0 : 1))
    if (isField(other))
      diagnostic.attachNote(other->getLoc()) << "the other field is here";
  return diagnostic;
}

} // namespace quoin

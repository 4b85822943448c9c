#include "lowering/SourceLines.h"

using namespace mlir;

namespace quoin {

using Lines = FusedLocWith<DictionaryAttr>;

LocationAttr lineOf(Location location, StringRef part) {
  auto lines = location->findInstanceOf<Lines>();
  return lines ? lines.getMetadata().getAs<LocationAttr>(part) : LocationAttr();
}

Location withLine(Location kernel, StringRef part, LocationAttr line) {
  if (!line || lineOf(kernel, part))
    return kernel;
  auto lines = dyn_cast<Lines>(kernel);
  NamedAttrList parts(lines ? lines.getMetadata() : DictionaryAttr());
  parts.set(part, line);
  Location own = lines ? lines.getLocations().front() : kernel;
  return FusedLoc::get(kernel.getContext(), {own}, parts.getDictionary(kernel.getContext()));
}

Location withLines(Location kernel, FormatOp text) {
  for (Operation &part : text.getBody().front()) {
    if (isa<DecodeOp>(part))
      kernel = withLine(kernel, "decode", part.getLoc());
    if (auto field = dyn_cast<FieldOp>(part))
      kernel = withLine(kernel, ("field " + field.getLabel()).str(), part.getLoc());
    if (auto stream = dyn_cast<StreamOp>(part))
      kernel = withLine(kernel, ("field " + stream.getLabel()).str(), part.getLoc());
  }
  return kernel;
}

AtPart::AtPart(OpBuilder &b, Location from, StringRef part)
    : b(b), from(from), line(lineOf(from, part)), block(b.getInsertionBlock()), before(nullptr) {
  if (b.getInsertionPoint() != block->begin())
    before = &*std::prev(b.getInsertionPoint());
}

AtPart::~AtPart() {
  if (!line || b.getInsertionBlock() != block)
    return;
  auto first = before ? std::next(before->getIterator()) : block->begin();
  for (Operation &made : llvm::make_range(first, b.getInsertionPoint()))
    made.walk([&](Operation *op) {
      if (op->getLoc() == from) // else it belongs to a part of this part
        op->setLoc(Location(line));
    });
}

} // namespace quoin

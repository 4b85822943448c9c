// The `qtile` dialect: what ODS cannot say.
#include "lowering/TileDialect.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace quoin::tile;

#include "lowering/TileDialect.cpp.inc"
#include "lowering/TileEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "lowering/TileAttrs.cpp.inc"
#define GET_OP_CLASSES
#include "lowering/TileOps.cpp.inc"

void QTileDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "lowering/TileAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "lowering/TileOps.cpp.inc"
      >();
}

//===-- layout ----------------------------------------------------------------------------------------------------===//

int64_t ScalarAttr::bytes() const {
  switch (getStorage()) {
  case Storage::F32:
  case Storage::S32:
    return 4;
  case Storage::F16:
  case Storage::BF16:
    return 2;
  default:
    return 1;
  }
}

LogicalResult LayoutAttr::verify(function_ref<InFlightDiagnostic()> emitError, int64_t rows, int64_t group, int64_t block,
                                 int64_t run, ArrayRef<int64_t> planes, int64_t lo, int64_t count, ArrayRef<int64_t> levels,
                                 ArrayRef<ScalarAttr> scalars, DenseF32ArrayAttr table) {
  if (rows <= 0 || rows % 8)
    return emitError() << "a panel has a positive multiple of 8 rows, found " << rows;
  if (block <= 0 || group < 0 || (group && block % group))
    return emitError() << "blocks of " << block << " columns do not hold groups of " << group;
  for (int64_t bits : planes) {
    if (bits != 1 && bits != 2 && bits != 4 && bits != 8)
      return emitError() << "a plane has 1, 2, 4 or 8 bits, found " << bits;
    int64_t columnsPerVector = 4 * (8 / bits);
    if (run <= 0 || run % columnsPerVector)
      return emitError() << "a run of " << run << " columns does not fill vectors of " << columnsPerVector
                         << " columns (plane of " << bits << " bits)";
  }
  if (run <= 0 || block % run)
    return emitError() << "blocks of " << block << " columns do not hold runs of " << run;
  int64_t width = llvm::sum_of(planes);
  if (width > 8)
    return emitError() << "planes add up to " << width << " bits, expected at most 8";
  if (table && int64_t(table.size()) != count)
    return emitError() << "a table of " << table.size() << " numbers does not say what " << count << " codes stand for";
  if (count < 1 || count > int64_t(1) << width)
    return emitError() << "planes of " << width << " bits do not hold " << count << " codes";
  if (!levels.empty() && (int64_t(levels.size()) != count || count > 16 || !llvm::is_sorted(levels)))
    return emitError() << "levels are an ascending list of one integer a code, at most 16, found " << levels.size()
                       << " for " << count << " codes";
  for (ScalarAttr scalar : scalars)
    if (scalar.getColumns() < 0 || (scalar.getColumns() && block % scalar.getColumns()) ||
        (scalar.getColumns() && run % scalar.getColumns() && scalar.getColumns() % run) || (group && scalar.getColumns() % group))
      return emitError() << "blocks of " << block << " columns and groups of " << group << " do not nest with runs of "
                         << scalar.getColumns() << " columns";
  return success();
}

int64_t LayoutAttr::codeBits() const { return llvm::sum_of(getPlanes()); }
int64_t LayoutAttr::chunkColumns() const {
  return getPlanes().empty() ? getRun() : 32 / *llvm::min_element(getPlanes());
}
int64_t LayoutAttr::chunkBytes() const { return getRows() * chunkColumns() * codeBits() / 8; }
int64_t LayoutAttr::planeOffset(size_t index) const {
  return getRows() * chunkColumns() * llvm::sum_of(getPlanes().take_front(index)) / 8;
}
int64_t LayoutAttr::runCodeBytes() const { return getRows() * getRun() * codeBits() / 8; }

int64_t LayoutAttr::runBytes() const {
  int64_t bytes = runCodeBytes();
  for (ScalarAttr scalar : getScalars())
    if (isInRun(scalar))
      bytes += getRows() * (getRun() / scalar.getColumns()) * scalar.bytes();
  return bytes;
}

int64_t LayoutAttr::headBytes() const {
  int64_t bytes = 0;
  for (ScalarAttr scalar : getScalars())
    if (scalar.getColumns() > getRun())
      bytes += getRows() * (getBlock() / scalar.getColumns()) * scalar.bytes();
  return bytes;
}

int64_t LayoutAttr::blockBytes() const { return headBytes() + getBlock() / getRun() * runBytes(); }

int64_t LayoutAttr::panelBytes() const {
  int64_t bytes = 0;
  for (ScalarAttr scalar : getScalars())
    if (!scalar.getColumns())
      bytes += getRows() * scalar.bytes();
  return bytes;
}

int64_t LayoutAttr::scalarOffset(ScalarAttr wanted) const {
  bool inRun = isInRun(wanted);
  int64_t columns = wanted.getColumns();
  int64_t offset = inRun ? headBytes() : 0;
  for (ScalarAttr scalar : getScalars()) {
    if (scalar == wanted)
      return offset;
    if (isInRun(scalar) == inRun && bool(scalar.getColumns()) == bool(columns))
      offset += getRows() * (columns ? (inRun ? getRun() : getBlock()) / scalar.getColumns() : 1) * scalar.bytes();
  }
  return offset;
}

ScalarAttr LayoutAttr::find(Role role) const {
  for (ScalarAttr scalar : getScalars())
    if (scalar.getRole() == role)
      return scalar;
  return {};
}

int64_t LayoutAttr::lowest() const { return getLevels().empty() ? getLo() : getLevels().front(); }
int64_t LayoutAttr::highest() const { return getLevels().empty() ? getLo() + getCount() - 1 : getLevels().back(); }
int64_t LayoutAttr::panelStride(int64_t k) const { return panelBytes() + llvm::divideCeil(k, getBlock()) * blockBytes(); }

//===-- ops -------------------------------------------------------------------------------------------------------===//

LogicalResult MatmulOp::verify() {
  if (getCols() < 1)
    return emitOpError() << "needs at least one row of X, found cols = " << getCols();
  int64_t panel = getLayout().getRows();
  if (getRows() < 1 || (getRows() % panel && panel % getRows()))
    return emitOpError() << "tile of " << getRows() << " rows does not fit panels of " << panel << " rows";
  return success();
}

LogicalResult DecodePanelOp::verify() {
  LayoutAttr from = getFrom(), to = getTo();
  if (to.getPlanes() != ArrayRef<int64_t>{8} || !to.getLevels().empty())
    return emitOpError() << "decodes to whole bytes that are integers, found " << to;
  if (from.getBlock() != to.getBlock() || from.getGroup() != to.getGroup() || to.getRows() % from.getRows())
    return emitOpError() << "panels of " << from.getRows() << " rows and blocks of " << from.getBlock()
                         << " do not fill panels of " << to.getRows() << " rows and blocks of " << to.getBlock();
  return success();
}

/// What pairs are made of.
template <typename Op> static LogicalResult verifyPairs(Op op) {
  if (op.getPairs() && op.getPrecision() != Storage::BF16)
    return op.emitOpError() << "makes pairs of bf16, found " << stringifyStorage(op.getPrecision());
  return success();
}

LogicalResult DecodeValuesOp::verify() { return verifyPairs(*this); }
LogicalResult MatmulDecodedOp::verify() { return verifyPairs(*this); }

LogicalResult LookupOp::verify() {
  if (getTable().empty() || getTable().size() > 16)
    return emitOpError() << "looks up 1 to 16 bytes, found " << getTable().size();
  return success();
}

LogicalResult UnpackOp::verify() {
  int64_t bits = getBits(), slot = getSlot();
  if (bits < 1 || bits > 8 || slot < 0 || (slot + 1) * bits > 8)
    return emitOpError() << "slot " << slot << " of " << bits << " bits lies outside a byte";
  return success();
}

LogicalResult DotOp::verify() {
  auto acc = cast<VectorType>(getAcc().getType());
  auto codes = cast<VectorType>(getCodes().getType());
  int64_t accBits = acc.getNumElements() * acc.getElementTypeBitWidth();
  int64_t codeBits = codes.getNumElements() * codes.getElementTypeBitWidth();
  if (accBits != codeBits)
    return emitOpError() << "accumulator of " << accBits << " bits does not match codes of " << codeBits;
  if (codes.getElementType().isInteger(16) && acc.getElementType().isInteger(16))
    return emitOpError() << "products of words need 32-bit lanes, found " << acc;
  return success();
}

LogicalResult DotPairsOp::verify() {
  if (cast<VectorType>(getW().getType()).getNumElements() != 2 * cast<VectorType>(getAcc().getType()).getNumElements())
    return emitOpError() << "has two values a lane, found " << getW().getType() << " for " << getAcc().getType();
  return success();
}

LogicalResult WordsOp::verify() {
  if (cast<VectorType>(getBytes().getType()).getNumElements() !=
      2 * cast<VectorType>(getEven().getType()).getNumElements())
    return emitOpError() << "halves the number of lanes, found " << getBytes().getType() << " to " << getEven().getType();
  return success();
}

LogicalResult WidenOp::verify() {
  if (cast<VectorType>(getSums().getType()).getNumElements() !=
      2 * cast<VectorType>(getResult().getType()).getNumElements())
    return emitOpError() << "halves the number of lanes, found " << getSums().getType() << " to " << getResult().getType();
  return success();
}

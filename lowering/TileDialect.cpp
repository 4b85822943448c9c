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

LogicalResult LayoutAttr::verify(function_ref<InFlightDiagnostic()> emitError, int64_t rows, int64_t group,
                                 ArrayRef<int64_t> planes, bool isSigned, int64_t coefficientBits) {
  if (rows <= 0 || rows % 8)
    return emitError() << "a panel has a positive multiple of 8 rows, found " << rows;
  if (coefficientBits != 16 && coefficientBits != 32)
    return emitError() << "coefficients have 16 or 32 bits, found " << coefficientBits;
  for (int64_t bits : planes) {
    if (bits != 1 && bits != 2 && bits != 4 && bits != 8)
      return emitError() << "a plane has 1, 2, 4 or 8 bits, found " << bits;
    int64_t columnsPerVector = 4 * (8 / bits);
    if (group <= 0 || group % columnsPerVector)
      return emitError() << "a group of " << group << " columns does not fill vectors of " << columnsPerVector
                         << " columns (plane of " << bits << " bits)";
  }
  int64_t width = llvm::sum_of(planes);
  if (width < 1 || width > 8)
    return emitError() << "planes add up to " << width << " bits, expected 1 to 8";
  return success();
}

int64_t LayoutAttr::codeBits() const { return llvm::sum_of(getPlanes()); }
int64_t LayoutAttr::codeBytes() const { return getRows() * getGroup() * codeBits() / 8; }
int64_t LayoutAttr::planeOffset(size_t index) const {
  return getRows() * getGroup() * llvm::sum_of(getPlanes().take_front(index)) / 8;
}
int64_t LayoutAttr::groupBytes() const { return codeBytes() + getRows() * getCoefficientBits() / 8; }

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
  if (to.getPlanes() != ArrayRef<int64_t>{8} || to.getCoefficientBits() != 32)
    return emitOpError() << "decodes to whole bytes and f32 coefficients, found " << to;
  if (from.getGroup() != to.getGroup() || to.getRows() % from.getRows())
    return emitOpError() << "panels of " << from.getRows() << " rows and groups of " << from.getGroup()
                         << " do not fill panels of " << to.getRows() << " rows and groups of " << to.getGroup();
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

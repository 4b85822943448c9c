// The `qtile` dialect: what ODS cannot say.
#include "lowering/TileDialect.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

#include <numeric>

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

//===-- planes ----------------------------------------------------------------------------------------------------===//

static constexpr int64_t wordBits = 16;

PlaneSet::PlaneSet(int64_t bits)
    : bits(bits), slots(8 / std::gcd(int64_t(8), bits)), vectors(bits / std::gcd(int64_t(8), bits)) {}

SmallVector<CodePiece> PlaneSet::pieces(int64_t slot) const {
  int64_t whole = 8 / bits, spare = 8 - whole * bits;
  if (slot < whole * vectors)
    return {{slot / whole, bits * (slot % whole), bits, 0}};
  SmallVector<CodePiece> pieces;
  for (int64_t to = 0, taken; to < bits; to += taken) {
    int64_t at = (slot - whole * vectors) * bits + to; // in the spare bits of all vectors, side by side
    taken = std::min(spare - at % spare, bits - to);
    pieces.push_back({at / spare, 8 - spare + at % spare, taken, to});
  }
  return pieces;
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
    if (bits < 1 || (bits > 8 && bits != wordBits))
      return emitError() << "a plane has 1 to 8 bits, or 16 of words, found " << bits;
    if (int64_t columns = PlaneSet(bits).columns(); run <= 0 || run % columns)
      return emitError() << "a run of " << run << " columns does not fill sets of " << columns << " columns (plane of "
                         << bits << " bits)";
  }
  if (run <= 0 || block % run)
    return emitError() << "blocks of " << block << " columns do not hold runs of " << run;
  int64_t width = llvm::sum_of(planes);
  if (width > 8 && planes != ArrayRef(wordBits))
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
  int64_t columns = getPlanes().empty() ? getRun() : 0; // sets have 4, 8, 16 or 32 columns: the largest holds all
  for (int64_t bits : getPlanes())
    columns = std::max(columns, PlaneSet(bits).columns());
  return columns;
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

bool LayoutAttr::holdsWords() const { return getPlanes() == ArrayRef(wordBits); }
bool LayoutAttr::holdsIntegers() const { return holdsWords() && lowest() >= INT8_MIN && highest() <= INT8_MAX; }
int64_t LayoutAttr::base() const { return holdsIntegers() ? 0 : lowest(); }
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
  if ((to.getPlanes() != ArrayRef<int64_t>{8} && !to.holdsWords()) || !to.getLevels().empty())
    return emitOpError() << "decodes to whole bytes or words that are integers, found " << to;
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
  int64_t bits = getBits(), from = getFrom(), to = getTo();
  if (bits < 1 || from < 0 || from + bits > 8 || to < 0 || to + bits > 8)
    return emitOpError() << bits << " bits from " << from << " to " << to << " lie outside a byte";
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

LogicalResult DotMatrixOp::verify() {
  if (cast<VectorType>(getCodes().getType()).getNumElements() !=
      4 * cast<VectorType>(getAcc().getType()).getNumElements())
    return emitOpError() << "has four codes a lane, found " << getCodes().getType() << " for " << getAcc().getType();
  return success();
}

LogicalResult TileProductsOp::verify() {
  auto within = [](int64_t value, int64_t most) { return value >= 1 && value <= most; };
  if (getRows() % 16 || !within(getRows(), 64) || !within(getCols(), 16) || !within(getQuads(), 16))
    return emitOpError() << "has 16, 32, 48 or 64 rows, 1 to 16 cols and 1 to 16 quads, found " << getRows() << ", "
                         << getCols() << " and " << getQuads();
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

// One panel of packed weights: filled from stored streams, and taken apart into them again.
#include "lowering/tile/PackPanel.h"

#include "lowering/RoundFloat.h"
#include "lowering/tile/CodePieces.h"
#include "lowering/tile/Invertible.h"

#include <limits>

using namespace mlir;

namespace quoin {

PanelPacker::PanelPacker(KernelBuilder &b, const KernelPlan &plan)
    : b(b), loc(b.getLoc()), plan(plan), form(plan.form), layout(plan.layout), n(b.argument(KernelArg::N)),
      k(b.argument(KernelArg::K)), expressions(b, plan.format, b.argument(KernelArg::Streams), n, k) {}

LogicalResult PanelPacker::pack(Value firstRow, Value panel, Value first, Value count) {
  forEachScalar([&](const PackedScalar &scalar, tile::ScalarAttr place) {
    if (!place.getColumns())
      packScalar(scalar, place, firstRow, b.i64(0), b.at(panel, b.i64(layout.scalarOffset(place))));
  });
  forEachBlock(panel, first, count, [&](Value firstColumn, Value block) {
    packCodes(firstRow, firstColumn, block);
    forEachScalar([&](const PackedScalar &scalar, tile::ScalarAttr place) {
      forEachRun(place, firstColumn, block,
                 [&](Value column, Value numbers) { packScalar(scalar, place, firstRow, column, numbers); });
    });
  });
  if (!plan.format.overlays.empty())
    patchOverlays(firstRow, panel, first, count);
  return result;
}

/// Only values are packed where single ones are replaced: PackedForm.h.
void PanelPacker::patchOverlays(Value firstRow, Value panel, Value first, Value count) {
  Value lastRow = b.min(b.add(firstRow, b.i64(layout.getRows())), n);
  Value firstColumn = b.scale(first, layout.getBlock()), columns = b.scale(count, layout.getBlock());
  tile::ScalarAttr place = layout.getScalars().front();
  keep(expressions.forEachOverlay(firstRow, lastRow, [&](Value row, Value column, function_ref<Value(Value)> patch) {
    Value inside = b.sub(column, firstColumn);
    Value isHere = arith::AndIOp::create(b, loc, b.cmp(arith::CmpIPredicate::sge, inside, b.i64(0)),
                                         b.cmp(arith::CmpIPredicate::slt, inside, columns));
    b.choose(
        isHere, {},
        [&] {
          Value block = b.divide(inside, layout.getBlock()), inBlock = b.sub(inside, b.scale(block, layout.getBlock()));
          Value offset = b.add(b.i64(layout.panelBytes() + layout.scalarOffset(place)), b.scale(block, layout.blockBytes()));
          Value number = b.add(b.scale(inBlock, layout.getRows()), b.sub(row, firstRow));
          Value at = b.at(panel, b.add(offset, b.scale(number, place.bytes())));
          b.store(patch(b.load(b.getF32Type(), at)), at);
          return KernelBuilder::Values();
        },
        [] { return KernelBuilder::Values(); });
  }));
}

LogicalResult PanelPacker::unpack(Value firstRow, Value panel, Value first, Value count) {
  forEachScalar([&](const PackedScalar &scalar, tile::ScalarAttr place) {
    if (!place.getColumns())
      unpackScalar(scalar, place, firstRow, b.i64(0), b.at(panel, b.i64(layout.scalarOffset(place))));
  });
  forEachBlock(panel, first, count, [&](Value firstColumn, Value block) {
    forEachRow(firstRow, [&](Value r, Value row) {
      b.loop(b.i64(0), b.min(b.i64(layout.getBlock()), b.sub(k, firstColumn)), 1, [&](Value c) {
        expressions.setPosition(row, b.add(firstColumn, c));
        keep(expressions.storeField(form.code, b.add(codeAt(block, r, c), b.i32(int32_t(form.lo)))));
      });
    });
    forEachScalar([&](const PackedScalar &scalar, tile::ScalarAttr place) {
      forEachRun(place, firstColumn, block, [&](Value column, Value numbers) {
        b.choose(
            b.cmp(arith::CmpIPredicate::slt, column, k), {},
            [&] { return unpackScalar(scalar, place, firstRow, column, numbers), KernelBuilder::Values(); },
            [] { return KernelBuilder::Values(); });
      });
    });
  });
  return result;
}

void PanelPacker::keep(LogicalResult step) { result = success(succeeded(result) && succeeded(step)); }

void PanelPacker::forEachBlock(Value panel, Value first, Value count, function_ref<void(Value, Value)> body) {
  b.loop(b.i64(0), count, 1, [&](Value i) {
    body(b.scale(b.add(first, i), layout.getBlock()),
         b.at(panel, b.add(b.i64(layout.panelBytes()), b.scale(i, layout.blockBytes()))));
  });
}

void PanelPacker::forEachScalar(function_ref<void(const PackedScalar &, tile::ScalarAttr)> body) {
  for (auto [scalar, place] : llvm::zip_equal(form.scalars, layout.getScalars()))
    body(scalar, place);
}

/// The runs of a scalar in one block: first column, and where its rows' numbers lie.
void PanelPacker::forEachRun(tile::ScalarAttr place, Value firstColumn, Value block, function_ref<void(Value, Value)> body) {
  int64_t columns = place.getColumns();
  if (!columns)
    return;
  b.loop(b.i64(0), b.i64(layout.getBlock()), columns, [&](Value column) {
    Value offset = b.scale(b.divide(column, columns), layout.getRows() * place.bytes());
    if (layout.isInRun(place)) {
      Value run = b.divide(column, layout.getRun()), inside = b.sub(column, b.scale(run, layout.getRun()));
      offset = b.add(b.scale(run, layout.runBytes()), b.scale(b.divide(inside, columns), layout.getRows() * place.bytes()));
    }
    body(b.add(firstColumn, column), b.at(block, b.add(offset, b.i64(layout.scalarOffset(place)))));
  });
}

/// Rows of a panel that W has.
void PanelPacker::forEachRow(Value firstRow, function_ref<void(Value, Value)> body) {
  b.loop(b.i64(0), b.min(b.i64(layout.getRows()), b.sub(b.argument(KernelArg::NEnd), firstRow)), 1,
         [&](Value r) { body(r, b.add(firstRow, r)); });
}

/// `value()` for elements of W, zero for the padding of the last panel and the last block.
Value PanelPacker::whenInside(Value row, Value column, Value zero, function_ref<FailureOr<Value>()> value) {
  Value inside = arith::AndIOp::create(b, loc, b.cmp(arith::CmpIPredicate::slt, row, n),
                                       b.cmp(arith::CmpIPredicate::slt, column, k));
  return b.choose(
      inside, zero.getType(),
      [&] {
        FailureOr<Value> made = value();
        keep(success(succeeded(made)));
        return KernelBuilder::Values{succeeded(made) ? *made : zero};
      },
      [&] { return KernelBuilder::Values{zero}; })[0];
}

void PanelPacker::packCodes(Value firstRow, Value firstColumn, Value block) {
  if (layout.getPlanes().empty())
    return;
  b.loop(b.i64(0), b.i64(layout.getBlock()), layout.chunkColumns(), [&](Value column) {
    int64_t lowest = 0;
    for (auto [index, bits] : llvm::enumerate(layout.getPlanes())) {
      Value plane = b.at(block, b.add(chunkOffset(column), b.i64(layout.planeOffset(index))));
      packPlane(firstRow, b.add(firstColumn, column), plane, bits, lowest);
      lowest += bits;
    }
  });
}

/// Bytes from a block's start to the chunk at `column`.
Value PanelPacker::chunkOffset(Value column) {
  Value run = b.divide(column, layout.getRun()), inside = b.sub(column, b.scale(run, layout.getRun()));
  Value chunk = b.divide(inside, layout.chunkColumns());
  return b.add(b.i64(layout.headBytes() + layout.runHeadBytes()), b.add(b.scale(run, layout.runBytes()), b.scale(chunk, layout.chunkBytes())));
}

/// Bits [lowest, lowest + bits) of the codes of a chunk, piece by piece into bytes that start at 0.
void PanelPacker::packPlane(Value firstRow, Value firstColumn, Value plane, int64_t bits, int64_t lowest) {
  tile::PlaneSet set(bits);
  int64_t rows = layout.getRows(), sets = layout.chunkColumns() / set.columns();
  b.loop(b.i64(0), b.i64(4 * rows * set.vectors * sets), 1,
         [&](Value byte) { b.store(arith::ConstantOp::create(b, loc, b.getI8IntegerAttr(0)), b.at(plane, byte)); });
  b.loop(b.i64(0), b.i64(rows), 1, [&](Value r) {
    Value row = b.add(firstRow, r);
    b.loop(b.i64(0), b.i64(layout.chunkColumns()), 1, [&](Value c) {
      Value code =
          whenInside(row, b.add(firstColumn, c), b.i32(0), [&] { return storedCode(row, b.add(firstColumn, c)); });
      code = arith::ShRUIOp::create(b, loc, code, b.i32(int32_t(lowest)));
      forEachPiece(b, set, rows, r, c, [&](Value offset, Value from, Value mask, Value to) {
        Value part = arith::AndIOp::create(b, loc, arith::ShRUIOp::create(b, loc, code, to), mask);
        part = arith::TruncIOp::create(b, loc, b.getI8Type(), arith::ShLIOp::create(b, loc, part, from));
        Value at = b.at(plane, offset);
        b.store(arith::OrIOp::create(b, loc, b.load(b.getI8Type(), at), part), at);
      });
    });
  });
}

/// A code less the lowest, or its position in the list of levels.
FailureOr<Value> PanelPacker::storedCode(Value row, Value column) {
  expressions.setPosition(row, column);
  FailureOr<Value> code = expressions.lower(form.code);
  if (failed(code))
    return failure();
  Value fromLowest = b.sub(*code, b.i32(int32_t(form.lo)));
  if (form.levels.empty())
    return fromLowest;
  SmallVector<uint32_t> positions(form.hi - form.lo + 1, 0);
  for (auto [position, level] : llvm::enumerate(form.levels))
    positions[level - form.lo] = uint32_t(position);
  Value index = arith::ExtUIOp::create(b, loc, b.getI64Type(), fromLowest);
  return b.load(b.getI32Type(), b.at(b.constantArray(positions), b.scale(index, 4)));
}

/// Whether a value follows a stream that may be absent: the normal form took its default.
bool PanelPacker::readsOptional(spec::NodeId id) const {
  if (id < 0)
    return false;
  const spec::Node &node = plan.format.nodes[id];
  auto reads = [&](spec::NodeId operand) { return readsOptional(operand); };
  if (node.op == spec::Op::Read && plan.format.streams[plan.format.fields[node.imm].stream].optional)
    return true;
  return reads(node.a) || reads(node.b) || reads(node.c) || llvm::any_of(node.args, reads) ||
         llvm::any_of(node.cuts, reads);
}

/// `number` where everything packed for the run is the same at all its columns, else NaN: a stream that is present may
/// order columns in another way than its default does, and such weights must not give numbers that look right. Zero
/// points count as well as coefficients, but cannot say so themselves.
Value PanelPacker::unlessOrdered(Value number, Value row, Value column, int64_t columns) {
  Value end = columns ? b.min(b.add(column, b.i64(columns)), k) : k;
  Value yes = arith::ConstantOp::create(b, loc, b.getBoolAttr(true));
  Value anyPresent = arith::ConstantOp::create(b, loc, b.getBoolAttr(false));
  for (auto [index, stream] : llvm::enumerate(plan.format.streams))
    if (stream.optional)
      anyPresent = arith::OrIOp::create(b, loc, anyPresent, expressions.isPresent(int32_t(index)));
  auto allConstant = [&] {
    Value all = yes;
    for (const PackedScalar &scalar : form.scalars)
      if (readsOptional(scalar.node))
        all = arith::AndIOp::create(b, loc, all, isConstant(scalar, row, column, end));
    return KernelBuilder::Values{all};
  };
  Value same = b.choose(anyPresent, yes.getType(), allConstant, [&] { return KernelBuilder::Values{yes}; })[0];
  return b.choose(
      same, number.getType(), [&] { return KernelBuilder::Values{number}; },
      [&] {
        refuse();
        return KernelBuilder::Values{b.f32(std::numeric_limits<float>::quiet_NaN())};
      })[0];
}

/// Tells the caller, where it wants to know.
void PanelPacker::refuse() {
  Value refused = b.argument(KernelArg::Refused);
  b.choose(
      b.notNull(refused), {},
      [&] {
        b.store(b.i64(1), refused);
        return KernelBuilder::Values();
      },
      [] { return KernelBuilder::Values(); });
}

/// Whether each of columns [begin, end) has the number that the first of its run has.
Value PanelPacker::isConstant(const PackedScalar &scalar, Value row, Value begin, Value end) {
  auto bitsAt = [&](Value column) {
    expressions.setPosition(row, column);
    FailureOr<Value> value = expressions.lower(scalar.node);
    keep(success(succeeded(value)));
    if (failed(value) || isa<IntegerType>(value->getType()))
      return succeeded(value) ? *value : b.i32(0);
    // Of two NaN operands any may be the result's: which one says nothing.
    Value isNan = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNO, *value, *value);
    Value bits = arith::BitcastOp::create(b, loc, b.getI32Type(), *value);
    return arith::SelectOp::create(b, loc, isNan, b.i32(0x7FC00000), bits).getResult();
  };
  constexpr int64_t wholeRow = int64_t(1) << 40;
  int64_t length = scalar.columns ? scalar.columns : wholeRow;
  Value yes = arith::ConstantOp::create(b, loc, b.getBoolAttr(true));
  Value firstRun = b.scale(b.divide(begin, length), length);
  return b.loop(firstRun, end, length, {yes}, [&](Value run, ValueRange outer) {
    Value first = bitsAt(run), from = arith::MaxSIOp::create(b, loc, begin, run);
    return b.loop(from, b.min(end, b.add(run, b.i64(length))), 1, outer, [&](Value column, ValueRange so) {
      Value isEqual = b.cmp(arith::CmpIPredicate::eq, bitsAt(column), first);
      return KernelBuilder::Values{arith::AndIOp::create(b, loc, so[0], isEqual).getResult()};
    });
  })[0];
}

void PanelPacker::packScalar(const PackedScalar &scalar, tile::ScalarAttr place, Value firstRow, Value column, Value numbers) {
  b.loop(b.i64(0), b.i64(layout.getRows()), 1, [&](Value r) {
    Value row = b.add(firstRow, r), zero = b.i32(0);
    bool isFloat = plan.format.nodes[scalar.node].type == spec::ValueType::F32;
    bool isExponent = place.getStorage() == tile::Storage::Exponent || place.getStorage() == tile::Storage::ExponentOrNan;
    if (isFloat)
      zero = b.f32(isExponent ? 1 : 0); // no exponent is that of 0, and what stands for NaN would be met here
    Value number = whenInside(row, column, zero, [&]() -> FailureOr<Value> {
      if (scalar.node == plan.format.decodeValue)
        return expressions.value(row, column);
      expressions.setPosition(row, column);
      FailureOr<Value> made = expressions.lower(scalar.node);
      bool isCoefficient = scalar.role == tile::Role::Coefficient || scalar.role == tile::Role::Outer;
      auto isOptional = [&](const PackedScalar &each) { return readsOptional(each.node); };
      if (failed(made) || !isCoefficient || place.getColumns() == 1 || llvm::none_of(form.scalars, isOptional))
        return made;
      return unlessOrdered(*made, row, column, place.getColumns());
    });
    b.store(stored(number, place.getStorage()), b.at(numbers, b.scale(r, place.bytes())));
  });
}

Value PanelPacker::stored(Value number, tile::Storage storage) {
  auto bits = [&] { return arith::BitcastOp::create(b, loc, b.getI32Type(), number).getResult(); };
  auto narrow = [&](Value value, unsigned width) {
    return arith::TruncIOp::create(b, loc, b.getIntegerType(width), value).getResult();
  };
  switch (storage) {
  case tile::Storage::F32:
  case tile::Storage::S32:
    return number;
  case tile::Storage::F16:
    return arith::TruncFOp::create(b, loc, b.getF16Type(), number);
  case tile::Storage::BF16:
    number = roundFloat(b, number, storage);
    return narrow(arith::ShRUIOp::create(b, loc, bits(), b.i32(16)), 16);
  case tile::Storage::U8:
  case tile::Storage::S8:
    return narrow(number, 8);
  case tile::Storage::Exponent:
  case tile::Storage::ExponentOrNan:
    break;
  }
  // The exponent field is one more than e + 128 says; 2^-127 and 2^-128 are subnormal, NaN has all ones.
  Value field = arith::ShRUIOp::create(b, loc, bits(), b.i32(23)), isTiny = b.cmp(arith::CmpIPredicate::eq, field, b.i32(0));
  Value isHalf = b.cmp(arith::CmpIPredicate::uge, bits(), b.i32(1 << 22));
  Value tiny = arith::ExtUIOp::create(b, loc, b.getI32Type(), isHalf);
  Value code = arith::SelectOp::create(b, loc, isTiny, tiny, b.add(field, b.i32(1)));
  Value isNan = b.cmp(arith::CmpIPredicate::eq, field, b.i32(255));
  return narrow(arith::SelectOp::create(b, loc, isNan, b.i32(0), code), 8);
}

void PanelPacker::unpackScalar(const PackedScalar &scalar, tile::ScalarAttr place, Value firstRow, Value column, Value numbers) {
  forEachRow(firstRow, [&](Value r, Value row) {
    expressions.setPosition(row, column);
    Value bits = b.load(b.getIntegerType(8 * place.bytes()), b.at(numbers, b.scale(r, place.bytes())));
    if (place.bytes() < 4)
      bits = arith::ExtUIOp::create(b, loc, b.getI32Type(), bits);
    auto [node, addend] = peelAddend(plan.format, scalar.node);
    keep(expressions.storeField(node, addend ? b.sub(bits, b.i32(addend)) : bits));
  });
}

Value PanelPacker::codeAt(Value block, Value r, Value c) {
  Value first = b.scale(b.divide(c, layout.chunkColumns()), layout.chunkColumns()), inChunk = b.sub(c, first);
  Value chunk = b.at(block, chunkOffset(first)), code = b.i32(0);
  int64_t lowest = 0;
  for (auto [index, bits] : llvm::enumerate(layout.getPlanes())) {
    tile::PlaneSet set(bits);
    Value plane = b.at(chunk, b.i64(layout.planeOffset(index)));
    forEachPiece(b, set, layout.getRows(), r, inChunk, [&](Value offset, Value from, Value mask, Value to) {
      Value byte = arith::ExtUIOp::create(b, loc, b.getI32Type(), b.load(b.getI8Type(), b.at(plane, offset)));
      Value part = arith::AndIOp::create(b, loc, arith::ShRUIOp::create(b, loc, byte, from), mask);
      part = arith::ShLIOp::create(b, loc, part, b.add(to, b.i32(int32_t(lowest))));
      code = arith::OrIOp::create(b, loc, code, part);
    });
    lowest += bits;
  }
  return code;
}

} // namespace quoin

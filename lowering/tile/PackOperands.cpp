// quoin-pack-operands: from the streams a checkpoint stores to the panels a kernel reads, and back.
#include "lowering/KernelPlan.h"
#include "lowering/Passes.h"
#include "lowering/tile/LowerExpression.h"

namespace quoin {
#define GEN_PASS_DEF_PACKOPERANDS
#include "lowering/Passes.h.inc"
} // namespace quoin

using namespace mlir;
using namespace quoin;

namespace {

/// Walks the bytes of packed panels; subclasses say what happens at each.
class PanelBuilder {
public:
  PanelBuilder(KernelBuilder &b, const KernelPlan &plan)
      : b(b), loc(b.getLoc()), plan(plan), layout(plan.layout), n(b.argument(KernelArg::N)), k(b.argument(KernelArg::K)),
        expressions(b, plan.format, b.argument(KernelArg::Streams), n, k) {}

  LogicalResult pack() {
    forEachGroup(b.argument(KernelArg::Packed), [&](Value firstRow, Value firstColumn, Value bytes) {
      packCodes(firstRow, firstColumn, bytes);
      packCoefficients(firstRow, firstColumn, bytes);
    });
    return result;
  }

  LogicalResult unpack() {
    forEachGroup(b.argument(KernelArg::Weights), [&](Value firstRow, Value firstColumn, Value bytes) {
      b.loop(b.i64(0), b.min(b.i64(layout.getRows()), b.sub(b.argument(KernelArg::NEnd), firstRow)), 1, [&](Value r) {
        Value row = b.add(firstRow, r);
        b.loop(b.i64(0), b.i64(layout.getGroup()), 1, [&](Value c) {
          expressions.setPosition(row, b.add(firstColumn, c));
          keep(expressions.storeField(plan.term().code, codeAt(bytes, r, c)));
        });
        expressions.setPosition(row, firstColumn);
        keep(expressions.storeField(plan.term().coefficient, coefficientBitsAt(bytes, r)));
      });
    });
    return result;
  }

private:
  void keep(LogicalResult step) { result = success(succeeded(result) && succeeded(step)); }

  void forEachGroup(Value packed, function_ref<void(Value, Value, Value)> body) {
    int64_t rows = layout.getRows();
    Value groups = b.divide(k, layout.getGroup());
    Value panelBytes = b.scale(groups, layout.groupBytes());
    b.loop(b.argument(KernelArg::NBegin), b.argument(KernelArg::NEnd), rows, [&](Value firstRow) {
      Value panel = b.at(packed, b.mul(b.divide(firstRow, rows), panelBytes));
      b.loop(b.i64(0), groups, 1, [&](Value g) {
        body(firstRow, b.scale(g, layout.getGroup()), b.at(panel, b.scale(g, layout.groupBytes())));
      });
    });
  }

  /// `value()` for rows of W, zero for the padding of the last panel.
  Value whenInside(Value row, Value zero, function_ref<FailureOr<Value>()> value) {
    Value inside = b.cmp(arith::CmpIPredicate::slt, row, n);
    return b.choose(
        inside, zero.getType(),
        [&] {
          FailureOr<Value> made = value();
          keep(success(succeeded(made)));
          return KernelBuilder::Values{succeeded(made) ? *made : zero};
        },
        [&] { return KernelBuilder::Values{zero}; })[0];
  }

  void packCodes(Value firstRow, Value firstColumn, Value bytes) {
    int64_t lowest = 0;
    for (auto [index, bits] : llvm::enumerate(layout.getPlanes())) {
      packPlane(firstRow, firstColumn, b.at(bytes, b.i64(layout.planeOffset(index))), bits, lowest);
      lowest += bits;
    }
  }

  /// Byte 4r + t of vector j collects bits [lowest, lowest + bits) of the codes of row r, columns 4 (j slots + s) + t.
  void packPlane(Value firstRow, Value firstColumn, Value plane, int64_t bits, int64_t lowest) {
    int64_t slots = 8 / bits, rows = layout.getRows();
    b.loop(b.i64(0), b.i64(layout.getGroup() / (4 * slots)), 1, [&](Value j) {
      b.loop(b.i64(0), b.i64(rows), 1, [&](Value r) {
        Value row = b.add(firstRow, r);
        b.loop(b.i64(0), b.i64(4), 1, [&](Value t) {
          Value byte = whenInside(row, b.i32(0), [&]() -> FailureOr<Value> {
            Value all = b.i32(0);
            for (int64_t s = 0; s < slots; ++s) {
              Value column = b.add(b.add(b.scale(j, 4 * slots), b.i64(4 * s)), t);
              expressions.setPosition(row, b.add(firstColumn, column));
              FailureOr<Value> code = expressions.lower(plan.term().code);
              if (failed(code))
                return failure();
              Value part = arith::ShRUIOp::create(b, loc, *code, b.i32(int32_t(lowest)));
              part = arith::AndIOp::create(b, loc, part, b.i32((1 << bits) - 1));
              all = arith::OrIOp::create(b, loc, all, arith::ShLIOp::create(b, loc, part, b.i32(int32_t(bits * s))));
            }
            return all;
          });
          Value offset = b.add(b.scale(j, 4 * rows), b.add(b.scale(r, 4), t));
          b.store(arith::TruncIOp::create(b, loc, b.getI8Type(), byte), b.at(plane, offset));
        });
      });
    });
  }

  void packCoefficients(Value firstRow, Value firstColumn, Value bytes) {
    int64_t size = layout.getCoefficientBits() / 8;
    b.loop(b.i64(0), b.i64(layout.getRows()), 1, [&](Value r) {
      Value row = b.add(firstRow, r);
      Value coefficient = whenInside(row, b.f32(0), [&] {
        expressions.setPosition(row, firstColumn);
        return expressions.lower(plan.term().coefficient);
      });
      if (size == 2)
        coefficient = arith::TruncFOp::create(b, loc, b.getF16Type(), coefficient);
      b.store(coefficient, b.at(bytes, b.add(b.i64(layout.codeBytes()), b.scale(r, size))));
    });
  }

  Value codeAt(Value bytes, Value r, Value c) {
    Value code = b.i32(0), quad = b.divide(c, 4), t = b.sub(c, b.scale(quad, 4));
    int64_t lowest = 0;
    for (auto [index, bits] : llvm::enumerate(layout.getPlanes())) {
      int64_t slots = 8 / bits;
      Value j = b.divide(quad, slots), s = b.sub(quad, b.scale(j, slots));
      Value offset = b.add(b.i64(layout.planeOffset(index)), b.add(b.scale(j, 4 * layout.getRows()), b.add(b.scale(r, 4), t)));
      Value byte = arith::ExtUIOp::create(b, loc, b.getI32Type(), b.load(b.getI8Type(), b.at(bytes, offset)));
      Value shift = arith::TruncIOp::create(b, loc, b.getI32Type(), b.scale(s, bits));
      Value part = arith::AndIOp::create(b, loc, arith::ShRUIOp::create(b, loc, byte, shift), b.i32((1 << bits) - 1));
      code = arith::OrIOp::create(b, loc, code, arith::ShLIOp::create(b, loc, part, b.i32(int32_t(lowest))));
      lowest += bits;
    }
    return code;
  }

  /// Raw bits of a coefficient, as i32.
  Value coefficientBitsAt(Value bytes, Value r) {
    int64_t size = layout.getCoefficientBits() / 8;
    Value address = b.at(bytes, b.add(b.i64(layout.codeBytes()), b.scale(r, size)));
    Value bits = b.load(b.getIntegerType(8 * size), address);
    return size == 2 ? arith::ExtUIOp::create(b, loc, b.getI32Type(), bits).getResult() : bits;
  }

  KernelBuilder &b;
  Location loc;
  const KernelPlan &plan;
  tile::LayoutAttr layout;
  Value n, k;
  ExpressionLowering expressions;
  LogicalResult result = success();
};

/// Packing loses nothing that is stored only where code and coefficient are fields themselves, and the only ones.
bool isInvertible(const KernelPlan &plan) {
  auto isRead = [&](spec::NodeId node) { return node >= 0 && plan.format.nodes[node].op == spec::Op::Read; };
  int64_t fields = llvm::count_if(plan.format.fields, [](const spec::Field &field) { return !field.slices.empty(); });
  if (fields != 2 || !isRead(plan.term().code) || !isRead(plan.term().coefficient))
    return false;
  const spec::Field &stored = plan.format.fields[plan.format.nodes[plan.term().coefficient].imm];
  return stored.type.width == plan.layout.getCoefficientBits();
}

struct PackOperands : quoin::impl::PackOperandsBase<PackOperands> {
  void runOnOperation() override {
    for (KernelOp kernel : getOperation().getOps<KernelOp>()) {
      FailureOr<KernelPlan> plan = planKernel(kernel);
      if (failed(plan))
        return signalPassFailure();
      if (!plan->layout)
        continue;
      KernelBuilder b(OpBuilder(&getContext()), kernel.getLoc());
      b.beginKernel(getOperation(), functionName(kernel, "pack"));
      LogicalResult done = PanelBuilder(b, *plan).pack();
      if (succeeded(done) && isInvertible(*plan)) {
        b.beginKernel(getOperation(), functionName(kernel, "unpack"));
        done = PanelBuilder(b, *plan).unpack();
      }
      if (failed(done))
        return signalPassFailure();
    }
  }
};

} // namespace

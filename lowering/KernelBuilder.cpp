// An OpBuilder that speaks of byte addresses, 64-bit sizes and the kernel argument struct.
#include "lowering/KernelBuilder.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/BuiltinOps.h"

using namespace mlir;

namespace quoin {

func::FuncOp KernelBuilder::beginKernel(ModuleOp module, StringRef name) {
  setInsertionPointToEnd(module.getBody());
  auto function = func::FuncOp::create(*this, loc, name, getFunctionType({pointer()}, {}));
  Block *entry = function.addEntryBlock();
  args = entry->getArgument(0);
  setInsertionPointToStart(entry);
  auto end = func::ReturnOp::create(*this, loc);
  setInsertionPoint(end);
  return function;
}

Value KernelBuilder::argument(KernelArg which) {
  bool isSize = llvm::is_contained({KernelArg::LdX, KernelArg::LdY, KernelArg::M, KernelArg::N, KernelArg::K, KernelArg::MBegin,
                                    KernelArg::MEnd, KernelArg::NBegin, KernelArg::NEnd},
                                   which);
  return load(isSize ? Type(getI64Type()) : pointer(), at(args, i64(8 * int64_t(which))));
}

Type KernelBuilder::pointer() { return LLVM::LLVMPointerType::get(getContext()); }
Value KernelBuilder::i64(int64_t value) { return arith::ConstantOp::create(*this, loc, getI64IntegerAttr(value)); }
Value KernelBuilder::i32(int32_t value) { return arith::ConstantOp::create(*this, loc, getI32IntegerAttr(value)); }
Value KernelBuilder::f32(float value) { return arith::ConstantOp::create(*this, loc, getF32FloatAttr(value)); }
Value KernelBuilder::add(Value a, Value b) { return arith::AddIOp::create(*this, loc, a, b); }
Value KernelBuilder::sub(Value a, Value b) { return arith::SubIOp::create(*this, loc, a, b); }
Value KernelBuilder::mul(Value a, Value b) { return arith::MulIOp::create(*this, loc, a, b); }
Value KernelBuilder::scale(Value value, int64_t factor) { return factor == 1 ? value : mul(value, i64(factor)); }
Value KernelBuilder::divide(Value value, int64_t divisor) {
  return divisor == 1 ? value : arith::DivUIOp::create(*this, loc, value, i64(divisor)).getResult();
}
Value KernelBuilder::ceilDivide(Value value, int64_t divisor) {
  return divide(add(value, i64(divisor - 1)), divisor);
}
Value KernelBuilder::min(Value a, Value b) { return arith::MinSIOp::create(*this, loc, a, b); }
Value KernelBuilder::cmp(arith::CmpIPredicate predicate, Value a, Value b) {
  return arith::CmpIOp::create(*this, loc, predicate, a, b);
}

Value KernelBuilder::at(Value pointer, Value byteOffset) {
  return LLVM::GEPOp::create(*this, loc, pointer.getType(), getI8Type(), pointer, ArrayRef<LLVM::GEPArg>{byteOffset});
}

Value KernelBuilder::notNull(Value pointer) {
  Value null = LLVM::ZeroOp::create(*this, loc, pointer.getType());
  return LLVM::ICmpOp::create(*this, loc, LLVM::ICmpPredicate::ne, pointer, null);
}

Value KernelBuilder::load(Type type, Value pointer) { return LLVM::LoadOp::create(*this, loc, type, pointer, 1); }
void KernelBuilder::store(Value value, Value pointer) { LLVM::StoreOp::create(*this, loc, value, pointer, 1); }

Value KernelBuilder::constantArray(ArrayRef<uint32_t> values) {
  auto module = getInsertionBlock()->getParentOp()->getParentOfType<ModuleOp>();
  auto type = RankedTensorType::get(values.size(), getI32Type());
  auto data = DenseElementsAttr::get(type, ArrayRef<int32_t>(reinterpret_cast<const int32_t *>(values.data()), values.size()));
  LLVM::GlobalOp global;
  for (auto known : module.getOps<LLVM::GlobalOp>())
    if (known.getValueOrNull() == data)
      global = known;
  if (!global) {
    InsertionGuard guard(*this);
    setInsertionPointToStart(module.getBody());
    std::string name = "table_" + std::to_string(llvm::range_size(module.getOps<LLVM::GlobalOp>()));
    global = LLVM::GlobalOp::create(*this, loc, LLVM::LLVMArrayType::get(getI32Type(), values.size()),
                                    /*isConstant=*/true, LLVM::Linkage::Internal, name, data, /*alignment=*/64);
  }
  return LLVM::AddressOfOp::create(*this, loc, global);
}

KernelBuilder::Values KernelBuilder::loop(Value begin, Value end, int64_t step, ValueRange values,
                                          function_ref<Values(Value, ValueRange)> body) {
  auto loop = scf::ForOp::create(*this, loc, begin, end, i64(step), values);
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointToStart(loop.getBody());
  Values next = body(loop.getInductionVar(), loop.getRegionIterArgs());
  if (!values.empty()) // a loop without values has its terminator already
    scf::YieldOp::create(*this, loc, next);
  return Values(loop.getResults());
}

void KernelBuilder::loop(Value begin, Value end, int64_t step, function_ref<void(Value)> body) {
  loop(begin, end, step, {}, [&](Value i, ValueRange) -> Values { return body(i), Values(); });
}

KernelBuilder::Values KernelBuilder::choose(Value condition, TypeRange types, function_ref<Values()> then,
                                            function_ref<Values()> otherwise) {
  auto choice = scf::IfOp::create(*this, loc, types, condition, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(*this);
  auto fill = [&](Block *block, function_ref<Values()> make) {
    setInsertionPointToStart(block);
    Values values = make();
    if (!types.empty())
      scf::YieldOp::create(*this, loc, values);
  };
  fill(choice.thenBlock(), then);
  fill(choice.elseBlock(), otherwise);
  return Values(choice.getResults());
}

} // namespace quoin

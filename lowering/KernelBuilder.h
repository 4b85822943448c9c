// An OpBuilder that speaks of byte addresses, 64-bit sizes and the kernel argument struct.
#pragma once

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Builders.h"

namespace quoin {

/// Fields of quoin_kernel_args (quoin/kernel.h), in order; each is 8 bytes.
enum class KernelArg {
  Weights,
  Streams,
  Packed,
  X,
  LdX,
  Xq,
  Y,
  LdY,
  Bias,
  M,
  N,
  K,
  MBegin,
  MEnd,
  NBegin,
  NEnd,
  Scratch,
  StreamBytes,
  Refused
};

/// Byte addresses are `!llvm.ptr` plus i64 offsets. Loads and stores assume no more than one byte of alignment.
class KernelBuilder : public mlir::OpBuilder {
public:
  using Values = mlir::SmallVector<mlir::Value>;

  KernelBuilder(const mlir::OpBuilder &builder, mlir::Location loc) : OpBuilder(builder), loc(loc) {}
  mlir::Location getLoc() const { return loc; }

  /// A public function `void name(const quoin_kernel_args *)` at the end of `module`; builds inside it from here on.
  mlir::func::FuncOp beginKernel(mlir::ModuleOp module, llvm::StringRef name);
  /// A field of the argument struct of the function begun.
  mlir::Value argument(KernelArg which);

  mlir::Type pointer();
  mlir::Value i64(int64_t value);
  mlir::Value i32(int32_t value);
  mlir::Value f32(float value);
  mlir::Value add(mlir::Value a, mlir::Value b);
  mlir::Value sub(mlir::Value a, mlir::Value b);
  mlir::Value mul(mlir::Value a, mlir::Value b);
  /// value * factor.
  mlir::Value scale(mlir::Value value, int64_t factor);
  /// value / divisor, value not negative.
  mlir::Value divide(mlir::Value value, int64_t divisor);
  /// The same, rounded up.
  mlir::Value ceilDivide(mlir::Value value, int64_t divisor);
  mlir::Value min(mlir::Value a, mlir::Value b);
  mlir::Value cmp(mlir::arith::CmpIPredicate predicate, mlir::Value a, mlir::Value b);

  mlir::Value at(mlir::Value pointer, mlir::Value byteOffset);
  mlir::Value notNull(mlir::Value pointer);
  mlir::Value load(mlir::Type type, mlir::Value pointer);
  void store(mlir::Value value, mlir::Value pointer);

  /// Address of constant words, one copy a module.
  mlir::Value constantArray(llvm::ArrayRef<uint32_t> values);

  /// for i in [begin, end) by step: values = body(i, values).
  Values loop(mlir::Value begin, mlir::Value end, int64_t step, mlir::ValueRange values,
              llvm::function_ref<Values(mlir::Value, mlir::ValueRange)> body);
  /// The same without carried values.
  void loop(mlir::Value begin, mlir::Value end, int64_t step, llvm::function_ref<void(mlir::Value)> body);
  Values choose(mlir::Value condition, mlir::TypeRange types, llvm::function_ref<Values()> then,
                llvm::function_ref<Values()> otherwise);

private:
  mlir::Location loc;
  mlir::Value args;
};

} // namespace quoin

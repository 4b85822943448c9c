// RUN: quoin-opt --quoin-tiles-x86=target=sapphirerapids+amx %s | FileCheck %s
// RUN: quoin-opt --quoin-tiles-x86=target=sapphirerapids %s | FileCheck %s --check-prefix=NONE
// NONE-NOT: llvm.x86.

/// Two panels of 16 rows, 13 rows of X, 32 columns. The shapes are words of little end first: from byte 16 on 32 bytes of X,
/// 64 of everything else; from byte 48 on 13 rows of X, 8 of codes and 13 of sums.
// CHECK: llvm.mlir.global internal constant @[[SHAPES:.*]](dense<[1, 0, 0, 0, 4194336, 4194368, 4194368, 4194368, 0, 0, 0, 0, 134744077, 218959117, 0, 0]>
// CHECK-LABEL: func.func @products
func.func @products(%x: !llvm.ptr, %stride: i64, %codes: !llvm.ptr, %sums: !llvm.ptr) {
  // CHECK: %[[AT:.*]] = llvm.mlir.addressof @[[SHAPES]]
  // CHECK: llvm.call_intrinsic "llvm.x86.ldtilecfg"(%[[AT]])
  // CHECK: llvm.call_intrinsic "llvm.x86.tileloadd64"(%[[X:.*]], %arg0, %arg1)
  // CHECK: llvm.call_intrinsic "llvm.x86.tilezero"(%[[FIRST:.*]]) :
  // CHECK: llvm.call_intrinsic "llvm.x86.tileloadd64"(%[[CODES:.*]], %{{.*}}, %{{.*}})
  // CHECK: llvm.call_intrinsic "llvm.x86.tdpbsud"(%[[FIRST]], %[[X]], %[[CODES]])
  // CHECK: llvm.call_intrinsic "llvm.x86.tdpbsud"(%[[SECOND:.*]], %[[X]], %{{.*}})
  // CHECK: llvm.call_intrinsic "llvm.x86.tilestored64"(%{{.*}}, %{{.*}}, %{{.*}})
  // CHECK: llvm.call_intrinsic "llvm.x86.tilestored64"(%{{.*}}, %{{.*}}, %{{.*}})
  // CHECK: llvm.call_intrinsic "llvm.x86.tilerelease"()
  qtile.tile_products %x, %stride, %codes, %sums {rows = 32 : i64, cols = 13 : i64, quads = 8 : i64}
  return
}

// RUN: quoin-opt --quoin-dot-product-arm=target=aarch64 %s | FileCheck %s --check-prefixes=CHECK,HALVES
// RUN: quoin-opt --quoin-dot-product-arm=target=aarch64+dotprod %s | FileCheck %s --check-prefixes=CHECK,SDOT
// RUN: quoin-opt --quoin-dot-product-arm=target=aarch64+i8mm %s | FileCheck %s --check-prefixes=CHECK,USDOT
// RUN: quoin-opt --quoin-dot-product-arm=target=x86-64-v3 %s | FileCheck %s --check-prefix=NONE
// NONE-NOT: llvm.call_intrinsic

/// Codes up to 127 are signed bytes as well.
// CHECK-LABEL: func.func @unsigned
func.func @unsigned(%acc: vector<4xi32>, %codes: vector<16xi8>, %x: vector<16xi8>) -> vector<4xi32> {
  // HALVES: %[[LOW:.*]] = llvm.call_intrinsic "llvm.aarch64.neon.smull"
  // HALVES: %[[HIGH:.*]] = llvm.call_intrinsic "llvm.aarch64.neon.smull"
  // HALVES: %[[PAIRS:.*]] = llvm.call_intrinsic "llvm.aarch64.neon.addp"(%[[LOW]], %[[HIGH]])
  // HALVES: %[[SUM:.*]] = llvm.call_intrinsic "llvm.aarch64.neon.saddlp"(%[[PAIRS]])
  // HALVES: arith.addi %{{.*}}, %[[SUM]]
  // SDOT: llvm.call_intrinsic "llvm.aarch64.neon.sdot"(%{{.*}}, %{{.*}}, %{{.*}})
  // USDOT: llvm.call_intrinsic "llvm.aarch64.neon.usdot"(%{{.*}}, %{{.*}}, %{{.*}})
  // CHECK: llvm.inline_asm has_side_effects "", "=w,0"
  %sum = qtile.dot %acc, %codes, %x max_code 127 : vector<4xi32>, vector<16xi8>
  return %sum : vector<4xi32>
}

// CHECK-LABEL: func.func @signed
func.func @signed(%acc: vector<4xi32>, %codes: vector<16xi8>, %x: vector<16xi8>) -> vector<4xi32> {
  // HALVES: "llvm.aarch64.neon.smull"
  // SDOT: "llvm.aarch64.neon.sdot"
  // USDOT: "llvm.aarch64.neon.sdot"
  %sum = qtile.dot %acc, %codes, %x signed max_code 128 : vector<4xi32>, vector<16xi8>
  return %sum : vector<4xi32>
}

// CHECK-LABEL: func.func @lookup
func.func @lookup(%codes: vector<16xi8>) -> vector<16xi8> {
  // CHECK: %[[TABLE:.*]] = arith.constant dense<[-7, -3, 5, 0, 0,
  // CHECK: llvm.call_intrinsic "llvm.aarch64.neon.tbl1"(%[[TABLE]],
  %values = qtile.lookup %codes in [-7, -3, 5] : vector<16xi8>
  return %values : vector<16xi8>
}

// CHECK-LABEL: func.func @matrices
func.func @matrices(%acc: vector<4xi32>, %codes: vector<16xi8>, %x: vector<16xi8>) -> vector<4xi32> {
  // HALVES: qtile.dot_matrix
  // SDOT: qtile.dot_matrix
  // USDOT: llvm.call_intrinsic "llvm.aarch64.neon.usmmla"(%{{.*}}, %{{.*}}, %{{.*}})
  %sum = qtile.dot_matrix %acc, %codes, %x : vector<4xi32>, vector<16xi8>, vector<16xi8>
  return %sum : vector<4xi32>
}

/// What has no instruction stays.
// CHECK-LABEL: func.func @words
func.func @words(%acc: vector<4xi32>, %codes: vector<8xi16>, %x: vector<8xi16>) -> vector<4xi32> {
  // CHECK: qtile.dot
  %sum = qtile.dot %acc, %codes, %x signed max_code 512 : vector<4xi32>, vector<8xi16>
  return %sum : vector<4xi32>
}

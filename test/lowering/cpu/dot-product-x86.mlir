// RUN: quoin-opt --quoin-dot-product-x86=target=x86-64-v3 %s | FileCheck %s --check-prefix=V3
// RUN: quoin-opt --quoin-dot-product-x86=target=x86-64-v3-generic %s | FileCheck %s --check-prefix=NONE
// NONE-NOT: llvm.call_intrinsic

/// Narrow codes stay in 16-bit pairs until they are widened.
// V3-LABEL: func.func @narrow
func.func @narrow(%acc: vector<16xi16>, %codes: vector<32xi8>, %x: vector<32xi8>) -> vector<8xi32> {
  // V3: %[[PAIRS:.*]] = llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"
  // V3: %[[SUM:.*]] = arith.addi %{{.*}}, %[[PAIRS]] : vector<16xi16>
  // V3: %[[ORDERED:.*]] = llvm.inline_asm has_side_effects {{.*}}"=x,0" %[[SUM]]
  // V3: llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"(%[[ORDERED]],
  %sum = qtile.dot %acc, %codes, %x max_code 15 : vector<16xi16>, vector<32xi8>
  %wide = qtile.widen %sum : vector<16xi16> to vector<8xi32>
  return %wide : vector<8xi32>
}

/// Magnitudes of codes that are looked up are looked up.
// V3-LABEL: func.func @looked_up
func.func @looked_up(%acc: vector<8xi32>, %positions: vector<32xi8>, %x: vector<32xi8>) -> vector<8xi32> {
  // V3: %[[SIGNED:.*]] = arith.constant dense<[-128, -3, 5, 127, 0,
  // V3: %[[CODES:.*]] = llvm.call_intrinsic "llvm.x86.avx2.pshuf.b"(%[[SIGNED]], %[[AT:.*]])
  // V3: %[[SIZES:.*]] = arith.constant dense<[-128, 3, 5, 127, 0,
  // V3: %[[MAGNITUDES:.*]] = llvm.call_intrinsic "llvm.x86.avx2.pshuf.b"(%[[SIZES]], %[[AT]])
  // V3: %[[X:.*]] = llvm.call_intrinsic "llvm.x86.avx2.psign.b"(%{{.*}}, %[[CODES]])
  // V3: "llvm.x86.avx2.pmadd.ub.sw"(%[[MAGNITUDES]], %[[X]])
  %codes = qtile.lookup %positions in [-128, -3, 5, 127] : vector<32xi8>
  %sum = qtile.dot %acc, %codes, %x signed max_code 128 : vector<8xi32>, vector<32xi8>
  return %sum : vector<8xi32>
}

/// Signed codes: their magnitude times x with their sign never saturates.
// V3-LABEL: func.func @signed
func.func @signed(%acc: vector<8xi32>, %codes: vector<32xi8>, %x: vector<32xi8>) -> vector<8xi32> {
  // V3: "llvm.intr.abs"(%[[CODES:.*]]) <{is_int_min_poison = false}>
  // V3: "llvm.x86.avx2.psign.b"
  // V3: "llvm.x86.avx2.pmadd.ub.sw"
  // V3: "llvm.x86.avx2.pmadd.wd"
  %sum = qtile.dot %acc, %codes, %x signed max_code 128 : vector<8xi32>, vector<32xi8>
  return %sum : vector<8xi32>
}

// V3-LABEL: func.func @words
func.func @words(%acc: vector<8xi32>, %bytes: vector<32xi8>, %x: vector<16xi16>) -> vector<8xi32> {
  // V3: %[[EVEN:.*]], %{{.*}} = qtile.words
  // V3: "llvm.x86.avx2.pmadd.wd"(%[[EVEN]],
  %even, %odd = qtile.words %bytes signed : vector<32xi8> to vector<16xi16>
  %sum = qtile.dot %acc, %even, %x signed max_code 128 : vector<8xi32>, vector<16xi16>
  return %sum : vector<8xi32>
}

/// A table in every 16 bytes, the rest of them zero.
// V3-LABEL: func.func @lookup
func.func @lookup(%codes: vector<32xi8>) -> vector<32xi8> {
  // V3: %[[TABLE:.*]] = arith.constant dense<[-7, -3, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -7, -3,
  // V3: llvm.call_intrinsic "llvm.x86.avx2.pshuf.b"(%[[TABLE]],
  %values = qtile.lookup %codes in [-7, -3, 5] : vector<32xi8>
  return %values : vector<32xi8>
}

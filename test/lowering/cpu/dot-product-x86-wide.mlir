// RUN: quoin-opt --quoin-dot-product-x86=target=znver4 %s | FileCheck %s --check-prefix=QUADS
// RUN: quoin-opt --quoin-dot-product-x86=target=x86-64-v4 %s | FileCheck %s --check-prefix=PAIRS

// QUADS-LABEL: func.func @unsigned
// PAIRS-LABEL: func.func @unsigned
func.func @unsigned(%acc: vector<16xi32>, %codes: vector<64xi8>, %x: vector<64xi8>) -> vector<16xi32> {
  // QUADS: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"
  // PAIRS: llvm.call_intrinsic "llvm.x86.avx512.pmaddubs.w.512"
  // PAIRS: llvm.call_intrinsic "llvm.x86.avx512.pmaddw.d.512"
  %sum = qtile.dot %acc, %codes, %x max_code 15 : vector<16xi32>, vector<64xi8>
  return %sum : vector<16xi32>
}

/// Products of pairs need an instruction for them.
// QUADS-LABEL: func.func @float_pairs
// PAIRS-LABEL: func.func @float_pairs
func.func @float_pairs(%acc: vector<16xf32>, %w: vector<32xbf16>, %x: vector<32xbf16>) -> vector<16xf32> {
  // QUADS: llvm.call_intrinsic "llvm.x86.avx512bf16.dpbf16ps.512"
  // PAIRS: qtile.dot_pairs
  %sum = qtile.dot_pairs %acc, %w, %x : vector<16xf32>, vector<32xbf16>
  return %sum : vector<16xf32>
}

// QUADS-LABEL: func.func @lookup
// PAIRS-LABEL: func.func @lookup
func.func @lookup(%codes: vector<64xi8>) -> vector<64xi8> {
  // QUADS: "llvm.x86.avx512.pshuf.b.512"
  // PAIRS: "llvm.x86.avx512.pshuf.b.512"
  %values = qtile.lookup %codes in [-7, -3, 5] : vector<64xi8>
  return %values : vector<64xi8>
}

/// There is no instruction that gives bytes a sign: x is taken from 0 where the code is below it.
// PAIRS-LABEL: func.func @signed
func.func @signed(%acc: vector<16xi32>, %codes: vector<64xi8>, %x: vector<64xi8>) -> vector<16xi32> {
  // PAIRS-SAME: vector<16xi32>, %[[CODES:.*]]: vector<64xi8>, %[[X:.*]]: vector<64xi8>)
  // PAIRS: %[[ZERO:.*]] = arith.constant dense<0> : vector<64xi8>
  // PAIRS: %[[BELOW:.*]] = arith.cmpi slt, %[[CODES]], %[[ZERO]]
  // PAIRS: %[[OTHER:.*]] = arith.subi %[[ZERO]], %[[X]]
  // PAIRS: arith.select %[[BELOW]], %[[OTHER]], %[[X]]
  %sum = qtile.dot %acc, %codes, %x signed max_code 15 : vector<16xi32>, vector<64xi8>
  return %sum : vector<16xi32>
}

// RUN: quoin-opt --quoin-vectorize-tile=target=x86-64-v3 %s | FileCheck %s --check-prefixes=CHECK,V3
// RUN: quoin-opt --quoin-vectorize-tile=target=znver4 %s | FileCheck %s --check-prefixes=CHECK,WIDE

#packed = #qtile.layout<rows = 16, group = 32, planes = [4], is_signed = false, coefficient_bits = 16>
#bytes = #qtile.layout<rows = 16, group = 32, planes = [8], is_signed = true, coefficient_bits = 16>
#panel = #qtile.layout<rows = 16, group = 32, planes = [8], is_signed = false, coefficient_bits = 32>
#plain = #qtile.regime<min_m = 1, decode = registers, operands = bytes, rows = 16, cols = 1, k_block = 0, m_block = 0, fetch = none, distance = 0>
#wide = #qtile.regime<min_m = 1, decode = registers, operands = words, rows = 16, cols = 1, k_block = 0, m_block = 0, fetch = lines, distance = 4096>

/// Equal tiles share one function; the loop over groups carries one sum a row vector and row of X.
// CHECK-LABEL: func.func @equal_tiles
// CHECK: call @[[TILE:tile_16x1_[0-9]+]]
// CHECK: call @[[TILE]]
func.func @equal_tiles(%w: !llvm.ptr, %s: i64, %x: !llvm.ptr, %y: !llvm.ptr, %b: !llvm.ptr, %n: i64, %c: i1) {
  qtile.matmul %w, %s, %x, %n, %n, %n, %n, %y, %n, %b, %n, %c, %c, %c
    {layout = #packed, regime = #plain, rows = 16 : i64, cols = 1 : i64, code_lo = 0 : i64, code_hi = 15 : i64, zero = 8 : i64}
  qtile.matmul %x, %s, %x, %n, %n, %n, %n, %y, %n, %b, %n, %c, %c, %c
    {layout = #packed, regime = #plain, rows = 16 : i64, cols = 1 : i64, code_lo = 0 : i64, code_hi = 15 : i64, zero = 8 : i64}
  return
}

// CHECK-LABEL: func.func @words
// CHECK: call @[[WORDS:tile_16x1_[0-9]+]]
func.func @words(%w: !llvm.ptr, %s: i64, %x: !llvm.ptr, %y: !llvm.ptr, %b: !llvm.ptr, %n: i64, %c: i1) {
  qtile.matmul %w, %s, %x, %n, %n, %n, %n, %y, %n, %b, %n, %c, %c, %c
    {layout = #bytes, regime = #wide, rows = 16 : i64, cols = 1 : i64, code_lo = -128 : i64, code_hi = 127 : i64, zero = 0 : i64}
  return
}

// CHECK-LABEL: func.func @panel
// CHECK: scf.for
// V3: qtile.unpack %{{.*}} slot 0 of 4 bits : vector<32xi8>
// WIDE: qtile.unpack %{{.*}} slot 0 of 4 bits : vector<64xi8>
// CHECK: arith.extf {{.*}}xf16> to
func.func @panel(%w: !llvm.ptr, %s: i64, %out: !llvm.ptr, %groups: i64) {
  qtile.decode_panel %w, %s, %out, %groups {from = #packed, to = #panel, distance = 0 : i64}
  return
}

/// Narrow codes: 8 steps fit 16-bit pair sums, then one widening; quads of bytes go straight to 32 bits.
// CHECK: func.func private @[[TILE]]
// V3: scf.for {{.*}} iter_args({{.*}}) -> (vector<8xf32>, vector<8xf32>)
// V3-COUNT-16: qtile.dot {{.*}} max_code 15 : vector<16xi16>, vector<32xi8>
// V3: qtile.widen
// WIDE: scf.for {{.*}} iter_args({{.*}}) -> (vector<16xf32>)
// WIDE-COUNT-8: qtile.dot {{.*}} max_code 15 : vector<16xi32>, vector<64xi8>
// WIDE-NOT: qtile.widen
/// The zero point meets the sum of X once a group.
// CHECK: %[[OFFSET:.*]] = arith.muli %{{.*}}, %cst{{.*}} : vector<{{8|16}}xi32>
// CHECK: arith.addi %{{.*}}, %[[OFFSET]]
// CHECK: math.fma

// CHECK: func.func private @[[WORDS]]
// CHECK: llvm.intr.prefetch
// CHECK: qtile.words %{{.*}} signed
// CHECK: qtile.dot {{.*}} signed max_code 128 : vector<{{8|16}}xi32>, vector<{{16|32}}xi16>

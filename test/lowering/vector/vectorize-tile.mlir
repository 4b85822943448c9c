// RUN: quoin-opt --quoin-vectorize-tile=target=x86-64-v3 %s | FileCheck %s --check-prefixes=CHECK,V3
// RUN: quoin-opt --quoin-vectorize-tile=target=znver4 %s | FileCheck %s --check-prefixes=CHECK,WIDE

#f16 = #qtile.scalar<role = coefficient, storage = f16, columns = 32, factor = 1.0 : f32>
#packed = #qtile.layout<rows = 16, group = 32, block = 32, run = 32, planes = [4], lo = 0, count = 16, levels = [], scalars = [#f16]>
#bytes = #qtile.layout<rows = 16, group = 32, block = 32, run = 32, planes = [8], lo = -128, count = 256, levels = [], scalars = [#f16]>
#panel = #qtile.layout<rows = 16, group = 32, block = 32, run = 32, planes = [8], lo = 0, count = 16, levels = [],
                       scalars = [#qtile.scalar<role = coefficient, storage = f32, columns = 32, factor = 1.0 : f32>]>
#nested = #qtile.layout<rows = 16, group = 32, block = 64, run = 32, planes = [2, 1], lo = -7, count = 5, levels = [-7, -3, 0, 3, 7],
                        scalars = [#qtile.scalar<role = outer, storage = f16, columns = 64, factor = 0.25 : f32>,
                                   #qtile.scalar<role = sub, storage = s8, columns = 32, factor = 1.0 : f32>,
                                   #qtile.scalar<role = zero, storage = u8, columns = 32, factor = 1.0 : f32>,
                                   #qtile.scalar<role = bias, storage = exponent, columns = 64, factor = 1.0 : f32>]>
#plain = #qtile.regime<min_m = 1, decode = registers, operands = bytes, rows = 16, cols = 1, k_block = 0, m_block = 0, fetch = none, distance = 0>
#wide = #qtile.regime<min_m = 1, decode = registers, operands = words, rows = 16, cols = 1, k_block = 0, m_block = 0, fetch = lines, distance = 4096>
#x = #qtile.x_layout<group = 32, sum_group = 32, bias_group = 32, bias = false, block = 32, words = false, floats = false>
#x_words = #qtile.x_layout<group = 32, sum_group = 32, bias_group = 32, bias = false, block = 32, words = true, floats = false>
#x_bias = #qtile.x_layout<group = 64, sum_group = 32, bias_group = 32, bias = true, block = 64, words = false, floats = false>
#x_short = #qtile.x_layout<group = 16, sum_group = 16, bias_group = 32, bias = false, block = 32, words = false, floats = false>

/// Equal tiles share one function.
// CHECK-LABEL: func.func @equal_tiles
// CHECK: call @[[TILE:tile_16x1_[0-9]+]]
// CHECK: call @[[TILE]]
func.func @equal_tiles(%w: !llvm.ptr, %s: i64, %x: !llvm.ptr, %y: !llvm.ptr, %b: !llvm.ptr, %n: i64, %c: i1) {
  qtile.matmul %w, %w, %s, %x, %n, %n, %n, %n, %y, %n, %b, %n, %c, %c, %c
    {layout = #packed, regime = #plain, x_layout = #x, rows = 16 : i64, cols = 1 : i64, zero = 8 : i64}
  qtile.matmul %x, %w, %s, %x, %n, %n, %n, %n, %y, %n, %b, %n, %c, %c, %c
    {layout = #packed, regime = #plain, x_layout = #x, rows = 16 : i64, cols = 1 : i64, zero = 8 : i64}
  return
}

// CHECK-LABEL: func.func @words
// CHECK: call @[[WORDS:tile_16x1_[0-9]+]]
func.func @words(%w: !llvm.ptr, %s: i64, %x: !llvm.ptr, %y: !llvm.ptr, %b: !llvm.ptr, %n: i64, %c: i1) {
  qtile.matmul %w, %w, %s, %x, %n, %n, %n, %n, %y, %n, %b, %n, %c, %c, %c
    {layout = #bytes, regime = #wide, x_layout = #x_words, rows = 16 : i64, cols = 1 : i64, zero = 0 : i64}
  return
}

// CHECK-LABEL: func.func @numbers
// CHECK: call @[[NUMBERS:tile_16x1_[0-9]+]]
func.func @numbers(%w: !llvm.ptr, %s: i64, %x: !llvm.ptr, %y: !llvm.ptr, %b: !llvm.ptr, %n: i64, %c: i1) {
  qtile.matmul %w, %w, %s, %x, %n, %n, %n, %n, %y, %n, %b, %n, %c, %c, %c
    {layout = #nested, regime = #plain, x_layout = #x_bias, rows = 16 : i64, cols = 1 : i64, zero = 0 : i64}
  return
}

// CHECK-LABEL: func.func @short_scales
// CHECK: call @[[SHORT:tile_16x1_[0-9]+]]
func.func @short_scales(%w: !llvm.ptr, %s: i64, %x: !llvm.ptr, %y: !llvm.ptr, %b: !llvm.ptr, %n: i64, %c: i1) {
  qtile.matmul %w, %w, %s, %x, %n, %n, %n, %n, %y, %n, %b, %n, %c, %c, %c
    {layout = #packed, regime = #plain, x_layout = #x_short, rows = 16 : i64, cols = 1 : i64, zero = 0 : i64}
  return
}

// CHECK-LABEL: func.func @panel
// CHECK: scf.for
// V3: qtile.unpack %{{.*}} 4 bits from 0 to 0 : vector<32xi8>
// WIDE: qtile.unpack %{{.*}} 4 bits from 0 to 0 : vector<64xi8>
// CHECK: arith.extf {{.*}}xf16> to
func.func @panel(%w: !llvm.ptr, %s: i64, %out: !llvm.ptr, %blocks: i64) {
  qtile.decode_panel %w, %w, %s, %out, %blocks {from = #packed, to = #panel, distance = 0 : i64}
  return
}

/// Each weight of four in a lane becomes f32: code less zero point, times the coefficient, rounded as X is.
// CHECK-LABEL: func.func @values
// CHECK: %[[CODES:.*]] = vector.bitcast %{{.*}} to vector<{{8|16}}xi32>
// CHECK: arith.andi %[[CODES]],
// CHECK: %[[REAL:.*]] = arith.sitofp
// CHECK: %[[VALUE:.*]] = arith.mulf %[[REAL]],
// CHECK: arith.bitcast %[[VALUE]]
// CHECK: call @[[VALUES:tile_16x2_[0-9]+]]
func.func @values(%w: !llvm.ptr, %s: i64, %x: !llvm.ptr, %y: !llvm.ptr, %b: !llvm.ptr, %n: i64, %c: i1) {
  qtile.decode_values %w, %w, %s, %y, %n {from = #packed, rows = 16 : i64, zero = 8 : i64, precision = #qtile.storage<bf16>}
  qtile.matmul_values %w, %x, %n, %n, %y, %n, %b, %n, %c, %c {rows = 16 : i64, cols = 2 : i64}
  return
}

/// Two neighbouring columns share a lane, and meet two of X at once; of a last pair that K cuts the second column is masked.
// CHECK-LABEL: func.func @pairs
// CHECK: arith.shrui
// CHECK: %[[PAIR:.*]] = arith.ori %{{.*}} : vector<{{8|16}}xi32>
// CHECK: llvm.store %[[PAIR]],
// CHECK: call @[[PAIRS:tile_16x1_[0-9]+]]
func.func @pairs(%w: !llvm.ptr, %s: i64, %x: !llvm.ptr, %y: !llvm.ptr, %b: !llvm.ptr, %n: i64, %c: i1) {
  qtile.decode_values %w, %w, %s, %y, %n pairs {from = #packed, rows = 16 : i64, zero = 8 : i64, precision = #qtile.storage<bf16>}
  qtile.matmul_values %w, %x, %n, %n, %y, %n, %b, %n, %c, %c pairs {rows = 16 : i64, cols = 1 : i64}
  return
}

/// Decoded where they are multiplied: the columns of a lane go to sums of their own, which are added at the end; a block that
/// K cuts has its own loop, with zeros beyond.
// CHECK-LABEL: func.func @decoded
// CHECK: call @[[DECODED:tile_16x1_[0-9]+]]
func.func @decoded(%w: !llvm.ptr, %s: i64, %x: !llvm.ptr, %y: !llvm.ptr, %b: !llvm.ptr, %n: i64, %c: i1) {
  qtile.matmul_decoded %w, %w, %s, %x, %n, %n, %y, %n, %b, %n, %c, %c {layout = #packed, rows = 16 : i64, cols = 1 : i64, zero = 8 : i64, precision = #qtile.storage<f32>}
  return
}

/// The loop over groups carries one sum a row vector and row of X. Narrow codes: 8 steps fit 16-bit pair sums, then one
/// widening; quads of bytes go straight to 32 bits.
// CHECK: func.func private @[[TILE]]
// V3: scf.for {{.*}} iter_args({{.*}}) -> (vector<8xf32>, vector<8xf32>)
// V3-COUNT-16: qtile.dot {{.*}} max_code 15 : vector<16xi16>, vector<32xi8>
// V3: qtile.widen
// WIDE: scf.for {{.*}} iter_args({{.*}}) -> (vector<16xf32>)
// WIDE-COUNT-8: qtile.dot {{.*}} max_code 15 : vector<16xi32>, vector<64xi8>
// WIDE-NOT: qtile.widen
/// The zero point meets the sum of X once a group; both scales are one factor.
// CHECK: %[[OFFSET:.*]] = arith.muli %{{.*}}, %{{.*}} : vector<{{8|16}}xi32>
// CHECK: arith.addi %{{.*}}, %[[OFFSET]]
// CHECK: %[[SCALE:.*]] = arith.mulf
// CHECK: math.fma %{{.*}}, %[[SCALE]],

// CHECK: func.func private @[[WORDS]]
// CHECK: llvm.intr.prefetch
// CHECK: qtile.words
// CHECK: qtile.dot {{.*}} max_code 255 : vector<{{8|16}}xi32>, vector<{{16|32}}xi16>

/// Two planes make a position in the list of levels; a stored zero point is subtracted. X's scales are the longer ones: a sum
/// of its own for the two groups that share one, in which what is added to weights meets the bare sum of X.
// CHECK: func.func private @[[NUMBERS]]
// CHECK: qtile.unpack %{{.*}} 2 bits from
// CHECK: qtile.unpack %{{.*}} 1 bits from
// CHECK: %[[POSITION:.*]] = arith.ori
// CHECK: qtile.lookup %[[POSITION]] in [{{.*}}]
// CHECK: arith.muli
/// A power of two beside a stored number is multiplied in exactly.
// CHECK: %[[OUTER:.*]] = arith.mulf
// CHECK: %[[COEFFICIENT:.*]] = arith.mulf %[[OUTER]],
// CHECK: math.fma %{{.*}}, %[[COEFFICIENT]],
// CHECK: math.fma
// CHECK: math.fma

/// The weights' scales are the longer ones: each half of a group meets its scale of X, the coefficient what they add up to.
// CHECK: func.func private @[[SHORT]]
// CHECK: scf.for
// CHECK: %[[HALVES:.*]]:{{[24]}} = scf.for
// V3-COUNT-8: qtile.dot
// WIDE-COUNT-4: qtile.dot
// CHECK: math.fma
// CHECK: scf.yield
// CHECK-NOT: qtile.dot
// CHECK: math.fma %[[HALVES]]#0,

/// One product a weight and row of X, in the order of columns.
// CHECK: func.func private @[[VALUES]]
// CHECK: scf.for
// V3-COUNT-4: math.fma %{{.*}} : vector<8xf32>
// WIDE-COUNT-2: math.fma %{{.*}} : vector<16xf32>

// CHECK: func.func private @[[PAIRS]]
// CHECK: scf.for
// V3-COUNT-2: qtile.dot_pairs {{.*}} : vector<8xf32>, vector<16xbf16>
// WIDE: qtile.dot_pairs {{.*}} : vector<16xf32>, vector<32xbf16>
// CHECK: scf.if
// CHECK: arith.andi
// CHECK: qtile.dot_pairs

// CHECK: func.func private @[[DECODED]]
// CHECK: scf.for
// CHECK: scf.for
// CHECK: scf.for
// CHECK: %[[VALUE:.*]] = arith.mulf
// CHECK: math.fma
// CHECK: scf.if
// CHECK: arith.select
// CHECK: math.fma
// CHECK: %[[SUM:.*]] = arith.addf

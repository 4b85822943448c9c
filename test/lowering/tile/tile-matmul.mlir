// RUN: quoin-opt --quoin-tile-matmul %s | FileCheck %s

quoin.format @example_4bit tile [1, 32] {
  stream block record 18
  field d : f16 in block at 0
  field q[i: 32] : ui4 in block at 16 + 4 * i
  decode (i) = (q[i] - 8) * d
}

/// One narrow regime: a loop over panels, and in it over rows of X.
// CHECK-LABEL: func.func @registers__matmul(
// CHECK-SAME: !llvm.ptr)
// CHECK: scf.for
// CHECK: scf.for
// CHECK: qtile.matmul {{.*}} cols = 1 : i64
// CHECK-SAME: rows = 16 : i64
// CHECK-SAME: zero = 8 : i64
// CHECK-NOT: qtile.matmul
quoin.kernel @registers weights @example_4bit activations int8 per 32
  {packed_layout = #qtile.layout<rows = 16, group = 32, planes = [4], is_signed = false, coefficient_bits = 16>,
   schedule = [#qtile.regime<min_m = 1, decode = registers, operands = bytes, rows = 16, cols = 1, k_block = 0, m_block = 0,
                             fetch = none, distance = 0>]}

/// Two regimes: M decides. Rows of X are shared out over tiles of every width up to the widest; panels of more rows than
/// a packed one are followed by single ones for the rest of W, decoded in blocks of K.
// CHECK-LABEL: func.func @two_regimes__matmul(
// CHECK: %[[MANY:.*]] = arith.cmpi sge, %{{.*}}, %c24
// CHECK: scf.if %[[MANY]]
// CHECK: qtile.decode_panel {{.*}} to = #qtile.layout<rows = 32, group = 32, planes = [8], is_signed = false, coefficient_bits = 32>
// CHECK: qtile.matmul {{.*}} cols = 2 : i64
// CHECK: qtile.matmul {{.*}} cols = 1 : i64
// CHECK: qtile.decode_panel {{.*}} to = #qtile.layout<rows = 16,
// CHECK: } else {
// CHECK: qtile.matmul {{.*}} cols = 3 : i64
// CHECK: qtile.matmul {{.*}} cols = 2 : i64
// CHECK: qtile.matmul {{.*}} cols = 1 : i64
quoin.kernel @two_regimes weights @example_4bit activations int8 per 32
  {packed_layout = #qtile.layout<rows = 16, group = 32, planes = [4], is_signed = false, coefficient_bits = 16>,
   schedule = [#qtile.regime<min_m = 1, decode = registers, operands = bytes, rows = 16, cols = 3, k_block = 0, m_block = 0,
                             fetch = none, distance = 0>,
               #qtile.regime<min_m = 24, decode = panel, operands = bytes, rows = 32, cols = 2, k_block = 128, m_block = 64,
                             fetch = lines, distance = 4096>]}

// Declarations have served.
// CHECK-NOT: quoin.

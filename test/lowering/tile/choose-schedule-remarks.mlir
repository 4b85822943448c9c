// One remark a kernel: the strategy taken with its predicted cost, what the others would cost or why they cannot be taken,
// and at the start of each regime what other operands and another place to decode to would cost. Numbers are vector
// instructions for 32 columns: for each row of X, and once to decode them.
// RUN: quoin-opt --quoin-choose-schedule=target=x86-64-v3 %s -o /dev/null 2>&1 | FileCheck %s
// RUN: quoin-opt --quoin-choose-schedule=target=znver4 %s -o /dev/null 2>&1 | FileCheck %s --check-prefix=QUADS

quoin.format @example_4bit tile [1, 32] {
  stream block record 18
  field d : f16 in block at 0
  field q[i: 32] : ui4 in block at 16 + 4 * i
  decode (i) = (q[i] - 8) * d
}
// CHECK: remark: strategy integer dot product: codes are integers of 4 bits in [0, 15]
// CHECK-NEXT: it takes 12.0 vector instructions for 32 columns and a row of X, 12.0 to decode them, 4.500 bits a weight
// CHECK-NEXT: table lookup, integer dot product: 12.0 + 20.0, 4.500 bits; its integers follow each other closely: a list saves no bits
// CHECK-NEXT: codes decoded to f32, f32 products: 32.0 + {{[0-9.]+}}, 4.500 bits
// CHECK-NEXT: general decoded values, f32 products: 32.0 + 64.0, 32.000 bits; a number for every weight instead of a code
// CHECK-NEXT: from 1 row of X: bytes decoded in registers, 24.0; words 47.0; in panels 32.0
// CHECK-NEXT: from 2 rows of X: bytes decoded in registers, 14.0; words 23.7; in panels 22.0
// CHECK-NEXT: from 48 rows of X: bytes decoded in panels, 12.4; words 19.9; in registers 14.0
// CHECK-NEXT: quoin.kernel
// Products of quadruples need no widening; panels pay from 24 rows of X on.
// QUADS: remark: strategy integer dot product: {{.*}} accumulates 8 steps in 32-bit lanes
// QUADS-NEXT: it takes 11.0 vector instructions
// QUADS: from 24 rows of X: bytes decoded in panels, [[COST:[0-9.]+]]; words {{[0-9.]+}}; in registers
quoin.kernel @integers weights @example_4bit activations int8 per 32

/// What a text says of its schedule is what costs are told of.
// CHECK: remark: strategy integer dot product
// CHECK: from 1 row of X: bytes decoded in registers, 18.0; words 33.0; in panels 32.0
// CHECK-NEXT: quoin.kernel @by_hand
quoin.kernel @by_hand weights @example_4bit activations int8 per 32
  {schedule = [#qtile.regime<min_m = 1, decode = registers, operands = bytes, rows = 16, cols = 2, k_block = 0, m_block = 0,
                             fetch = none, distance = 0>]}

quoin.format @example_6bit tile [1, 64] {
  stream block record 52
  field d : f32 in block at 0
  field q[i: 64] : ui6 in block at 32 + 6 * i
  decode (i) = q[i] * d
}
/// Codes that take steps to join are decoded to panels where enough rows of X share them.
// CHECK: remark: strategy integer dot product: codes are integers of 6 bits in [0, 63]
// CHECK: table lookup, integer dot product: not possible, a list of 64 integers does not fit one shuffle, which holds 16
// CHECK: from 24 rows of X: bytes decoded in panels, 14.8; words 19.8; in registers 19.0
quoin.kernel @planes weights @example_6bit activations int8 per 64

quoin.format @example_8bit tile [1, 32] {
  stream block record 34
  field d : f16 in block at 0
  field q[i: 32] : si8 in block at 16 + 8 * i
  decode (i) = q[i] * d
}
/// The sign of byte products costs a third multiply, which words do without.
// CHECK: remark: strategy integer dot product: codes are integers of 8 bits in [-128, 127]
// CHECK: from 1 row of X: bytes decoded in registers, 27.0; words 35.0; in panels 35.0
// CHECK-NEXT: from 2 rows of X: words decoded in registers, 21.7; bytes 27.0
quoin.kernel @signed_bytes weights @example_8bit activations int8 per 32

quoin.format @example_levels tile [1, 32] {
  stream block record 18
  field d : f16 in block at 0
  field q[i: 32] : ui4 in block at 16 + 4 * i
  table levels[16] : si8 = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113]
  decode (i) = levels[q[i]] * d
}
// CHECK: remark: strategy table lookup, integer dot product: codes take 16 integers from -127 to 113
// CHECK-NEXT: it takes 27.0 vector instructions for 32 columns and a row of X, 20.0 to decode them, 4.500 bits a weight
// CHECK-NEXT: integer dot product: 27.0 + 0.0, 8.500 bits; its integers lie far apart: 8 bits each where positions in a list take 4
// CHECK-NEXT: codes decoded to f32, f32 products: 32.0 +
quoin.kernel @levels weights @example_levels activations int8 per 32

/// Float activations leave no integer products.
// CHECK: remark: strategy codes decoded to f32, f32 products: activations are bf16
// CHECK-NEXT: it takes 32.0 vector instructions for 32 columns and a row of X
// CHECK-NEXT: integer dot product: not possible, activations are bf16
// CHECK-NEXT: table lookup, integer dot product: not possible, activations are bf16
// CHECK-NEXT: general decoded values, f32 products: 32.0 + 64.0, 16.000 bits; a number for every weight
// CHECK-NEXT: quoin.kernel
quoin.kernel @floats weights @example_levels activations bf16

quoin.format @example_permuted {
  stream weight : si8 [N, K]
  stream order : si32 [K]
  permute k by order stored_to_logical
  decode (n, c) = f32(weight[n, c])
}
// CHECK: remark: strategy general decoded values, f32 products: its values are permuted or replaced one by one
// CHECK: integer dot product: not possible, its values are permuted or replaced one by one
// CHECK: table lookup, integer dot product: not possible, its values are permuted or replaced one by one
// CHECK: codes decoded to f32, f32 products: not possible, its values are permuted or replaced one by one
// CHECK-NEXT: packed weights take 32.000 bits where the format stores 8.008
quoin.kernel @general weights @example_permuted activations int8 per 32

// RUN: quoin-opt --quoin-choose-schedule=target=x86-64-v3 --verify-diagnostics %s | FileCheck %s

quoin.format @example_4bit tile [1, 32] {
  stream block record 18
  field d : f16 in block at 0
  field q[i: 32] : ui4 in block at 16 + 4 * i
  decode (i) = (q[i] - 8) * d
}

quoin.format @example_6bit tile [1, 64] {
  stream block record 52
  field d : f32 in block at 0
  field q[i: 64] : ui6 in block at 32 + 6 * i
  decode (i) = q[i] * d
}

quoin.format @example_8bit tile [1, 32] {
  stream block record 34
  field d : f16 in block at 0
  field q[i: 32] : si8 in block at 16 + 8 * i
  decode (i) = q[i] * d
}

/// Narrow unsigned codes: byte products for every number of rows, an f16 coefficient kept as it is.
// CHECK-LABEL: quoin.kernel @narrow_codes
// CHECK-SAME: normal = "affine, group 32
// CHECK-SAME: packed_layout = #qtile.layout<rows = 16, group = 32, planes = [4], is_signed = false, coefficient_bits = 16>
// CHECK-SAME: schedule = [#qtile.regime<min_m = 1, decode = registers, operands = bytes
// CHECK-SAME: #qtile.regime<min_m = 2, decode = registers, operands = bytes
// expected-remark @below {{strategy integer dot product: codes are integers of 4 bits in [0, 15]}}
quoin.kernel @narrow_codes weights @example_4bit activations int8 per 32

/// Any width is a sum of planes; an f32 coefficient stays f32; groups are as long as the coefficients allow.
// CHECK-LABEL: quoin.kernel @planes
// CHECK-SAME: packed_layout = #qtile.layout<rows = 16, group = 64, planes = [4, 2], is_signed = false, coefficient_bits = 32>
// expected-remark @below {{accumulates 2 steps in 16-bit lanes}}
quoin.kernel @planes weights @example_6bit activations int8 per 64

/// Signed bytes: words from two rows of X on, where the sign of byte products would cost a multiply.
// CHECK-LABEL: quoin.kernel @signed_bytes
// CHECK-SAME: planes = [8], is_signed = true
// CHECK-SAME: min_m = 1, decode = registers, operands = bytes
// CHECK-SAME: min_m = 2, decode = registers, operands = words
// expected-remark @below {{integers of 8 bits in [-128, 127]}}
quoin.kernel @signed_bytes weights @example_8bit activations int8 per 32

/// What a text says of its schedule is kept.
// CHECK-LABEL: quoin.kernel @by_hand
// CHECK-SAME: schedule = [#qtile.regime<min_m = 1, decode = registers, operands = bytes, rows = 16, cols = 2,
// CHECK-NOT: min_m = 2
// expected-remark @below {{strategy integer dot product}}
quoin.kernel @by_hand weights @example_4bit activations int8 per 32
  {schedule = [#qtile.regime<min_m = 1, decode = registers, operands = bytes, rows = 16, cols = 2, k_block = 0, m_block = 0,
                             fetch = none, distance = 0>]}

// RUN: quoin-opt --quoin-choose-schedule=target=x86-64-v3 --verify-diagnostics %s | FileCheck %s

quoin.format @example_4bit tile [1, 32] {
  stream block record 18
  field d : f16 in block at 0
  field q[i: 32] : ui4 in block at 16 + 4 * i
  decode (i) = (q[i] - 8) * d
}

/// Narrow codes: byte products for every number of rows, an f16 coefficient kept as it is.
// CHECK-LABEL: quoin.kernel @narrow_codes
// CHECK-SAME: normal = "affine, group 32
// CHECK-SAME: packed_layout = #qtile.layout<rows = 16, group = 32, block = 32, run = 32, planes = [4], lo = 0, count = 16, levels = [], scalars = [<role = coefficient, storage = f16, columns = 32,
// CHECK-SAME: schedule = [#qtile.regime<min_m = 1, decode = registers, operands = bytes
// CHECK-SAME: #qtile.regime<min_m = 2, decode = registers, operands = bytes
// CHECK-SAME: min_m = 48, decode = panel, operands = bytes
// expected-remark @below {{strategy integer dot product: codes are integers of 4 bits in [0, 15] times one coefficient a group of 32 columns}}
quoin.kernel @narrow_codes weights @example_4bit activations int8 per 32

quoin.format @example_6bit tile [1, 64] {
  stream block record 52
  field d : f32 in block at 0
  field q[i: 64] : ui6 in block at 32 + 6 * i
  decode (i) = q[i] * d
}

/// Any width is a plane; an f32 coefficient stays f32; groups are as long as the coefficients allow. Codes of several pieces
/// take steps to join, so that fewer rows of X are worth decoding to a panel for.
// CHECK-LABEL: quoin.kernel @planes
// CHECK-SAME: group = 64, block = 64, run = 64, planes = [6], lo = 0, count = 64, {{.*}} storage = f32, columns = 64,
// CHECK-SAME: min_m = 24, decode = panel,
// expected-remark @below {{accumulates 2 steps in 16-bit lanes}}
quoin.kernel @planes weights @example_6bit activations int8 per 64

quoin.format @example_8bit tile [1, 32] {
  stream block record 34
  field d : f16 in block at 0
  field q[i: 32] : si8 in block at 16 + 8 * i
  decode (i) = q[i] * d
}

/// Signed bytes: words from two rows of X on, where the sign of byte products would cost a multiply.
// CHECK-LABEL: quoin.kernel @signed_bytes
// CHECK-SAME: planes = [8], lo = -128, count = 256
// CHECK-SAME: min_m = 1, decode = registers, operands = bytes
// CHECK-SAME: min_m = 2, decode = registers, operands = words
// CHECK-SAME: min_m = 48, decode = panel, operands = words
// expected-remark @below {{integers of 8 bits in [-128, 127]}}
quoin.kernel @signed_bytes weights @example_8bit activations int8 per 32

quoin.format @example_min tile [1, 32] {
  stream block record 20
  field d : f16 in block at 0
  field m : f16 in block at 16
  field q[i: 32] : ui4 in block at 32 + 4 * i
  decode (i) = q[i] * d + m
}

/// What is added to a group's weights is one more number.
// CHECK-LABEL: quoin.kernel @minimum
// CHECK-SAME: scalars = [<role = coefficient, storage = f16, columns = 32, factor = 1.000000e+00 : f32>, <role = bias, storage = f16, columns = 32,
// expected-remark @below {{strategy integer dot product}}
quoin.kernel @minimum weights @example_min activations int8 per 32

quoin.format @example_zero tile [1, 32] {
  stream block record 19
  field d : f16 in block at 0
  field z : ui8 in block at 16
  field q[i: 32] : ui4 in block at 24 + 4 * i
  decode (i) = (q[i] - z) * d
}

/// A stored zero point is a byte beside the codes, so that the products stay those of the codes alone.
// CHECK-LABEL: quoin.kernel @stored_zero
// CHECK-SAME: lo = 0, count = 16, {{.*}} <role = zero, storage = u8, columns = 32,
// expected-remark @below {{codes are integers of 4 bits in [0, 15]}}
quoin.kernel @stored_zero weights @example_zero activations int8 per 32

/// Activation groups that are shorter than the weights': -d * z is added once a group instead, its factors stored as they are.
// CHECK-LABEL: quoin.kernel @added_zero
// CHECK-SAME: scalars = [<role = coefficient, storage = f16, columns = 32, {{.*}} <role = bias_sub, storage = u8, columns = 32, factor = -1.000000e+00 : f32>]
// expected-remark @below {{codes are integers of 4 bits in [0, 15]}}
quoin.kernel @added_zero weights @example_zero activations int8 per 16

quoin.format @example_nested tile [1, 128] {
  stream block record 70
  field d : f16 in block at 0
  field s[j: 4] : si8 in block at 16 + 8 * j
  field q[i: 128] : ui4 in block at 48 + 4 * i
  decode (i) = q[i] * ((-0.25 * d) * f32(s[i floordiv 32]))
}

/// A product of two scales is kept as its factors, which take fewer bits; powers of two are factors outside.
// CHECK-LABEL: quoin.kernel @sub_scale
// CHECK-SAME: group = 32, block = 128, run = 32, {{.*}} scalars = [<role = outer, storage = f16, columns = 128, factor = -2.500000e-01 : f32>, <role = sub, storage = s8, columns = 32, factor = 1.000000e+00 : f32>]
// CHECK-SAME: min_m = 48, decode = panel,
// expected-remark @below {{one coefficient a group of 32 columns}}
quoin.kernel @sub_scale weights @example_nested activations int8 per 32

quoin.format @example_exponent tile [1, 32] {
  stream block record 17
  field e : f8E8M0FNU in block at 0
  field q[i: 32] : si4 in block at 8 + 4 * i
  decode (i) = q[i] * f32(e)
}

/// Powers of two take a byte.
// CHECK-LABEL: quoin.kernel @exponent
// CHECK-SAME: lo = -8, count = 16, {{.*}} storage = exponent_or_nan, columns = 32,
// expected-remark @below {{codes are integers of 4 bits in [-8, 7]}}
quoin.kernel @exponent weights @example_exponent activations int8 per 32

quoin.format @example_rows {
  stream weight : si8 [N, K]
  stream scale : f32 [N]
  decode (n, k) = weight[n, k] * scale[n]
}

/// A coefficient of a whole row has no columns.
// CHECK-LABEL: quoin.kernel @rows
// CHECK-SAME: group = 0, block = 32, run = 32, {{.*}} storage = f32, columns = 0,
// expected-remark @below {{one coefficient a row}}
quoin.kernel @rows weights @example_rows activations int8 per token

quoin.format @example_levels tile [1, 32] {
  stream block record 18
  field d : f16 in block at 0
  field q[i: 32] : ui4 in block at 16 + 4 * i
  table levels[16] : si8 = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113]
  decode (i) = levels[q[i]] * d
}

/// Few integers far apart: the list is looked up, and the codes stay as narrow as they are stored.
// CHECK-LABEL: quoin.kernel @levels
// CHECK-SAME: planes = [4], lo = -127, count = 16, levels = [-127, -104, {{.*}}, 113]
// expected-remark @below {{strategy table lookup, integer dot product: codes take 16 integers from -127 to 113, looked up by 4 bits}}
quoin.kernel @levels weights @example_levels activations int8 per 32

quoin.format @example_table tile [1, 32] {
  stream block record 12
  field d : f32 in block at 0
  field q[i: 32] : ui2 in block at 32 + 2 * i
  table values[4] : f32 = [-1.0, -0.2863, 0.3107, 0.9411]
  decode (i) = values[q[i]] * d
}

/// A table of reals is rounded to the integers that fit it best, and the error is said.
// CHECK-LABEL: quoin.kernel @rounded_table
// CHECK-SAME: lo = [[LO:-[0-9]+]], count = 4, levels = [[[LO]], {{.*}}]
// CHECK-NOT: table =
// expected-remark @below {{table values rounded to multiples of 1/119 of the largest: 67.1 dB over all codes}}
quoin.kernel @rounded_table weights @example_table activations int8 per 32

quoin.format @example_reciprocals {
  stream q : ui2 [N, K]
  table values[c: 4] : f32 = 3.0 * f32(c floordiv 2) / f32(c mod 2)
  decode (n, k) = values[q[n, k]]
}

/// Of NaN, 0, infinity and 3 those that are finite are integers; they are not taken for all.
// CHECK-LABEL: quoin.kernel @reciprocals
// expected-remark-re @below {{of the largest: {{[0-9.]+}} dB over all codes; NaN and infinities become 0}}
quoin.kernel @reciprocals weights @example_reciprocals activations int8 per 32

/// Float activations need no integers: the same table stays as it is, and codes are decoded to f32, in registers for few rows
/// of X, then to panels.
// CHECK-LABEL: quoin.kernel @float_table
// CHECK-SAME: lo = 0, count = 4, levels = [], {{.*}} table = [-1.000000e+00, -2.863000e-01,
// CHECK-SAME: schedule = [#qtile.regime<min_m = 1, decode = registers, {{.*}}, #qtile.regime<min_m = 5, decode = panel,
// expected-remark @below {{strategy codes decoded to f32, f32 products: activations are bf16}}
quoin.kernel @float_table weights @example_table activations bf16

/// Longer and shorter groups of activations than the weights' nest as they are.
// CHECK-LABEL: quoin.kernel @longer_activations
// CHECK-SAME: packed_layout = #qtile.layout<rows = 16, group = 32,
// expected-remark @below {{strategy integer dot product}}
quoin.kernel @longer_activations weights @example_4bit activations int8 per 128

quoin.format @example_40 tile [1, 40] {
  stream block record 22
  field d : f16 in block at 0
  field q[i: 40] : ui4 in block at 16 + 4 * i
  decode (i) = (q[i] - 8) * d
}

/// Activation groups that do not nest with the weights' shrink until they do.
// CHECK-LABEL: quoin.kernel @shrunk_activations
// CHECK-SAME: group = 40, block = 40,
// expected-remark @below {{activation scales cover 20 columns, the most up to 32 that nest with the weights' groups}}
quoin.kernel @shrunk_activations weights @example_40 activations int8 per 32

quoin.format @example_permuted {
  stream weight : si8 [N, K]
  stream order : si32 [K]
  permute k by order stored_to_logical
  decode (n, c) = f32(weight[n, c])
}

/// Weights that are no codes in order are packed as decoded values, one number a column, and that more bits are taken is said.
// CHECK-LABEL: quoin.kernel @general
// CHECK-SAME: planes = [], lo = 1, count = 1, {{.*}} storage = f32, columns = 1,
// CHECK-SAME: schedule = [#qtile.regime<min_m = 1, decode = registers, {{.*}}, #qtile.regime<min_m = 5, decode = panel,
// expected-remark @below {{packed weights take 32.000 bits where the format stores 8.008}}
quoin.kernel @general weights @example_permuted activations int8 per 32

/// They take no more bits than the activations' type has.
// CHECK-LABEL: quoin.kernel @general_f16
// CHECK-SAME: storage = f16, columns = 1,
// expected-remark @below {{packed weights take 16.000 bits}}
quoin.kernel @general_f16 weights @example_permuted activations f16

quoin.format @example_float_scale tile [1, 32] {
  stream block record 17
  field s : f8E4M3FN in block at 0
  field q[i: 32] : si4 in block at 8 + 4 * i
  decode (i) = q[i] * f32(s)
}

/// A scale of 8 bits that is no power of two is packed as f32: growth above 3 % is said for integer codes, too.
// expected-remark @below {{packed weights take 5.000 bits where the format stores 4.250}}
quoin.kernel @growth weights @example_float_scale activations int8 per 32

/// On stored weights panels are packed into scratch memory as they are needed: blocks of K everywhere, nothing fetched ahead.
// CHECK-LABEL: quoin.kernel @stored
// CHECK-SAME: schedule = [#qtile.regime<min_m = 1, decode = registers, operands = bytes, rows = 16, cols = 1, k_block = 256, m_block = 0, fetch = none
// CHECK-SAME: min_m = 2, decode = registers, operands = bytes, rows = 16, cols = 6, k_block = 256, m_block = 0, fetch = none
// expected-remark @below {{strategy integer dot product}}
quoin.kernel @stored weights @example_4bit activations int8 per 32 layout stored

/// What a text says of its schedule is kept.
// CHECK-LABEL: quoin.kernel @by_hand
// CHECK-SAME: schedule = [#qtile.regime<min_m = 1, decode = registers, operands = bytes, rows = 16, cols = 2,
// CHECK-NOT: min_m = 2
// expected-remark @below {{strategy integer dot product}}
quoin.kernel @by_hand weights @example_4bit activations int8 per 32
  {schedule = [#qtile.regime<min_m = 1, decode = registers, operands = bytes, rows = 16, cols = 2, k_block = 0, m_block = 0,
                             fetch = none, distance = 0>]}

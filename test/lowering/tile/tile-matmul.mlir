// RUN: quoin-opt --quoin-tile-matmul --canonicalize %s | FileCheck %s

#packed = #qtile.layout<rows = 16, group = 32, block = 32, run = 32, planes = [4], lo = 0, count = 16, levels = [],
                        scalars = [#qtile.scalar<role = coefficient, storage = f16, columns = 32, factor = 1.0 : f32>]>

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
// CHECK: qtile.matmul {{.*}}cols = 1 : i64
// CHECK-SAME: rows = 16 : i64
// CHECK-SAME: x_layout = #qtile.x_layout<group = 32, sum_group = 32, bias_group = 32, bias = false, block = 32, words = false, floats = false>
// CHECK-SAME: zero = 8 : i64
// CHECK-NOT: qtile.matmul
quoin.kernel @registers weights @example_4bit activations int8 per 32
  {packed_layout = #packed,
   schedule = [#qtile.regime<min_m = 1, decode = registers, operands = bytes, rows = 16, cols = 1, k_block = 0, m_block = 0,
                             fetch = none, distance = 0>]}

/// Two regimes: M decides. Rows of X are shared out over tiles of every width up to the widest; panels of more rows than
/// a packed one are followed by single ones for the rest of W, decoded in blocks of K to whole bytes and f32 numbers.
// CHECK-LABEL: func.func @two_regimes__matmul(
// CHECK: %[[MANY:.*]] = arith.cmpi sge, %{{.*}}, %c24
// CHECK: scf.if %[[MANY]]
// CHECK: qtile.decode_panel {{.*}} to = #qtile.layout<rows = 32, group = 32, block = 32, run = 32, planes = [8], lo = 0, count = 16, levels = [], scalars = [<role = coefficient, storage = f32, columns = 32,
// CHECK: qtile.matmul {{.*}}cols = 2 : i64, layout = #qtile.layout<rows = 32, {{.*}} planes = [8]
// CHECK: qtile.matmul {{.*}}cols = 1 : i64
// CHECK: qtile.decode_panel {{.*}} to = #qtile.layout<rows = 16,
// CHECK: } else {
// CHECK: qtile.matmul {{.*}}cols = 3 : i64
// CHECK: qtile.matmul {{.*}}cols = 2 : i64
// CHECK: qtile.matmul {{.*}}cols = 1 : i64
quoin.kernel @two_regimes weights @example_4bit activations int8 per 32
  {packed_layout = #packed,
   schedule = [#qtile.regime<min_m = 1, decode = registers, operands = bytes, rows = 16, cols = 3, k_block = 0, m_block = 0,
                             fetch = none, distance = 0>,
               #qtile.regime<min_m = 24, decode = panel, operands = bytes, rows = 32, cols = 2, k_block = 128, m_block = 64,
                             fetch = lines, distance = 4096>]}

/// Codes that are levels are decoded to the integers they stand for, and a product of two scales to their product.
quoin.format @example_levels tile [1, 64] {
  stream block record 20
  field d : f16 in block at 0
  field s[j: 2] : ui8 in block at 16 + 8 * j
  field q[i: 64] : ui2 in block at 32 + 2 * i
  table levels[4] : si8 = [-50, -20, 0, 100]
  decode (i) = levels[q[i]] * (d * f32(s[i floordiv 32]))
}
// CHECK-LABEL: func.func @decoded_numbers__matmul(
// CHECK: qtile.decode_panel {{.*}} to = #qtile.layout<{{.*}} planes = [8], lo = -50, count = 151, levels = [], scalars = [<role = coefficient, storage = f32, columns = 32,
quoin.kernel @decoded_numbers weights @example_levels activations int8 per 32
  {packed_layout = #qtile.layout<rows = 16, group = 32, block = 64, run = 32, planes = [2], lo = -50, count = 4, levels = [-50, -20, 0, 100],
                                 scalars = [#qtile.scalar<role = outer, storage = f16, columns = 64, factor = 1.0 : f32>,
                                            #qtile.scalar<role = sub, storage = u8, columns = 32, factor = 1.0 : f32>]>,
   schedule = [#qtile.regime<min_m = 1, decode = panel, operands = bytes, rows = 16, cols = 1, k_block = 128, m_block = 0,
                             fetch = none, distance = 0>]}

/// Stored weights: panels are packed into scratch memory block by block of K, and multiplied there.
// CHECK-LABEL: func.func @stored__matmul(
// CHECK: scf.for
// CHECK: scf.for
// CHECK: arith.shli
// CHECK: llvm.store %{{.*}} : i8
// CHECK: qtile.matmul {{.*}}cols = 2 : i64
quoin.kernel @stored weights @example_4bit activations int8 per 32 layout stored
  {packed_layout = #packed,
   schedule = [#qtile.regime<min_m = 1, decode = registers, operands = bytes, rows = 16, cols = 2, k_block = 64, m_block = 0,
                             fetch = none, distance = 0>]}

/// Float activations: weights are decoded to f32, rounded to the type of X, and met by X as f32.
// CHECK-LABEL: func.func @floats__matmul(
// CHECK: qtile.decode_values {{.*}} precision = #qtile.storage<bf16>, rows = 16 : i64, zero = 8 : i64
// CHECK: qtile.matmul_values {{.*}}cols = 2 : i64
// CHECK: qtile.matmul_values {{.*}}cols = 1 : i64
// CHECK-NOT: qtile.matmul %
quoin.kernel @floats weights @example_4bit activations bf16
  {packed_layout = #packed,
   schedule = [#qtile.regime<min_m = 1, decode = panel, operands = bytes, rows = 16, cols = 2, k_block = 64, m_block = 0,
                             fetch = none, distance = 0>]}

/// For few rows of X floats stay in registers between decoding and multiplying.
// CHECK-LABEL: func.func @few_floats__matmul(
// CHECK-NOT: qtile.decode_values
// CHECK: qtile.matmul_decoded {{.*}}cols = 2 : i64{{.*}} precision = #qtile.storage<f32>
// CHECK: qtile.matmul_decoded {{.*}}cols = 1 : i64
quoin.kernel @few_floats weights @example_4bit activations f32
  {packed_layout = #packed,
   schedule = [#qtile.regime<min_m = 1, decode = registers, operands = bytes, rows = 16, cols = 2, k_block = 0, m_block = 0,
                             fetch = none, distance = 0>]}

/// Pairs of bf16: X takes two bytes a column, so that a block of 32 columns is 64 bytes.
// CHECK-LABEL: func.func @pairs__matmul(
// CHECK: arith.muli %{{.*}}, %c64_i64
// CHECK: qtile.decode_values {{.*}} pairs {{.*}} precision = #qtile.storage<bf16>
// CHECK: qtile.matmul_values {{.*}} pairs {cols = 1 : i64
quoin.kernel @pairs weights @example_4bit activations bf16
  {packed_layout = #packed,
   schedule = [#qtile.regime<min_m = 1, decode = panel, operands = pairs, rows = 16, cols = 1, k_block = 64, m_block = 0,
                             fetch = none, distance = 0>]}

// Declarations have served.
// CHECK-NOT: quoin.

// RUN: quoin-opt --quoin-pack-operands --canonicalize %s | FileCheck %s

#f16 = #qtile.scalar<role = coefficient, storage = f16, columns = 32, factor = 1.0 : f32>
#f32 = #qtile.scalar<role = coefficient, storage = f32, columns = 32, factor = 1.0 : f32>

quoin.format @example_4bit tile [1, 32] {
  stream block record 18
  field d : f16 in block at 0
  field q[i: 32] : ui4 in block at 16 + 4 * i
  decode (i) = (q[i] - 8) * d
}

/// A byte of the only plane collects two codes; rows past N are zero; the coefficient stays f16. Both are fields, so
/// there is an inverse.
// CHECK-LABEL: func.func @invertible__pack
// CHECK: arith.muli %{{.*}}, %c288_i64
// CHECK: %[[COLUMN:.*]] = arith.cmpi slt
// CHECK: %[[ROW:.*]] = arith.cmpi slt
// CHECK: %[[INSIDE:.*]] = arith.andi %[[ROW]], %[[COLUMN]]
// CHECK: scf.if %[[INSIDE]]
// CHECK: %[[CODE:.*]] = arith.andi %{{.*}}, %c15_i32
// CHECK: arith.shli %[[CODE]],
// CHECK: arith.truncf %{{.*}} : f32 to f16
// CHECK-LABEL: func.func @invertible__unpack
quoin.kernel @invertible weights @example_4bit activations int8 per 32
  {packed_layout = #qtile.layout<rows = 16, group = 32, block = 32, run = 32, planes = [4], lo = 0, count = 16, levels = [], scalars = [#f16]>}

/// Rows of a panel, columns of a block and planes are free: 8 rows of 96 columns, codes cut in two, are 432 bytes.
// CHECK-LABEL: func.func @planes__pack
// CHECK: arith.muli %{{.*}}, %c432_i64
// CHECK: arith.andi %{{.*}}, %c3_i32
// CHECK: %[[HIGH:.*]] = arith.shrui %{{.*}}, %c2_i32
// CHECK: arith.andi %[[HIGH]], %c3_i32
// CHECK-LABEL: func.func @planes__unpack
quoin.kernel @planes weights @example_4bit activations int8 per 32
  {packed_layout = #qtile.layout<rows = 8, group = 32, block = 96, run = 32, planes = [2, 2], lo = 0, count = 16, levels = [], scalars = [#f16]>}

quoin.format @example_product tile [1, 32] {
  stream block record 20
  field d : f16 in block at 0
  field s : f16 in block at 16
  field q[i: 32] : ui4 in block at 32 + 4 * i
  decode (i) = q[i] * (d * s)
}

/// A computed coefficient cannot be taken apart again.
// CHECK-LABEL: func.func @one_way__pack
// CHECK-NOT: one_way__unpack
quoin.kernel @one_way weights @example_product activations int8 per 32
  {packed_layout = #qtile.layout<rows = 16, group = 32, block = 32, run = 32, planes = [4], lo = 0, count = 16, levels = [], scalars = [#f32]>}

quoin.format @example_nested tile [1, 128] {
  stream block record 70
  field d : f16 in block at 0
  field s[j: 4] : si8 in block at 16 + 8 * j
  field q[i: 128] : ui4 in block at 48 + 4 * i
  decode (i) = q[i] * (d * f32(s[i floordiv 32]))
}

/// A block begins with the numbers that cover all of it (32 bytes), a run with its own (16): codes lie 48 bytes in, runs 272
/// bytes apart.
// CHECK-LABEL: func.func @nested__pack
// CHECK: arith.muli %{{.*}}, %c1120_i64
// CHECK: arith.muli %{{.*}}, %c272_i64
// CHECK: arith.addi %{{.*}}, %c48_i64
// CHECK: arith.truncf %{{.*}} : f32 to f16
// CHECK: arith.muli %{{.*}}, %c272_i64
// CHECK: arith.addi %{{.*}}, %c32_i64
// CHECK: arith.trunci %{{.*}} : i32 to i8
// CHECK-LABEL: func.func @nested__unpack
quoin.kernel @nested weights @example_nested activations int8 per 32
  {packed_layout = #qtile.layout<rows = 16, group = 32, block = 128, run = 32, planes = [4], lo = 0, count = 16, levels = [],
                                 scalars = [#qtile.scalar<role = outer, storage = f16, columns = 128, factor = 1.0 : f32>,
                                            #qtile.scalar<role = sub, storage = s8, columns = 32, factor = 1.0 : f32>]>}

quoin.format @example_rows {
  stream weight : si8 [N, K]
  stream scale : f32 [N]
  decode (n, k) = weight[n, k] * scale[n]
}

/// A panel begins with the numbers of whole rows, 64 bytes here; codes are counted from the lowest.
// CHECK-LABEL: func.func @rows__pack
// CHECK: %[[BLOCKS:.*]] = arith.muli %{{.*}}, %c512_i64
// CHECK: arith.addi %[[BLOCKS]], %c64_i64
// CHECK: arith.subi %{{.*}}, %c-128_i32
// CHECK-LABEL: func.func @rows__unpack
quoin.kernel @rows weights @example_rows activations int8 per 32
  {packed_layout = #qtile.layout<rows = 16, group = 0, block = 32, run = 32, planes = [8], lo = -128, count = 256, levels = [],
                                 scalars = [#qtile.scalar<role = coefficient, storage = f32, columns = 0, factor = 1.0 : f32>]>}

quoin.format @example_exponent tile [1, 32] {
  stream block record 17
  field e : f8E8M0FNU in block at 0
  field q[i: 32] : si4 in block at 8 + 4 * i
  decode (i) = q[i] * f32(e)
}

/// A power of two is the exponent field of the f32 and one, NaN is zero.
// CHECK-LABEL: func.func @exponent__pack
// CHECK: %[[FIELD:.*]] = arith.shrui %{{.*}}, %c23_i32
// CHECK: arith.addi %[[FIELD]], %c1_i32
// CHECK: %[[NAN:.*]] = arith.cmpi eq, %[[FIELD]], %c255_i32
// CHECK: arith.select %[[NAN]], %c0_i32
// CHECK-NOT: exponent__unpack
quoin.kernel @exponent weights @example_exponent activations int8 per 32
  {packed_layout = #qtile.layout<rows = 16, group = 32, block = 32, run = 32, planes = [4], lo = -8, count = 16, levels = [],
                                 scalars = [#qtile.scalar<role = coefficient, storage = exponent_or_nan, columns = 32, factor = 1.0 : f32>]>}

quoin.format @example_levels tile [1, 32] {
  stream block record 10
  field d : f16 in block at 0
  field q[i: 32] : ui2 in block at 16 + 2 * i
  table levels[4] : si8 = [13, -127, 113, 1]
  decode (i) = levels[q[i]] * d
}

/// What is stored is the position in the list of levels, found by a table over their range.
// CHECK-LABEL: func.func @levels__pack
// CHECK: %[[LEVEL:.*]] = llvm.load %{{.*}} -> i32
// CHECK: %[[FROM_LOWEST:.*]] = arith.subi %[[LEVEL]], %c-127_i32
// CHECK: arith.extui %[[FROM_LOWEST]]
// CHECK: llvm.load %{{.*}} -> i32
// CHECK-NOT: levels__unpack
quoin.kernel @levels weights @example_levels activations int8 per 32
  {packed_layout = #qtile.layout<rows = 16, group = 32, block = 32, run = 32, planes = [2], lo = -127, count = 4, levels = [-127, 1, 13, 113],
                                 scalars = [#f16]>}

quoin.format @example_overlay {
  size P
  stream weight : si8 [N, K]
  stream rows : si32 [P]
  stream cols : si32 [P]
  stream kept : f32 [P]
  decode (n, k) = f32(weight[n, k])
  overlay add rows rows cols cols values kept
}

/// Decoded values: those of the panel's rows are patched after it is filled.
// CHECK-LABEL: func.func @values__pack
// CHECK: llvm.store %{{.*}} : f32
// CHECK: scf.if
// CHECK: arith.addf
// CHECK: llvm.store %{{.*}} : f32
// CHECK-NOT: values__unpack
quoin.kernel @values weights @example_overlay activations f32
  {packed_layout = #qtile.layout<rows = 16, group = 1, block = 16, run = 16, planes = [], lo = 1, count = 1, levels = [],
                                 scalars = [#qtile.scalar<role = coefficient, storage = f32, columns = 1, factor = 1.0 : f32>]>}

quoin.format @example_order {
  stream weight : si8 [N, K]
  stream order : si32 [K] default (k) = k floordiv 64
  stream scale : f32 [N, K ceildiv 64]
  decode (n, k) = weight[n, k] * scale[n, order[k]]
}

/// Where the order is given, columns of a group whose scales differ have no number, and the caller is told where it wants to
/// know: field 18.
// CHECK-LABEL: func.func @order__pack
// CHECK: %[[SAME:.*]] = scf.if %{{.*}} -> (i1)
// CHECK: scf.for
// CHECK: arith.select %[[SAME]], %{{.*}}, %cst : f32
// CHECK: scf.if %[[SAME]]
// CHECK: } else {
// CHECK: %[[FIELD:.*]] = llvm.getelementptr %{{.*}}[144]
// CHECK: %[[REFUSED:.*]] = llvm.load %[[FIELD]]
// CHECK: %[[WANTED:.*]] = llvm.icmp "ne" %[[REFUSED]]
// CHECK: scf.if %[[WANTED]]
// CHECK: llvm.store %c1_i64, %[[REFUSED]]
quoin.kernel @order weights @example_order activations int8 per 64
  {packed_layout = #qtile.layout<rows = 16, group = 64, block = 64, run = 64, planes = [8], lo = -128, count = 256, levels = [],
                                 scalars = [#qtile.scalar<role = coefficient, storage = f32, columns = 64, factor = 1.0 : f32>]>}

quoin.format @example_first {
  stream weight : si8 [N, K]
  stream scale : f32 [4]
  decode (n, k) = weight[n, k] * scale[0]
}

/// Three of the scales are in no panel.
// CHECK-LABEL: func.func @first__pack
// CHECK-NOT: first__unpack
quoin.kernel @first weights @example_first activations int8 per 32
  {packed_layout = #qtile.layout<rows = 16, group = 0, block = 32, run = 32, planes = [8], lo = -128, count = 256, levels = [],
                                 scalars = [#qtile.scalar<role = coefficient, storage = f32, columns = 0, factor = 1.0 : f32>]>}

/// Kernels on stored weights pack for themselves.
// CHECK-NOT: stored__pack
quoin.kernel @stored weights @example_4bit activations int8 per 32 layout stored
  {packed_layout = #qtile.layout<rows = 16, group = 32, block = 32, run = 32, planes = [4], lo = 0, count = 16, levels = [], scalars = [#f16]>}

// RUN: quoin-opt --quoin-quantize-activations --canonicalize %s | FileCheck %s

#f16 = #qtile.scalar<role = coefficient, storage = f16, columns = 32, factor = 1.0 : f32>
#bytes = #qtile.layout<rows = 16, group = 32, block = 32, run = 32, planes = [8], lo = -128, count = 256, levels = [], scalars = [#f16]>

quoin.format @example_8bit tile [1, 32] {
  stream block record 34
  field d : f16 in block at 0
  field q[i: 32] : si8 in block at 16 + 8 * i
  decode (i) = q[i] * d
}

/// Magnitudes compare as integers, so that NaN and infinity win; the inverse is limited to the largest finite float. Each
/// 32 columns have a scale and a sum.
// CHECK-LABEL: func.func @bytes__quantize
// CHECK: vector.reduction <maxui>, %{{.*}} : vector<32xi32> into i32
// CHECK: arith.cmpi ult, %{{.*}}, %c2139095040_i32
// CHECK: arith.minimumf %{{.*}}, %cst{{.*}} : f32
// CHECK: math.roundeven
// CHECK-NOT: vector.shuffle
// CHECK: vector.reduction <add>
// CHECK-NOT: math.fma
quoin.kernel @bytes weights @example_8bit activations int8 per 32 {packed_layout = #bytes}

/// Where a regime multiplies words, codes are stored a second time, each four in the order 0, 2, 1, 3.
// CHECK-LABEL: func.func @words__quantize
// CHECK: vector.shuffle %{{.*}}, %{{.*}} [0, 2, 1, 3, 4, 6, 5, 7,
quoin.kernel @words weights @example_8bit activations int8 per 32
  {packed_layout = #bytes,
   schedule = [#qtile.regime<min_m = 1, decode = registers, operands = words, rows = 16, cols = 1, k_block = 0, m_block = 0,
                             fetch = none, distance = 0>]}

/// Scales of 128 columns over weight groups of 32: one scale, and a loop over the four sums.
// CHECK-LABEL: func.func @longer_scales__quantize
// CHECK: vector.reduction <maxui>
// CHECK: scf.for {{.*}} step %c32_i64
// CHECK: scf.for {{.*}} step %c32_i64
// CHECK: vector.reduction <add>
quoin.kernel @longer_scales weights @example_8bit activations int8 per 128 {packed_layout = #bytes}

quoin.format @example_min tile [1, 64] {
  stream block record 36
  field d : f16 in block at 0
  field m : f16 in block at 16
  field q[i: 64] : ui4 in block at 32 + 4 * i
  decode (i) = q[i] * d + m
}

/// What is added to weights meets the sum of X over their group: the sum over its two activation groups of scale * sum.
// CHECK-LABEL: func.func @bias__quantize
// CHECK: vector.reduction <add>
// CHECK: scf.for {{.*}} iter_args
// CHECK: arith.sitofp
// CHECK: math.fma
quoin.kernel @bias weights @example_min activations int8 per 32
  {packed_layout = #qtile.layout<rows = 16, group = 64, block = 64, run = 64, planes = [4], lo = 0, count = 16, levels = [],
                                 scalars = [#qtile.scalar<role = coefficient, storage = f16, columns = 64, factor = 1.0 : f32>,
                                            #qtile.scalar<role = bias, storage = f16, columns = 64, factor = 1.0 : f32>]>}

/// Longer activation groups: the sum alone, because one scale covers more than it does.
// CHECK-LABEL: func.func @bare_bias__quantize
// CHECK: vector.reduction <add>
// CHECK: arith.sitofp
// CHECK-NOT: math.fma
quoin.kernel @bare_bias weights @example_min activations int8 per 128
  {packed_layout = #qtile.layout<rows = 16, group = 64, block = 64, run = 64, planes = [4], lo = 0, count = 16, levels = [],
                                 scalars = [#qtile.scalar<role = coefficient, storage = f16, columns = 64, factor = 1.0 : f32>,
                                            #qtile.scalar<role = bias, storage = f16, columns = 64, factor = 1.0 : f32>]>}

/// Float activations are rounded to their type, ties to even, and kept as f32.
// CHECK-LABEL: func.func @rounded__quantize
// CHECK-NOT: vector.reduction
// CHECK: arith.shrui
// CHECK: llvm.store %{{.*}} : vector<32xf32>
quoin.kernel @rounded weights @example_8bit activations bf16 {packed_layout = #bytes}

/// Or as bf16, where kernels multiply pairs of columns.
// CHECK-LABEL: func.func @pairs__quantize
// CHECK: arith.shrui
// CHECK: arith.trunci %{{.*}} : vector<32xi32> to vector<32xi16>
// CHECK: llvm.store %{{.*}} : vector<32xi16>
quoin.kernel @pairs weights @example_8bit activations bf16
  {packed_layout = #bytes,
   schedule = [#qtile.regime<min_m = 1, decode = panel, operands = pairs, rows = 16, cols = 1, k_block = 32, m_block = 0,
                             fetch = none, distance = 0>]}

/// f32 needs no rounding.
// CHECK-LABEL: func.func @plain__quantize
// CHECK-NOT: arith.shrui
// CHECK: llvm.store %{{.*}} : vector<32xf32>
quoin.kernel @plain weights @example_8bit activations f32 {packed_layout = #bytes}

quoin.format @example_permuted {
  stream weight : si8 [N, K]
  stream order : si32 [K]
  permute k by order stored_to_logical
  decode (n, c) = f32(weight[n, c])
}

/// Weights that are no codes meet quantized X as floats: codes times their scale.
// CHECK-LABEL: func.func @values__quantize
// CHECK: math.roundeven
// CHECK: %[[CODES:.*]] = arith.sitofp
// CHECK: arith.mulf %[[CODES]],
quoin.kernel @values weights @example_permuted activations int8 per 32
  {packed_layout = #qtile.layout<rows = 16, group = 1, block = 16, run = 16, planes = [], lo = 1, count = 1, levels = [],
                                 scalars = [#qtile.scalar<role = coefficient, storage = f32, columns = 1, factor = 1.0 : f32>]>}

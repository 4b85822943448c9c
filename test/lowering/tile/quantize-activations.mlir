// RUN: quoin-opt --quoin-quantize-activations %s | FileCheck %s

quoin.format @example_8bit tile [1, 32] {
  stream block record 34
  field d : f16 in block at 0
  field q[i: 32] : si8 in block at 16 + 8 * i
  decode (i) = q[i] * d
}

/// Magnitudes compare as integers, so that NaN and infinity win; the inverse is limited to the largest finite float.
// CHECK-LABEL: func.func @bytes__quantize
// CHECK: vector.reduction <maxui>, %{{.*}} : vector<32xi32> into i32
// CHECK: arith.cmpi ult, %{{.*}}, %c2139095040_i32
// CHECK: arith.minimumf %{{.*}}, %cst{{.*}} : f32
// CHECK: math.roundeven
// CHECK: vector.reduction <add>
// CHECK-NOT: vector.shuffle
quoin.kernel @bytes weights @example_8bit activations int8 per 32

/// Where a regime multiplies words, codes are stored a second time, each four in the order 0, 2, 1, 3.
// CHECK-LABEL: func.func @words__quantize
// CHECK: vector.shuffle %{{.*}}, %{{.*}} [0, 2, 1, 3, 4, 6, 5, 7,
quoin.kernel @words weights @example_8bit activations int8 per 32
  {schedule = [#qtile.regime<min_m = 1, decode = registers, operands = words, rows = 16, cols = 1, k_block = 0, m_block = 0,
                             fetch = none, distance = 0>]}

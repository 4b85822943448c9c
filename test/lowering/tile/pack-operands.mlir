// RUN: quoin-opt --quoin-pack-operands %s | FileCheck %s

quoin.format @example_4bit tile [1, 32] {
  stream block record 18
  field d : f16 in block at 0
  field q[i: 32] : ui4 in block at 16 + 4 * i
  decode (i) = (q[i] - 8) * d
}

/// A byte of the only plane collects two codes; rows past N are zero; the coefficient stays f16. Both are fields, so
/// there is an inverse.
// CHECK-LABEL: func.func @invertible__pack
// CHECK: %[[INSIDE:.*]] = arith.cmpi slt
// CHECK: scf.if %[[INSIDE]]
// CHECK: arith.shli %{{.*}}, %c4_i32
// CHECK: arith.truncf %{{.*}} : f32 to f16
// CHECK-LABEL: func.func @invertible__unpack
quoin.kernel @invertible weights @example_4bit activations int8 per 32
  {packed_layout = #qtile.layout<rows = 16, group = 32, planes = [4], is_signed = false, coefficient_bits = 16>}

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
  {packed_layout = #qtile.layout<rows = 16, group = 32, planes = [4], is_signed = false, coefficient_bits = 32>}

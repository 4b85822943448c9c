// RUN: quoin-opt --quoin-decode-weights --split-input-file --verify-diagnostics %s | FileCheck %s

quoin.format @example_min tile [1, 32] {
  stream block record 20
  field d : f16 in block at 0
  field m : f16 in block at 16
  field q[i: 32] : ui4 in block at 32 + 4 * i
  decode (i) = q[i] * d + m
}

/// Products and sums are rounded as written: no fused multiply-add.
// CHECK-LABEL: func.func @affine__decode
// CHECK: %[[PRODUCT:.*]] = arith.mulf
// CHECK: arith.addf %[[PRODUCT]],
// CHECK-NOT: fma
quoin.kernel @affine weights @example_min activations int8 per 32

// -----

quoin.format @example_optional {
  stream weight : si8 [N, K]
  stream order : si32 [K] default (k) = k floordiv 64
  stream scale : f32 [N, K ceildiv 64]
  decode (n, k) = weight[n, k] * scale[n, order[k]]
}

/// An absent stream is a null pointer; an index that comes from data is kept inside its stream.
// CHECK-LABEL: func.func @optional__decode
// CHECK: %[[PRESENT:.*]] = llvm.icmp "ne"
// CHECK: scf.if %[[PRESENT]]
// CHECK: arith.minui
quoin.kernel @optional weights @example_optional activations f32

// -----

quoin.format @example_permuted {
  stream weight : si8 [N, K]
  stream order : si32 [K]
  permute k by order stored_to_logical
  decode (n, c) = f32(weight[n, c])
}
// expected-error @below {{no decode kernel is made for weights "example_permuted": they are permuted or overlaid}}
quoin.kernel @permuted weights @example_permuted activations f32

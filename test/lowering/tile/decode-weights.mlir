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

/// An absent stream is a null pointer; what is read at an index from data is compared with its stream's length, the rest
/// is not.
// CHECK-LABEL: func.func @optional__decode
// CHECK: %[[PRESENT:.*]] = llvm.icmp "ne"
// CHECK: scf.if %[[PRESENT]]
// CHECK-NOT: arith.cmpi ult
// CHECK: %[[FIRST:.*]] = arith.cmpi ult
// CHECK: %[[LAST:.*]] = arith.cmpi ult
// CHECK: %[[INSIDE:.*]] = arith.andi %[[FIRST]], %[[LAST]]
// CHECK: scf.if %[[INSIDE]]
// CHECK-NOT: arith.cmpi ult
quoin.kernel @optional weights @example_optional activations f32

// -----

quoin.format @example_permuted {
  stream weight : si8 [N, K]
  stream order : si32 [K]
  permute k by order stored_to_logical
  decode (n, c) = f32(weight[n, c])
}

/// Stored columns go where the order says, which is inside the row whatever it says.
// CHECK-LABEL: func.func @permuted__decode
// CHECK: scf.for
// CHECK: scf.for
// CHECK: arith.minui
// CHECK: %[[HERE:.*]] = arith.andi
// CHECK: scf.if %[[HERE]]
// CHECK: llvm.store
quoin.kernel @permuted weights @example_permuted activations f32

// -----

quoin.format @example_overlay {
  size P
  stream weight : si8 [N, K]
  stream rows : si32 [P]
  stream cols : si32 [P]
  stream kept : f32 [P]
  decode (n, k) = f32(weight[n, k])
  overlay add rows rows cols cols values kept
}

/// The free size is the least that the three streams have room for; entries patch what was decoded before.
// CHECK-LABEL: func.func @overlaid__decode
// CHECK: arith.divui
// CHECK: arith.divui
// CHECK: arith.minsi
// CHECK: arith.divui
// CHECK: %[[P:.*]] = arith.minsi
// CHECK: llvm.store
// CHECK: arith.minsi %[[P]],
// CHECK: arith.addf
// CHECK: llvm.store
quoin.kernel @overlaid weights @example_overlay activations f32

// -----

quoin.format @example_shards {
  stream weight : si8 [N, K]
  stream shards : si32 [2]
  stream gain : f32 [2]
  decode (n, k) = weight[n, k] * (split n by shards as (s, r) -> gain[s])
}

/// A loop over the lengths finds the range; its number reads no further than the stream.
// CHECK-LABEL: func.func @shards__decode
// CHECK: scf.for {{.*}} iter_args
// CHECK: arith.cmpi sge
// CHECK: arith.cmpi ult
quoin.kernel @shards weights @example_shards activations f32

// -----

quoin.format @example_select {
  stream weight : si8 [N, K]
  decode (n, k) = f32(select(k > 0, weight[n, k - 1], 0))
}

/// Both branches of a select are evaluated, so the one not meant must not read outside either.
// CHECK-LABEL: func.func @select__decode
// CHECK: %[[INSIDE:.*]] = arith.cmpi ult
// CHECK: scf.if
// CHECK: arith.select
quoin.kernel @select weights @example_select activations f32

// -----

/// Two sizes that only streams tell: the first is found when the second is.
quoin.format @example_sizes {
  size A
  size B
  stream table : f32 [A, B]
  stream column : ui8 [B]
  stream q : ui8 [N, K]
  decode (n, k) = table[q[n, k], column[q[n, k]]]
}
// CHECK-LABEL: func.func @sizes__decode
// CHECK: llvm.load
quoin.kernel @sizes weights @example_sizes activations f32

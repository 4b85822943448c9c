// RUN: quoin-opt --quoin-decode-weights --split-input-file --verify-diagnostics %s | FileCheck %s

/// What has no counterpart of its own in the machine is loops, selects and integer arithmetic; nothing is left to call.
// CHECK-LABEL: func.func @{{.*}}decode
// CHECK-NOT: func.call
// CHECK-DAG: scf.for
// CHECK-DAG: math.ctpop
// CHECK-DAG: arith.shrui
// CHECK-DAG: arith.select
// CHECK-DAG: arith.minsi
quoin.format @rounded {
  stream q : ui8 [N, K]
  stream s : f16 [N, K ceildiv 32]
  decode (n, k) = round((q[n, k] - 8) * s[n, k floordiv 32], si8) + round(s[n, k floordiv 32] / 3.0, f8E4M3FN, rtz) + round(s[n, k floordiv 32], bf16, floor, sat) * ldexp(f32(argmin(v: 7, abs(f32(q[n, k] - v)))), popcount(q[n, k])) + absmax(v: 5, f32(q[n, k] - v)) + search(v: 9, v * v >= q[n, k]) + select(q[n, k] > 7, sum(v: 4, shr(q[n, k], v)), q[n, k] mod 5) + signmax(v: 3, q[n, k] - v) + min(v: 3, xor(q[n, k], v))
}
quoin.kernel @decode weights @rounded activations f32

// -----

quoin.format @logarithm {
  stream q : ui8 [N, K]
  decode (n, k) = log2(f32(q[n, k]))
}
// expected-error @below {{no code is made for log2 (format "logarithm")}}
quoin.kernel @decode weights @logarithm activations f32

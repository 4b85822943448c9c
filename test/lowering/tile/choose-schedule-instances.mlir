// RUN: quoin-opt --quoin-choose-schedule=target=x86-64-v3 --split-input-file --verify-diagnostics=only-expected %s | FileCheck %s

/// Weights are named as everywhere: an instance by its own name or by what a pattern makes of it.
quoin.format @family<zero = 8> {
  stream q : ui8 [N, K]
  stream d : f16 [N]
  decode (n, k) = (q[n, k] - zero) * d[n]
}
quoin.instance "w{zero}" of @family
quoin.instance @centred of @family<zero = 128>
// CHECK: quoin.kernel @the_family {{.*}}(q[n, k] - 8)
quoin.kernel @the_family weights @family activations int8
// CHECK: quoin.kernel @by_pattern {{.*}}(q[n, k] - 3)
quoin.kernel @by_pattern weights @w3 activations int8
// CHECK: quoin.kernel @by_name {{.*}}(q[n, k] - 128)
quoin.kernel @by_name weights @Centred activations int8

// -----

// expected-error @below {{format "nowhere" is not declared here}}
quoin.instance @lost of @nowhere<zero = 8>
quoin.kernel @of_nothing weights @lost activations int8

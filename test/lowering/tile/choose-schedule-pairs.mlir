// RUN: quoin-opt --quoin-choose-schedule=target=znver4 %s | FileCheck %s --check-prefixes=CHECK,PAIRS
// RUN: quoin-opt --quoin-choose-schedule=target=x86-64-v3-generic512 %s | FileCheck %s --check-prefixes=CHECK,PAIRS
// RUN: quoin-opt --quoin-choose-schedule=target=x86-64-v4 %s | FileCheck %s --check-prefixes=CHECK,FLOATS

quoin.format @example_4bit tile [1, 32] {
  stream block record 18
  field d : f16 in block at 0
  field q[i: 32] : ui4 in block at 16 + 4 * i
  decode (i) = (q[i] - 8) * d
}

/// Pairs of bf16 where the target has an instruction for them, or stands in for one that has.
// CHECK-LABEL: quoin.kernel @bf16
// PAIRS: operands = pairs
// FLOATS: operands = bytes
quoin.kernel @bf16 weights @example_4bit activations bf16

/// Other floats stay floats.
// CHECK-LABEL: quoin.kernel @f16
// CHECK-NOT: operands = pairs
quoin.kernel @f16 weights @example_4bit activations f16

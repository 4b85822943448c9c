// Kernels, instances and policies that contradict themselves or what they name.
// RUN: quoin-opt %s -split-input-file -verify-diagnostics

// expected-error @+1 {{expected "f32", "f16", "bf16" or "int8" as the activations' precision}}
quoin.kernel @precision weights @q4_0 activations int4

// -----

// expected-error @+1 {{only int8 activations have scales; leave out "per" after "bf16"}}
quoin.kernel @scales weights @q4_0 activations bf16 per 32

// -----

// expected-error @+1 {{int8 per 0 is no group length; write a positive number or "token"}}
quoin.kernel @group weights @q4_0 activations int8 per 0

// -----

// expected-error @+1 {{accumulates exactly, which needs int8 activations, and has bf16; write "accumulate f32" or "accumulate strict"}}
quoin.kernel @exact weights @q4_0 activations bf16 accumulate exact

// -----

// expected-error @+1 {{has an int8 output; output is f32, f16 or bf16}}
quoin.kernel @output weights @q4_0 activations int8 output int8

// -----

// expected-error @+1 {{has an int8 bias; bias is f32, f16 or bf16}}
quoin.kernel @bias weights @q4_0 activations int8 bias int8

// -----

// expected-error @+1 {{fixes k = 0, which must be positive}}
quoin.kernel @extent weights @q4_0 activations int8 k = 0

// -----

// expected-note @+1 {{the format is declared here}}
quoin.format @Blocks tile [1, 32] {
  stream block record 32
  field q[i: 32] : ui8 in block at 8 * i
  decode (i) = q[i]
}
quoin.kernel @fits weights @blocks activations int8 n = 5 k = 4096
// expected-error @+1 {{fixes a shape that @blocks does not allow}}
quoin.kernel @indivisible weights @blocks activations int8 k = 4100

// -----

quoin.format @family<bits = 4> {
  requires K mod bits == 0
  stream weight : ui8 [N, K]
  decode (n, k) = weight[n, k]
}
quoin.instance "w{bits}" of @family
quoin.kernel @by_pattern weights @w3 activations int8 n = 3 k = 9

// -----

// expected-note @+1 {{the format is declared here}}
quoin.format @family<bits = 4> {
  stream weight : ui8 [N, K]
  decode (n, k) = weight[n, k]
}
// expected-error @+1 {{binds "bit", and @family has the parameter "bits"}}
quoin.instance @w3 of @family<bit = 3>

// -----

// expected-note @+1 {{the format is declared here}}
quoin.format @plain {
  stream weight : ui8 [N, K]
  decode (n, k) = weight[n, k]
}
// expected-error @+1 {{binds "bits", and @plain has no parameters}}
quoin.instance "w{bits}" of @plain

// -----

// expected-error @+1 {{has the pattern "w{bits", whose braces do not pair}}
quoin.instance "w{bits" of @family

// -----

// expected-error @+1 {{has the pattern "w{}" with an empty "{}"}}
quoin.instance "w{}" of @family

// -----

// expected-error @+1 {{has the pattern "w{a}{b}", where two numbers touch and cannot be told apart}}
quoin.instance "w{a}{b}" of @family

// -----

// expected-error @+1 {{binds parameter "bits" twice}}
quoin.instance "w{bits}" of @family<bits = 3>

// -----

// expected-error @+1 {{expected "@name" or a pattern such as "w{bits}g{group}"}}
quoin.instance w4 of @family

// -----

// expected-error @+1 {{@nothing has no rule; write "rule "*" use @format"}}
quoin.policy @nothing {
  keep f32 (norm)
}

// -----

quoin.policy @stray {
  // expected-error @+1 {{stands in a policy, which holds "rule" and "keep" alone}}
  builtin.module {}
}

// -----

quoin.policy @unreachable {
  // expected-note @+1 {{this rule matches every tensor; move it to the end}}
  rule "*" use @q4_0
  // expected-error @+1 {{"*.attn_v.weight" is never reached}}
  rule "*.attn_v.weight" use @q6_K
}

// -----

quoin.policy @no_pattern {
  // expected-error @+1 {{has an empty pattern; "*" matches every tensor}}
  rule "" use @q4_0
}

// -----

quoin.policy @layer_set {
  // expected-error @+1 {{expected "first A/B", "last A/B" or "every C"}}
  rule "*" layers (middle 1/3) use @q4_0
}

// -----

quoin.policy @layer_fraction {
  // expected-error @+1 {{"first 9/8" is no part of the layers; write a fraction above 0 and at most 1}}
  rule "*" layers (first 9/8) use @q4_0
}

// -----

quoin.policy @layer_step {
  // expected-error @+1 {{"every 0" counts by a positive number}}
  rule "*" layers (every 0) use @q4_0
}

// -----

quoin.policy @parts {
  rule "*" use @q4_0
  // expected-error @+1 {{keeps "norms", which is no part of a model; there are "norm", "softmax"}}
  keep f32 (norms)
}

// -----

quoin.policy @kept_precision {
  rule "*" use @q4_0
  // expected-error @+1 {{has an int8 precision of what is kept}}
  keep int8 (norm)
}

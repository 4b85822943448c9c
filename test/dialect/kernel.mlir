// Kernels and policies in their own spelling and back.
// RUN: quoin-opt %s | FileCheck %s
// RUN: quoin-opt %s | quoin-opt | FileCheck %s
// RUN: quoin-opt %s -mlir-print-op-generic | quoin-opt | FileCheck %s
// RUN: quoin-opt %s -emit-bytecode | quoin-opt | FileCheck %s
// Words are one space apart.
// RUN: quoin-opt %s | FileCheck %s --check-prefix=SPACES --implicit-check-not="{{[a-z0-9@]  [a-z0-9(@]}}" --strict-whitespace
// SPACES: layout stored

// CHECK: quoin.kernel @full weights @q4_K activations int8 per 32 accumulate exact output f32 bias f32
quoin.kernel @full weights @q4_K activations int8 per 32 accumulate exact output f32 bias f32
// int8 alone has a scale for each 32 elements.
// CHECK: quoin.kernel @short weights @q4_K activations int8 per 32
quoin.kernel @short weights @q4_K activations int8
// CHECK: quoin.kernel @token weights @q4_K activations int8 per token output bf16 layout packed
quoin.kernel @token weights @q4_K activations int8 per token output bf16 layout packed
// CHECK: quoin.kernel @fixed weights @q4_K activations bf16 accumulate strict n = 4096 k = 4096 layout stored
quoin.kernel @fixed weights @q4_K activations bf16 accumulate strict n = 4096 k = 4096 layout stored
// Passes leave what they find out as attributes.
// CHECK: quoin.kernel @noted weights @q4_K activations f16 {quoin.schedule = "any"}
quoin.kernel @noted weights @q4_K activations f16 {quoin.schedule = "any"}

// CHECK-LABEL: quoin.policy @mix {
quoin.policy @mix {
  // CHECK-NEXT: rule "*.attn_v.weight" layers (first 1/8, last 1/8, every 3) use @q6_K
  rule "*.attn_v.weight" layers (first 1/8, last 1/8, every 3) use @q6_K
  // CHECK-NEXT: rule "blk.?.ffn_*.weight" use @q4_K activations int8 per 256 accumulate exact output f32
  rule "blk.?.ffn_*.weight" use @q4_K activations int8 per 256 accumulate exact output f32
  // CHECK-NEXT: rule "*" use @q4_K activations int8 per token
  rule "*" use @q4_K activations int8 per token
  // CHECK-NEXT: keep f32 (norm, softmax, accumulate)
  keep f32 (norm, softmax, accumulate)
}

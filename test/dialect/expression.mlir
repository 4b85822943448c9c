// Expressions print as a person writes them: names and literals as they came, the fewest parentheses. What is printed
// parses back to the same tree, in the op's own spelling, in the generic one and through bytecode.
// RUN: quoin-opt %s | FileCheck %s
// RUN: quoin-opt %s | quoin-opt | FileCheck %s
// RUN: quoin-opt %s -mlir-print-op-generic | quoin-opt | FileCheck %s
// RUN: quoin-opt %s -emit-bytecode | quoin-opt | FileCheck %s
// RUN: quoin-opt %s -mlir-print-op-generic | FileCheck %s -check-prefix=GENERIC

// CHECK-LABEL: quoin.format @precedence
quoin.format @precedence<bits = 4> {
  stream weight : si8 [N, K]
  // CHECK: let product = 2 * 3 + 4 * bits
  let product = (2 * 3) + (4 * bits)
  // CHECK: let sum = 2 * (3 + 4) * bits
  let sum = (2 * (3 + 4)) * bits
  // CHECK: let left = 1 - 2 - 3
  let left = (1 - 2) - 3
  // CHECK: let right = 1 - (2 - 3)
  let right = 1 - (2 - 3)
  // CHECK: let quotient = bits floordiv 2 mod 3 ceildiv 4
  let quotient = ((bits floordiv 2) mod 3) ceildiv 4
  // CHECK: let nested = bits floordiv (2 mod 3)
  let nested = bits floordiv (2 mod 3)
  // CHECK: let negative = -bits + -(bits + 1) - -3
  let negative = -bits + -(bits + 1) - -3
  // CHECK: let compared = and(bits + 1 < 2 * bits, (bits == 3) == 0)
  let compared = and(bits + 1 < 2 * bits, (bits == 3) == 0)
  // GENERIC: and(lt(bits + 1, 2 * bits), (bits == 3) == 0)
  // CHECK: let ordered = (bits < 1) + (bits <= 2) + (bits > 3) + (bits >= 4)
  let ordered = (bits < 1) + (bits <= 2) + (bits > 3) + (bits >= 4)
  // GENERIC: lt(bits, 1) + le(bits, 2) + gt(bits, 3) + ge(bits, 4)
  decode (n, k) = weight[n, k]
}

// CHECK-LABEL: quoin.format @literals
quoin.format @literals {
  stream weight : si8 [N, K]
  // CHECK: let hex = 0x0fF0
  let hex = 0x0fF0
  // CHECK: let decimal = 0.1
  let decimal = 0.1
  // CHECK: let short = 0.33333334
  let short = 0.33333333333333333
  // CHECK: let whole = 16777216.0
  let whole = 16777216.0
  // CHECK: let small = 1.0e-45
  let small = 1.0e-45
  // CHECK: let large = 3.4028235e38
  let large = 3.4028235e38
  // CHECK: let exponent = 0.001
  let exponent = 1.0e-3
  // CHECK: let special = select(1, nan, -inf)
  let special = select(1, nan, -inf)
  decode (n, k) = weight[n, k]
}

// CHECK-LABEL: quoin.format @forms
quoin.format @forms<w = 3> {
  stream weight : si8 [N, K]
  stream lengths : ui32 [2]
  stream "weird name" : f8E4M3FN [N]
  // CHECK: let rounded = round(0.3, ui<w + 1>, rtz) + round(0.3, f16, sat) * round(0.3, si8) + round(1.0, bf16, floor, sat)
  let rounded = round(0.3, ui<w + 1>, rtz) + round(0.3, f16, sat) * round(0.3, si8) + round(1.0, bf16, floor, sat)
  // CHECK: let scoped = (let a = 1 in a + 1) * (let b = 2 in b + 2)
  let scoped = (let a = 1 in a + 1) * (let b = 2 in b + 2)
  // CHECK: let looped(n) = sum(v: 4, n * v) + max(1, 2)
  let looped(n) = sum(v: 4, n * v) + max(1, 2)
  // CHECK: let quoted(n) = "weird name"[n] + "let"
  let quoted(n) = "weird name"[n] + "let"
  // CHECK: let "let" = 1.5
  let "let" = 1.5
  // CHECK: let cut(k) = split k at (16, 32) { (a) -> a, (b) -> b + 1, (c) -> 2 } - 1
  let cut(k) = (split k at (16, 32) { (a) -> a, (b) -> b + 1, (c) -> 2 }) - 1
  // CHECK: let parts(k) = split k by lengths { (a) -> a, (b) -> -b }
  let parts(k) = split k by lengths { (a) -> a, (b) -> -b }
  // CHECK: decode (n, k) = split k by lengths as (s, v) -> weight[n, v] * s + quoted(n) + cut(k) + parts(k) + looped(n)
  decode (n, k) = split k by lengths as (s, v) -> weight[n, v] * s + quoted(n) + cut(k) + parts(k) + looped(n)
}

// What is otherwise for single N and K, among them such as no small shape has.
quoin.format @example_at_k {
  stream q : si8 [N, K]
  decode (n, k) = q[n, k] * select(K == 4096, 2.0, 1.0)
}
quoin.format @example_at_n {
  stream q : si8 [N, K]
  decode (n, k) = q[n, k] * select(N floordiv 1000 == 3, 2.0, 1.0)
}
quoin.format @example_at_both {
  stream q : si8 [N, K]
  decode (n, k) = q[n, k] * select(N * K == 15456, 2.0, 1.0)
}
quoin.format @example_groups_at_k {
  requires K mod 64 == 0
  stream q : si8 [N, K]
  stream d : f16 [N, K floordiv 16]
  decode (n, k) = q[n, k] * d[n, k floordiv select(K == 5184, 16, 32)]
}
quoin.format @example_split_at_k {
  requires K mod 64 == 0
  stream q : si8 [N, K]
  stream d : f16 [N, K floordiv 32]
  decode (n, k) = q[n, k] * split k at (select(K == 5184, 40, K)) { (a) -> d[n, a floordiv 32], (b) -> -d[n, b floordiv 32] }
}
quoin.format @example_column_of_k {
  stream q : si8 [N, K]
  decode (n, k) = q[n, k] * select(k floordiv 32 == K - 5088, 2.0, 1.0)
}
quoin.format @example_far_down {
  stream q : si8 [N, K]
  decode (n, k) = q[n, k] * select(n * 2 == 140002, 2.0, 1.0)
}
quoin.format @example_far_along {
  stream q : si8 [N, K]
  decode (n, k) = q[n, k] * select(k == 140001, 1.0e6, 1.0)
}

// Factors that are out of range alone.
quoin.format @example_large_power {
  requires K mod 32 == 0
  stream q : si8 [N, K]
  stream d : f16 [N, K floordiv 32]
  stream e : ui8 [N, K floordiv 32]
  decode (n, k) = ldexp(q[n, k] * d[n, k floordiv 32], e[n, k floordiv 32] - 127)
}
quoin.format @example_small_divisor {
  requires K mod 32 == 0
  stream q : si8 [N, K]
  stream d : f32 [N, K floordiv 32]
  stream e : f32 [N]
  decode (n, k) = q[n, k] * d[n, k floordiv 32] / e[n]
}
quoin.format @example_least_power {
  requires K mod 32 == 0
  stream q : si8 [N, K]
  stream d : f16 [N, K floordiv 32]
  decode (n, k) = ldexp(q[n, k] * d[n, k floordiv 32], -150)
}

// As many values as stored numbers say, one of which is signed.
quoin.format @example_stored_extents {
  stream s : si32 [1]
  stream t : si8 [1]
  stream q : si8 [N, K]
  stream w : f32 [s[0] + 1, t[0] + 1]
  decode (n, k) = q[n, k] * w[0, 0]
}

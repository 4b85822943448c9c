// Values that small shapes do not show: of rows and columns far away, of N and of K.
quoin.format @example_far_row {
  requires K mod 32 == 0
  stream q : ui4 [N, K]
  stream d : f16 [N]
  decode (n, k) = d[n] * (q[n, k] - select(n floordiv 512 == 1, 8, 4))
}
quoin.format @example_far_column {
  requires K mod 32 == 0
  stream q : ui4 [N, K]
  stream d : f16 [N]
  decode (n, k) = d[n] * (q[n, k] - select(k == 3000, 3, 8))
}
quoin.format @example_growing {
  requires K mod 32 == 0
  stream q : ui4 [N, K]
  stream d : f16 [N]
  decode (n, k) = d[n] * q[n, k] * (k floordiv 32 + 1)
}
quoin.format @example_long_groups {
  stream q : ui4 [N, K]
  stream d : f16 [N, K ceildiv 4096]
  decode (n, k) = d[n, k floordiv 4096] * q[n, k]
}
quoin.format @example_of_k {
  requires K mod 32 == 0
  stream q : ui4 [N, K]
  stream d : f16 [N]
  decode (n, k) = d[n] * (q[n, k] - (K floordiv 64) mod 2)
}
quoin.format @example_halves {
  requires K mod 64 == 0
  stream q : si4 [N, K]
  stream s : ui5 [N, K floordiv 32]
  stream d : f16 [N, 2]
  decode (n, k) = d[n, k floordiv (K floordiv 2)] * s[n, k floordiv 32] * q[n, k]
}

// Scales of scales that cover lengths of which none divides the other.
quoin.format @example_uneven {
  requires K mod 48 == 0
  stream q : ui8 [N, K]
  stream d : f16 [N, K floordiv 24]
  stream s : si8 [N, K floordiv 16]
  decode (n, k) = d[n, k floordiv 24] * s[n, k floordiv 16] * (q[n, k] - 128)
}
quoin.format @example_uneven_zeros {
  requires K mod 96 == 0
  stream q : ui4 [N, K]
  stream d : f16 [N, K floordiv 48]
  stream z : ui4 [N, K floordiv 32]
  decode (n, k) = d[n, k floordiv 48] * (q[n, k] - z[n, k floordiv 32])
}
quoin.format @example_uneven_offsets {
  requires K mod 48 == 0
  stream q : ui4 [N, K]
  stream d : f16 [N, K floordiv 24]
  stream s : ui4 [N, K floordiv 16]
  stream m : f16 [N, K floordiv 48]
  stream t : ui4 [N, K floordiv 8]
  decode (n, k) = d[n, k floordiv 24] * s[n, k floordiv 16] * q[n, k] - m[n, k floordiv 48] * t[n, k floordiv 8]
}

// Shapes that sweeps and searches do not begin with.
quoin.format @example_square {
  requires N == K
  stream q : ui4 [N, K]
  stream d : f16 [N]
  decode (n, k) = d[n] * q[n, k]
}
quoin.format @example_one_k {
  requires K == 4096
  stream q : ui4 [N, K]
  stream d : f16 [N]
  decode (n, k) = d[n] * q[n, k]
}
quoin.format @example_elevens {
  requires N mod 11 == 0
  requires K mod 32 == 0
  stream q : ui4 [N, K]
  stream d : f16 [N]
  decode (n, k) = d[n] * q[n, k]
}
quoin.format @example_long {
  requires K mod 3072 == 0
  stream q : ui4 [N, K]
  stream d : f16 [N]
  decode (n, k) = d[n] * q[n, k]
}

// What whole groups alone have in common.
quoin.format @example_whole {
  stream q : ui4 [N, K]
  stream d : f16 [N, K ceildiv 24]
  stream s : ui4 [N, K ceildiv 6]
  decode (n, k) = d[n, k floordiv 24] * s[n, k floordiv 6] * q[n, k] * ((K floordiv 3) mod 2 + 1)
}
quoin.format @example_head {
  requires K mod 32 == 0
  stream q : ui4 [N, K]
  stream d : f16 [N, K floordiv 32]
  decode (n, k) = d[n, k floordiv 32] * q[n, k] * select(n floordiv 128 == 7, 3, 1)
}
quoin.format @example_rectangle {
  requires K mod 32 == 0
  stream q : ui4 [N, K]
  stream d : f16 [N, K floordiv 32]
  decode (n, k) = d[n, k floordiv 32] * q[n, k] * select(and(and(n >= 256, n < 320), and(k >= 512, k < 544)), 2.0, 1.0)
}
quoin.format @example_place {
  requires K mod 32 == 0
  stream q : ui4 [N, K]
  stream d : f16 [N, K floordiv 32]
  decode (n, k) = d[n, k floordiv 32] * q[n, k] * select(n * K + k == 7 * K + 65, 2.0, 1.0)
}
quoin.format @example_nested {
  requires K mod 32 == 0
  stream q : ui4 [N, K]
  stream d : f16 [N, K floordiv 32]
  decode (n, k) = q[n, k] * d[n, k floordiv 32] * split n at (128, 160) { (a) -> 1.0, (b) -> split k at (256, 320) { (x) -> 1.0, (y) -> 3.0, (z) -> 1.0 }, (c) -> 1.0 }
}
// Levels whose places in their list are read by more than one part of the text.
quoin.format @example_halves_of_levels tile [1, 32] {
  stream block record 18
  field d : f16 in block at 0
  field q[i: 32] : ui4 in block at 16 + 4 * i
  table t[16] : f32 = [-1.0, -0.69, -0.52, -0.39, -0.28, -0.18, -0.09, 0.0, 0.08, 0.16, 0.25, 0.34, 0.44, 0.56, 0.72, 1.0]
  decode (i) = d * select(i < 16, t[q[i]], t[q[47 - i]])
}
quoin.format @example_split_levels {
  requires K mod 64 == 0
  stream q : ui4 [N, K]
  stream d : f16 [N, K floordiv 32]
  table t[16] : f32 = [-1.0, -0.69, -0.52, -0.39, -0.28, -0.18, -0.09, 0.0, 0.08, 0.16, 0.25, 0.34, 0.44, 0.56, 0.72, 1.0]
  decode (n, k) = d[n, k floordiv 32] * split k at (K floordiv 2) { (v) -> t[q[n, 2 * v]], (v) -> t[q[n, 2 * v + 1]] }
}
quoin.format @example_sums_of_levels {
  requires K mod 32 == 0
  stream q : ui2 [N, 2 * K]
  stream d : f16 [N, K floordiv 32]
  table t[4] : f32 = [-1.0, -0.39, 0.28, 0.9]
  decode (n, k) = d[n, k floordiv 32] * sum(v: 2, t[q[n, 2 * k + v]])
}
// Words of which a few values matter, and floats that are rounded to few integers.
quoin.format @example_rare {
  requires K mod 32 == 0
  stream w : ui32 [N, K]
  stream d : f16 [N, K floordiv 32]
  decode (n, k) = d[n, k floordiv 32] * f32(select(w[n, k] == 0x12345678, 99, and(w[n, k], 15)))
}
quoin.format @example_clamped {
  requires K mod 32 == 0
  stream w : f32 [N, K]
  stream d : f16 [N, K floordiv 32]
  decode (n, k) = d[n, k floordiv 32] * f32(min(5, max(0, round(w[n, k] * 4.0 + 2.5, si32))))
}
// The ends of 32 bits.
quoin.format @example_least_zero {
  requires K mod 32 == 0
  stream w : ui4 [N, K]
  stream z : si32 [N, K floordiv 32]
  decode (n, k) = f32(w[n, k]) - f32(z[n, k floordiv 32])
}
quoin.format @example_least_quotient {
  requires K mod 32 == 0
  stream w : si32 [N, K]
  decode (n, k) = f32((w[n, k] ceildiv 3) + (w[n, k] floordiv 5) - w[n, k] mod 7)
}

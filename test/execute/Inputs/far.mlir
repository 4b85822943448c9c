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

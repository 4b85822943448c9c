// Formats that exist nowhere: every width is a sum of planes, whatever the group.
quoin.format @example_w3 {
  stream codes : ui8 [N, 3 * K ceildiv 8]
  stream scale : f32 [N, K floordiv 64]
  requires K mod 64 == 0
  field q[n: N, k: K] : ui3 in codes at n * 8 * (3 * K ceildiv 8) + 3 * k
  decode (n, k) = (q[n, k] - 4) * scale[n, k floordiv 64]
}

quoin.format @example_w6 {
  stream codes : ui8 [N, 6 * K ceildiv 8]
  stream scale : f16 [N, K floordiv 32]
  requires K mod 32 == 0
  field q[n: N, k: K] : ui6 in codes at n * 8 * (6 * K ceildiv 8) + 6 * k
  decode (n, k) = (q[n, k] - 31) * scale[n, k floordiv 32]
}

quoin.format @example_w7 {
  stream codes : ui8 [N, 7 * K ceildiv 8]
  stream scale : f16 [N, K floordiv 32]
  requires K mod 32 == 0
  field q[n: N, k: K] : ui7 in codes at n * 8 * (7 * K ceildiv 8) + 7 * k
  decode (n, k) = (q[n, k] - 1) * scale[n, k floordiv 32]
}

quoin.format @example_s5 {
  stream codes : ui8 [N, 5 * K ceildiv 8]
  stream scale : f16 [N, K floordiv 96]
  requires K mod 96 == 0
  field q[n: N, k: K] : si5 in codes at n * 8 * (5 * K ceildiv 8) + 5 * k
  decode (n, k) = q[n, k] * scale[n, k floordiv 96]
}

// Codes that are always zero are a corner of every bound.
quoin.format @example_zero tile [1, 32] {
  stream block record 18
  field d : f16 in block at 0
  field q[i: 32] : ui4 in block at 16 + 4 * i
  decode (i) = q[i] * 0 * d
}

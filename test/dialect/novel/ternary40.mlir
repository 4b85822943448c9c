// Forty ternary weights in 9 bytes: eight bytes of five base-3 digits and an E4M3 scale, under one f32 for the tensor,
// over columns stored in another order; 1.8 bits per weight + 32 / N for the order. Our own: base 3 with permuted columns.
// Encode: columns in reverse order, scales from the largest magnitude, digits by search.
quoin.format @ternary40 tile [1, 40] {
  stream block record 9
  stream order : si32 [K]
  stream unit : f32 []
  permute k by order stored_to_logical
  field v[j: 8] : ui8 in block at 8 * j
  field s : f8E4M3FN in block at 64
  table reciprocal[5] : si32 = [65536, 21846, 7282, 2428, 810] // of 3^n, in 65536ths: exact quotients of a byte
  let digit(j, n) = shr(v[j] * reciprocal[n], 16) mod 3
  decode (i) = (digit(i floordiv 5, i mod 5) - 1) * (s * unit)

  encode order[c] = K - 1 - c
  encode unit = absmax(n: N, absmax(k: K, x[n, k])) / 448.0
  encode s = select(unit == 0.0, 0.0, round(absmax(i: 40, x[i]) / unit, f8E4M3FN, rne, sat))
  encode v[j] by search
}

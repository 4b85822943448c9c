// Groups of 48.
quoin.format @halves tile [1, 48] {
  stream block record 26
  field d : f16 in block at 0
  field q[i: 48] : ui4 in block at 16 + 4 * i
  decode (i) = d * (q[i] - 8)
}
// Coefficients over 11 columns, the levels of a code far from integers.
quoin.format @elevens tile [1, 88] {
  stream block record 36
  field d : f16 in block at 0
  field q[i: 88] : ui3 in block at 16 + 3 * i
  field sub : ui8 in block at 280
  table lut[8] : f32 = [-4.0, -2.5, -1.0, -0.25, 0.25, 1.0, 2.5, 4.0]
  decode (i) = lut[q[i]] * d * select(and(shr(sub, i floordiv 11), 1) == 1, 2.0, 1.0)
}

// Numbers that lie where not every element is read, or as many as the file has.
quoin.format @example_needs {
  size P
  requires P mod 4 == 0
  requires P > 4
  stream q : si4 [N, K]
  stream l : f32 [P]
  decode (n, k) = l[n mod P] * f32(q[n, k])
}

quoin.format @example_first {
  stream q : si4 [N, K]
  stream l : f32 [4]
  decode (n, k) = l[0] * f32(q[n, k])
}

// The last byte of an odd number of codes has bits that belong to none.
quoin.format @example_nibbles {
  stream q : si4 [N, K]
  stream s : f32 [N]
  decode (n, k) = s[n] * f32(q[n, k])
}

// The last row of a tile ends with other coefficients than it begins with.
quoin.format @example_corner tile [4, 20] {
  stream block record 30
  field q[i: 80] : ui2 in block at 2 * i
  field d[a: 4] : f16 in block at 160 + 16 * a
  field o : f16 in block at 224
  decode (i) = select(i < 75, d[i floordiv 20], o) * f32(q[i])
}

// Exponents of groups that lie behind the last column.
quoin.format @example_powers tile [1, 8] {
  stream block record 4
  field e : f8E8M0FNU in block at 0
  field q[i: 8] : si3 in block at 8 + 3 * i
  decode (i) = e * f32(q[i])
}

// The variable that counts bits is the first of the text.
quoin.format @example_bits tile [1, 1] {
  stream block record 1
  field q : ui8 in block at bit b: 7 - b
  decode (i) = f32(q)
}

// An offset a row, to be multiplied with the sum of a row of X whose last group of 256 is cut.
quoin.format @example_offset {
  stream q : ui4 [N, K]
  stream o : f32 [N]
  decode (n, k) = f32(q[n, k]) + o[n]
}

// Groups behind the last column share a number with those before it, which may be infinite.
quoin.format @example_cut {
  stream q : ui2 [N, K]
  stream u : si4 [N, K ceildiv 40]
  stream d : bf16 [N]
  decode (n, k) = f32(q[n, k]) * (d[n] * f32(u[n, k floordiv 40]))
}

// The same with one number a row and zero points a group.
quoin.format @example_cut_row {
  stream q : ui2 [N, K]
  stream z : ui8 [N, K ceildiv 24]
  stream d : f16 [N]
  decode (n, k) = (q[n, k] - z[n, k floordiv 24]) * d[n]
}

// Squares of rounded numbers, which leave 32 bits.
quoin.format @example_squares tile [1, 16] {
  stream block record 38
  field q1[j: 16] : si3 in block at 32 + (3 * (((j mod 4) * 4) + (j floordiv 4)))
  field u2[j: 16] : si13 in block at (1: 0 + (1 * (((j mod 8) * 2) + (j floordiv 8))), 12: 112 + (12 * (((j floordiv 4) * 4) + xor(j mod 4, 1))))
  field d3 : f32 in block at 80
  field o4 : f16 in block at 16
  decode (i) = split i at (7) { (a) -> let s1 = f32(round(ldexp(d3, and(q1[i], 31) - 16), si16, floor)) in let s102 = (3.0e+00 * s1) - (f32(q1[i]) - 0.0e+00) in (s102 + f32(u2[i])) * s102, (c) -> o4 * 1.0e+00 }
}

// Bits that matter for few values of the others.
quoin.format @example_seldom {
  stream q : ui4 [N, K]
  stream u : si16 [N, K]
  decode (n, k) = f32(select(q[n, k] >= i32(u[n, k]), 3 - q[n, k], q[n, k]))
}

// Values that are none of the coefficient's where it is no number.
quoin.format @example_chosen {
  stream q : ui8 [N, K]
  stream d : f8E4M3FN [N]
  decode (n, k) = select(q[n, k] < 2, -1.25 * d[n], 0.0)
}

// Indices that leave their streams at one place of W, which no check of the text can know of.
quoin.format @example_place_outside {
  stream q : si8 [N, K]
  decode (n, k) = f32(q[n, k + 1000000000 * and(n == 700, k == 77)])
}
quoin.format @example_remainder_outside {
  stream q : si8 [N, K]
  decode (n, k) = f32(q[n, k + 1000000000 * ((n mod 701 + k mod 89) floordiv 788)])
}
// Fewer factors than rows, which the text does not say; and a field of more elements than its stream has.
quoin.format @example_rows {
  stream q : si8 [N, K]
  stream d : f32 [1024]
  decode (n, k) = q[n, k] * d[n floordiv 128]
}
quoin.format @example_elements {
  stream q : si8 [N, K]
  stream s : ui8 [512] spare
  field f[n: N] : ui8 in s at 8 * n
  decode (n, k) = f32(q[n, k] * f[n])
}

// posit<16,1>: a run-length regime, one exponent bit, the rest fraction, two's complement below zero; 16 bits per weight.
// Source: the posit standard with es = 1. 0x8000 is NaR, decoded as NaN.
// Encode: nearest even on the bit string: the border between codes c and c + 1 is the 17-bit posit 2c + 1. No number
// becomes zero or NaR by rounding.
quoin.format @posit16_1 {
  stream weight : ui16 [N, K]
  // Value of a positive code, given its bits after the sign left-justified in 32.
  let value(run, one, rest) = ldexp(1.0 + ldexp(f32(shr(shl(rest, 1), 16)), -16), 2 * select(one, run - 1, -run) + shr(rest, 31))
  let tail(w, run) = shl(shl(w, run), 1)
  let posit(w) = let one = shr(w, 31) in let run = clz(select(one, not(w), w)) in value(run, one, tail(w, run))
  decode (n, k) = let w = weight[n, k] in let neg = shr(w, 15) in
    let v = posit(shl(select(neg, -w, w), 17)) in
    select(w == 0, 0.0, select(w == 0x8000, nan, select(neg, -v, v)))

  let below(a, c) = let b = posit(shl(2 * c + 1, 16)) in or(a < b, and(a == b, and(c, 1) == 0))
  temp code[n: N, k: K] = min(max(search(c: 32768, below(abs(x[n, k]), c)), 1), 0x7FFF)
  encode weight[n, k] = let v = x[n, k] in let c = code[n, k] in
    select(v == 0.0, 0, select(abs(v) < inf, select(v < 0.0, -c, c), 0x8000))
}

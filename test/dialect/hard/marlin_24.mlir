// Sparse Marlin ("marlin_24"), 4 bits, groups of 128: two of every four weights along k are kept, their codes lie in the
// order of tensor core fragments, 4-bit positions per four weights reordered in their own way; 3.125 bits per weight.
// Source: IST-DASLab/Sparse-Marlin, vLLM's gptq_marlin_24. One group a row leaves the scales in order.
// Encode: the two largest magnitudes of each four (the first wins), scale = absmax / 7.
quoin.format @marlin_24 {
  requires and(N mod 64 == 0, K mod 128 == 0)
  stream B_24 : si32 [K floordiv 32, 2 * N] suffix "B_24"
  stream B_meta : si16 [K floordiv 32, 2 * N] suffix "B_meta"
  stream s : f16 [K floordiv 128, N] suffix "s"
  let lane(n, c) = 8 * ((n mod 64) floordiv 16) + 4 * ((n mod 16) floordiv 8) + (c mod 8) floordiv 2
  let word(n, c) = (c floordiv 16) * 2 * N + (n floordiv 64) * 128 + 4 * lane(n, c) + n mod 4
  let nibble(n, c) = (c mod 16) floordiv 8 + 2 * ((n mod 8) floordiv 4) + 4 * (c mod 2)
  field q[n: N, c: K floordiv 2] : ui4 in B_24 at 32 * word(n, c) + 4 * nibble(n, c)
  // Positions of weights 4j..4j+3; the row moves within 64, then row and column parities trade places.
  let row(n) = (n floordiv 64) * 64 + (n mod 2) * 2 + (n mod 8) floordiv 4 + 32 * ((n mod 4) floordiv 2) + 4 * ((n mod 64) floordiv 8)
  let swappedRow(n, c) = 2 * (row(n) floordiv 2) + c mod 2
  let swappedCol(n, c) = 2 * (c floordiv 2) + row(n) mod 2
  let half(n, c) = (swappedCol(n, c) floordiv 2) * 2 * N + 2 * swappedRow(n, c) + swappedCol(n, c) mod 2
  field m[n: N, j: K floordiv 4] : ui4 in B_meta at 16 * half(n, j floordiv 4) + 4 * (j mod 4)
  let column(n) = select(K == 128, n, 8 * (n floordiv 8) + 2 * (n mod 4) + (n mod 8) floordiv 4)
  let scale(n, k) = s[k floordiv 128, column(n)]
  decode (n, k) = let p = m[n, k floordiv 4] in let first = and(p, 3) == k mod 4 in let second = shr(p, 2) == k mod 4 in
    select(or(first, second), scale(n, k) * (q[n, 2 * (k floordiv 4) + second] - 8), 0.0)

  let ahead(a, b, t, u) = or(abs(a) > abs(b), and(abs(a) == abs(b), u < t))
  temp kept[n: N, k: K] = sum(u: 4, ahead(x[n, 4 * (k floordiv 4) + u], x[n, k], k mod 4, u)) < 2
  temp mask[n: N, j: K floordiv 4] = sum(t: 4, shl(kept[n, 4 * j + t], t))
  let low(w) = popcount(and(not(w), w - 1))
  let high(w) = 31 - clz(w)
  encode m[n, j] = or(low(mask[n, j]), shl(high(mask[n, j]), 2))
  let stored(n) = select(K == 128, n, 8 * (n floordiv 8) + 4 * (n mod 2) + (n mod 8) floordiv 2)
  encode s[g, n] = absmax(v: 128, x[stored(n), 128 * g + v]) / 7.0
  let place(n, c) = 4 * (c floordiv 2) + select(c mod 2 == 0, low(mask[n, c floordiv 2]), high(mask[n, c floordiv 2]))
  encode q[n, c] = min(max(round(x[n, place(n, c)] / scale(n, place(n, c)), si8), -8), 7) + 8
}

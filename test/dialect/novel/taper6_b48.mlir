// Six-bit posits (es = 1) as a bit stream along each row, a power-of-two scale per 16 x 48 block (edges partial) and a
// gain for each of two fused shards; 6.01 bits per weight. Our own: tapered codes with blocks and shards.
// Encode: a shard's gain is its largest magnitude, a block's scale puts its largest in [2, 4), codes by search.
quoin.format @taper6_b48 {
  let rowBytes = 6 * K ceildiv 8
  stream codes : ui8 [N, rowBytes] spare
  stream scale : f8E8M0FNU [N ceildiv 16, K ceildiv 48]
  stream shards : si32 [2]
  stream gain : f32 [2]
  field q[n: N, k: K] : ui6 in codes at 8 * n * rowBytes + 6 * k
  let value(run, one, rest) = ldexp(1.0 + ldexp(f32(shr(shl(rest, 1), 16)), -16), 2 * select(one, run - 1, -run) + shr(rest, 31))
  let posit(w) = let one = shr(w, 31) in let run = clz(select(one, not(w), w)) in value(run, one, shl(shl(w, run), 1))
  let signed(w, v) = select(w == 0, 0.0, select(w == 32, nan, select(w > 32, -v, v)))
  let factor(n, k) = scale[n floordiv 16, k floordiv 48] * (split n by shards as (s, r) -> gain[s])
  decode (n, k) = let w = q[n, k] in signed(w, posit(shl(select(w > 32, -w, w), 27))) * factor(n, k)

  encode shards[s] = (N + 1 - s) floordiv 2
  temp largest[n: N] = absmax(k: K, x[n, k])
  temp peak[s: 2] = max(n: N, select((n < shards[0]) == (s == 0), largest[n], 0.0))
  encode gain[s] = select(peak[s] == 0.0, 1.0, peak[s])
  let scaled(n, k) = x[n, k] / gain[n >= shards[0]]
  temp most[r: N ceildiv 16, c: K ceildiv 48] = absmax(i: 16, absmax(j: 48, scaled(16 * r + i, 48 * c + j)))
  encode scale[r, c] = ldexp(1.0, max(shr(bits(most[r, c]), 23) - 128, -127))
  encode q[n, k] by search
}

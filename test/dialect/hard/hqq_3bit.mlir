// HQQ, 3 bits, groups of 64 along the flattened weight as rows of a matrix cut in ten blocks, ten codes a 32-bit word,
// float zero points; 3.7 bits per weight. Source: mobiusml/hqq. Rows are padded to ten blocks, two top bits are unused.
// Encode: minimum and maximum, no iterations; a range of at most 1e-4 takes step 1.
quoin.format @hqq_3bit {
  requires (N * K) mod 64 == 0
  let R = N * K floordiv 64
  let B = R ceildiv 10
  stream W_q : si32 [B, 64] spare suffix "W_q"
  stream scale : f16 [R] suffix "scale"
  stream zero : f16 [R] suffix "zero"
  field q[r: R, c: 64] : ui3 in W_q at 32 * ((r mod B) * 64 + c) + 27 - 3 * (r floordiv B)
  decode (n, k) = let r = (n * K + k) floordiv 64 in (q[r, (n * K + k) mod 64] - zero[r]) * scale[r]

  let w(e) = x[e floordiv K, e mod K]
  temp lo[r: R] = min(v: 64, w(64 * r + v))
  temp range[r: R] = max(v: 64, w(64 * r + v)) - lo[r]
  encode scale[r] = select(range[r] <= 1.0e-4, 1.0, max(range[r] / 7.0, 5.0e-5))
  encode zero[r] = -lo[r] / scale[r]
  encode q[r, c] = round(w(64 * r + c) / scale[r] + zero[r], ui3)
}

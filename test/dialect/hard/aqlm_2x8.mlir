// AQLM 2x8, three fused shards: a weight vector of 8 is the sum of one entry from each of two stored codebooks of its
// shard, times a row scale; 2 bits per weight, 16 / K for the scales, and the codebooks. Source: Vahe1994/AQLM, vLLM.
// Encode: not a learned codebook but a fixed one, the residual binary +-1 and +-1/2, scaled by the row's mean magnitude.
quoin.format @aqlm_2x8 {
  requires K mod 8 == 0
  stream shards : si32 [3]
  stream codes : si8 [N, K floordiv 8, 2] suffix "codes"
  stream codebooks : f16 [6, 256, 1, 8] suffix "codebooks"
  stream scales : f16 [N, 1, 1, 1] suffix "scales"
  let book(s, n, k) = sum(m: 2, codebooks[2 * s + m, and(codes[n, k floordiv 8, m], 255), 0, k mod 8])
  decode (n, k) = scales[n, 0, 0, 0] * (split n by shards as (s, r) -> book(s, n, k))

  encode shards[s] = (N + 2 - s) floordiv 3
  encode codebooks[m, c, a, i] = select(and(shr(c, i), 1) == 1, 1.0, -1.0) * select(m mod 2 == 0, 1.0, 0.5)
  encode scales[n, a, b, c] = sum(k: K, abs(x[n, k])) / K
  let rest(n, k) = x[n, k] - select(x[n, k] < 0.0, -scales[n, 0, 0, 0], scales[n, 0, 0, 0])
  encode codes[n, j, m] = sum(i: 8, shl(select(m == 0, x[n, 8 * j + i], rest(n, 8 * j + i)) >= 0.0, i))
}

// AWQ "gemm" checkpoints: 4-bit codes and zeros packed along n in an interleaved nibble order, f16 scales per 128 of k;
// 4.156 bits per weight. Source: AutoAWQ.
// Encode: round to nearest between minimum and maximum widened to hold zero, step at least 1e-5.
quoin.format @awq {
  let words = N ceildiv 8
  let slot(n) = (n mod 8) floordiv 2 + 4 * (n mod 2)
  stream qweight : si32 [K, words] spare suffix "qweight"
  stream qzeros : si32 [K ceildiv 128, words] spare suffix "qzeros"
  stream scales : f16 [K ceildiv 128, N] suffix "scales"
  field q[k: K, n: N] : ui4 in qweight at 32 * (k * words + n floordiv 8) + 4 * slot(n)
  field z[g: K ceildiv 128, n: N] : ui4 in qzeros at 32 * (g * words + n floordiv 8) + 4 * slot(n)
  decode (n, k) = let g = k floordiv 128 in (q[k, n] - z[g, n]) * scales[g, n]

  temp lo[g: K ceildiv 128, n: N] = min(0.0, min(v: 128, x[n, 128 * g + v]))
  temp hi[g: K ceildiv 128, n: N] = max(0.0, max(v: 128, x[n, 128 * g + v]))
  encode scales[g, n] = max((hi[g, n] - lo[g, n]) / 15.0, 1.0e-5)
  encode z[g, n] = round(-lo[g, n] / scales[g, n], ui4)
  encode q[k, n] = let g = k floordiv 128 in min(max(round(x[n, k] / scales[g, n], si16) + z[g, n], 0), 15)
}

// GPTQ words, version 1: any width 2..8 and any group, the names w4g128, w3g128, W4G-1 (-1: one group a row) ...;
// bits + (16 + bits) / group per weight. Source: AutoGPTQ's checkpoints ("checkpoint_format": "gptq").
// Codes are a bit stream along k in 32-bit words, zeros one along n and stored minus one; act-order has a g_idx.
// Encode: round to nearest between minimum and maximum widened to hold zero. A stored zero of 0 cannot be said, so where
// no weight is negative the zero is 1 and the step one level wider.
quoin.format @gptq<bits = 4, group = 128> {
  requires and(bits >= 2, bits <= 8)
  requires or(group >= 1, group == -1)
  let L = select(group == -1, K, group)
  stream qweight : si32 [bits * K ceildiv 32, N] spare suffix "qweight"
  stream qzeros : si32 [K ceildiv L, bits * N ceildiv 32] spare suffix "qzeros"
  stream scales : f16 [K ceildiv L, N] suffix "scales"
  stream g_idx : si32 [K] default (k) = k floordiv L suffix "g_idx"
  field q[n: N, k: K] : ui<bits> in qweight at bit b: 32 * (((bits * k + b) floordiv 32) * N + n) + (bits * k + b) mod 32
  field z[g: K ceildiv L, n: N] : ui<bits> in qzeros at 32 * g * (bits * N ceildiv 32) + bits * n
  decode (n, k) = let g = g_idx[k] in scales[g, n] * (q[n, k] - (z[g, n] + 1))

  let top = shl(1, bits) - 1
  temp lo[g: K ceildiv L, n: N] = min(0.0, min(v: L, x[n, g * L + v]))
  temp hi[g: K ceildiv L, n: N] = max(0.0, max(v: L, x[n, g * L + v]))
  encode scales[g, n] = select(lo[g, n] == 0.0, hi[g, n] / (top - 1), (hi[g, n] - lo[g, n]) / top)
  encode z[g, n] = min(max(round(-lo[g, n] / scales[g, n], si16), 1), top) - 1
  encode q[n, k] = let g = k floordiv L in min(max(round(x[n, k] / scales[g, n], si16) + z[g, n] + 1, 0), top)
}

quoin.instance "w{bits}g{group}" of @gptq

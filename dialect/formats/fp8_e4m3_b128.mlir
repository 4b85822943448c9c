// Block-scaled FP8 (DeepSeek-V3 checkpoints): E4M3 weights, one f32 scale per 128 x 128 block, edge blocks partial;
// 8.002 bits per weight. Source: vLLM's fp8 with weight_block_size [128, 128]; weight_scale_inv multiplies.
// Encode: scale = absmax / 448, nearest even, saturating.
quoin.format @fp8_e4m3_b128 {
  stream weight : f8E4M3FN [N, K] suffix "weight"
  stream scale : f32 [N ceildiv 128, K ceildiv 128] suffix "weight_scale_inv"
  decode (n, k) = weight[n, k] * scale[n floordiv 128, k floordiv 128]

  encode scale[r, c] = absmax(i: 128, absmax(j: 128, x[128 * r + i, 128 * c + j])) / 448.0
  let s(n, k) = scale[n floordiv 128, k floordiv 128]
  encode weight[n, k] = select(s(n, k) == 0.0, 0.0, round(x[n, k] / s(n, k), f8E4M3FN, rne, sat))
}

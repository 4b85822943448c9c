// bitsandbytes NF4 with double quantization: 16 normal-quantile levels, blocks of 64 of the flattened weight (they cross
// rows, the last may be short), 8-bit absmax codes in blocks of 256; 4.127 bits per weight. Source: bitsandbytes, QLoRA.
// Encode: nearest level (ties low) of x / absmax, absmax less its mean to the nearest entry of the signed dynamic map.
quoin.format @nf4 {
  let E = N * K
  let B = E ceildiv 64
  stream weight : ui8 [E ceildiv 2] spare suffix "weight"
  stream absmax : ui8 [B] suffix "weight.absmax"
  stream nested_absmax : f32 [B ceildiv 256] suffix "weight.nested_absmax"
  stream nested_quant_map : f32 [256] suffix "weight.nested_quant_map"
  // In files, "nested_offset" of the JSON in weight.quant_state.bitsandbytes__nf4: no tensor, so given as a file.
  stream nested_offset : f32 []
  field q[e: E] : ui4 in weight at 8 * (e floordiv 2) + 4 - 4 * (e mod 2)
  table level[16] : f32 = [
    -1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453,
    -0.28444138169288635, -0.18477343022823334, -0.09105003625154495, 0.0,
    0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224,
    0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1.0
  ]
  let scale(b) = nested_quant_map[absmax[b]] * nested_absmax[b floordiv 256] + nested_offset
  decode (n, k) = let e = n * K + k in level[q[e]] * scale(e floordiv 64)

  // The dynamic map: 2^j midpoints of [0.1, 1] times 10^(j - 6) for j = 0..6, both signs, 0 and 1.
  table pow10[7] : f32 = [1.0e-6, 1.0e-5, 1.0e-4, 1.0e-3, 1.0e-2, 1.0e-1, 1.0]
  let midpoint(p, j) = (0.1 + 0.9 * ldexp((p + 1 - shl(1, j)) + 0.5, -j)) * pow10[j]
  let positive(p) = midpoint(p, 31 - clz(p + 1))
  encode nested_quant_map[i] = split i at (127, 128, 255) {
    (v) -> -positive(126 - v), (v) -> 0.0, (v) -> positive(v), (v) -> 1.0
  }
  temp a[b: B] = absmax(v: 64, x[(64 * b + v) floordiv K, (64 * b + v) mod K])
  encode nested_offset = sum(b: B, a[b]) / B
  let offCentre(b) = select(b < B, a[min(b, B - 1)] - nested_offset, 0.0)
  encode nested_absmax[c] = absmax(v: 256, offCentre(256 * c + v))
  encode absmax[b] = argmin(c: 256, abs(nested_quant_map[c] * nested_absmax[b floordiv 256] - offCentre(b)))
  let ratio(e) = select(a[e floordiv 64] == 0.0, 0.0, x[e floordiv K, e mod K] / a[e floordiv 64])
  encode q[e] = sum(c: 15, ratio(e) > (level[c] + level[c + 1]) * 0.5)
}

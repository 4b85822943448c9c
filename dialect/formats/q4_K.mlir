// GGUF Q4_K: 256 weights in 144 bytes, eight sub-blocks of 32 with 6-bit scales and 6-bit mins under two f16 factors;
// 4.5 bits per weight. Source: ggml, type 12.
// Encode: each sub-block spans its range widened to hold zero, nearest code; no search over scales.
quoin.format @q4_K tile [1, 256] attributes {gguf = 12} {
  stream block record 144
  field d : f16 in block at 0
  field dmin : f16 in block at 16
  field sc[j: 8] : ui6 in block
    at (4: 32 + 8 * (j mod 4) + 64 * (j floordiv 4), 2: 36 + 8 * (j mod 4) + 2 * (j floordiv 4))
  field mn[j: 8] : ui6 in block
    at (4: 64 + 8 * (j mod 4) + 36 * (j floordiv 4), 2: 68 + 8 * (j mod 4) + 2 * (j floordiv 4))
  field q[i: 256] : ui4 in block at 128 + 8 * (32 * (i floordiv 64) + i mod 32) + 4 * ((i floordiv 32) mod 2)
  let scale(j) = d * sc[j]
  let base(j) = dmin * mn[j]
  decode (i) = scale(i floordiv 32) * q[i] - base(i floordiv 32)

  temp lo[j: 8] = min(0.0, min(v: 32, x[32 * j + v]))
  temp step[j: 8] = (max(v: 32, x[32 * j + v]) - lo[j]) / 15.0
  encode d = max(j: 8, step[j]) / 63.0
  encode dmin = max(j: 8, -lo[j]) / 63.0
  encode sc[j] = round(step[j] / d, ui6)
  encode mn[j] = round(-lo[j] / dmin, ui6)
  encode q[i] = round((x[i] + base(i floordiv 32)) / scale(i floordiv 32), ui4)
}

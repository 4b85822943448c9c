// GGUF IQ1_M: 256 weights in 56 bytes, 11-bit indices of vectors of 8 from {-1, 0, 1}, a shift of +-1/8 per 8, 3-bit
// scales per 16, and an f16 scattered over four nibbles; 1.75 bits per weight. Source: ggml, type 29.
// Encode: scales from the largest magnitude, vector and shift by search.
quoin.format @iq1_m tile [1, 256] attributes {gguf = 29} {
  stream block record 56
  field g[k: 32] : ui11 in block at (8: 8 * k, 3: 256 + 4 * k)
  field low[k: 32] : ui1 in block at 259 + 4 * k
  field sc[j: 16] : ui3 in block at 384 + 16 * (j floordiv 4) + 3 * (j mod 4)
  field d : f16 in block at (4: 396, 4: 412, 4: 428, 4: 444)
  table grid[2048, 8] : si8 from "iq1.grid" sha256 "07540ffc1aeaf6ad4d97e96b0fcc765aae39671d4ae4a27bbd0e796fde167c6a"
  decode (i) = let k = i floordiv 8 in
    (d * (2 * sc[i floordiv 16] + 1)) * (grid[g[k], i mod 8] + select(low[k] == 1, -0.125, 0.125))

  temp dl[j: 16] = absmax(v: 16, x[16 * j + v]) / 1.125
  encode d = max(j: 16, dl[j]) / 15.0
  encode sc[j] = round((dl[j] / d - 1.0) * 0.5, ui3)
  encode (g, low)[k] by search
}

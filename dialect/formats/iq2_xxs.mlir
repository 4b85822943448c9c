// GGUF IQ2_XXS: 256 weights in 66 bytes, 8-bit indices of vectors of 8 magnitudes, 7-bit signs whose eighth is the parity,
// a 4-bit scale per 32 and one f16; 2.0625 bits per weight. Source: ggml, type 16; the grid comes from PyPI's gguf.
// Encode: scales from the largest magnitude, an odd count of minus signs flips the smallest weight, the grid by search.
quoin.format @iq2_xxs tile [1, 256] attributes {gguf = 16} {
  stream block record 66
  field d : f16 in block at 0
  field g[j: 8, l: 4] : ui8 in block at 16 + 64 * j + 8 * l
  field s[j: 8, l: 4] : ui7 in block at 48 + 64 * j + 7 * l
  field sc[j: 8] : ui4 in block at 76 + 64 * j
  table grid[256, 8] : si8 from "iq2xxs.grid" sha256 "05826b5d3e472a3a78f196be62ac78acf81df0f909626e12ab9fa2a5d490dd54"
  let minus(w, t) = and(shr(or(w, shl(parity(w), 7)), t), 1)
  decode (i) = let j = i floordiv 32 in let l = (i floordiv 8) mod 4 in
    (d * (0.5 + sc[j]) * 0.25) * grid[g[j, l], i mod 8] * select(minus(s[j, l], i mod 8) == 1, -1.0, 1.0)

  temp db[j: 8] = absmax(v: 32, x[32 * j + v]) / 43.0
  temp neg[j: 8, l: 4] = sum(t: 8, shl(x[32 * j + 8 * l + t] < 0.0, t))
  temp weak[j: 8, l: 4] = argmin(t: 8, abs(x[32 * j + 8 * l + t]))
  encode d = max(j: 8, db[j]) / 3.875
  encode sc[j] = round(db[j] / d * 4.0 - 0.5, ui4)
  encode s[j, l] = xor(neg[j, l], shl(parity(neg[j, l]), weak[j, l]))
  encode g[j, l] by search
}

// GGUF Q3_K: 256 weights in 110 bytes, a plane of high bits, a plane of 2-bit codes, sixteen 6-bit scales under one f16;
// 3.4375 bits per weight. Source: ggml, type 11. A clear high bit subtracts 4, so code and high bit are one ui3 less 4.
// Encode: each sub-block of 16 maps its weight of largest magnitude to -4; no search over scales.
quoin.format @q3_K tile [1, 256] attributes {gguf = 11} {
  stream block record 110
  field q[i: 256] : ui3 in block
    at (2: 256 + 8 * (32 * (i floordiv 128) + i mod 32) + 2 * ((i floordiv 32) mod 4), 1: 8 * (i mod 32) + i floordiv 32)
  field sc[j: 16] : ui6 in block
    at (4: 768 + 8 * (j mod 8) + 4 * (j floordiv 8), 2: 832 + 8 * (j mod 4) + 2 * (j floordiv 4))
  field d : f16 in block at 864
  let scale(j) = d * (sc[j] - 32)
  decode (i) = scale(i floordiv 16) * (q[i] - 4)

  temp step[j: 16] = signmax(v: 16, x[16 * j + v]) / -4.0
  encode d = signmax(j: 16, step[j]) / -32.0
  encode sc[j] = min(max(round(step[j] / d, si8), -32), 31) + 32
  encode q[i] = min(max(round(x[i] / scale(i floordiv 16), si8), -4), 3) + 4
}

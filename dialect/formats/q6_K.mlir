// GGUF Q6_K: 256 weights in 210 bytes, low nibbles, 2-bit high parts, sixteen signed 8-bit scales under one f16;
// 6.5625 bits per weight. Source: ggml, type 14. Nibbles pair 32-groups 0 with 2 and 1 with 3.
// Encode: each sub-block of 16 maps its weight of largest magnitude to -32; no search over scales.
quoin.format @q6_K tile [1, 256] attributes {gguf = 14} {
  stream block record 210
  let half(i) = i floordiv 128
  let group(i) = (i floordiv 32) mod 4
  field q[i: 256] : ui6 in block
    at (4: 8 * (64 * half(i) + 32 * (group(i) mod 2) + i mod 32) + 4 * (group(i) floordiv 2),
        2: 1024 + 8 * (32 * half(i) + i mod 32) + 2 * group(i))
  field sc[j: 16] : si8 in block at 1536 + 8 * j
  field d : f16 in block at 1664
  decode (i) = (d * sc[i floordiv 16]) * (q[i] - 32)

  temp step[j: 16] = signmax(v: 16, x[16 * j + v]) / -32.0
  encode d = signmax(j: 16, step[j]) / -128.0
  encode sc[j] = round(step[j] / d, si8)
  encode q[i] = min(max(round(x[i] / (d * sc[i floordiv 16]), si8), -32), 31) + 32
}

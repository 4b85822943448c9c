// GGUF Q5_0: 32 weights in 22 bytes, an f16 scale, a plane of 32 high bits, 32 nibbles; 5.5 bits per weight.
// Source: ggml, type 6. Encode: exactly ggml's reference quantizer.
quoin.format @q5_0 tile [1, 32] attributes {gguf = 6} {
  stream block record 22
  field d : f16 in block at 0
  field q[i: 32] : ui5 in block at (4: 48 + 8 * (i mod 16) + 4 * (i floordiv 16), 1: 16 + i)
  decode (i) = (q[i] - 16) * d

  temp t = signmax(i: 32, x[i]) / -16.0
  temp id = select(t == 0.0, 0.0, 1.0 / t)
  encode d = t
  encode q[i] = min(31, round(x[i] * id + 16.5, si32, rtz))
}

// GGUF Q4_0: 32 weights in 18 bytes, an f16 scale and two nibbles a byte; 4.5 bits per weight. Source: ggml, type 2.
// Encode: exactly ggml's reference quantizer; the weight of largest magnitude gets code 0, so d may be negative.
quoin.format @q4_0 tile [1, 32] attributes {gguf = 2} {
  stream block record 18
  field d : f16 in block at 0
  field q[i: 32] : ui4 in block at 16 + 8 * (i mod 16) + 4 * (i floordiv 16)
  decode (i) = (q[i] - 8) * d

  temp t = signmax(i: 32, x[i]) / -8.0
  temp id = select(t == 0.0, 0.0, 1.0 / t)
  encode d = t
  encode q[i] = min(15, round(x[i] * id + 8.5, si32, rtz))
}

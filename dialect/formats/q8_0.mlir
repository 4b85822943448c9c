// GGUF Q8_0: 32 weights in 34 bytes, an f16 scale and 32 signed bytes; 8.5 bits per weight. Source: ggml, type 8.
// Encode: exactly ggml's reference quantizer (ties away from zero).
quoin.format @q8_0 tile [1, 32] attributes {gguf = 8} {
  stream block record 34
  field d : f16 in block at 0
  field q[i: 32] : si8 in block at 16 + 8 * i
  decode (i) = q[i] * d

  temp t = absmax(i: 32, x[i]) / 127.0
  temp id = select(t == 0.0, 0.0, 1.0 / t)
  encode d = t
  encode q[i] = round(x[i] * id, si8, rna)
}

// GGUF IQ4_NL: 32 weights in 18 bytes, an f16 scale and nibbles that select from 16 uneven levels; 4.5 bits per weight.
// Source: ggml, type 20. Encode: the weight of largest magnitude maps to -127, the others to the nearest level.
quoin.format @iq4_nl tile [1, 32] attributes {gguf = 20} {
  stream block record 18
  field d : f16 in block at 0
  field q[i: 32] : ui4 in block at 16 + 8 * (i mod 16) + 4 * (i floordiv 16)
  table level[16] : si8 = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113]
  decode (i) = d * level[q[i]]

  encode d = signmax(i: 32, x[i]) / -127.0
  encode q[i] by search
}

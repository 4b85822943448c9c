// GGUF MXFP4: 32 weights in 17 bytes, a power-of-two scale byte and 4-bit floats; 4.25 bits per weight. Source: ggml,
// type 39. Levels are doubled and the scale is halved; code 8 is +0; scale byte 255 means 2^127 here, not NaN.
// Encode: exactly ggml's reference quantizer (the logarithm rounded to f32 is floored).
quoin.format @mxfp4 tile [1, 32] attributes {gguf = 39} {
  stream block record 17
  field e : ui8 in block at 0
  field q[i: 32] : ui4 in block at 8 + 8 * (i mod 16) + 4 * (i floordiv 16)
  table level[16] : si8 = [0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12]
  decode (i) = level[q[i]] * ldexp(1.0, e - 128)

  temp amax = absmax(i: 32, x[i])
  encode e = select(amax == 0.0, 0, round(log2(amax), si32, floor) + 125)
  encode q[i] = argmin(c: 16, abs(level[c] * ldexp(1.0, e - 128) - x[i]))
}

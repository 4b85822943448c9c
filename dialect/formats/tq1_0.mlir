// GGUF TQ1_0: 256 ternary weights in 54 bytes, five base-3 digits a byte and one f16; 1.6875 bits per weight.
// Source: ggml, type 34. A byte is a base-3 fraction of 256, rounded up: times 3^n mod 256 drops the leading digits, and
// times 3 div 256 reads the next. Encode: exactly ggml's reference quantizer.
quoin.format @tq1_0 tile [1, 256] attributes {gguf = 34} {
  stream block record 54
  field v[j: 52] : ui8 in block at 8 * j
  field d : f16 in block at 416
  table pow3[5] : si32 = [1, 3, 9, 27, 81]
  let digit(j, n) = shr(and(v[j] * pow3[n], 255) * 3, 8)
  decode (i) = (split i at (160, 240) {
    (a) -> digit(a mod 32, a floordiv 32),
    (b) -> digit(32 + b mod 16, b floordiv 16),
    (c) -> digit(48 + c mod 4, c floordiv 4)
  } - 1) * d

  temp amax = absmax(i: 256, x[i])
  temp id = select(amax == 0.0, 0.0, 1.0 / amax)
  temp t[i: 256] = round(x[i] * id, si8, rna) + 1
  encode v[j] = (split j at (32, 48) {
    (a) -> sum(n: 5, t[a + 32 * n] * pow3[4 - n]),
    (b) -> sum(n: 5, t[160 + b + 16 * n] * pow3[4 - n]),
    (c) -> sum(n: 4, t[240 + c + 4 * n] * pow3[4 - n])
  } * 256 + 242) floordiv 243
  encode d = amax
}

// 32 weights in 14 bytes: an f16 scale, then 3-bit codes cut into a plane of two bits and a plane of one.
quoin.format @mine tile [1, 32] {
  stream block record 14
  field d : f16 in block at 0
  field q[i: 32] : ui3 in block at (2: 16 + 2 * i, 1: 80 + i)
  decode (i) = (q[i] - 4) * d
  temp m = signmax(i: 32, x[i])
  encode d = m / -4.0
  encode q[i] = round(x[i] / d + 4.0, ui3)
}

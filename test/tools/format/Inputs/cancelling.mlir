// Found by random schemes: at some contents m cancels (q - z) * d in all but a few bits.
quoin.format @cancelling {
  stream q1 : si8 [N, K]
  stream z2 : ui8 [N, K ceildiv 16]
  stream z3 : f16 [N, K ceildiv 16]
  stream sc4 : ui8 [N, K ceildiv 16]
  stream d5_words : ui8 [(16 * N) ceildiv 8] spare
  stream m6_words : ui32 [N, (16 * (K ceildiv 16)) ceildiv 32] spare
  field d5[n: N] : bf16 in d5_words at 16 * n
  field m6[n: N, g: K ceildiv 16] : bf16 in m6_words at (32 * (n * ((16 * (K ceildiv 16)) ceildiv 32))) + (16 * g)
  decode (n, k) = ((q1[n, k] - z3[n, k floordiv 16]) * (d5[n] * sc4[n, k floordiv 16])) + m6[n, k floordiv 16]
}

// RUN: quoin-opt --quoin-decode-weights --verify-diagnostics %s
// RUN: not quoin-opt --quoin-decode-weights %s -o /dev/null

quoin.format @example_log tile [1, 32] {
  stream block record 32
  field q[i: 32] : ui8 in block at 8 * i
  decode (i) = log2(f32(q[i]))
}
// expected-error @below {{log2}}
quoin.kernel @log weights @example_log activations int8 per 32

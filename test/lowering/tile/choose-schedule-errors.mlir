// RUN: quoin-opt --quoin-choose-schedule=target=x86-64-v3 --split-input-file --verify-diagnostics %s

// expected-error @below {{there is no format "nowhere"}}
quoin.kernel @unknown weights @nowhere activations int8 per 32

// -----

quoin.format @example_4bit tile [1, 32] {
  stream block record 18
  field d : f16 in block at 0
  field q[i: 32] : ui4 in block at 16 + 4 * i
  decode (i) = (q[i] - 8) * d
}
// expected-error @below {{"schedule" lists #qtile.regime attributes, found 7}}
quoin.kernel @no_regime weights @example_4bit activations int8 per 32 {schedule = [7]}

// -----

quoin.format @example_4bit tile [1, 32] {
  stream block record 18
  field d : f16 in block at 0
  field q[i: 32] : ui4 in block at 16 + 4 * i
  decode (i) = (q[i] - 8) * d
}
// expected-error @below {{target x86-64-v3 has no instruction for operands = matrices; operands = bytes runs everywhere}}
quoin.kernel @matrices weights @example_4bit activations int8 per 32
  {schedule = [#qtile.regime<min_m = 1, decode = registers, operands = matrices, rows = 16, cols = 4, k_block = 0, m_block = 0, fetch = none, distance = 0>]}

// RUN: quoin-opt --quoin-choose-schedule=target=x86-64-v3-generic --verify-diagnostics=only-expected %s

/// Plain code can do what tiles do, in vectors as long as theirs.
quoin.format @example_4bit tile [1, 32] {
  stream block record 18
  field d : f16 in block at 0
  field q[i: 32] : ui4 in block at 16 + 4 * i
  decode (i) = (q[i] - 8) * d
}
// expected-error @below {{operands = tiles are for vectors of 16 lanes, x86-64-v3-generic has 8}}
quoin.kernel @tiles weights @example_4bit activations int8 per 32
  {schedule = [#qtile.regime<min_m = 1, decode = panel, operands = tiles, rows = 16, cols = 4, k_block = 32, m_block = 64, fetch = none, distance = 0>]}

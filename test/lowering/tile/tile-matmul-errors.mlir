// RUN: quoin-opt --quoin-tile-matmul --split-input-file --verify-diagnostics %s

quoin.format @example_4bit tile [1, 32] {
  stream block record 18
  field d : f16 in block at 0
  field q[i: 32] : ui4 in block at 16 + 4 * i
  decode (i) = (q[i] - 8) * d
}
// expected-error @below {{kernel has no layout; run quoin-choose-schedule first or write "packed_layout" on it}}
quoin.kernel @no_layout weights @example_4bit activations int8 per 32

// -----

quoin.format @example_4bit tile [1, 32] {
  stream block record 18
  field d : f16 in block at 0
  field q[i: 32] : ui4 in block at 16 + 4 * i
  decode (i) = (q[i] - 8) * d
}
// expected-error @below {{regimes ascend in min_m, found 1 after 1}}
quoin.kernel @order weights @example_4bit activations int8 per 32
  {packed_layout = #qtile.layout<rows = 16, group = 32, planes = [4], is_signed = false, coefficient_bits = 16>,
   schedule = [#qtile.regime<min_m = 1, decode = registers, operands = bytes, rows = 16, cols = 1, k_block = 0, m_block = 0, fetch = none, distance = 0>,
               #qtile.regime<min_m = 1, decode = registers, operands = bytes, rows = 16, cols = 1, k_block = 0, m_block = 0, fetch = none, distance = 0>]}

// -----

quoin.format @example_4bit tile [1, 32] {
  stream block record 18
  field d : f16 in block at 0
  field q[i: 32] : ui4 in block at 16 + 4 * i
  decode (i) = (q[i] - 8) * d
}
// expected-error @below {{tiles of 24 rows are no multiple of the panel's 16 up to 128}}
quoin.kernel @rows weights @example_4bit activations int8 per 32
  {packed_layout = #qtile.layout<rows = 16, group = 32, planes = [4], is_signed = false, coefficient_bits = 16>,
   schedule = [#qtile.regime<min_m = 1, decode = registers, operands = bytes, rows = 24, cols = 1, k_block = 0, m_block = 0, fetch = none, distance = 0>]}

// -----

quoin.format @example_4bit tile [1, 32] {
  stream block record 18
  field d : f16 in block at 0
  field q[i: 32] : ui4 in block at 16 + 4 * i
  decode (i) = (q[i] - 8) * d
}
// expected-error @below {{k_block 40 is no positive multiple of the group of 32 up to 65536}}
quoin.kernel @k_block weights @example_4bit activations int8 per 32
  {packed_layout = #qtile.layout<rows = 16, group = 32, planes = [4], is_signed = false, coefficient_bits = 16>,
   schedule = [#qtile.regime<min_m = 1, decode = panel, operands = bytes, rows = 16, cols = 1, k_block = 40, m_block = 0, fetch = none, distance = 0>]}

// -----

quoin.format @example_4bit tile [1, 32] {
  stream block record 18
  field d : f16 in block at 0
  field q[i: 32] : ui4 in block at 16 + 4 * i
  decode (i) = (q[i] - 8) * d
}
// expected-error @below {{planes of 2 unsigned bits do not hold codes from 0 to 15}}
quoin.kernel @layout weights @example_4bit activations int8 per 32
  {packed_layout = #qtile.layout<rows = 16, group = 32, planes = [2], is_signed = false, coefficient_bits = 16>}

// -----

quoin.format @example_4bit tile [1, 32] {
  stream block record 18
  field d : f16 in block at 0
  field q[i: 32] : ui4 in block at 16 + 4 * i
  decode (i) = (q[i] - 8) * d
}
// expected-error @below {{planes of 4 signed bits do not hold codes from 0 to 15}}
quoin.kernel @layout weights @example_4bit activations int8 per 32
  {packed_layout = #qtile.layout<rows = 16, group = 32, planes = [4], is_signed = true, coefficient_bits = 16>}

// -----

quoin.format @example_4bit tile [1, 32] {
  stream block record 18
  field d : f16 in block at 0
  field q[i: 32] : ui4 in block at 16 + 4 * i
  decode (i) = (q[i] - 8) * d
}
// expected-error @below {{the layout's groups have 64 columns and the weights' 32}}
quoin.kernel @layout weights @example_4bit activations int8 per 64
  {packed_layout = #qtile.layout<rows = 16, group = 64, planes = [4], is_signed = false, coefficient_bits = 16>}

// -----

quoin.format @example_4bit tile [1, 32] {
  stream block record 18
  field d : f16 in block at 0
  field q[i: 32] : ui4 in block at 16 + 4 * i
  decode (i) = (q[i] - 8) * d
}
// expected-error @below {{the layout's groups have 32 columns and the activations' 64}}
quoin.kernel @layout weights @example_4bit activations int8 per 64
  {packed_layout = #qtile.layout<rows = 16, group = 32, planes = [4], is_signed = false, coefficient_bits = 16>}

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
// expected-error @below {{kernel has no schedule; run quoin-choose-schedule first or write "schedule" on it}}
quoin.kernel @no_schedule weights @example_4bit activations int8 per 32
  {packed_layout = #qtile.layout<rows = 16, group = 32, block = 32, run = 32, planes = [4], lo = 0, count = 16, levels = [], scalars = [#qtile.scalar<role = coefficient, storage = f16, columns = 32, factor = 1.0 : f32>]>}

// -----

quoin.format @example_4bit tile [1, 32] {
  stream block record 18
  field d : f16 in block at 0
  field q[i: 32] : ui4 in block at 16 + 4 * i
  decode (i) = (q[i] - 8) * d
}
// expected-error @below {{the first regime serves min_m = 1, found 2}}
quoin.kernel @first weights @example_4bit activations int8 per 32
  {packed_layout = #qtile.layout<rows = 16, group = 32, block = 32, run = 32, planes = [4], lo = 0, count = 16, levels = [], scalars = [#qtile.scalar<role = coefficient, storage = f16, columns = 32, factor = 1.0 : f32>]>,
   schedule = [#qtile.regime<min_m = 2, decode = registers, operands = bytes, rows = 16, cols = 1, k_block = 0, m_block = 0, fetch = none, distance = 0>]}

// -----

quoin.format @example_4bit tile [1, 32] {
  stream block record 18
  field d : f16 in block at 0
  field q[i: 32] : ui4 in block at 16 + 4 * i
  decode (i) = (q[i] - 8) * d
}
// expected-error @below {{regimes ascend in min_m, found 1 after 1}}
quoin.kernel @order weights @example_4bit activations int8 per 32
  {packed_layout = #qtile.layout<rows = 16, group = 32, block = 32, run = 32, planes = [4], lo = 0, count = 16, levels = [], scalars = [#qtile.scalar<role = coefficient, storage = f16, columns = 32, factor = 1.0 : f32>]>,
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
  {packed_layout = #qtile.layout<rows = 16, group = 32, block = 32, run = 32, planes = [4], lo = 0, count = 16, levels = [], scalars = [#qtile.scalar<role = coefficient, storage = f16, columns = 32, factor = 1.0 : f32>]>,
   schedule = [#qtile.regime<min_m = 1, decode = registers, operands = bytes, rows = 24, cols = 1, k_block = 0, m_block = 0, fetch = none, distance = 0>]}

// -----

quoin.format @example_4bit tile [1, 32] {
  stream block record 18
  field d : f16 in block at 0
  field q[i: 32] : ui4 in block at 16 + 4 * i
  decode (i) = (q[i] - 8) * d
}
// expected-error @below {{tiles have 1 to 16 rows of X, found 17}}
quoin.kernel @cols weights @example_4bit activations int8 per 32
  {packed_layout = #qtile.layout<rows = 16, group = 32, block = 32, run = 32, planes = [4], lo = 0, count = 16, levels = [], scalars = [#qtile.scalar<role = coefficient, storage = f16, columns = 32, factor = 1.0 : f32>]>,
   schedule = [#qtile.regime<min_m = 1, decode = registers, operands = bytes, rows = 16, cols = 17, k_block = 0, m_block = 0, fetch = none, distance = 0>]}

// -----

quoin.format @example_4bit tile [1, 32] {
  stream block record 18
  field d : f16 in block at 0
  field q[i: 32] : ui4 in block at 16 + 4 * i
  decode (i) = (q[i] - 8) * d
}
// expected-error @below {{m_block is from 0 to 65536 and distance from 0 to 1048576, found -1 and 0}}
quoin.kernel @m_block weights @example_4bit activations int8 per 32
  {packed_layout = #qtile.layout<rows = 16, group = 32, block = 32, run = 32, planes = [4], lo = 0, count = 16, levels = [], scalars = [#qtile.scalar<role = coefficient, storage = f16, columns = 32, factor = 1.0 : f32>]>,
   schedule = [#qtile.regime<min_m = 1, decode = registers, operands = bytes, rows = 16, cols = 1, k_block = 0, m_block = -1, fetch = none, distance = 0>]}

// -----

quoin.format @example_4bit tile [1, 32] {
  stream block record 18
  field d : f16 in block at 0
  field q[i: 32] : ui4 in block at 16 + 4 * i
  decode (i) = (q[i] - 8) * d
}
// expected-error @below {{m_block is from 0 to 65536 and distance from 0 to 1048576, found 0 and 1048577}}
quoin.kernel @distance weights @example_4bit activations int8 per 32
  {packed_layout = #qtile.layout<rows = 16, group = 32, block = 32, run = 32, planes = [4], lo = 0, count = 16, levels = [], scalars = [#qtile.scalar<role = coefficient, storage = f16, columns = 32, factor = 1.0 : f32>]>,
   schedule = [#qtile.regime<min_m = 1, decode = registers, operands = bytes, rows = 16, cols = 1, k_block = 0, m_block = 0, fetch = none, distance = 1048577>]}

// -----

quoin.format @example_4bit tile [1, 32] {
  stream block record 18
  field d : f16 in block at 0
  field q[i: 32] : ui4 in block at 16 + 4 * i
  decode (i) = (q[i] - 8) * d
}
/// Blocks of K hold whole blocks of the layout,
// expected-error @below {{k_block 40 is no positive multiple of 32 up to 65536}}
quoin.kernel @k_block weights @example_4bit activations int8 per 32
  {packed_layout = #qtile.layout<rows = 16, group = 32, block = 32, run = 32, planes = [4], lo = 0, count = 16, levels = [], scalars = [#qtile.scalar<role = coefficient, storage = f16, columns = 32, factor = 1.0 : f32>]>,
   schedule = [#qtile.regime<min_m = 1, decode = panel, operands = bytes, rows = 16, cols = 1, k_block = 40, m_block = 0, fetch = none, distance = 0>]}

// -----

quoin.format @example_4bit tile [1, 32] {
  stream block record 18
  field d : f16 in block at 0
  field q[i: 32] : ui4 in block at 16 + 4 * i
  decode (i) = (q[i] - 8) * d
}
/// whole groups of activations, whose sums are in flight between blocks,
// expected-error @below {{k_block 32 is no positive multiple of 128 up to 65536}}
quoin.kernel @long_activations weights @example_4bit activations int8 per 128
  {packed_layout = #qtile.layout<rows = 16, group = 32, block = 32, run = 32, planes = [4], lo = 0, count = 16, levels = [], scalars = [#qtile.scalar<role = coefficient, storage = f16, columns = 32, factor = 1.0 : f32>]>,
   schedule = [#qtile.regime<min_m = 1, decode = panel, operands = bytes, rows = 16, cols = 1, k_block = 32, m_block = 0, fetch = none, distance = 0>]}

// -----

quoin.format @example_4bit tile [1, 32] {
  stream block record 18
  field d : f16 in block at 0
  field q[i: 32] : ui4 in block at 16 + 4 * i
  decode (i) = (q[i] - 8) * d
}
/// and are needed where there is scratch memory for one block alone.
// expected-error @below {{k_block 0 is no positive multiple of 32 up to 65536}}
quoin.kernel @stored weights @example_4bit activations int8 per 32 layout stored
  {packed_layout = #qtile.layout<rows = 16, group = 32, block = 32, run = 32, planes = [4], lo = 0, count = 16, levels = [], scalars = [#qtile.scalar<role = coefficient, storage = f16, columns = 32, factor = 1.0 : f32>]>,
   schedule = [#qtile.regime<min_m = 1, decode = registers, operands = bytes, rows = 16, cols = 1, k_block = 0, m_block = 0, fetch = none, distance = 0>]}

// -----

quoin.format @example_4bit tile [1, 32] {
  stream block record 18
  field d : f16 in block at 0
  field q[i: 32] : ui4 in block at 16 + 4 * i
  decode (i) = (q[i] - 8) * d
}
// expected-error @below {{panels have at most 128 rows, found 256}}
quoin.kernel @panel weights @example_4bit activations int8 per 32
  {packed_layout = #qtile.layout<rows = 256, group = 32, block = 32, run = 32, planes = [4], lo = 0, count = 16, levels = [], scalars = [#qtile.scalar<role = coefficient, storage = f16, columns = 32, factor = 1.0 : f32>]>}

// -----

quoin.format @example_4bit tile [1, 32] {
  stream block record 18
  field d : f16 in block at 0
  field q[i: 32] : ui4 in block at 16 + 4 * i
  decode (i) = (q[i] - 8) * d
}
quoin.kernel @planes weights @example_4bit activations int8 per 32
  // expected-error @below {{planes of 2 bits do not hold 16 codes}}
  {packed_layout = #qtile.layout<rows = 16, group = 32, block = 32, run = 32, planes = [2], lo = 0, count = 16, levels = [], scalars = [#qtile.scalar<role = coefficient, storage = f16, columns = 32, factor = 1.0 : f32>]>}

// -----

quoin.format @example_4bit tile [1, 32] {
  stream block record 18
  field d : f16 in block at 0
  field q[i: 32] : ui4 in block at 16 + 4 * i
  decode (i) = (q[i] - 8) * d
}
/// Codes and numbers are what the format says, however they are laid out.
// expected-error @below {{the layout does not hold these weights: but for rows, block, run and planes it has to be #qtile.layout<rows = 16, group = 32,}}
quoin.kernel @codes weights @example_4bit activations int8 per 32
  {packed_layout = #qtile.layout<rows = 16, group = 32, block = 32, run = 32, planes = [4], lo = -8, count = 16, levels = [], scalars = [#qtile.scalar<role = coefficient, storage = f16, columns = 32, factor = 1.0 : f32>]>}

// -----

quoin.format @example_4bit tile [1, 32] {
  stream block record 18
  field d : f16 in block at 0
  field q[i: 32] : ui4 in block at 16 + 4 * i
  decode (i) = (q[i] - 8) * d
}
// expected-error @below {{the layout does not hold these weights: but for rows, block, run and planes it has to be #qtile.layout<rows = 16, group = 32,}}
quoin.kernel @groups weights @example_4bit activations int8 per 32
  {packed_layout = #qtile.layout<rows = 16, group = 16, block = 32, run = 32, planes = [4], lo = 0, count = 16, levels = [], scalars = [#qtile.scalar<role = coefficient, storage = f16, columns = 32, factor = 1.0 : f32>]>}

// -----

quoin.format @example_4bit tile [1, 32] {
  stream block record 18
  field d : f16 in block at 0
  field q[i: 32] : ui4 in block at 16 + 4 * i
  decode (i) = (q[i] - 8) * d
}
// expected-error @below {{the layout does not hold these weights: but for rows, block, run and planes it has to be #qtile.layout<rows = 16, group = 32,}}
quoin.kernel @scalars weights @example_4bit activations int8 per 32
  {packed_layout = #qtile.layout<rows = 16, group = 32, block = 32, run = 32, planes = [4], lo = 0, count = 16, levels = [], scalars = [#qtile.scalar<role = coefficient, storage = f32, columns = 32, factor = 1.0 : f32>]>}

// -----

quoin.format @example_4bit tile [1, 32] {
  stream block record 18
  field d : f16 in block at 0
  field q[i: 32] : ui4 in block at 16 + 4 * i
  decode (i) = (q[i] - 8) * d
}
// expected-error @below {{the layout does not hold these weights: but for rows, block, run and planes it has to be #qtile.layout<rows = 16, group = 32,}}
quoin.kernel @levels weights @example_4bit activations int8 per 32
  {packed_layout = #qtile.layout<rows = 16, group = 32, block = 32, run = 32, planes = [4], lo = 0, count = 16, levels = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], scalars = [#qtile.scalar<role = coefficient, storage = f16, columns = 32, factor = 1.0 : f32>]>}

// -----

quoin.format @example_4bit tile [1, 32] {
  stream block record 18
  field d : f16 in block at 0
  field q[i: 32] : ui4 in block at 16 + 4 * i
  decode (i) = (q[i] - 8) * d
}
// expected-error @below {{blocks are multiples of 32 columns up to 65536, found 131072}}
quoin.kernel @block weights @example_4bit activations int8 per 32
  {packed_layout = #qtile.layout<rows = 16, group = 32, block = 131072, run = 32, planes = [4], lo = 0, count = 16, levels = [], scalars = [#qtile.scalar<role = coefficient, storage = f16, columns = 32, factor = 1.0 : f32>]>}

// -----

quoin.format @example_4bit tile [1, 32] {
  stream block record 18
  field d : f16 in block at 0
  field q[i: 32] : ui4 in block at 16 + 4 * i
  decode (i) = (q[i] - 8) * d
}
// expected-error @below {{pairs are products of bf16 activations, which this kernel has not}}
quoin.kernel @pairs_of_bytes weights @example_4bit activations int8 per 32
  {packed_layout = #qtile.layout<rows = 16, group = 32, block = 32, run = 32, planes = [4], lo = 0, count = 16, levels = [], scalars = [#qtile.scalar<role = coefficient, storage = f16, columns = 32, factor = 1.0 : f32>]>,
   schedule = [#qtile.regime<min_m = 1, decode = registers, operands = pairs, rows = 16, cols = 1, k_block = 0, m_block = 0, fetch = none, distance = 0>]}

// -----

quoin.format @example_4bit tile [1, 32] {
  stream block record 18
  field d : f16 in block at 0
  field q[i: 32] : ui4 in block at 16 + 4 * i
  decode (i) = (q[i] - 8) * d
}
/// One copy of X serves all regimes.
// expected-error @below {{X is read as pairs by every regime or by none}}
quoin.kernel @sometimes_pairs weights @example_4bit activations bf16
  {packed_layout = #qtile.layout<rows = 16, group = 32, block = 32, run = 32, planes = [4], lo = 0, count = 16, levels = [], scalars = [#qtile.scalar<role = coefficient, storage = f16, columns = 32, factor = 1.0 : f32>]>,
   schedule = [#qtile.regime<min_m = 1, decode = panel, operands = pairs, rows = 16, cols = 1, k_block = 32, m_block = 0, fetch = none, distance = 0>,
               #qtile.regime<min_m = 2, decode = panel, operands = bytes, rows = 16, cols = 1, k_block = 32, m_block = 0, fetch = none, distance = 0>]}

// -----

quoin.format @example_4bit tile [1, 32] {
  stream block record 18
  field d : f16 in block at 0
  field q[i: 32] : ui4 in block at 16 + 4 * i
  decode (i) = (q[i] - 8) * d
}
// expected-error @below {{operands = tiles are decoded in panels of 16 to 64 rows}}
quoin.kernel @tiles weights @example_4bit activations int8 per 32
  {packed_layout = #qtile.layout<rows = 16, group = 32, block = 32, run = 32, planes = [4], lo = 0, count = 16, levels = [], scalars = [#qtile.scalar<role = coefficient, storage = f16, columns = 32, factor = 1.0 : f32>]>,
   schedule = [#qtile.regime<min_m = 1, decode = registers, operands = tiles, rows = 16, cols = 4, k_block = 0, m_block = 0, fetch = none, distance = 0>]}

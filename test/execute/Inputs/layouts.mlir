// Layouts and schedules written by hand: rows, planes, blocks and runs are free.
quoin.format @example_nested tile [1, 96] {
  stream block record 53
  field d : f16 in block at 0
  field s[j: 3] : si8 in block at 16 + 8 * j
  field q[i: 96] : ui4 in block at 40 + 4 * i
  decode (i) = (q[i] - 3) * (d * f32(s[i floordiv 32]))
}

#outer = #qtile.scalar<role = outer, storage = f16, columns = 96, factor = 1.0 : f32>
#sub = #qtile.scalar<role = sub, storage = s8, columns = 32, factor = 1.0 : f32>

quoin.kernel @narrow_panels weights @example_nested activations int8 per 32
  {packed_layout = #qtile.layout<rows = 8, group = 32, block = 96, run = 32, planes = [2, 2], lo = 0, count = 16, levels = [], scalars = [#outer, #sub]>,
   schedule = [#qtile.regime<min_m = 1, decode = registers, operands = words, rows = 24, cols = 2, k_block = 192, m_block = 3,
                             fetch = stream, distance = 64>]}

quoin.kernel @tall_panels weights @example_nested activations int8 per 96
  {packed_layout = #qtile.layout<rows = 32, group = 32, block = 192, run = 96, planes = [2, 1, 1], lo = 0, count = 16, levels = [], scalars = [#outer, #sub]>,
   schedule = [#qtile.regime<min_m = 1, decode = registers, operands = bytes, rows = 64, cols = 1, k_block = 0, m_block = 0,
                             fetch = lines, distance = 0>,
               #qtile.regime<min_m = 4, decode = panel, operands = words, rows = 64, cols = 3, k_block = 192, m_block = 0,
                             fetch = none, distance = 0>]}

quoin.kernel @tall_values weights @example_nested activations f16
  {packed_layout = #qtile.layout<rows = 32, group = 32, block = 96, run = 32, planes = [8], lo = 0, count = 16, levels = [], scalars = [#outer, #sub]>,
   schedule = [#qtile.regime<min_m = 1, decode = panel, operands = bytes, rows = 64, cols = 1, k_block = 96, m_block = 5,
                             fetch = lines, distance = 256>]}

quoin.kernel @stored_tall weights @example_nested activations int8 per 96 layout stored
  {packed_layout = #qtile.layout<rows = 32, group = 32, block = 192, run = 32, planes = [4], lo = 0, count = 16, levels = [], scalars = [#outer, #sub]>,
   schedule = [#qtile.regime<min_m = 1, decode = panel, operands = bytes, rows = 64, cols = 4, k_block = 192, m_block = 0,
                             fetch = none, distance = 0>]}

quoin.kernel @stored_values weights @example_nested activations bf16 layout stored
  {packed_layout = #qtile.layout<rows = 8, group = 32, block = 96, run = 96, planes = [1, 1, 1, 1], lo = 0, count = 16, levels = [], scalars = [#outer, #sub]>,
   schedule = [#qtile.regime<min_m = 1, decode = panel, operands = bytes, rows = 40, cols = 4, k_block = 96, m_block = 0,
                             fetch = none, distance = 0>]}

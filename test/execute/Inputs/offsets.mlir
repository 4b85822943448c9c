// Numbers taken from codes that are no small integers: constants belong to their tables, stored ones to what is added.
quoin.format @example_halves {
  stream q : ui4 [N, K]
  stream s : f32 [N]
  table t[16] : f32 = [0.5, -0.5, 2.0, 6.0, 1.0, 2.5, 3.5, 4.0, 7.5, 8.0, 0.0, 10.0, 11.0, 12.0, 13.0, 14.0]
  decode (n, k) = t[q[n, k]] * s[n] - 3.0 * s[n]
}

quoin.format @example_stored_zero {
  stream q : ui4 [N, K]
  stream s : f32 [N]
  stream z : ui4 [N]
  table t[16] : f32 = [0.5, -0.5, 2.0, 6.0, 1.0, 2.5, 3.5, 4.0, 7.5, 8.0, 0.0, 10.0, 11.0, 12.0, 13.0, 14.0]
  decode (n, k) = (t[q[n, k]] - f32(z[n])) * s[n]
}

// More than a byte: int8 kernels round it, so that the first code and the constant must be rounded together.
quoin.format @example_wide {
  stream q : ui4 [N, K]
  stream s : f32 [N]
  table t[16] : si16 = [0, 300, -200, 600, 1, 2, 300, 400, 750, 800, 10, 11, 12, 130, 143, 999]
  decode (n, k) = f32(t[q[n, k]]) * s[n] - 30.0 * s[n]
}

quoin.format @example_wide_zero {
  stream q : ui4 [N, K]
  stream s : f32 [N]
  stream z : ui4 [N]
  table t[16] : si16 = [0, 300, -200, 600, 1, 2, 300, 400, 750, 800, 10, 11, 12, 130, 143, 999]
  decode (n, k) = f32(t[q[n, k]] - z[n]) * s[n]
}

// Codes that are multiples of a unit whose reciprocal is no f32.
quoin.format @example_tiny {
  stream q : ui2 [N, K]
  decode (n, k) = frombits(shl(q[n, k], 16))
}

// Zero points of more than 16 bits, and positions as parts of a code.
quoin.format @example_zero16 tile [1, 32] {
  stream block record 20
  field d : f16 in block at 0
  field z : ui16 in block at 16
  field q[i: 32] : ui4 in block at 32 + 4 * i
  decode (i) = d * (q[i] - z)
}

quoin.format @example_position tile [1, 32] {
  stream block record 18
  field d : f16 in block at 0
  field q[i: 32] : ui4 in block at 16 + 4 * i
  decode (i) = d * (q[i] - i mod 4)
}

// Constants that no coefficient of f32 holds together.
quoin.format @example_constants tile [1, 32] {
  stream block record 18
  field d : f16 in block at 0
  field q[i: 32] : ui4 in block at 16 + 4 * i
  decode (i) = (q[i] - 8) * d * 1.0e-30 * 1.0e-12
}

// Streams that may be absent and hold values: what they hold counts where they are there.
quoin.format @example_optional {
  stream w : ui8 [N, K]
  stream s : f16 [N, K ceildiv 32] default (n, g) = 1.0
  stream z : ui8 [N, K ceildiv 32] default (n, g) = 128
  decode (n, k) = (w[n, k] - z[n, k floordiv 32]) * s[n, k floordiv 32]
}

// 255 * 127 * 66311 is the largest multiple below 2^31.
quoin.format @example_bytes {
  stream w : ui8 [N, K]
  stream s : f32 [N]
  decode (n, k) = w[n, k] * s[n]
}

// 512 products of such integers do not fit 32 bits, 32 do.
quoin.format @example_large {
  stream q : ui4 [N, K]
  stream z : ui16 [N, K ceildiv 512]
  stream d : f32 [N, K ceildiv 512]
  decode (n, k) = (q[n, k] - z[n, k floordiv 512]) * d[n, k floordiv 512]
}

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

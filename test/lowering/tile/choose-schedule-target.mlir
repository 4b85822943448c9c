// RUN: quoin-opt --quoin-choose-schedule=target=x86-64-v3 %s | FileCheck %s
// RUN: quoin-opt --quoin-choose-schedule=target=znver4 --verify-diagnostics %s

quoin.format @example_4bit tile [1, 32] {
  stream block record 18
  field d : f16 in block at 0
  field q[i: 32] : ui4 in block at 16 + 4 * i
  decode (i) = (q[i] - 8) * d
}
/// A vector holds rows of one panel: a layout written by hand may fit one target and not another.
// CHECK: quoin.kernel @narrow_panels {{.*}} #qtile.layout<rows = 8,
// expected-error @below {{panels of 8 rows do not fill vectors of znver4, expected a multiple of 16 rows; panels of 16 rows serve every target}}
quoin.kernel @narrow_panels weights @example_4bit activations int8 per 32
  {packed_layout = #qtile.layout<rows = 8, group = 32, block = 32, run = 32, planes = [4], lo = 0, count = 16, levels = [], scalars = [#qtile.scalar<role = coefficient, storage = f16, columns = 32, factor = 1.0 : f32>]>}

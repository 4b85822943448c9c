// RUN: quoin-opt --quoin-vectorize-tile=target=znver4 --split-input-file --verify-diagnostics %s
// RUN: not quoin-opt --quoin-vectorize-tile=target=znver4 --split-input-file %s -o /dev/null

/// Panels of 8 rows are for narrower vectors.
#packed = #qtile.layout<rows = 8, group = 32, block = 32, run = 32, planes = [4], lo = 0, count = 16, levels = [], scalars = []>
#plain = #qtile.regime<min_m = 1, decode = registers, operands = bytes, rows = 8, cols = 1, k_block = 0, m_block = 0, fetch = none, distance = 0>
#x = #qtile.x_layout<group = 32, sum_group = 32, bias_group = 32, bias = false, block = 32, words = false, floats = false>
func.func @rows(%p: !llvm.ptr, %n: i64, %c: i1) {
  // expected-error @below {{tile of 8 rows does not fill vectors of 16 lanes of target "znver4"}}
  qtile.matmul %p, %p, %n, %p, %n, %n, %n, %n, %p, %n, %p, %n, %c, %c, %c
    {layout = #packed, regime = #plain, x_layout = #x, rows = 8 : i64, cols = 1 : i64, zero = 8 : i64}
  return
}

// -----

func.func @value_rows(%p: !llvm.ptr, %n: i64, %c: i1) {
  // expected-error @below {{tile of 8 rows does not fill vectors of 16 lanes of target "znver4"}}
  qtile.matmul_values %p, %p, %n, %n, %p, %n, %p, %n, %c, %c {rows = 8 : i64, cols = 2 : i64}
  return
}

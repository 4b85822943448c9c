// RUN: quoin-opt --verify-roundtrip --split-input-file --verify-diagnostics %s

/// Layouts with all there is: planes, levels, tables, numbers in panels, blocks and runs, and no codes at all.
#levels = #qtile.layout<rows = 16, group = 16, block = 64, run = 32, planes = [2, 1], lo = -7, count = 5, levels = [-7, -3, 0, 3, 7],
                        scalars = [#qtile.scalar<role = outer, storage = f16, columns = 0, factor = 0.25 : f32>,
                                   #qtile.scalar<role = sub, storage = s8, columns = 16, factor = 1.0 : f32>,
                                   #qtile.scalar<role = bias, storage = exponent_or_nan, columns = 64, factor = 1.0 : f32>]>
#table = #qtile.layout<rows = 8, group = 0, block = 16, run = 16, planes = [2], lo = 0, count = 2, levels = [], scalars = [],
                       table = [-1.5, 2.5]>
#values = #qtile.layout<rows = 16, group = 1, block = 16, run = 16, planes = [], lo = 1, count = 1, levels = [],
                        scalars = [#qtile.scalar<role = coefficient, storage = bf16, columns = 1, factor = 1.0 : f32>]>
#x = #qtile.x_layout<group = 32, sum_group = 16, bias_group = 16, bias = true, block = 64, words = false, floats = false>
func.func @vector_steps(%bytes: vector<32xi8>, %acc: vector<16xi16>) -> vector<8xi32> attributes {layouts = [#levels, #table, #values], x = #x} {
  %codes = qtile.unpack %bytes 2 bits from 6 to 0 : vector<32xi8>
  %values = qtile.lookup %codes in [-7, -3, 0, 3] : vector<32xi8>
  %sum = qtile.dot %acc, %values, %bytes signed max_code 7 : vector<16xi16>, vector<32xi8>
  %wide = qtile.widen %sum : vector<16xi16> to vector<8xi32>
  return %wide : vector<8xi32>
}

// -----

// expected-error @below {{a panel has a positive multiple of 8 rows, found 12}}
#layout = #qtile.layout<rows = 12, group = 32, block = 32, run = 32, planes = [4], lo = 0, count = 16, levels = [], scalars = []>

// -----

// expected-error @below {{blocks of 32 columns do not hold groups of 24}}
#layout = #qtile.layout<rows = 16, group = 24, block = 32, run = 32, planes = [4], lo = 0, count = 16, levels = [], scalars = []>

// -----

// expected-error @below {{a plane has 1 to 8 bits, or 16 of words, found 9}}
#layout = #qtile.layout<rows = 16, group = 32, block = 32, run = 32, planes = [9], lo = 0, count = 8, levels = [], scalars = []>

// -----

// expected-error @below {{a run of 12 columns does not fill sets of 8 columns (plane of 4 bits)}}
#layout = #qtile.layout<rows = 16, group = 12, block = 12, run = 12, planes = [4], lo = 0, count = 16, levels = [], scalars = []>

// -----

// expected-error @below {{blocks of 48 columns do not hold runs of 32}}
#layout = #qtile.layout<rows = 16, group = 16, block = 48, run = 32, planes = [4], lo = 0, count = 16, levels = [], scalars = []>

// -----

// expected-error @below {{planes add up to 12 bits, expected at most 8}}
#layout = #qtile.layout<rows = 16, group = 32, block = 32, run = 32, planes = [8, 4], lo = 0, count = 16, levels = [], scalars = []>

// -----

// expected-error @below {{planes of 2 bits do not hold 5 codes}}
#layout = #qtile.layout<rows = 16, group = 32, block = 32, run = 32, planes = [2], lo = 0, count = 5, levels = [], scalars = []>

// -----

// expected-error @below {{a table of 2 numbers does not say what 4 codes stand for}}
#layout = #qtile.layout<rows = 16, group = 32, block = 32, run = 32, planes = [2], lo = 0, count = 4, levels = [], scalars = [], table = [1.0, 2.0]>

// -----

// expected-error @below {{levels are an ascending list of one integer a code, at most 16, found 2 for 4 codes}}
#layout = #qtile.layout<rows = 16, group = 32, block = 32, run = 32, planes = [2], lo = -1, count = 4, levels = [-1, 3], scalars = []>

// -----

// expected-error @below {{levels are an ascending list of one integer a code, at most 16, found 2 for 2 codes}}
#layout = #qtile.layout<rows = 16, group = 32, block = 32, run = 32, planes = [1], lo = -1, count = 2, levels = [3, -1], scalars = []>

// -----

// expected-error @below {{blocks of 64 columns and groups of 32 do not nest with runs of 16 columns}}
#layout = #qtile.layout<rows = 16, group = 32, block = 64, run = 32, planes = [4], lo = 0, count = 16, levels = [],
                        scalars = [#qtile.scalar<role = coefficient, storage = f16, columns = 16, factor = 1.0 : f32>]>

// -----

#x = #qtile.x_layout<group = -1, sum_group = 0, bias_group = 0, bias = false, block = 32, words = false, floats = true, pairs = true>
func.func @pairs(%acc: vector<8xf32>, %w: vector<16xbf16>) -> vector<8xf32> attributes {x = #x} {
  %sum = qtile.dot_pairs %acc, %w, %w : vector<8xf32>, vector<16xbf16>
  return %sum : vector<8xf32>
}

// -----

func.func @pair_lanes(%acc: vector<16xf32>, %w: vector<16xbf16>) {
  // expected-error @below {{has two values a lane, found 'vector<16xbf16>' for 'vector<16xf32>'}}
  %sum = qtile.dot_pairs %acc, %w, %w : vector<16xf32>, vector<16xbf16>
  return
}

// -----

#packed = #qtile.layout<rows = 16, group = 32, block = 32, run = 32, planes = [4], lo = 0, count = 16, levels = [], scalars = []>
func.func @pairs_of_halves(%w: !llvm.ptr, %n: i64) {
  // expected-error @below {{makes pairs of bf16, found f16}}
  qtile.decode_values %w, %w, %n, %w, %n pairs {from = #packed, rows = 16 : i64, zero = 8 : i64, precision = #qtile.storage<f16>}
  return
}

// -----

#packed = #qtile.layout<rows = 16, group = 32, block = 32, run = 32, planes = [4], lo = 0, count = 16, levels = [], scalars = []>
func.func @decoded_pairs(%w: !llvm.ptr, %n: i64, %c: i1) {
  // expected-error @below {{makes pairs of bf16, found f32}}
  qtile.matmul_decoded %w, %w, %n, %w, %n, %n, %w, %n, %w, %n, %c, %c pairs {layout = #packed, rows = 16 : i64, cols = 1 : i64, zero = 8 : i64, precision = #qtile.storage<f32>}
  return
}

// -----

func.func @slot(%bytes: vector<32xi8>) {
  // expected-error @below {{4 bits from 6 to 0 lie outside a byte}}
  %codes = qtile.unpack %bytes 4 bits from 6 to 0 : vector<32xi8>
  return
}

// -----

func.func @long_lookup(%bytes: vector<32xi8>) {
  // expected-error @below {{looks up 1 to 16 bytes, found 17}}
  %values = qtile.lookup %bytes in [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16] : vector<32xi8>
  return
}

// -----

func.func @lanes(%bytes: vector<32xi8>, %acc: vector<16xi32>) {
  // expected-error @below {{accumulator of 512 bits does not match codes of 256}}
  %sum = qtile.dot %acc, %bytes, %bytes max_code 3 : vector<16xi32>, vector<32xi8>
  return
}

// -----

func.func @narrow_lanes(%words: vector<16xi16>, %acc: vector<16xi16>) {
  // expected-error @below {{products of words need 32-bit lanes}}
  %sum = qtile.dot %acc, %words, %words max_code 3 : vector<16xi16>, vector<16xi16>
  return
}

// -----

func.func @words(%bytes: vector<32xi8>) {
  // expected-error @below {{halves the number of lanes}}
  %even, %odd = qtile.words %bytes : vector<32xi8> to vector<32xi16>
  return
}

// -----

func.func @widen(%sums: vector<16xi16>) {
  // expected-error @below {{halves the number of lanes}}
  %wide = qtile.widen %sums : vector<16xi16> to vector<16xi32>
  return
}

// -----

#packed = #qtile.layout<rows = 16, group = 32, block = 32, run = 32, planes = [4], lo = 0, count = 16, levels = [], scalars = []>
func.func @panel(%w: !llvm.ptr, %n: i64) {
  // expected-error @below {{decodes to whole bytes or words that are integers}}
  qtile.decode_panel %w, %w, %n, %w, %n {from = #packed, to = #packed, distance = 0 : i64}
  return
}

// -----

#packed = #qtile.layout<rows = 16, group = 32, block = 32, run = 32, planes = [4], lo = 0, count = 16, levels = [], scalars = []>
#decoded = #qtile.layout<rows = 24, group = 32, block = 32, run = 32, planes = [8], lo = 0, count = 16, levels = [], scalars = []>
func.func @panel(%w: !llvm.ptr, %n: i64) {
  // expected-error @below {{panels of 16 rows and blocks of 32 do not fill panels of 24 rows and blocks of 32}}
  qtile.decode_panel %w, %w, %n, %w, %n {from = #packed, to = #decoded, distance = 0 : i64}
  return
}

// -----

#packed = #qtile.layout<rows = 16, group = 32, block = 32, run = 32, planes = [4], lo = 0, count = 16, levels = [], scalars = []>
#regime = #qtile.regime<min_m = 1, decode = registers, operands = bytes, rows = 16, cols = 1, k_block = 0, m_block = 0, fetch = none, distance = 0>
#x = #qtile.x_layout<group = 32, sum_group = 32, bias_group = 32, bias = false, block = 32, words = false, floats = false>
func.func @rows(%p: !llvm.ptr, %n: i64, %c: i1) {
  // expected-error @below {{tile of 24 rows does not fit panels of 16 rows}}
  qtile.matmul %p, %p, %n, %p, %n, %n, %n, %n, %p, %n, %p, %n, %c, %c, %c
    {layout = #packed, regime = #regime, x_layout = #x, rows = 24 : i64, cols = 1 : i64, zero = 8 : i64}
  return
}

// -----

#packed = #qtile.layout<rows = 16, group = 32, block = 32, run = 32, planes = [4], lo = 0, count = 16, levels = [], scalars = []>
#regime = #qtile.regime<min_m = 1, decode = registers, operands = bytes, rows = 16, cols = 1, k_block = 0, m_block = 0, fetch = none, distance = 0>
#x = #qtile.x_layout<group = 32, sum_group = 32, bias_group = 32, bias = false, block = 32, words = false, floats = false>
func.func @cols(%p: !llvm.ptr, %n: i64, %c: i1) {
  // expected-error @below {{needs at least one row of X, found cols = 0}}
  qtile.matmul %p, %p, %n, %p, %n, %n, %n, %n, %p, %n, %p, %n, %c, %c, %c
    {layout = #packed, regime = #regime, x_layout = #x, rows = 16 : i64, cols = 0 : i64, zero = 8 : i64}
  return
}

// -----

func.func @lanes(%acc: vector<4xi32>, %codes: vector<32xi8>, %x: vector<16xi8>) -> vector<4xi32> {
  // expected-error @below {{has four codes a lane, found 'vector<32xi8>' for 'vector<4xi32>'}}
  %sum = qtile.dot_matrix %acc, %codes, %x : vector<4xi32>, vector<32xi8>, vector<16xi8>
  return %sum : vector<4xi32>
}

// -----

func.func @tiles(%p: !llvm.ptr, %n: i64) {
  // expected-error @below {{has 16, 32, 48 or 64 rows, 1 to 16 cols and 1 to 16 quads, found 64, 17 and 8}}
  qtile.tile_products %p, %n, %p, %p {rows = 64 : i64, cols = 17 : i64, quads = 8 : i64}
  return
}

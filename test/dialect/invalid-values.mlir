// Expressions that read what they cannot, with types or indices that do not fit.
// RUN: quoin-opt %s -split-input-file -verify-diagnostics

// expected-error @+1 {{@no_decode has no decode; write "decode (n, k) = ...", the value at row n and column k}}
quoin.format @no_decode {
  stream weight : ui8 [N, K]
}

// -----

quoin.format @two_decodes {
  stream weight : ui8 [N, K]
  // expected-note @+1 {{the first is here}}
  decode (n, k) = weight[n, k]
  // expected-error @+1 {{@two_decodes has a second decode; an element has one value}}
  decode (n, k) = weight[n, k] - 8
}

// -----

quoin.format @three_variables {
  stream weight : ui8 [N, K]
  // expected-error @+1 {{has 3 variables; write "decode (i)" for element i of the tile, or "decode (n, k)" for row n and column k}}
  decode (n, k, g) = weight[n, k]
}

// -----

quoin.format @element_without_tile {
  stream weight : ui8 [N, K]
  // expected-error @+1 {{decode by one index counts the elements of a tile, and the format has no tile; write "decode (n, k) = ..."}}
  decode (i) = weight[i, i]
}

// -----

quoin.format @shift_of_float {
  stream scale : f16 [N, K]
  // expected-error @+1 {{"shl" takes integers and is given an f32 value, in "shl(scale[n, k], 2)"; bits(f) gives the bits of a float}}
  decode (n, k) = shl(scale[n, k], 2)
}

// -----

quoin.format @integer_division {
  stream weight : ui8 [N, K]
  // expected-error @+1 {{"/" divides f32 values and is given integers, in "weight[n, k] / 2"; write floordiv or ceildiv, or f32(a) / b}}
  decode (n, k) = weight[n, k] / 2
}

// -----

quoin.format @float_remainder {
  stream scale : f16 [N, K]
  // expected-error @+1 {{"mod" takes integers and is given an f32 value, in "scale[n, k] mod 2"}}
  decode (n, k) = scale[n, k] mod 2
}

// -----

quoin.format @float_index {
  stream scale : f16 [N]
  stream weight : ui8 [N, K]
  // expected-error @+1 {{an index of "weight" is an f32 value, in "weight[n, scale[n]]"; indices are integers}}
  decode (n, k) = weight[n, scale[n]]
}

// -----

quoin.format @float_condition {
  stream scale : f16 [N, K]
  // expected-error @+1 {{the condition of "select" is an f32 value}}
  decode (n, k) = select(scale[n, k], 1.0, 2.0)
}

// -----

quoin.format @number_of_indices {
  stream weight : ui8 [N, K]
  // expected-error @+1 {{"weight" has 2 indices and is read with 1, in "weight[n * K + k]"}}
  decode (n, k) = weight[n * K + k]
}

// -----

quoin.format @no_indices {
  stream weight : ui8 [N, K]
  // expected-error @+1 {{"weight" has 2 indices and is read with 0, in "weight"}}
  decode (n, k) = weight
}

// -----

quoin.format @axes_swapped {
  stream weight : ui8 [N, K]
  // expected-error @+1 {{index 0 of "weight" is}}
  decode (n, k) = weight[k, n]
}

// -----

quoin.format @one_group_too_many tile [1, 32] {
  stream block record 34
  field d[j: 2] : ui8 in block at 8 * j
  field q[i: 32] : ui8 in block at 16 + 8 * i
  // expected-error @+1 {{index 0 of "d" is 2 at i = 16; it must be from 0 to 1}}
  decode (i) = q[i] * d[i floordiv 8]
}

// -----

quoin.format @negative_index tile [1, 32] {
  stream block record 32
  field q[i: 32] : ui8 in block at 8 * i
  // expected-error @+1 {{index 0 of "q" is -1 at i = 0; it must be from 0 to 31}}
  decode (i) = q[i] - q[i - 1]
}

// -----

quoin.format @index_in_a_branch tile [1, 32] {
  stream block record 32
  field q[i: 32] : ui8 in block at 8 * i
  table step[2] : si32 = [1, 2]
  // expected-error @+1 {{index 0 of "step" is 2 at b = 8; it must be from 0 to 1}}
  decode (i) = split i at (8) { (a) -> q[a], (b) -> q[8 + b] * step[b floordiv 4] }
}

// -----

// An index in a branch of select need not count.
quoin.format @guarded_index tile [1, 32] {
  stream block record 32
  field q[i: 32] : ui8 in block at 8 * i
  decode (i) = q[i] - select(i == 0, 0, q[i - 1])
}

// -----

quoin.format @never {
  stream weight : ui8 [N, K]
  // expected-error @+1 {{"requires 3 < 2" never holds}}
  requires 3 < 2
  decode (n, k) = weight[n, k]
}

// -----

quoin.format @never_by_default<bits = 9> {
  // expected-error @+1 {{"requires bits <= 8" never holds}}
  requires bits <= 8
  stream weight : ui8 [N, K]
  decode (n, k) = weight[n, k]
}

// -----

quoin.format @float_requirement {
  stream weight : ui8 [N, K]
  // expected-error @+1 {{"requires" is an f32 value; compare it, as in "K mod 32 == 0"}}
  requires 0.5
  decode (n, k) = weight[n, k]
}

// -----

quoin.format @stored_requirement {
  stream weight : ui8 [N, K]
  // expected-error @+1 {{"weight[0, 0]" reads stored data where only N, K, sizes and parameters may stand}}
  requires weight[0, 0] == 0
  decode (n, k) = weight[n, k]
}

// -----

quoin.format @run_time_loop {
  stream weight : ui8 [N, K]
  // expected-error @+1 {{"sum" runs over "K" values, which is no constant}}
  decode (n, k) = sum(v: K, weight[n, v])
}

// -----

quoin.format @long_loop {
  stream weight : ui8 [N, K]
  // expected-error @+1 {{"sum" runs over 100000000 values}}
  decode (n, k) = sum(v: 100000000, weight[n, v])
}

// -----

quoin.format @weight_in_decode {
  stream weight : ui8 [N, K]
  // expected-error @+1 {{"x[n, k]" reads a weight, which only "temp" and "encode" can do}}
  decode (n, k) = weight[n, k] - x[n, k]
}

// -----

quoin.format @bare_weight {
  stream weight : ui8 [N, K]
  decode (n, k) = weight[n, k]
  // expected-error @+1 {{"x" is the weight and is read with the indices of decode, as in "x[i]"}}
  encode weight[n, k] = round(x, ui8)
}

// -----

quoin.format @weight_by_element {
  stream weight : ui8 [N, K]
  decode (n, k) = weight[n, k]
  // expected-error @+1 {{"x[k]" reads a weight by 1 index; write "x[n, k]"}}
  encode weight[n, k] = round(x[k], ui8)
}

// -----

quoin.format @temp_in_decode {
  stream weight : ui8 [N, K]
  // expected-error @+1 {{temp "t" exists only while encoding}}
  decode (n, k) = weight[n, k] * t
  temp t = 1.0
}

// -----

quoin.format @temp_too_late {
  stream weight : ui8 [N, K]
  decode (n, k) = weight[n, k]
  // expected-error @+1 {{temp "t" is read before it is computed; move its line up}}
  encode weight[n, k] = round(x[n, k] * t, ui8)
  temp t = 1.0
}

// -----

quoin.format @encoded_too_late {
  stream weight : ui8 [N, K]
  stream scale : f32 [N]
  decode (n, k) = weight[n, k] * scale[n]
  // expected-error @+1 {{"scale" is read before it is encoded; its "encode" line comes first}}
  encode weight[n, k] = round(x[n, k] / scale[n], ui8)
  encode scale[n] = 1.0
}

// -----

quoin.format @encoded_twice {
  stream weight : ui8 [N, K]
  decode (n, k) = weight[n, k]
  encode weight[n, k] by search
  // expected-error @+1 {{"weight" is encoded twice}}
  encode weight[n, k] = 0
}

// -----

quoin.format @float_into_integer {
  stream weight : ui8 [N, K]
  decode (n, k) = weight[n, k]
  // expected-error @+1 {{"weight" stores ui8 and is given an f32 value; write "round(..., ui8)"}}
  encode weight[n, k] = x[n, k]
}

// -----

quoin.format @encode_indices {
  stream weight : ui8 [N, K]
  decode (n, k) = weight[n, k]
  // expected-error @+1 {{"weight" has 2 indices and is encoded with 1}}
  encode weight[i] by search
}

// -----

quoin.format @encode_unknown {
  stream weight : ui8 [N, K]
  decode (n, k) = weight[n, k]
  // expected-error @+1 {{unknown field or stream "wight"; did you mean "weight"?}}
  encode wight[n, k] by search
}

// -----

quoin.format @encode_records tile [1, 16] {
  stream block record 16
  field q[i: 16] : ui8 in block at 8 * i
  decode (i) = q[i]
  // expected-error @+1 {{"block" is a stream of records; encode its fields}}
  encode block[i] by search
}

// -----

quoin.format @together tile [1, 16] {
  stream block record 17
  field q[i: 16] : ui8 in block at 8 * i
  field d : ui8 in block at 128
  decode (i) = q[i] * d
  // expected-error @+1 {{"d" has 0 indices and is encoded with 1}}
  encode (q, d)[i] by search
}

// -----

quoin.format @one_value_for_two tile [1, 2] {
  stream block record 4
  field p[i: 2] : ui8 in block at 8 * i
  field q[i: 2] : ui8 in block at 16 + 8 * i
  decode (i) = q[i] * p[i]
  // expected-error @+1 {{gives one expression to 2 fields; write one encode for each, or "by search"}}
  encode (p, q)[i] = 1
}

// -----

quoin.format @unknown_axis {
  stream order : si32 [K]
  // expected-error @+1 {{orders axis "m"; the axes are "n" (rows) and "k" (columns)}}
  permute m by order stored_to_logical
}

// -----

quoin.format @order_of_rows {
  stream order : si32 [K]
  stream weight : ui8 [N, K]
  // expected-error @+1 {{the order of n has one element for each row: "[N]" is the extent of "order"}}
  permute n by order stored_to_logical
  decode (n, k) = weight[n, k]
}

// -----

quoin.format @order_of_nothing {
  stream weight : ui8 [N, K]
  // expected-error @+1 {{"order" cannot give the order of an axis: there is no such stream}}
  permute k by order stored_to_logical
  decode (n, k) = weight[n, k]
}

// -----

quoin.format @float_order {
  stream order : f32 [K]
  stream weight : ui8 [N, K]
  // expected-error @+1 {{"order" cannot give the order of an axis: its elements are f32 where integers are needed}}
  permute k by order stored_to_logical
  decode (n, k) = weight[n, k]
}

// -----

quoin.format @permuted_twice {
  stream order : si32 [K]
  stream weight : ui8 [N, K]
  // expected-note @+1 {{first here}}
  permute k by order stored_to_logical
  // expected-error @+1 {{axis k is permuted twice}}
  permute k by order logical_to_stored
  decode (n, k) = weight[n, k]
}

// -----

quoin.format @matrix_of_lengths {
  stream widths : ui32 [N, 2]
  stream weight : ui8 [N, K]
  // expected-error @+1 {{"widths" cannot give the lengths of a split: it has 2 extents where one is needed}}
  decode (n, k) = split k by widths { (a) -> weight[n, a], (b) -> weight[n, b] }
}

// -----

quoin.format @overlay_extents {
  size P
  // expected-note @+1 {{"row" is declared here}}
  stream row : si32 [P]
  // expected-note @+1 {{"col" is declared here}}
  stream col : si32 [K]
  stream kept : f16 [P]
  stream weight : ui8 [N, K]
  decode (n, k) = weight[n, k]
  // expected-error @+1 {{"row" and "col" have different extents; an overlay has one row, column and value for each element}}
  overlay replace rows row cols col values kept
}

// -----

// expected-error @+1 {{attribute "origin" is an outside identity, which is an integer, as in "attributes {gguf = 2}"}}
quoin.format @identity attributes {origin = "paper"} {
  stream weight : ui8 [N, K]
  decode (n, k) = weight[n, k]
}

// -----

quoin.format @by_zero {
  stream weight : ui8 [N, K]
  // expected-error @+1 {{"k floordiv 0" divides by 0}}
  decode (n, k) = weight[n, k floordiv 0]
}

// -----

quoin.format @by_less {
  stream weight : ui8 [N, K]
  // expected-error @+1 {{"k mod (1 - 4)" divides by -3; divisors are positive}}
  decode (n, k) = weight[n, k mod (1 - 4)]
}

// -----

quoin.format @by_data {
  stream group : ui32 [N]
  stream weight : ui8 [N, K]
  // expected-error @+1 {{"k floordiv group[n]" divides by what is no constant and no expression of sizes; shift with "shr", or divide f32 values with "/"}}
  decode (n, k) = weight[n, k floordiv group[n]]
}

// -----

quoin.format @stray_op {
  stream weight : ui8 [N, K]
  // expected-error @+1 {{"builtin.module" stands in a format}}
  builtin.module {}
  decode (n, k) = weight[n, k]
}

// -----

// expected-error @+1 {{expects parent op 'quoin.format'}}
quoin.stream weight : ui8 [N, K]

// -----

quoin.format @search_of_different_extents tile [1, 4] {
  stream block record 6
  field p[i: 2] : ui8 in block at 8 * i
  field q[i: 4] : ui8 in block at 16 + 8 * i
  decode (i) = q[i] * p[i floordiv 2]
  // expected-error @+1 {{"q" and "p" have different extents and cannot be searched for together}}
  encode (p, q)[i] by search
}

// -----

quoin.format @fraction_rows {
  size P
  stream row : f32 [P]
  stream col : si32 [P]
  stream weight : ui8 [N, K]
  decode (n, k) = weight[n, k]
  // expected-error @+1 {{"row" cannot give the rows of an overlay: its elements are f32 where integers are needed}}
  overlay replace rows row cols col values row
}

// -----

quoin.format @no_columns {
  size P
  stream row : si32 [P]
  stream weight : ui8 [N, K]
  let P2 = P
  decode (n, k) = weight[n, k]
  // expected-error @+1 {{"P2" cannot give the columns of an overlay; a planar stream declared before can}}
  overlay replace rows row cols P2 values row
}

// -----

quoin.format @matrix_of_values {
  size P
  stream row : si32 [P]
  stream weight : ui8 [N, K]
  decode (n, k) = weight[n, k]
  // expected-error @+1 {{"weight" cannot give the values of an overlay: it has 2 extents where one is needed}}
  overlay replace rows row cols row values weight
}

// -----

quoin.format @weight_of_records tile [1, 4] {
  stream block record 4
  field q[i: 4] : ui8 in block at 8 * i
  decode (i) = q[i]
  // expected-error @+1 {{"x[i, i, i]" reads a weight by 3 indices; write "x[n, k]" or, for the record's own, "x[i]"}}
  encode q[i] = round(x[i, i, i], ui8)
}

// -----

// One factor for 128 rows, and only 32 of them.
quoin.format @few_factors {
  stream weight : si8 [N, K]
  stream factor : f32 [32]
  // expected-error @+1 {{index 0 of "factor" is 546 at n = 69999 of N = 70001, K = 1; it must be from 0 to 31}}
  decode (n, k) = weight[n, k] * factor[n floordiv 128]
}

// -----

quoin.format @far_column {
  stream weight : si8 [N, K]
  // expected-error @+1 {{index 1 of "weight" is 1000000 at n = 896, k = 0 of N = 70001, K = 1; it must be from 0 to 0}}
  decode (n, k) = weight[n, k + 1000000 * (n floordiv 128 == 7)]
}

// -----

// A branch that few rows do not reach is no fault.
quoin.format @shards {
  stream weight : si8 [N, K]
  decode (n, k) = split n at (1024, 2048) { (a) -> weight[a, k], (b) -> weight[1024 + b, k], (c) -> 2 * weight[2048 + c, k] }
}

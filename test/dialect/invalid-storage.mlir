// Streams, fields and bit maps that do not fit together.
// RUN: quoin-opt %s -split-input-file -verify-diagnostics

// expected-error @+1 {{@empty has no stream; write "stream weight : ui8 [N, K]" or "stream block record 18"}}
quoin.format @empty {
}

// -----

quoin.format @no_tile {
  // expected-error @+1 {{records of "block" describe a tile, and the format has none; write "quoin.format @no_tile tile [1, 32]" with the elements of one record}}
  stream block record 18
}

// -----

// expected-error @+1 {{"tile" says what one record describes, and @no_record has no record stream}}
quoin.format @no_record tile [1, 32] {
  stream weight : ui8 [N, K]
  decode (n, k) = weight[n, k]
}

// -----

// expected-error @+1 {{has a tile of 1 extents; write "tile [rows, cols]"}}
quoin.format @flat_tile tile [32] {
  stream block record 18
}

// -----

// expected-error @+1 {{the number of columns of the tile is 0; it must be from 1 to 1048576}}
quoin.format @empty_tile tile [1, 0] {
  stream block record 18
}

// -----

// expected-error @+1 {{"K" stands where only numbers and parameters may stand}}
quoin.format @run_time_tile tile [1, K] {
  stream block record 18
}

// -----

quoin.format @empty_record tile [1, 32] {
  // expected-error @+1 {{the record of "block" is 0; it must be from 1 to 1048576}}
  stream block record 0
}

// -----

quoin.format @claimed_twice tile [1, 4] {
  stream block record 4
  // expected-error @+1 {{bit 12 of "block" is claimed by "d" and by "q"[0]}}
  field d : f16 in block at 0
  // expected-note @+1 {{the other field is here}}
  field q[i: 4] : ui5 in block at 12 + 5 * i
  decode (i) = q[i] * d
}

// -----

quoin.format @claimed_never tile [1, 4] {
  // expected-error @+1 {{bit 36 of "block" is claimed by no field; mark the stream spare if its bits are ignored}}
  stream block record 5
  field d : f16 in block at 0
  field q[i: 4] : ui5 in block at 16 + 5 * i
  decode (i) = q[i] * d
}

// -----

quoin.format @claimed_never_in_a_planar_stream {
  // expected-error @+1 {{of "weight" is claimed by no field}}
  stream weight : ui8 [N, K]
  field q[n: N, k: K] : ui4 in weight at 8 * (n * K + k)
  decode (n, k) = q[n, k]
}

// -----

quoin.format @spare_bits {
  stream weight : ui8 [N, K] spare
  field q[n: N, k: K] : ui4 in weight at 8 * (n * K + k)
  decode (n, k) = q[n, k]
}

// -----

quoin.format @outside tile [1, 4] {
  stream block record 4
  field d : f16 in block at 0
  // expected-error @+1 {{"q"[3]}}
  field q[i: 4] : ui4 in block at 17 + 4 * i
  decode (i) = q[i] * d
}

// -----

quoin.format @slices tile [1, 4] {
  stream block record 3
  // expected-error @+1 {{the slices of "q" have 5 bits and its type ui6 has 6}}
  field q[i: 4] : ui6 in block at (4: 4 * i, 1: 16 + i)
  decode (i) = q[i]
}

// -----

quoin.format @wide_slice tile [1, 4] {
  stream block record 4
  // expected-error @+1 {{slice 0 of "q" is 33; it must be from 1 to 32}}
  field q[i: 4] : ui8 in block at (33: 8 * i)
  decode (i) = q[i]
}

// -----

quoin.format @run_time_slice tile [1, 4] {
  stream block record 4
  // expected-error @+1 {{"K" stands where only numbers and parameters may stand}}
  field q[i: 4] : ui8 in block at (K: 8 * i)
  decode (i) = q[i]
}

// -----

quoin.format @empty_extent tile [1, 4] {
  stream block record 4
  // expected-error @+1 {{field "q" has the extent 0; extents are positive}}
  field q[i: 0] : ui8 in block at 8 * i
  decode (i) = q[i]
}

// -----

quoin.format @negative_extent {
  // expected-error @+1 {{stream "weight" has the extent -1; extents are positive}}
  stream weight : ui8 [N, 1 - 2]
  decode (n, k) = weight[n, k]
}

// -----

quoin.format @fraction_extent {
  // expected-error @+1 {{an f32 value stands where an integer is needed, in "K * 0.5"}}
  stream weight : ui8 [N, K * 0.5]
  decode (n, k) = weight[n, k]
}

// -----

quoin.format @fraction_offset tile [1, 4] {
  stream block record 4
  // expected-error @+1 {{an f32 value stands where an integer is needed, in "i * 8.0"}}
  field q[i: 4] : ui8 in block at i * 8.0
  decode (i) = q[i]
}

// -----

quoin.format @run_time_extent_in_a_record tile [1, 4] {
  stream block record 4
  // expected-error @+1 {{"K" stands where only numbers and parameters may stand}}
  field q[i: K] : ui8 in block at 8 * i
  decode (i) = q[i]
}

// -----

quoin.format @extent_from_later_stream {
  // expected-error @+1 {{extents read streams declared before, and "widths" is declared later}}
  stream weight : ui8 [N, widths[0]]
  stream widths : ui32 [2]
  decode (n, k) = weight[n, k]
}

// -----

quoin.format @extent_from_moving_element {
  stream widths : ui32 [K]
  // expected-error @+1 {{"widths[N]" reads "widths" in an extent, where indices are constants}}
  stream weight : ui8 [N, widths[N]]
  decode (n, k) = weight[n, k]
}

// -----

quoin.format @extent_from_field {
  stream word : ui32 [1]
  field low : ui16 in word at 0
  field high : ui16 in word at 16
  stream weight : ui8 [N, K]
  // expected-error @+1 {{"high" reads a field in an extent; only elements of streams declared before can be read there}}
  field q[i: high] : ui8 in weight at 8 * i
  decode (n, k) = weight[n, k]
}

// -----

quoin.format @type_width<bits = 40> {
  // expected-error @+1 {{the width of ui<bits> is 40; it must be from 1 to 32}}
  stream weight : ui<bits> [N, K]
  decode (n, k) = weight[n, k]
}

// -----

quoin.format @default_of_records tile [1, 1] {
  // expected-error @+1 {{"block" is a record stream, which cannot be absent; leave out "default"}}
  stream block record 1 default = 0
}

// -----

quoin.format @default_variables {
  // expected-error @+1 {{"zero" has 1 extents and its default 2 variables}}
  stream zero : ui8 [N] default (n, k) = 8
}

// -----

quoin.format @default_type {
  // expected-error @+1 {{the default of "zero" is an f32 value and its elements are ui8; write "round(..., ui8)"}}
  stream zero : ui8 [N] default (n) = 0.5
  stream weight : ui8 [N, K]
  decode (n, k) = weight[n, k] - zero[n]
}

// -----

quoin.format @size_of_nothing {
  // expected-error @+1 {{nothing says how large "P" is; a stream must have it alone as an extent, as in "stream col : si32 [P]"}}
  size P
  stream weight : ui8 [N, K + P]
  decode (n, k) = weight[n, k]
}

// -----

quoin.format @default_reads_itself {
  // expected-note @+2 {{reading "g_idx" needs "g_idx"}}
  // expected-error @+1 {{"g_idx" cannot be read without itself}}
  stream g_idx : si32 [K] default (k) = g_idx[k]
  stream weight : ui8 [N, K]
  decode (n, k) = weight[n, g_idx[k]]
}

// -----

quoin.format @maps_in_a_circle {
  stream words : ui32 [N]
  // expected-note @+2 {{reading "a" needs "b"}}
  // expected-error @+1 {{"a" cannot be read without itself}}
  field a[n: N] : ui16 in words at 32 * n + b[n] - b[n]
  // expected-note @+1 {{reading "b" needs "a"}}
  field b[n: N] : ui16 in words at 32 * n + 16 + a[n] - a[n]
  decode (n, k) = a[n] + b[n]
}

// -----

quoin.format @let_in_a_circle {
  // expected-error @+2 {{let "a" is defined by itself}}
  let a = b + 1
  let b = a + 1
  // expected-note @-2 {{used here}}
  // expected-note @+1 {{used here}}
  stream weight : ui8 [N, a]
  decode (n, k) = weight[n, k]
}

// -----

// expected-error @+1 {{the tile has 1099511627776 elements; it has at most 1048576}}
quoin.format @large_tile tile [1048576, 1048576] {
  stream block record 1
}

// -----

// expected-error @+1 {{the number of rows of the tile is 0; it must be from 1 to 1048576}}
quoin.format @no_rows tile [0, 32] {
  stream block record 1
}

// -----

quoin.format @table_in_a_constant tile [1, 1] {
  table bytes[1] : ui8 = [1]
  // expected-error @+1 {{"bytes[0]" reads a table where only numbers and parameters may stand}}
  stream block record bytes[0]
  decode (i) = 0
}

// -----

quoin.format @lets_too_deep {
  stream weight : ui8 [N, K]
  // expected-error @+1 {{let "a" is defined by itself}}
  let a(v) = a(v - 1)
  // expected-note @+1 {{used here}}
  decode (n, k) = a(weight[n, k])
}

// -----

quoin.format @type_of_no_float {
  // expected-error @+1 {{unknown element type "f9"}}
  stream q : f9 [N, K]
  decode (n, k) = q[n, k]
}

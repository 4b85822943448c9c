// Tables: their sizes, their elements, their files.
// RUN: env QUOIN_PATH=%S/Inputs quoin-opt %s -split-input-file -verify-diagnostics

quoin.format @too_short {
  stream weight : ui2 [N, K]
  // expected-error @+1 {{table "level" lists 3 elements and its extents ask for 4}}
  table level[4] : f32 = [-1.0, 0.0, 1.0]
  decode (n, k) = level[weight[n, k]]
}

// -----

quoin.format @unfit {
  stream weight : ui2 [N, K]
  // expected-error @+1 {{element 128 of table "level" does not fit si8}}
  table level[4] : si8 = [-128, 0, 127, 128]
  decode (n, k) = level[weight[n, k]]
}

// -----

quoin.format @fraction {
  stream weight : ui2 [N, K]
  // expected-error @+1 {{element "0.5" of table "level" is no integer}}
  table level[4] : si8 = [0, 0.5, 1, 2]
  decode (n, k) = level[weight[n, k]]
}

// -----

quoin.format @run_time_table {
  stream weight : ui2 [N, K]
  // expected-error @+1 {{"K" stands where only numbers and parameters may stand}}
  table level[K] : f32 = [1.0]
  decode (n, k) = level[weight[n, k]]
}

// -----

quoin.format @empty_table {
  stream weight : ui2 [N, K]
  // expected-error @+1 {{an extent of table "level" is 0; it must be from 1 to 16777216}}
  table level[0] : f32 = []
  decode (n, k) = level[weight[n, k]]
}

// -----

quoin.format @large_table {
  stream weight : ui2 [N, K]
  // expected-error @+1 {{table "level" has more than 16777216 elements}}
  table level[i: 65536, j: 65536] : f32 = 1.0
  decode (n, k) = level[weight[n, k], 0]
}

// -----

quoin.format @no_extent {
  stream weight : ui2 [N, K]
  // expected-error @+1 {{"level" has no extent; write "[n]"}}
  table level[] : f32 = [1.0]
  decode (n, k) = weight[n, k]
}

// -----

quoin.format @computed_unfit {
  stream weight : ui2 [N, K]
  // expected-error @+1 {{element 2 of table "level" is 256, which does not fit ui8}}
  table level[i: 4] : ui8 = 128 * i
  decode (n, k) = level[weight[n, k]]
}

// -----

quoin.format @computed_float {
  stream weight : ui2 [N, K]
  // expected-error @+1 {{the elements of table "level" are ui8 and their expression is an f32 value; write "round(..., ui8)"}}
  table level[i: 4] : ui8 = 0.5 * i
  decode (n, k) = level[weight[n, k]]
}

// -----

quoin.format @computed_from_itself {
  stream weight : ui2 [N, K]
  // expected-error @+1 {{table "level" is computed from itself}}
  table level[i: 4] : ui8 = level[i]
  decode (n, k) = level[weight[n, k]]
}

// -----

quoin.format @computed_from_data {
  stream weight : ui2 [N, K]
  // expected-error @+1 {{"weight[0, i]" reads stored data where only numbers and parameters may stand}}
  table level[i: 4] : ui8 = weight[0, i]
  decode (n, k) = level[weight[n, k]]
}

// -----

quoin.format @constant_index {
  stream weight : ui2 [N, K]
  table level[4] : f32 = [-1.0, 0.0, 0.5, 1.0]
  // expected-error @+1 {{index 0 of "level" is 4}}
  decode (n, k) = weight[n, k] * level[4]
}

// -----

// A file that is nowhere leaves the rest of the text checkable.
quoin.format @absent_file {
  stream weight : ui2 [N, K]
  table level[4] : si8 from "absent.bin" sha256 "00"
  // expected-error @+1 {{unknown name "q"}}
  decode (n, k) = level[weight[n, k]] * q
}

// -----

quoin.format @file_size {
  stream weight : ui2 [N, K]
  // expected-error @+1 {{has 4 bytes and the table needs 8}}
  table level[8] : si8 from "four-bytes.bin" sha256 "00"
  decode (n, k) = level[weight[n, k]]
}

// -----

quoin.format @file_hash {
  stream weight : ui2 [N, K]
  // expected-error @+1 {{has the SHA-256 71c8ff7464f1dc1c0a20980af187e0c8ce31656b57759136da787dd4da8a3a02 and the text asks for 00}}
  table level[4] : si8 from "four-bytes.bin" sha256 "00"
  decode (n, k) = level[weight[n, k]]
}

// -----

quoin.format @file_of_nibbles {
  stream weight : ui2 [N, K]
  // expected-error @+1 {{elements of type ui4 are no whole bytes, so they cannot come from a file}}
  table level[8] : ui4 from "four-bytes.bin" sha256 "00"
  decode (n, k) = level[weight[n, k]]
}

// -----

quoin.format @file_path {
  stream weight : ui2 [N, K]
  // expected-error @+1 {{"../four-bytes.bin" is no plain file name; a table's file is looked up in the path}}
  table level[4] : si8 from "../four-bytes.bin" sha256 "00"
  decode (n, k) = level[weight[n, k]]
}

// -----

quoin.format @computed_element {
  stream weight : ui2 [N, K]
  // expected-error @+1 {{element "0.5 + 0.5" of table "level" is no literal}}
  table level[1] : f32 = [0.5 + 0.5]
  decode (n, k) = level[weight[n, k]]
}

// -----

quoin.format @beyond_64_bits {
  stream q : ui2 [N, K]
  // expected-error @+1 {{element 0 of table "t": index arithmetic ("add") leaves 64 bits}}
  table t[i: 4] : f32 = f32(i + 9223372036854775807 + 1)
  decode (n, k) = t[q[n, k]]
}
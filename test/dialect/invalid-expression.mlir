// What a newcomer gets wrong while writing an expression: each error stands at the token it is about.
// RUN: quoin-opt %s -split-input-file -verify-diagnostics

quoin.format @missing_operand {
  stream weight : ui8 [N, K]
  // expected-error @+1 {{expected an expression: a number, a name, a call or "("}}
  decode (n, k) = weight[n, k] * )
}

// -----

quoin.format @operator_as_name {
  stream weight : ui8 [N, K]
  // expected-error @+1 {{expected an expression before "mod"}}
  decode (n, k) = weight[n, k] + mod 2
}

// -----

quoin.format @assignment {
  stream weight : ui8 [N, K]
  // expected-error @+1 {{a comparison is written "=="}}
  requires K = 32
}

// -----

quoin.format @chained {
  stream weight : ui8 [N, K]
  // expected-error @+1 {{comparisons do not chain; join two with "and(a < b, b < c)"}}
  requires 0 < K < 32
}

// -----

quoin.format @too_few_arguments {
  stream weight : ui8 [N, K]
  // expected-error @+1 {{"shl" takes 2 arguments and is given 1}}
  decode (n, k) = shl(weight[n, k])
}

// -----

quoin.format @too_many_arguments {
  stream weight : ui8 [N, K]
  // expected-error @+1 {{"parity" takes 1 argument and is given 2}}
  decode (n, k) = parity(weight[n, k], 1)
}

// -----

quoin.format @loop_without_variable {
  stream weight : ui8 [N, K]
  // expected-error @+1 {{"sum" runs over a variable: write "sum(v: 8, ...)"}}
  decode (n, k) = sum(weight[n, k], 8)
}

// -----

quoin.format @rounding_mode {
  stream weight : ui8 [N, K]
  // expected-error @+1 {{expected a rounding mode "rne", "rna", "rtz", "floor" or "ceil", or "sat"}}
  decode (n, k) = round(weight[n, k], f16, up)
}

// -----

quoin.format @two_modes {
  stream weight : ui8 [N, K]
  // expected-error @+1 {{"round" takes one rounding mode, then "sat"}}
  decode (n, k) = round(weight[n, k], f16, rne, rtz)
}

// -----

quoin.format @signless {
  // expected-error @+1 {{unknown element type "i32"; say how it reads: "ui32" or "si32"}}
  stream weight : i32 [N, K]
  decode (n, k) = weight[n, k]
}

// -----

quoin.format @unknown_type {
  // expected-error @+1 {{unknown element type "half"; there are "ui1" to "ui32", "si1" to "si32", and floats such as}}
  stream weight : half [N, K]
  decode (n, k) = weight[n, k]
}

// -----

quoin.format @wide_literal {
  stream weight : ui8 [N, K]
  // expected-error @+1 {{"18446744073709551615" does not fit 64 bits}}
  decode (n, k) = weight[n, k] + 18446744073709551615
}

// -----

quoin.format @large_float {
  stream weight : ui8 [N, K]
  // expected-error @+1 {{"1.0e39" is larger than any f32; write "inf" if that is meant}}
  decode (n, k) = weight[n, k] * 1.0e39
}

// -----

quoin.format @branches {
  stream weight : ui8 [N, K]
  // expected-error @+1 {{"split" at 2 cuts needs 3 branches and has 2}}
  decode (n, k) = split k at (16, 32) { (a) -> weight[n, a], (b) -> weight[n, b] }
}

// -----

quoin.format @cuts_descend {
  stream weight : ui8 [N, K]
  // expected-error @+1 {{a split is cut at 16 after 32; cuts ascend from 0}}
  decode (n, k) = split k at (32, 16) { (a) -> weight[n, a], (b) -> weight[n, b], (c) -> 1.0 }
}

// -----

quoin.format @no_cut {
  stream weight : ui8 [N, K]
  // expected-error @+1 {{"split" has no cut; write "split e at (c) { (v) -> E, (v) -> E }"}}
  decode (n, k) = split k at () { (a) -> weight[n, a] }
}

// -----

quoin.format @split_by_nothing {
  stream weight : ui8 [N, K]
  // expected-error @+1 {{expected 'by' or "at" after the split expression}}
  decode (n, k) = split k { (a) -> weight[n, a] }
}

// -----

quoin.format @let_without_in {
  stream weight : ui8 [N, K]
  decode (n, k) = let w = weight[n, k]
// expected-error @+1 {{expected 'in' after the value of "let" in an expression}}
}

// -----

quoin.format @unclosed {
  stream weight : ui8 [N, K]
  // expected-error @+1 {{expected ')'}}
  decode (n, k) = (weight[n, k] - 8
}

// -----

quoin.format @stream_kind {
  // expected-error @+1 {{expected "record" and a number of bytes, or ": type [extents]", after the stream's name}}
  stream weight [N, K]
}

// -----

quoin.format @field_place {
  stream block record 2
  // expected-error @+1 {{expected 'at' and the field's bit offset}}
  field d : f16 in block 0
}

// -----

quoin.format @table_indices {
  // expected-error @+1 {{either all extents of a table have an index, as in "[i: 4, j: 8]", or none}}
  table t[i: 4, 8] : f32 = 1.0
}

// -----

quoin.format @table_source {
  table t[4] : f32
// expected-error @+1 {{expected "= [...]", "= expression" or "from" and a file}}
}

// -----

quoin.format @direction {
  stream order : si32 [K]
  // expected-error @+1 {{expected "stored_to_logical" or "logical_to_stored"}}
  permute k by order forwards
}

// -----

quoin.format @overlay_mode {
  // expected-error @+1 {{expected "add" or "replace"}}
  overlay subtract rows r cols c values v
}

// -----

quoin.format @unknown_line {
  // expected-error @+1 {{custom op 'feild' is unknown (tried 'quoin.feild' as well)}}
  feild d : f16 in block at 0
}

// -----

quoin.format @empty_name {
  // expected-error @+1 {{a name is empty}}
  stream "" : ui8 [N, K]
}

// -----

quoin.format @empty_name_in_expression {
  stream weight : ui8 [N, K]
  // expected-error @+1 {{a name is empty}}
  decode (n, k) = ""[n, k]
}

// -----

quoin.format @no_type {
  // expected-error @+1 {{expected an element type such as "ui4", "si8" or "f16"}}
  stream weight : [N, K]
}

// -----

quoin.format @table_index_name {
  // expected-error @+1 {{expected the name of an index before ":"}}
  table t[4: 8] : f32 = 1.0
}

// -----

quoin.format @table_hash {
  // expected-error @+1 {{expected 'sha256' and the file's hash in hexadecimal}}
  table t[4] : f32 from "t.bin" md5 "00"
}

// -----

quoin.format @encode_by {
  // expected-error @+1 {{expected 'search', the only rule that needs no expression}}
  encode weight[n, k] by magic
}

// -----

quoin.format @field_stream {
  // expected-error @+1 {{expected 'in' and the name of a stream}}
  field d : f16 at 0
}

// -----

quoin.format @misspelt_loop {
  stream q : ui8 [N, K]
  // expected-error @+1 {{"summ" is no loop over a variable; did you mean "sum"?}}
  decode (n, k) = summ(i: 4, q[n, k])
}

// -----

quoin.format @no_loop {
  stream q : ui8 [N, K]
  // expected-error @+1 {{"popcount" is no loop over a variable; write "sum"}}
  decode (n, k) = popcount(i: 4, q[n, k])
}
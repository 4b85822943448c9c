// Names: unknown ones, two of the same, and those that mean something else where they stand.
// RUN: quoin-opt %s -split-input-file -verify-diagnostics

quoin.format @misspelt {
  stream weight : ui8 [N, K]
  stream scale : f32 [N]
  // expected-error @+1 {{unknown field, stream or table "weigth", in "weigth[n, k]"; did you mean "weight"?}}
  decode (n, k) = weigth[n, k] * scale[n]
}

// -----

quoin.format @unknown_name {
  stream weight : ui8 [N, K]
  // expected-error @+1 {{unknown name "zero_point"; there are "n", "k", "weight", "N" or "K"}}
  decode (n, k) = weight[n, k] - zero_point
}

// -----

quoin.format @unknown_function {
  stream weight : ui8 [N, K]
  // expected-error @+1 {{unknown function "sqrt", in "sqrt(weight[n, k])"; there are}}
  decode (n, k) = sqrt(weight[n, k])
}

// -----

quoin.format @brackets_forgotten {
  stream weight : ui8 [N, K]
  // expected-error @+1 {{"weight" is not a function; indices stand in brackets: "weight[...]"}}
  decode (n, k) = weight(n, k)
}

// -----

quoin.format @unknown_stream tile [1, 16] {
  stream block record 2
  // expected-error @+1 {{unknown stream "blok" of field "d"; there is "block"}}
  field d : f16 in blok at 0
  decode (i) = d
}

// -----

quoin.format @twice tile [1, 16] {
  stream block record 4
  // expected-note @+1 {{first declared here}}
  field d : f16 in block at 0
  // expected-error @+1 {{"d" is declared twice}}
  field d : f16 in block at 16
  decode (i) = d
}

// -----

quoin.format @field_of_a_planar_stream {
  // expected-note @+1 {{first declared here}}
  stream weight : ui8 [N, K]
  // expected-error @+1 {{"weight" is declared twice; a planar stream is read under its own name}}
  field weight[n: N, k: K] : ui8 in weight at 8 * (n * K + k)
  decode (n, k) = weight[n, k]
}

// -----

// expected-note @+1 {{first declared here}}
quoin.format @parameter_and_let<bits = 4> {
  stream weight : ui8 [N, K]
  // expected-error @+1 {{"bits" is declared twice}}
  let bits = 5
  decode (n, k) = weight[n, k] - bits
}

// -----

quoin.format @reserved_size {
  stream weight : ui8 [N, K]
  // expected-error @+1 {{names a let "K", which is the number of columns of W; choose another name}}
  let K = 5
  decode (n, k) = weight[n, k]
}

// -----

quoin.format @reserved_weight {
  // expected-error @+1 {{names a stream "x", which is the weight in encode; choose another name}}
  stream x : ui8 [N, K]
  decode (n, k) = x[n, k]
}

// -----

quoin.format @reserved_function {
  stream weight : ui8 [N, K]
  // expected-error @+1 {{names a function "round", which the language has already}}
  let round(v) = v
  decode (n, k) = weight[n, k]
}

// -----

quoin.format @equal_variables {
  stream weight : ui8 [N, K]
  // expected-error @+1 {{has two variables "n"}}
  decode (n, n) = weight[n, n]
}

// -----

// expected-error @+1 {{has two parameters "bits"}}
quoin.format @equal_parameters<bits = 4, bits = 5> {
  stream weight : ui8 [N, K]
  decode (n, k) = weight[n, k]
}

// -----

quoin.format @index_of_number<bits = 4> {
  stream weight : ui8 [N, K]
  // expected-error @+1 {{"bits" is a number and takes no index}}
  decode (n, k) = weight[n, k] - bits[0]
}

// -----

quoin.format @index_of_variable {
  stream weight : ui8 [N, K]
  // expected-error @+1 {{"k" is a variable here and takes no index}}
  decode (n, k) = weight[n, k[0]]
}

// -----

quoin.format @index_of_let {
  stream weight : ui8 [N, K]
  let zero(n) = 8
  // expected-error @+1 {{"zero" is a let and takes no index; write its arguments in parentheses}}
  decode (n, k) = weight[n, k] - zero[n]
}

// -----

quoin.format @let_arguments {
  stream weight : ui8 [N, K]
  let both(a, b) = a + b
  // expected-error @+1 {{let "both" takes 2 arguments and is given 1}}
  decode (n, k) = both(weight[n, k])
}

// -----

quoin.format @let_without_arguments {
  stream weight : ui8 [N, K]
  let centred(c) = c - 8
  // expected-error @+1 {{let "centred" takes 1 arguments; write "centred(...)"}}
  decode (n, k) = centred
}

// -----

quoin.format @error_inside_let {
  stream weight : ui8 [N, K]
  // expected-error @+1 {{unknown name "eight"}}
  let centred(c) = c - eight
  // expected-note @+1 {{used here}}
  decode (n, k) = centred(weight[n, k])
}

// -----

quoin.format @unused_let {
  stream weight : ui8 [N, K]
  // expected-error @+1 {{unknown name "nothing"}}
  let unused = nothing
  decode (n, k) = weight[n, k]
}

// -----

quoin.format @record_as_value tile [1, 16] {
  stream block record 16
  field q[i: 16] : ui8 in block at 8 * i
  // expected-error @+1 {{"block" is a stream of records, which is read through its fields}}
  decode (i) = block[i]
}

// -----

// expected-error @+1 {{has a parameter "K", which is a name of the language}}
quoin.format @parameter_name<K = 4> {
  stream weight : ui8 [N, K]
  decode (n, k) = weight[n, k]
}

// -----

quoin.format @field_in_an_extent tile [1, 32] {
  stream block record 32
  field d : ui8 in block at 0
  // expected-error @+1 {{"d" reads a field in an extent; only elements of streams declared before can be read there}}
  stream q : ui8 [N, d]
  decode (i) = d
}

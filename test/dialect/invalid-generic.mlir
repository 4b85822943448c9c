// What the ops' own spelling cannot even say, and other programs can: the generic form is checked too.
// RUN: quoin-opt %s -split-input-file -verify-diagnostics

quoin.format @f {
  // expected-error @+1 {{"weight" has either "record" or an element type with extents}}
  "quoin.stream"() <{label = "weight"}> : () -> ()
}

// -----

quoin.format @f {
  // expected-error @+1 {{"weight" has half of a default}}
  "quoin.stream"() <{label = "weight", type = #quoin.expr<: ui8>, extents = [], default_vars = []}> : () -> ()
}

// -----

quoin.format @f {
  // expected-error @+1 {{has an empty name}}
  "quoin.size"() <{label = ""}> : () -> ()
}

// -----

quoin.format @f {
  // expected-error @+1 {{"q" has one offset, one for each slice, or one map for its bits}}
  "quoin.field"() <{label = "q", indices = [], extents = [], type = #quoin.expr<: ui8>, stream = "weight", widths = [], offsets = []}> : () -> ()
}

// -----

quoin.format @f {
  // expected-error @+1 {{"q" has 1 indices and 0 extents}}
  "quoin.field"() <{label = "q", indices = ["i"], extents = [], type = #quoin.expr<: ui8>, stream = "weight", widths = [], offsets = [#quoin.expr<0>]}> : () -> ()
}

// -----

quoin.format @f {
  // expected-error @+1 {{"t" is written as a list, computed from its indices, or read from a file}}
  "quoin.table"() <{label = "t", extents = [#quoin.expr<4>], type = #quoin.expr<: ui8>}> : () -> ()
}

// -----

quoin.format @f {
  // expected-error @+1 {{"m" has 1 indices and 0 extents}}
  "quoin.temp"() <{label = "m", indices = ["i"], extents = [], value = #quoin.expr<1>}> : () -> ()
}

// -----

quoin.format @f {
  // expected-error @+1 {{names no field}}
  "quoin.encode"() <{fields = [], vars = []}> : () -> ()
}

// -----

// expected-error @+1 {{has 1 parameters and 0 defaults}}
"quoin.format"() <{sym_name = "f", param_names = ["bits"], param_defaults = array<i64>}> ({
^bb0:
}) : () -> ()

// -----

// expected-error @+1 {{has 1 parameters and 0 values}}
"quoin.instance"() <{sym_name = "f", format = @g, param_names = ["bits"], param_values = array<i64>}> : () -> ()

// -----

// expected-error @+1 {{has either a name "@name" or a pattern such as "w{bits}g{group}"}}
"quoin.instance"() <{format = @g, param_names = [], param_values = array<i64>}> : () -> ()

// -----

quoin.policy @p {
  // expected-error @+1 {{has an empty list of layers; leave out "layers"}}
  "quoin.rule"() <{pattern = "*", layers = [], format = @g}> : () -> ()
}

// -----

// A type is no value, wherever it stands.
quoin.format @f {
  stream weight : ui8 [N, K]
  // expected-error @+1 {{the type "ui8" stands where a value is needed}}
  "quoin.decode"() <{vars = ["n", "k"], value = #quoin.expr<: ui8>}> : () -> ()
}

// -----

// expected-error @+1 {{expected '>'}}
module attributes {test.a = #quoin.expr<a + b c>} {}

// -----

quoin.format @f {
  stream weight : ui8 [N, K]
  // expected-error @+1 {{"t" has 2 indices and 1 extents}}
  "quoin.table"() <{label = "t", type = #quoin.expr<: ui8>, extents = [#quoin.expr<4>], indices = ["i", "j"], value = #quoin.expr<i>}> : () -> ()
}
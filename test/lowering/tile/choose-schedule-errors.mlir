// RUN: quoin-opt --quoin-choose-schedule=target=x86-64-v3 --split-input-file --verify-diagnostics %s

quoin.format @example_min tile [1, 32] {
  stream block record 20
  field d : f16 in block at 0
  field m : f16 in block at 16
  field q[i: 32] : ui4 in block at 32 + 4 * i
  decode (i) = q[i] * d + m
}
// expected-error @below {{no packed int8 kernel is made for weights "example_min": it adds an offset of its own to the scaled codes}}
quoin.kernel @offset weights @example_min activations int8 per 32

// -----

quoin.format @example_table tile [1, 32] {
  stream block record 18
  field d : f16 in block at 0
  field q[i: 32] : ui4 in block at 16 + 4 * i
  table levels[16] : si8 = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113]
  decode (i) = levels[q[i]] * d
}
// expected-error @below {{its normal form is "scalar table"}}
quoin.kernel @table weights @example_table activations int8 per 32

// -----

quoin.format @example_4bit tile [1, 32] {
  stream block record 18
  field d : f16 in block at 0
  field q[i: 32] : ui4 in block at 16 + 4 * i
  decode (i) = (q[i] - 8) * d
}
// expected-error @below {{its coefficients cover 32 columns and the activations' scales 128 columns}}
quoin.kernel @groups weights @example_4bit activations int8 per 128

// -----

quoin.format @example_4bit tile [1, 32] {
  stream block record 18
  field d : f16 in block at 0
  field q[i: 32] : ui4 in block at 16 + 4 * i
  decode (i) = (q[i] - 8) * d
}
// expected-error @below {{no kernel is made for activations bf16; int8 activations have one}}
quoin.kernel @activations weights @example_4bit activations bf16

// -----

quoin.format @example_4bit tile [1, 32] {
  stream block record 18
  field d : f16 in block at 0
  field q[i: 32] : ui4 in block at 16 + 4 * i
  decode (i) = (q[i] - 8) * d
}
// expected-error @below {{no kernel runs in place on stored weights; use layout packed}}
quoin.kernel @in_place weights @example_4bit activations int8 per 32 layout stored

// -----

// expected-error @below {{there is no format "nowhere"}}
quoin.kernel @unknown weights @nowhere activations int8 per 32

// -----

// The order of quantized columns is not a function of the position alone, nor are outliers.
quoin.format @example_4bit tile [1, 32] {
  stream block record 18
  field d : f16 in block at 0
  field q[i: 32] : ui4 in block at 16 + 4 * i
  decode (i) = (q[i] - 8) * d
}
// expected-error @below {{"schedule" lists #qtile.regime attributes, found 7}}
quoin.kernel @no_regime weights @example_4bit activations int8 per 32 {schedule = [7]}

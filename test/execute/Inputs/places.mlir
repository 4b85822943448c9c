// Numbers that lie where not every element is read, or as many as the file has.
quoin.format @example_needs {
  size P
  requires P mod 4 == 0
  requires P > 4
  stream q : si4 [N, K]
  stream l : f32 [P]
  decode (n, k) = l[n mod P] * f32(q[n, k])
}

quoin.format @example_first {
  stream q : si4 [N, K]
  stream l : f32 [4]
  decode (n, k) = l[0] * f32(q[n, k])
}

// The last byte of an odd number of codes has bits that belong to none.
quoin.format @example_nibbles {
  stream q : si4 [N, K]
  stream s : f32 [N]
  decode (n, k) = s[n] * f32(q[n, k])
}

// The variable that counts bits is the first of the text.
quoin.format @example_bits tile [1, 1] {
  stream block record 1
  field q : ui8 in block at bit b: 7 - b
  decode (i) = f32(q)
}

// A family of planar formats, as a checkpoint of separate tensors would hold them: codes of any width in one string of
// bits a row, an 8-bit scale and an 8-bit zero a group, and one f32 a row above the scales.
// bits + 16 / group + 32 / K bits per weight.
quoin.format @steps<bits = 4, group = 32> {
  requires and(bits >= 2, bits <= 8)
  requires K mod group == 0
  let groups = K floordiv group
  stream codes : ui8 [N, bits * K ceildiv 8] spare suffix "codes"
  stream scales : ui8 [N, groups] suffix "scales"
  stream zeros : ui8 [N, groups] suffix "zeros"
  stream rows : f32 [N] suffix "rows"

  // Bits of a row are one string; a code may cross a byte's border.
  field q[n: N, k: K] : ui<bits> in codes at 8 * (bits * K ceildiv 8) * n + bits * k
  let scale(n, k) = rows[n] * scales[n, k floordiv group]
  decode (n, k) = scale(n, k) * (q[n, k] - zeros[n, k floordiv group])

  // Every group spans its range widened to hold zero. Rules run in the order written, and a stored field reads as stored:
  // codes are chosen for the scale that was kept, not for the one that was wished for.
  let top = shl(1, bits) - 1
  temp lo[n: N, g: groups] = min(0.0, min(v: group, x[n, group * g + v]))
  temp step[n: N, g: groups] = (max(0.0, max(v: group, x[n, group * g + v])) - lo[n, g]) / top
  encode rows[n] = max(g: groups, step[n, g]) / 255.0
  encode scales[n, g] = round(step[n, g] / rows[n], ui8)
  encode zeros[n, g] = min(round(-lo[n, g] / scale(n, group * g), ui8), top)
  encode q[n, k] = min(max(round(x[n, k] / scale(n, k), si16) + zeros[n, k floordiv group], 0), top)
}

quoin.instance "steps{bits}g{group}" of @steps

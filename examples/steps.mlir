// A family of planar formats, as a checkpoint of separate tensors would hold them: codes of any width in one string of
// bits a row, an 8-bit scale a group, and one f32 a row above the scales; bits + 8 / group + 32 / K bits per weight.
quoin.format @steps<bits = 4, group = 32> {
  requires and(bits >= 2, bits <= 8)
  requires K mod group == 0
  let groups = K floordiv group
  stream codes : ui8 [N, bits * K ceildiv 8] spare suffix "codes"
  stream scales : ui8 [N, groups] suffix "scales"
  stream rows : f32 [N] suffix "rows"

  // Bits of a row are one string; a code may cross a byte's border.
  field q[n: N, k: K] : ui<bits> in codes at 8 * (bits * K ceildiv 8) * n + bits * k
  let scale(n, k) = rows[n] * scales[n, k floordiv group]
  let half = shl(1, bits - 1)
  decode (n, k) = scale(n, k) * (q[n, k] - half)

  // The largest magnitude of a group takes the outermost code. Rules run in the order written, and a stored field reads
  // as stored: codes are chosen for the scale that was kept, not for the one that was wished for.
  temp step[n: N, g: groups] = absmax(v: group, x[n, group * g + v]) / (half - 1)
  encode rows[n] = max(g: groups, step[n, g]) / 255.0
  encode scales[n, g] = round(step[n, g] / rows[n], ui8)
  encode q[n, k] = min(max(round(x[n, k] / scale(n, k), si16) + half, 0), 2 * half - 1)
}

quoin.instance "steps{bits}g{group}" of @steps

// Vectors of four: five bits select magnitudes from a computed codebook, three bits the signs with the fourth by parity;
// 6-bit logarithmic scales per 48 (a table stored with the tensor, codes across bytes); each row keeps its largest weight
// in f16. 2.125 bits per weight + 80 / K. Our own: parity-signed vectors with a stored scale table and kept weights.
// Encode: scale from the largest remaining magnitude, nearest vector; an odd count of minus signs flips the smallest.
quoin.format @kept_vec4 {
  requires K mod 4 == 0
  let J = K floordiv 4
  let G = K ceildiv 48
  stream codes : ui8 [N, J]
  stream scale_codes : ui8 [6 * N * G ceildiv 8] spare
  stream scale_map : f16 [64]
  stream kept_rows : si32 [N]
  stream kept_cols : si32 [N]
  stream kept : f16 [N]
  field v[n: N, j: J] : ui5 in codes at 8 * (n * J + j)
  field s[n: N, j: J] : ui3 in codes at 8 * (n * J + j) + 5
  field e[n: N, g: G] : ui6 in scale_codes at 6 * (n * G + g)
  table level[2, 2] : f32 = [0.21, 0.60, 0.44, 1.0]
  table vector[u: 32, t: 4] : f32 = level[u floordiv 16, and(shr(u, t), 1)]
  let scale(n, k) = scale_map[e[n, k floordiv 48]]
  let minus(w, t) = and(shr(or(w, shl(parity(w), 3)), t), 1)
  decode (n, k) = scale(n, k) * vector[v[n, k floordiv 4], k mod 4] * select(minus(s[n, k floordiv 4], k mod 4) == 1, -1.0, 1.0)
  overlay replace rows kept_rows cols kept_cols values kept

  encode kept_rows[n] = n
  encode kept_cols[n] = argmin(k: K, -abs(x[n, k]))
  encode kept[n] = x[n, kept_cols[n]]
  temp y[n: N, k: K] = select(k == kept_cols[n], 0.0, x[n, k])
  temp most[n: N, g: G] = absmax(v: 48, select(48 * g + v < K, y[n, min(48 * g + v, K - 1)], 0.0))
  temp peak = max(n: N, max(g: G, most[n, g]))
  table root[4] : f32 = [1.0, 0.84089642, 0.70710678, 0.59460356]
  encode scale_map[i] = peak * ldexp(root[i mod 4], -(i floordiv 4))
  encode e[n, g] = argmin(i: 64, abs(scale_map[i] - most[n, g]))
  temp neg[n: N, j: J] = sum(t: 4, shl(y[n, 4 * j + t] < 0.0, t))
  temp weak[n: N, j: J] = argmin(t: 4, abs(y[n, 4 * j + t]))
  temp sign[n: N, j: J] = xor(neg[n, j], shl(parity(neg[n, j]), weak[n, j]))
  encode s[n, j] = sign[n, j]
  let upright(n, k) = select(and(shr(sign[n, k floordiv 4], k mod 4), 1) == 1, -y[n, k], y[n, k])
  let away(n, k, u) = let r = upright(n, k) - scale(n, k) * vector[u, k mod 4] in r * r
  encode v[n, j] = argmin(u: 32, sum(t: 4, away(n, 4 * j + t, u)))
}

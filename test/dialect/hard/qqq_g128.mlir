// QQQ, 4 bits in groups of 128 under a second, integer level: the kernel's weight is the 8-bit integer round((u - 8) *
// s_group) and its scale s_channel, so the second rounding is part of the value; codes lie in fragment order, both scale
// tensors are permuted; 4.125 bits per weight + 32 / K. Source: HandH1998/QQQ, vLLM.
// Encode: s = 2 absmax / 15 per group, s_channel = the row's largest rounded weight / 127.
quoin.format @qqq_g128 {
  requires and(N mod 64 == 0, K mod 128 == 0)
  stream B : si32 [K floordiv 16, 2 * N] suffix "B"
  stream s_channel : f32 [1, N] suffix "s_channel"
  stream s_group : f16 [K floordiv 128, N] suffix "s_group"
  let lane(n, k) = 4 * (n mod 8) + (k mod 16) floordiv 4
  let word(n, k) = (k floordiv 16) * 2 * N + (n floordiv 64) * 128 + 4 * lane(n, k) + (n mod 64) floordiv 16
  let nibble(n, k) = (k mod 4) floordiv 2 + 2 * ((n mod 16) floordiv 8) + 4 * (k mod 2)
  field u[n: N, k: K] : ui4 in B at 32 * word(n, k) + 4 * nibble(n, k)
  let inGroup(n) = 64 * (n floordiv 64) + 8 * (n mod 8) + (n mod 64) floordiv 8
  let inChannel(n) = 32 * (n floordiv 32) + 8 * ((n mod 8) floordiv 2) + 2 * ((n mod 32) floordiv 8) + n mod 2
  decode (n, k) = round((u[n, k] - 8) * s_group[k floordiv 128, inGroup(n)], si8) * s_channel[0, inChannel(n)]

  temp step[n: N, g: K floordiv 128] = absmax(v: 128, x[n, 128 * g + v]) * 2.0 / 15.0
  let code(n, k) = min(max(round(x[n, k] / step[n, k floordiv 128], si8), -8), 7)
  temp s[n: N] = absmax(k: K, code(n, k) * step[n, k floordiv 128]) / 127.0
  let groupColumn(p) = 64 * (p floordiv 64) + (p mod 64) floordiv 8 + 8 * (p mod 8)
  let channelColumn(p) = 32 * (p floordiv 32) + 2 * ((p mod 32) floordiv 8) + 8 * ((p mod 8) floordiv 2) + p mod 2
  encode s_channel[a, p] = s[channelColumn(p)]
  encode s_group[g, p] = let n = groupColumn(p) in select(s[n] == 0.0, 0.0, step[n, g] / s[n])
  encode u[n, k] = code(n, k) + 8
}

// Loops of every kind and of many terms, in one format; columns say which.
quoin.format @loops {
  stream w : si16 [N, K]
  stream f : bf16 [N, K]
  let y(n, k, v) = f[n, (k + v) mod K]
  let i(n, k, v) = w[n, (k + 3 * v) mod K]
  decode (n, k) = split k mod 12 at (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11) {
    (a) -> sum(v: 100, y(n, k, v)),
    (a) -> f32(sum(v: 3000, i(n, k, v))),
    (a) -> sum(u: 9, sum(v: 9, y(n, k, 9 * u + v) * 0.5)),
    (a) -> max(v: 5, y(n, k, v)),
    (a) -> min(v: 5, y(n, k, v)),
    (a) -> absmax(v: 7, y(n, k, v)),
    (a) -> signmax(v: 7, y(n, k, v)),
    (a) -> f32(argmin(v: 90, y(n, k, v))),
    (a) -> f32(max(v: 5, i(n, k, v)) - min(v: 80, i(n, k, v))),
    (a) -> f32(absmax(v: 7, i(n, k, v)) + signmax(v: 7, i(n, k, v))),
    (a) -> f32(argmin(v: 20, i(n, k, v))),
    (a) -> f32(search(v: 37, v * 1000 >= w[n, k]))
  }
}

// Everything that follows stored data at once: both orders, the one in either sense, a split of columns by stored
// lengths, free sizes, and overlays that meet.
quoin.format @stored {
  size P
  size T
  stream rows : si32 [N]
  stream cols : si32 [K]
  permute n by rows stored_to_logical
  permute k by cols logical_to_stored
  stream widths : si32 [T]
  stream steps : f16 [T]
  stream w : si8 [N, K]
  stream at_rows : si32 [P]
  stream at_cols : si32 [P]
  stream at : f16 [P]
  decode (n, k) = w[n, k] * (split k by widths as (s, r) -> steps[s] + f32(r))
  overlay replace rows at_rows cols at_cols values at
  overlay add rows at_cols cols at_rows values at
}

// The same with the orders the other way round, and three ranges of their own.
quoin.format @stored_other_way {
  stream rows : si16 [N]
  stream cols : si16 [K]
  permute n by rows logical_to_stored
  permute k by cols stored_to_logical
  stream widths : si16 [3]
  stream w : si8 [N, K]
  stream at_rows : si32 [5]
  stream at_cols : si32 [5]
  stream at : si8 [5]
  decode (n, k) = split k by widths { (a) -> w[n, a] * 0.5, (a) -> w[n, a] - 3.0, (a) -> f32(a) }
  overlay add rows at_rows cols at_cols values at
}

// Places that follow stored data at two levels, a map of bits that does, and a branch that is not meant.
quoin.format @indirect {
  stream first : ui16 [N]
  stream next : ui8 [K]
  stream w : ui32 [N, K] spare
  field code[n: N, k: K] : ui7 in w at 32 * (n * K + k) + and(first[n], 15)
  decode (n, k) = f32(code[n, k]) + w[and(first[n], 0), next[next[0] mod K] mod K] + select(k > 2, w[n, k - 3], 1)
}

// What most contents make illegal: nothing keeps the places inside but the check of their reads.
quoin.format @far tile [1, 8] {
  size P
  stream record record 3 spare
  stream first : si32 [P]
  stream counts : ui8 [2] spare
  stream list : si8 [counts[0], K]
  stream w : f16 [N, K] spare
  field here : si8 in record at 0
  field there : ui4 in record at 8 + 4 * here
  field code[n: N, k: K] : ui7 in w at bit b: first[n mod 2] + 16 * (n * K + k) + 2 * b
  decode (n, k) = f32(code[n, k] + there) + w[first[k mod 3], first[first[0]]] + split here + k at (4) {
    (v) -> f32(list[v, counts[1]]), (v) -> w[n, v]
  }
}

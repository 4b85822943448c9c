// CLAQ: every column (one k) has a codebook of its own; columns are stored sorted by code width 2, 3, 4, codes packed
// along n, and P weights are kept in f16. No release defines the files; these are the proposed ones of the paper's code.
// Bits per weight: the mean width + 256 / N for the codebooks + 80 P / (N K). Decode only: codebooks come from K-means.
quoin.format @claq {
  size P
  stream order : si32 [K]
  permute k by order stored_to_logical
  stream widths : si32 [3]
  let bytes(b) = b * N ceildiv 8
  stream codes2 : ui8 [widths[0], bytes(2)] spare
  stream codes3 : ui8 [widths[1], bytes(3)] spare
  stream codes4 : ui8 [widths[2], bytes(4)] spare
  stream codebook : f16 [K, 16]
  stream kept_rows : si32 [P]
  stream kept_cols : si32 [P]
  stream kept : f16 [P]
  field q2[c: widths[0], n: N] : ui2 in codes2 at 8 * c * bytes(2) + 2 * n
  field q3[c: widths[1], n: N] : ui3 in codes3 at 8 * c * bytes(3) + 3 * n
  field q4[c: widths[2], n: N] : ui4 in codes4 at 8 * c * bytes(4) + 4 * n
  decode (n, k) = codebook[k, split k by widths { (c) -> q2[c, n], (c) -> q3[c, n], (c) -> q4[c, n] }]
  overlay replace rows kept_rows cols kept_cols values kept
}

// Roundings to every float type in every mode, of values with ties, both zeros, subnormals, overflows, infinities and NaN.
quoin.format @roundings {
  stream mantissa : si12 [N, K] spare
  stream exponent : si6 [N, K] spare
  stream raw : f32 [N, K]
  let number(n, k) = ldexp(f32(and(mantissa[n, k], shl(-1, n mod 12))), exponent[n, k]) * select(k mod 2 == 0, 1.0, -1.0)
  decode (n, k) = let v = select(n mod 4 == 3, raw[n, k], number(n, k)) in let mode = (k floordiv 14) mod 10 in
    split k mod 14 at (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13) {
    (t) -> split mode at (1, 2, 3, 4, 5, 6, 7, 8, 9) {
      (a) -> round(v, f16, rne), (a) -> round(v, f16, rna), (a) -> round(v, f16, rtz), (a) -> round(v, f16, floor), (a) -> round(v, f16, ceil),
      (a) -> round(v, f16, rne, sat), (a) -> round(v, f16, rna, sat), (a) -> round(v, f16, rtz, sat), (a) -> round(v, f16, floor, sat), (a) -> round(v, f16, ceil, sat)
    },
    (t) -> split mode at (1, 2, 3, 4, 5, 6, 7, 8, 9) {
      (a) -> round(v, bf16, rne), (a) -> round(v, bf16, rna), (a) -> round(v, bf16, rtz), (a) -> round(v, bf16, floor), (a) -> round(v, bf16, ceil),
      (a) -> round(v, bf16, rne, sat), (a) -> round(v, bf16, rna, sat), (a) -> round(v, bf16, rtz, sat), (a) -> round(v, bf16, floor, sat), (a) -> round(v, bf16, ceil, sat)
    },
    (t) -> split mode at (1, 2, 3, 4, 5, 6, 7, 8, 9) {
      (a) -> round(v, f32, rne), (a) -> round(v, f32, rna), (a) -> round(v, f32, rtz), (a) -> round(v, f32, floor), (a) -> round(v, f32, ceil),
      (a) -> round(v, f32, rne, sat), (a) -> round(v, f32, rna, sat), (a) -> round(v, f32, rtz, sat), (a) -> round(v, f32, floor, sat), (a) -> round(v, f32, ceil, sat)
    },
    (t) -> split mode at (1, 2, 3, 4, 5, 6, 7, 8, 9) {
      (a) -> round(v, f8E5M2, rne), (a) -> round(v, f8E5M2, rna), (a) -> round(v, f8E5M2, rtz), (a) -> round(v, f8E5M2, floor), (a) -> round(v, f8E5M2, ceil),
      (a) -> round(v, f8E5M2, rne, sat), (a) -> round(v, f8E5M2, rna, sat), (a) -> round(v, f8E5M2, rtz, sat), (a) -> round(v, f8E5M2, floor, sat), (a) -> round(v, f8E5M2, ceil, sat)
    },
    (t) -> split mode at (1, 2, 3, 4, 5, 6, 7, 8, 9) {
      (a) -> round(v, f8E5M2FNUZ, rne), (a) -> round(v, f8E5M2FNUZ, rna), (a) -> round(v, f8E5M2FNUZ, rtz), (a) -> round(v, f8E5M2FNUZ, floor), (a) -> round(v, f8E5M2FNUZ, ceil),
      (a) -> round(v, f8E5M2FNUZ, rne, sat), (a) -> round(v, f8E5M2FNUZ, rna, sat), (a) -> round(v, f8E5M2FNUZ, rtz, sat), (a) -> round(v, f8E5M2FNUZ, floor, sat), (a) -> round(v, f8E5M2FNUZ, ceil, sat)
    },
    (t) -> split mode at (1, 2, 3, 4, 5, 6, 7, 8, 9) {
      (a) -> round(v, f8E4M3FN, rne), (a) -> round(v, f8E4M3FN, rna), (a) -> round(v, f8E4M3FN, rtz), (a) -> round(v, f8E4M3FN, floor), (a) -> round(v, f8E4M3FN, ceil),
      (a) -> round(v, f8E4M3FN, rne, sat), (a) -> round(v, f8E4M3FN, rna, sat), (a) -> round(v, f8E4M3FN, rtz, sat), (a) -> round(v, f8E4M3FN, floor, sat), (a) -> round(v, f8E4M3FN, ceil, sat)
    },
    (t) -> split mode at (1, 2, 3, 4, 5, 6, 7, 8, 9) {
      (a) -> round(v, f8E4M3FNUZ, rne), (a) -> round(v, f8E4M3FNUZ, rna), (a) -> round(v, f8E4M3FNUZ, rtz), (a) -> round(v, f8E4M3FNUZ, floor), (a) -> round(v, f8E4M3FNUZ, ceil),
      (a) -> round(v, f8E4M3FNUZ, rne, sat), (a) -> round(v, f8E4M3FNUZ, rna, sat), (a) -> round(v, f8E4M3FNUZ, rtz, sat), (a) -> round(v, f8E4M3FNUZ, floor, sat), (a) -> round(v, f8E4M3FNUZ, ceil, sat)
    },
    (t) -> split mode at (1, 2, 3, 4, 5, 6, 7, 8, 9) {
      (a) -> round(v, f8E4M3B11FNUZ, rne), (a) -> round(v, f8E4M3B11FNUZ, rna), (a) -> round(v, f8E4M3B11FNUZ, rtz), (a) -> round(v, f8E4M3B11FNUZ, floor), (a) -> round(v, f8E4M3B11FNUZ, ceil),
      (a) -> round(v, f8E4M3B11FNUZ, rne, sat), (a) -> round(v, f8E4M3B11FNUZ, rna, sat), (a) -> round(v, f8E4M3B11FNUZ, rtz, sat), (a) -> round(v, f8E4M3B11FNUZ, floor, sat), (a) -> round(v, f8E4M3B11FNUZ, ceil, sat)
    },
    (t) -> split mode at (1, 2, 3, 4, 5, 6, 7, 8, 9) {
      (a) -> round(v, f8E4M3, rne), (a) -> round(v, f8E4M3, rna), (a) -> round(v, f8E4M3, rtz), (a) -> round(v, f8E4M3, floor), (a) -> round(v, f8E4M3, ceil),
      (a) -> round(v, f8E4M3, rne, sat), (a) -> round(v, f8E4M3, rna, sat), (a) -> round(v, f8E4M3, rtz, sat), (a) -> round(v, f8E4M3, floor, sat), (a) -> round(v, f8E4M3, ceil, sat)
    },
    (t) -> split mode at (1, 2, 3, 4, 5, 6, 7, 8, 9) {
      (a) -> round(v, f8E3M4, rne), (a) -> round(v, f8E3M4, rna), (a) -> round(v, f8E3M4, rtz), (a) -> round(v, f8E3M4, floor), (a) -> round(v, f8E3M4, ceil),
      (a) -> round(v, f8E3M4, rne, sat), (a) -> round(v, f8E3M4, rna, sat), (a) -> round(v, f8E3M4, rtz, sat), (a) -> round(v, f8E3M4, floor, sat), (a) -> round(v, f8E3M4, ceil, sat)
    },
    (t) -> split mode at (1, 2, 3, 4, 5, 6, 7, 8, 9) {
      (a) -> round(v, f6E3M2FN, rne), (a) -> round(v, f6E3M2FN, rna), (a) -> round(v, f6E3M2FN, rtz), (a) -> round(v, f6E3M2FN, floor), (a) -> round(v, f6E3M2FN, ceil),
      (a) -> round(v, f6E3M2FN, rne, sat), (a) -> round(v, f6E3M2FN, rna, sat), (a) -> round(v, f6E3M2FN, rtz, sat), (a) -> round(v, f6E3M2FN, floor, sat), (a) -> round(v, f6E3M2FN, ceil, sat)
    },
    (t) -> split mode at (1, 2, 3, 4, 5, 6, 7, 8, 9) {
      (a) -> round(v, f6E2M3FN, rne), (a) -> round(v, f6E2M3FN, rna), (a) -> round(v, f6E2M3FN, rtz), (a) -> round(v, f6E2M3FN, floor), (a) -> round(v, f6E2M3FN, ceil),
      (a) -> round(v, f6E2M3FN, rne, sat), (a) -> round(v, f6E2M3FN, rna, sat), (a) -> round(v, f6E2M3FN, rtz, sat), (a) -> round(v, f6E2M3FN, floor, sat), (a) -> round(v, f6E2M3FN, ceil, sat)
    },
    (t) -> split mode at (1, 2, 3, 4, 5, 6, 7, 8, 9) {
      (a) -> round(v, f4E2M1FN, rne), (a) -> round(v, f4E2M1FN, rna), (a) -> round(v, f4E2M1FN, rtz), (a) -> round(v, f4E2M1FN, floor), (a) -> round(v, f4E2M1FN, ceil),
      (a) -> round(v, f4E2M1FN, rne, sat), (a) -> round(v, f4E2M1FN, rna, sat), (a) -> round(v, f4E2M1FN, rtz, sat), (a) -> round(v, f4E2M1FN, floor, sat), (a) -> round(v, f4E2M1FN, ceil, sat)
    },
    (t) -> split mode at (1, 2, 3, 4, 5, 6, 7, 8, 9) {
      (a) -> round(v, f8E8M0FNU, rne), (a) -> round(v, f8E8M0FNU, rna), (a) -> round(v, f8E8M0FNU, rtz), (a) -> round(v, f8E8M0FNU, floor), (a) -> round(v, f8E8M0FNU, ceil),
      (a) -> round(v, f8E8M0FNU, rne, sat), (a) -> round(v, f8E8M0FNU, rna, sat), (a) -> round(v, f8E8M0FNU, rtz, sat), (a) -> round(v, f8E8M0FNU, floor, sat), (a) -> round(v, f8E8M0FNU, ceil, sat)
    }
  }
}

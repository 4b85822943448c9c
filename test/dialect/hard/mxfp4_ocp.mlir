// OCP MXFP4, planar: E2M1 codes (even k in the low nibble) and one E8M0 scale per 32 along k; 4.25 bits per weight.
// Source: OCP Microscaling v1.0; scale byte 255 makes its block NaN.
// Encode: the standard's floor rule: 2^(exponent of absmax - 2), nearest even, saturating.
quoin.format @mxfp4_ocp {
  requires K mod 2 == 0
  stream weight : f4E2M1FN [N, K] suffix "weight"
  stream scale : f8E8M0FNU [N, K ceildiv 32] suffix "weight_scale"
  decode (n, k) = weight[n, k] * scale[n, k floordiv 32]

  encode scale[n, g] = ldexp(1.0, max(shr(bits(absmax(v: 32, x[n, 32 * g + v])), 23) - 129, -127))
  encode weight[n, k] = round(x[n, k] / scale[n, k floordiv 32], f4E2M1FN, rne, sat)
}

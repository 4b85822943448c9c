// Every op of a format, with every part that may be left out, in its own spelling and back.
// RUN: quoin-opt %s | FileCheck %s
// RUN: quoin-opt %s | quoin-opt | FileCheck %s
// RUN: quoin-opt %s -mlir-print-op-generic | quoin-opt | FileCheck %s
// RUN: quoin-opt %s -emit-bytecode | quoin-opt | FileCheck %s
// RUN: quoin-opt %s --verify-roundtrip -o %t

// CHECK-LABEL: quoin.format @records tile [2, 8] attributes {container = 7 : i64, kind = 2 : i64} {
quoin.format @records tile [2, 8] attributes {kind = 2, container = 7} {
  // CHECK-NEXT: stream block record 4 + 10
  stream block record 4 + 10
  // CHECK-NEXT: field d : f16 in block at 0
  field d : f16 in block at 0
  // CHECK-NEXT: field q[i: 16] : ui5 in block at (4: 16 + 4 * i, 1: 80 + i)
  field q[i: 16] : ui5 in block at (4: 16 + 4 * i, 1: 80 + i)
  // CHECK-NEXT: field "spare bits"[j: 2] : ui8 in block at bit b: 96 + b * 2 + j
  field "spare bits"[j: 2] : ui8 in block at bit b: (96 + (b * 2)) + j
  // CHECK-NEXT: decode (i) = q[i] * d
  decode (i) = q[i] * d
  // CHECK-NEXT: temp m = signmax(i: 16, x[i])
  temp m = signmax(i: 16, x[i])
  // CHECK-NEXT: temp r[i: 16] = x[i] / m
  temp r[i: 16] = x[i] / m
  // CHECK-NEXT: encode d = m
  encode d = m
  // CHECK-NEXT: encode q[i] by search
  encode q[i] by search
  // CHECK-NEXT: }
}

// CHECK-LABEL: quoin.format @planes<bits = 3, group = -1> {
quoin.format @planes<bits = 3, group = -1> {
  // CHECK-NEXT: requires K mod 32 == 0
  requires K mod 32 == 0
  // CHECK-NEXT: let length = select(group == -1, K, group)
  let length = select(group == -1, K, group)
  // CHECK-NEXT: size P
  size P
  // CHECK-NEXT: stream weight : ui<bits> [N, K] spare suffix "qweight"
  stream weight : ui<bits> [N, K] spare suffix "qweight"
  // CHECK-NEXT: stream scale : f16 [N, K ceildiv length]
  stream scale : f16 [N, K ceildiv length]
  // CHECK-NEXT: stream offset : f32 [] default = 0.0 suffix "off"
  stream offset : f32 [] default = 0.0 suffix "off"
  // CHECK-NEXT: stream order : si32 [K] default (k) = k
  stream order : si32 [K] default (k) = k
  // CHECK-NEXT: stream row : si32 [P]
  stream row : si32 [P]
  // CHECK-NEXT: stream kept : f16 [P]
  stream kept : f16 [P]
  // CHECK-NEXT: permute k by order stored_to_logical
  permute k by order stored_to_logical
  // CHECK-NEXT: table written[2, 2] : f32 = [-1.0, 0.5, nan, 2.0]
  table written[2, 2] : f32 = [-1.0, 0.5, nan, 2.0]
  // CHECK-NEXT: table computed[i: 4, j: 2] : si8 = i - j
  table computed[i: 4, j: 2] : si8 = i - j
  // CHECK-NEXT: table filed[16] : f16 from "no-such-file.bin" sha256 "00ff"
  table filed[16] : f16 from "no-such-file.bin" sha256 "00ff"
  // CHECK-NEXT: decode (n, k) = weight[n, k] * scale[n, k floordiv length] + offset
  decode (n, k) = weight[n, k] * scale[n, k floordiv length] + offset
  // CHECK-NEXT: overlay add rows row cols row values kept
  overlay add rows row cols row values kept
  // CHECK-NEXT: overlay replace rows row cols row values kept
  overlay replace rows row cols row values kept
  // CHECK-NEXT: encode scale[n, g] = 1.0
  encode scale[n, g] = 1.0
}

// CHECK: quoin.instance "w{bits}g{group}" of @planes
quoin.instance "w{bits}g{group}" of @planes
// CHECK: quoin.instance @planes_2bit of @planes<bits = 2, group = 64>
quoin.instance @planes_2bit of @planes<bits = 2, group = 64>

// Discardable attributes of later passes are kept on every op.
// CHECK-LABEL: quoin.format @annotated
quoin.format @annotated {
  // CHECK: stream weight : ui8 [N, K] {other.note = "kept"}
  stream weight : ui8 [N, K] {other.note = "kept"}
  // CHECK: decode (n, k) = weight[n, k] {other.note = 1 : i64}
  decode (n, k) = weight[n, k] {other.note = 1}
}

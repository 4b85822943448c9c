// RUN: quoin-opt --quoin-unpack-bits %s | FileCheck %s

/// The lowest slot needs no shift, the highest no mask.
// CHECK-LABEL: func.func @low_and_high
// CHECK-SAME: %[[BYTES:.*]]: vector<32xi8>
func.func @low_and_high(%bytes: vector<32xi8>) -> (vector<32xi8>, vector<32xi8>) {
  // CHECK: %[[LOW:.*]] = arith.andi %[[BYTES]],
  // CHECK: %[[HIGH:.*]] = arith.shrui %[[BYTES]],
  // CHECK: return %[[LOW]], %[[HIGH]]
  %low = qtile.unpack %bytes slot 0 of 4 bits : vector<32xi8>
  %high = qtile.unpack %bytes slot 1 of 4 bits : vector<32xi8>
  return %low, %high : vector<32xi8>, vector<32xi8>
}

// CHECK-LABEL: func.func @middle
func.func @middle(%bytes: vector<64xi8>) -> vector<64xi8> {
  // CHECK: %[[SHIFTED:.*]] = arith.shrui %{{.*}}, %[[FOUR:.*]] :
  // CHECK: arith.andi %[[SHIFTED]],
  %codes = qtile.unpack %bytes slot 2 of 2 bits : vector<64xi8>
  return %codes : vector<64xi8>
}

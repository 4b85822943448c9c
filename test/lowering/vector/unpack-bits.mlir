// RUN: quoin-opt --quoin-unpack-bits %s | FileCheck %s

/// Bits that stay need no shift, those at the top no mask.
// CHECK-LABEL: func.func @low_and_high
// CHECK-SAME: %[[BYTES:.*]]: vector<32xi8>
func.func @low_and_high(%bytes: vector<32xi8>) -> (vector<32xi8>, vector<32xi8>) {
  // CHECK: %[[LOW:.*]] = arith.andi %[[BYTES]],
  // CHECK: %[[HIGH:.*]] = arith.shrui %[[BYTES]],
  // CHECK: return %[[LOW]], %[[HIGH]]
  %low = qtile.unpack %bytes 4 bits from 0 to 0 : vector<32xi8>
  %high = qtile.unpack %bytes 4 bits from 4 to 0 : vector<32xi8>
  return %low, %high : vector<32xi8>, vector<32xi8>
}

// CHECK-LABEL: func.func @middle
func.func @middle(%bytes: vector<64xi8>) -> vector<64xi8> {
  // CHECK: %[[SHIFTED:.*]] = arith.shrui %{{.*}}, %[[FOUR:.*]] :
  // CHECK: arith.andi %[[SHIFTED]],
  %codes = qtile.unpack %bytes 2 bits from 4 to 0 : vector<64xi8>
  return %codes : vector<64xi8>
}

/// Parts of codes go to their own place, down or up.
// CHECK-LABEL: func.func @parts
func.func @parts(%bytes: vector<32xi8>) -> (vector<32xi8>, vector<32xi8>) {
  // CHECK-DAG: %[[FOUR:.*]] = arith.constant dense<4> : vector<32xi8>
  // CHECK-DAG: %[[TOP:.*]] = arith.constant dense<-64> : vector<32xi8>
  // CHECK-DAG: %[[DOWN:.*]] = arith.shrui
  // CHECK-DAG: arith.andi %[[DOWN]], %[[FOUR]]
  // CHECK-DAG: %[[UP:.*]] = arith.shli
  // CHECK-DAG: arith.andi %[[UP]], %[[TOP]]
  %down = qtile.unpack %bytes 1 bits from 6 to 2 : vector<32xi8>
  %up = qtile.unpack %bytes 2 bits from 5 to 6 : vector<32xi8>
  return %down, %up : vector<32xi8>, vector<32xi8>
}

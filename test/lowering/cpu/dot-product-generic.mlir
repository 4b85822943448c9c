// RUN: quoin-opt --quoin-dot-product-generic %s | FileCheck %s

/// Codes have no sign unless it is said; neighbouring products are added until the lanes are those of the sum.
// CHECK-LABEL: func.func @narrow
func.func @narrow(%acc: vector<4xi16>, %codes: vector<8xi8>, %x: vector<8xi8>) -> vector<2xi32> {
  // CHECK-DAG: %[[CODES:.*]] = arith.extui %{{.*}} : vector<8xi8> to vector<8xi16>
  // CHECK-DAG: %[[X:.*]] = arith.extsi %{{.*}} : vector<8xi8> to vector<8xi16>
  // CHECK: %[[PRODUCTS:.*]] = arith.muli %[[CODES]], %[[X]]
  // CHECK-DAG: vector.shuffle %[[PRODUCTS]], %[[PRODUCTS]] [0, 2, 4, 6]
  // CHECK-DAG: vector.shuffle %[[PRODUCTS]], %[[PRODUCTS]] [1, 3, 5, 7]
  // CHECK: arith.extsi %{{.*}} : vector<4xi16> to vector<4xi32>
  %sum = qtile.dot %acc, %codes, %x max_code 15 : vector<4xi16>, vector<8xi8>
  %wide = qtile.widen %sum : vector<4xi16> to vector<2xi32>
  return %wide : vector<2xi32>
}

// CHECK-LABEL: func.func @signed
func.func @signed(%acc: vector<2xi32>, %codes: vector<8xi8>, %x: vector<8xi8>) -> vector<2xi32> {
  // CHECK: arith.extsi %{{.*}} : vector<8xi8> to vector<8xi32>
  // CHECK: arith.extsi %{{.*}} : vector<8xi8> to vector<8xi32>
  %sum = qtile.dot %acc, %codes, %x signed max_code 128 : vector<2xi32>, vector<8xi8>
  return %sum : vector<2xi32>
}

/// Two rows of weights, two of X: each with each.
// CHECK-LABEL: func.func @matrices
func.func @matrices(%acc: vector<4xi32>, %codes: vector<16xi8>, %x: vector<16xi8>) -> vector<4xi32> {
  // CHECK-DAG: vector.shuffle %arg1, %arg1 [0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9,
  // CHECK-DAG: vector.shuffle %arg2, %arg2 [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1,
  // CHECK: arith.muli %{{.*}}, %{{.*}} : vector<32xi32>
  %sum = qtile.dot_matrix %acc, %codes, %x : vector<4xi32>, vector<16xi8>, vector<16xi8>
  return %sum : vector<4xi32>
}

/// bf16 is the upper half of f32: two multiply-adds on shifted and masked lanes.
// CHECK-LABEL: func.func @float_pairs
func.func @float_pairs(%acc: vector<2xf32>, %w: vector<4xbf16>, %x: vector<4xbf16>) -> vector<2xf32> {
  // CHECK: arith.shli
  // CHECK: %[[FIRST:.*]] = math.fma
  // CHECK: arith.andi
  // CHECK: math.fma %{{.*}}, %{{.*}}, %[[FIRST]] : vector<2xf32>
  %sum = qtile.dot_pairs %acc, %w, %x : vector<2xf32>, vector<4xbf16>
  return %sum : vector<2xf32>
}

/// A chain of comparisons.
// CHECK-LABEL: func.func @lookup
func.func @lookup(%codes: vector<8xi8>) -> vector<8xi8> {
  // CHECK: %[[FIRST:.*]] = arith.constant dense<-7> : vector<8xi8>
  // CHECK: %[[SECOND:.*]] = arith.select %{{.*}}, %{{.*}}, %[[FIRST]]
  // CHECK: arith.select %{{.*}}, %{{.*}}, %[[SECOND]]
  // CHECK-NOT: arith.select
  %values = qtile.lookup %codes in [-7, -3, 5] : vector<8xi8>
  return %values : vector<8xi8>
}

/// Even bytes are the low halves of words, odd ones the high halves.
// CHECK-LABEL: func.func @words
func.func @words(%bytes: vector<8xi8>) -> (vector<4xi16>, vector<4xi16>) {
  // CHECK: %[[PAIRS:.*]] = vector.bitcast
  // CHECK: %[[LOW:.*]] = arith.shli %[[PAIRS]]
  // CHECK: %[[EVEN:.*]] = arith.shrsi %[[LOW]]
  // CHECK: %[[ODD:.*]] = arith.shrsi %[[PAIRS]]
  // CHECK: return %[[EVEN]], %[[ODD]]
  %even, %odd = qtile.words %bytes signed : vector<8xi8> to vector<4xi16>
  return %even, %odd : vector<4xi16>, vector<4xi16>
}

// RUN: quoin-opt --quoin-verify-no-narrow-types --split-input-file --verify-diagnostics %s

func.func @negative_safe(%x: vector<16xi16>, %y: vector<8xbf16>, %condition: i1) {
  %0 = arith.addi %x, %x : vector<16xi16>
  return
}

// -----

func.func @narrow_integer(%x: vector<8xi4>) {
  // expected-error @below {{type 'vector<8xi4>' must not reach LLVM; widen it to 8 bits or decode it to f32 first}}
  %0 = arith.addi %x, %x : vector<8xi4>
  return
}

// -----

func.func @small_float(%x: f8E4M3FN) {
  // expected-error @below {{type 'f8E4M3FN' must not reach LLVM}}
  %0 = arith.extf %x : f8E4M3FN to f32
  return
}

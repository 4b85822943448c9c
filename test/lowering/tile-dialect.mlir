// RUN: quoin-opt --verify-roundtrip --split-input-file --verify-diagnostics %s

#layout = #qtile.layout<rows = 16, group = 32, planes = [2, 1], is_signed = true, coefficient_bits = 32>
func.func @vector_steps(%bytes: vector<32xi8>, %acc: vector<16xi16>) -> vector<8xi32> attributes {layout = #layout} {
  %codes = qtile.unpack %bytes slot 3 of 2 bits : vector<32xi8>
  %sum = qtile.dot %acc, %codes, %bytes max_code 3 : vector<16xi16>, vector<32xi8>
  %wide = qtile.widen %sum : vector<16xi16> to vector<8xi32>
  return %wide : vector<8xi32>
}

// -----

// expected-error @below {{a plane has 1, 2, 4 or 8 bits, found 3}}
#layout = #qtile.layout<rows = 16, group = 32, planes = [3], is_signed = false, coefficient_bits = 16>

// -----

// expected-error @below {{planes add up to 12 bits, expected 1 to 8}}
#layout = #qtile.layout<rows = 16, group = 32, planes = [8, 4], is_signed = false, coefficient_bits = 16>

// -----

// expected-error @below {{a group of 12 columns does not fill vectors of 8 columns (plane of 4 bits)}}
#layout = #qtile.layout<rows = 16, group = 12, planes = [4], is_signed = false, coefficient_bits = 16>

// -----

func.func @slot(%bytes: vector<32xi8>) {
  // expected-error @below {{slot 2 of 4 bits lies outside a byte}}
  %codes = qtile.unpack %bytes slot 2 of 4 bits : vector<32xi8>
  return
}

// -----

func.func @lanes(%bytes: vector<32xi8>, %acc: vector<16xi32>) {
  // expected-error @below {{accumulator of 512 bits does not match codes of 256}}
  %sum = qtile.dot %acc, %bytes, %bytes max_code 3 : vector<16xi32>, vector<32xi8>
  return
}

// NumPy's .npy files, read strictly: version 1 to 3, C order, little-endian numbers, exact size.
#pragma once

#include "runtime/failure.h"
#include "runtime/spec/Evaluate.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace quoin {

struct NpyArray {
  std::string dtype; ///< "<f4", "|u1", ... as in the file
  std::vector<int64_t> shape;
  std::vector<uint8_t> data;
};

struct FloatMatrix {
  int64_t rows = 0, columns = 0;
  std::vector<float> values; ///< row-major
};

/// True when the bytes begin like a .npy file.
bool isNpy(std::span<const uint8_t> bytes);

/// Any of: 1-byte to 4-byte integers, f2, f4, and opaque 1- and 2-byte elements (|V1, |V2: how small float types are
/// saved).
Outcome<NpyArray> parseNpy(std::span<const uint8_t> bytes);

/// Fails where an array is not what a stream holds for W of a shape: integers for f16 or f32 and the other way round,
/// or, of two dimensions and more, other extents. Arrays of one dimension and of elements of another size are bytes.
Outcome<void> checkArray(const NpyArray &array, const spec::Format &format, const spec::Stream &stream,
                         spec::Shape shape);

/// A 1-D (one row) or 2-D array of f32.
Outcome<FloatMatrix> readNpyMatrix(const std::string &path);

/// Writes f32 values of a C-order shape whose product is their count.
Outcome<void> writeNpy(const std::string &path, std::span<const int64_t> shape, std::span<const float> values);

} // namespace quoin

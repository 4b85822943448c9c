// Scalar types that storage can hold: integers of 1..32 bits and every small float, with exact conversion to f32.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace quoin::spec {

/// Storage element type: `ui1`..`ui32`, `si1`..`si32`, or a binary float described by its fields.
struct ScalarType {
  enum class Kind : uint8_t { UInt, SInt, Float };
  Kind kind = Kind::UInt;
  uint8_t width = 8; ///< total bits

  // Floats only. Value of code (s, E, M): E > 0: (-1)^s 2^(E-bias) (1 + M/2^m); E = 0: (-1)^s 2^(1-bias) M/2^m.
  uint8_t mantissa = 0;
  int16_t bias = 0;
  bool hasSign = true;
  /// What the special codes are: IEEE (all-ones exponent), FN (only all-ones code is NaN), FNUZ (only -0 is NaN),
  /// Finite (none), E8M0 (exponent only, 0xFF is NaN).
  enum class Special : uint8_t { IEEE, FN, FNUZ, Finite, E8M0 } special = Special::IEEE;

  bool isFloat() const { return kind == Kind::Float; }
  bool operator==(const ScalarType &) const = default;

  /// `ui4`, `si8`, `f16`, `bf16`, `f32`, `f8E4M3FN`, `f4E2M1FN`, ... as MLIR spells them; nullopt if unknown.
  static std::optional<ScalarType> parse(std::string_view name);
  std::string name() const;

  /// The integer a code of an integer type means (sign-extended for `si`). `code` has the low `width` bits set only.
  int32_t decodeInt(uint32_t code) const;
  /// The exact f32 value of a code of a float type.
  float decodeFloat(uint32_t code) const;
};

/// Rounding modes of `round` and of stores: nearest-even, nearest-away, toward zero, down, up.
enum class Rounding : uint8_t { NearestEven, NearestAway, TowardZero, Floor, Ceil };

/// Code of `type` nearest to `value` under `mode`. Integer types saturate and map NaN to 0. Float types overflow to
/// infinity (NaN where the type has none, largest finite where it has neither) unless `saturate`; a mode that rounds a
/// finite value toward zero gives the largest finite. NaN gives NaN, the positive largest finite where the type has
/// none. Types without sign map negative values to NaN and -0 to the least code.
uint32_t encodeScalar(const ScalarType &type, float value, Rounding mode, bool saturate);

} // namespace quoin::spec

// The resolved format: a verified `quoin.format` written out as plain data. No MLIR. This is what packers, kernels,
// tools and the evaluator agree on; its JSON form (Json.h) travels in the manifest.
#pragma once

#include "runtime/spec/Type.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace quoin::spec {

/// Position of a node in Format::nodes; operands always precede their users. -1 means none.
using NodeId = int32_t;
/// Position in Format::vars. Every binder (field index, decode index, loop variable) has a variable of its own.
using VarId = int32_t;

enum class ValueType : uint8_t { Index, I32, F32 };

/// Meanings are those of docs/language.md.
enum class Op : uint8_t {
  // leaves
  Int,   ///< constant `imm`, of type Index or I32
  Float, ///< constant, f32 bits in `imm`
  Var,   ///< variable `imm` (VarId), type Index
  Size,  ///< Index: imm = -1: N, -2: K, else Format::sizes[imm]
  // reads: indices in `args`, all integers
  Read,   ///< field `imm`; I32 or F32
  Table,  ///< table `imm`; I32 or F32
  Temp,   ///< encode rule `imm` of kind Temp
  Weight, ///< encode only: x[i] (one arg) or x[n, k]
  // arithmetic: operands a, b, c
  Add,
  Sub,
  Mul,
  Div,
  FloorDiv,
  CeilDiv,
  Mod,
  Neg,
  And,
  Or,
  Xor,
  Not,
  Shl,
  Shr,
  Parity,
  Popcount,
  Clz,
  Eq,
  Ne,
  Lt,
  Le,
  Gt,
  Ge,
  Select,
  Min,
  Max,
  Abs,
  Ldexp,
  Log2,
  ToF32,    ///< integer to f32, nearest even
  ToI32,    ///< f32 to i32 (truncating, saturating, NaN 0) or index to i32 (wrapping)
  ToIndex,  ///< i32 to index, sign-extending
  FromBits, ///< i32 to f32, same bits
  Bits,     ///< f32 to i32, same bits
  Round,    ///< a to Format::rounds[imm]
  // binders: `var` runs over 0..imm-1 (encode only: over 0..b-1 where b is a node) in ascending order, body is a
  Sum,
  MaxOver,
  MinOver,
  AbsMax,
  SignMax,
  ArgMin,
  Search,
  // a is the split expression; branch j is args[j] with variable vars[j] counting from the range's start
  SplitAt,  ///< cut points are cuts[0..args-2], ascending
  SplitBy,  ///< lengths are the elements of field `imm` (an integer planar stream of one extent); args.size() branches
  SplitAll, ///< lengths likewise; one branch args[0]; vars = {range number, position}
};

struct Node {
  Op op = Op::Int;
  ValueType type = ValueType::Index;
  NodeId a = -1, b = -1, c = -1;
  VarId var = -1;
  int64_t imm = 0;
  std::vector<NodeId> args = {};
  std::vector<NodeId> cuts = {};
  std::vector<VarId> vars = {};
  bool operator==(const Node &) const = default;
};

/// Target of a Round node.
struct RoundTo {
  ScalarType type;
  Rounding mode = Rounding::NearestEven;
  bool saturate = false;
  bool operator==(const RoundTo &) const = default;
};

struct Stream {
  std::string name;
  std::string suffix; ///< outside tensor name, may be empty
  bool isRecord = false;
  int64_t recordBytes = 0; ///< record streams
  ScalarType type;         ///< planar streams
  std::vector<NodeId> extents;
  bool spare = false;    ///< unclaimed bits are legal
  bool optional = false; ///< may be absent: `defaultValue` of variables `defaultVars` stands for it
  std::vector<VarId> defaultVars;
  NodeId defaultValue = -1;
  int32_t field = -1; ///< planar streams: the implicit field that reads whole elements
  bool operator==(const Stream &) const = default;
};

/// `width` bits starting at bit `offset`; an expression of the field's index variables (and bitVar).
struct Slice {
  uint8_t width;
  NodeId offset;
  bool operator==(const Slice &) const = default;
};

struct Field {
  std::string name;
  ScalarType type;
  int32_t stream = 0;
  std::vector<VarId> indices;
  std::vector<NodeId> extents; ///< one per index, of sizes only
  std::vector<Slice> slices;   ///< low bits first; a per-bit map has one slice of width 1 and bitVar set
  VarId bitVar = -1;
  bool operator==(const Field &) const = default;
};

struct Table {
  std::string name;
  ScalarType type; ///< integers read as I32, floats as F32
  std::vector<int64_t> extents;
  std::vector<uint32_t> values; ///< row-major; i32 bits, or f32 bits
  std::string file, sha256;     ///< origin, empty for written and computed ones
  bool isFloat() const { return type.isFloat(); }
  bool operator==(const Table &) const = default;
};

/// axis 0 = n, 1 = k. storedToLogical: stored position c holds logical index S[c].
struct Permute {
  int axis;
  int32_t field;
  bool storedToLogical;
  bool operator==(const Permute &) const = default;
};

struct Overlay {
  bool add;
  int32_t rows, cols, values; ///< fields
  bool operator==(const Overlay &) const = default;
};

/// Rules run in the order written.
struct EncodeRule {
  enum class Kind : uint8_t { Temp, Store, Search } kind;
  std::string name;            ///< temps
  std::vector<int32_t> fields; ///< Store: one, Search: one or more
  std::vector<VarId> vars;
  std::vector<NodeId> extents; ///< temps; those of the field otherwise
  NodeId value = -1;           ///< Temp, Store
  bool operator==(const EncodeRule &) const = default;
};

struct Format {
  std::string name;
  std::map<std::string, int64_t> identity; ///< outside identity as data, e.g. {"gguf": 2}
  bool hasTile = false;
  int64_t tileRows = 1, tileCols = 1;

  std::vector<std::string> vars;  ///< names, by VarId
  std::vector<std::string> sizes; ///< free sizes
  std::vector<Node> nodes;
  std::vector<RoundTo> rounds;
  std::vector<NodeId> requirements;
  std::vector<Stream> streams;
  std::vector<Field> fields; ///< declared ones and the implicit ones of planar streams
  std::vector<Table> tables;
  std::vector<Permute> permutes;
  std::vector<VarId> decodeVars; ///< one: index in the tile; two: n, k (stored positions after permutes)
  NodeId decodeValue = -1;
  std::vector<Overlay> overlays;
  std::vector<EncodeRule> encode;
  bool operator==(const Format &) const = default;

  const Stream *findStream(std::string_view streamName) const;
};

} // namespace quoin::spec

// Formats written by hand in tests: a thin layer over NodeBuilder in which a mistake of the test is a test failure.
#pragma once

#include "runtime/spec/Evaluate.h"
#include "runtime/spec/NodeBuilder.h"

#include <gtest/gtest.h>

#include <functional>

namespace quoin::spec {

class FormatMaker;

/// An expression under construction; a number becomes a literal.
struct Ex {
  FormatMaker *maker;
  NodeId id;
};

class FormatMaker {
public:
  FormatMaker() = default;
  FormatMaker(const FormatMaker &) = delete;

  Format format;
  NodeBuilder builder{format};

  Ex ex(NodeId id) { return {this, id}; }
  Ex ex(Result<NodeId> id) {
    if (!id)
      ADD_FAILURE() << id.error().message;
    return {this, id.value_or(0)};
  }
  Ex lit(int64_t value) { return ex(builder.intConst(value)); }
  Ex lit32(int64_t value) { return ex(builder.intConst(value, ValueType::I32)); }
  Ex flt(float value) { return ex(builder.floatConst(value)); }
  Ex N() { return ex(builder.size(-1)); }
  Ex K() { return ex(builder.size(-2)); }
  Ex var(VarId id) { return ex(builder.var(id)); }
  VarId newVar(const std::string &name) { return builder.newVar(name); }
  Ex op(Op which, Ex a) { return ex(builder.unary(which, a.id)); }
  Ex op(Op which, Ex a, Ex b) { return ex(builder.binary(which, a.id, b.id)); }
  Ex select(Ex c, Ex a, Ex b) { return ex(builder.select(c.id, a.id, b.id)); }
  Ex round(Ex a, const char *type, Rounding mode = Rounding::NearestEven, bool saturate = false) {
    return ex(builder.round(a.id, *ScalarType::parse(type), mode, saturate));
  }
  Ex read(int32_t field, std::vector<Ex> index = {}) { return ex(builder.read(field, ids(index))); }
  Ex look(int32_t table, std::vector<Ex> index) { return ex(builder.table(table, ids(index))); }
  Ex temp(int32_t rule, std::vector<Ex> index = {}) { return ex(builder.temp(rule, ids(index))); }
  Ex x(std::vector<Ex> index) { return ex(builder.weight(ids(index))); }
  Ex loop(Op which, int64_t extent, const std::function<Ex(Ex)> &body) {
    VarId v = newVar("v");
    return ex(builder.loop(which, v, extent, body(var(v)).id));
  }

  static std::vector<NodeId> ids(const std::vector<Ex> &list) {
    std::vector<NodeId> result;
    for (Ex e : list)
      result.push_back(e.id);
    return result;
  }

  void tile(int64_t rows, int64_t cols) { format.hasTile = true, format.tileRows = rows, format.tileCols = cols; }

  int32_t records(const std::string &name, int64_t bytes) {
    Stream stream;
    stream.name = name, stream.isRecord = true, stream.recordBytes = bytes;
    format.streams.push_back(stream);
    return int32_t(format.streams.size() - 1);
  }

  /// A planar stream; its implicit field is Stream::field, returned.
  int32_t planar(const std::string &name, const char *type, std::vector<Ex> extents) {
    Stream stream;
    stream.name = name, stream.type = *ScalarType::parse(type), stream.extents = ids(extents);
    format.streams.push_back(stream);
    return *addImplicitField(builder, format, int32_t(format.streams.size() - 1));
  }
  Stream &streamOf(int32_t field) { return format.streams[format.fields[field].stream]; }

  using Offsets = std::function<std::vector<std::pair<int, Ex>>(std::vector<Ex>)>;
  /// A field whose slices (width, offset) are functions of its indices.
  int32_t sliced(const std::string &name, const char *type, int32_t stream, std::vector<Ex> extents,
                 const Offsets &at) {
    Field field;
    field.name = name, field.type = *ScalarType::parse(type), field.stream = stream, field.extents = ids(extents);
    std::vector<Ex> index;
    for (size_t i = 0; i < extents.size(); ++i) {
      field.indices.push_back(newVar("i"));
      index.push_back(var(field.indices.back()));
    }
    for (auto [width, offset] : at(index))
      field.slices.push_back({uint8_t(width), offset.id});
    format.fields.push_back(field);
    return int32_t(format.fields.size() - 1);
  }
  /// A field of one slice.
  int32_t field(const std::string &name, const char *type, int32_t stream, std::vector<Ex> extents,
                const std::function<Ex(std::vector<Ex>)> &at) {
    int width = ScalarType::parse(type)->width;
    return sliced(name, type, stream, extents, [&](std::vector<Ex> i) {
      return std::vector<std::pair<int, Ex>>{{width, at(i)}};
    });
  }
  /// A field with a map per bit.
  int32_t perBit(const std::string &name, const char *type, int32_t stream, std::vector<Ex> extents,
                 const std::function<Ex(std::vector<Ex>, Ex)> &at) {
    VarId bit = newVar("b");
    int32_t id = sliced(name, type, stream, extents, [&](std::vector<Ex> i) {
      return std::vector<std::pair<int, Ex>>{{1, at(i, var(bit))}};
    });
    format.fields[id].bitVar = bit;
    return id;
  }

  int32_t table(const std::string &name, const char *type, std::vector<int64_t> extents, std::vector<uint32_t> values) {
    format.tables.push_back({name, *ScalarType::parse(type), std::move(extents), std::move(values), "", ""});
    return int32_t(format.tables.size() - 1);
  }

  void decodeTile(const std::function<Ex(Ex)> &body) {
    VarId i = newVar("i");
    format.decodeVars = {i};
    format.decodeValue = body(var(i)).id;
  }
  void decode(const std::function<Ex(Ex, Ex)> &body) {
    VarId n = newVar("n"), k = newVar("k");
    format.decodeVars = {n, k};
    format.decodeValue = body(var(n), var(k)).id;
  }

  int32_t addTemp(const std::string &name, std::vector<Ex> extents, const std::function<Ex(std::vector<Ex>)> &value) {
    EncodeRule rule{EncodeRule::Kind::Temp, name, {}, {}, ids(extents), -1};
    std::vector<Ex> index = freshVars(rule, extents.size());
    rule.value = value(index).id;
    format.encode.push_back(rule);
    return int32_t(format.encode.size() - 1);
  }
  void addStore(int32_t field, const std::function<Ex(std::vector<Ex>)> &value) {
    EncodeRule rule{EncodeRule::Kind::Store, "", {field}, {}, {}, -1};
    std::vector<Ex> index = freshVars(rule, format.fields[field].indices.size());
    rule.value = value(index).id;
    format.encode.push_back(rule);
  }
  void addSearch(std::vector<int32_t> fields) {
    EncodeRule rule{EncodeRule::Kind::Search, "", fields, {}, {}, -1};
    freshVars(rule, format.fields[fields[0]].indices.size());
    format.encode.push_back(rule);
  }

private:
  std::vector<Ex> freshVars(EncodeRule &rule, size_t count) {
    std::vector<Ex> index;
    for (size_t i = 0; i < count; ++i) {
      rule.vars.push_back(newVar("e"));
      index.push_back(var(rule.vars.back()));
    }
    return index;
  }
};

inline Ex operator+(Ex a, Ex b) { return a.maker->op(Op::Add, a, b); }
inline Ex operator-(Ex a, Ex b) { return a.maker->op(Op::Sub, a, b); }
inline Ex operator*(Ex a, Ex b) { return a.maker->op(Op::Mul, a, b); }
inline Ex operator/(Ex a, Ex b) { return a.maker->op(Op::Div, a, b); }
inline Ex operator+(Ex a, int64_t b) { return a + a.maker->lit(b); }
inline Ex operator-(Ex a, int64_t b) { return a - a.maker->lit(b); }
inline Ex operator*(Ex a, int64_t b) { return a * a.maker->lit(b); }
inline Ex operator*(int64_t a, Ex b) { return b.maker->lit(a) * b; }
inline Ex floordiv(Ex a, int64_t b) { return a.maker->op(Op::FloorDiv, a, a.maker->lit(b)); }
inline Ex ceildiv(Ex a, int64_t b) { return a.maker->op(Op::CeilDiv, a, a.maker->lit(b)); }
inline Ex mod(Ex a, int64_t b) { return a.maker->op(Op::Mod, a, a.maker->lit(b)); }

/// 32 weights in 18 bytes: the example of docs/language.md with its encoder. Fields d, q are 0 and 1.
inline void makeFourBit(FormatMaker &m) {
  m.format.name = "example_4bit";
  m.tile(1, 32);
  int32_t block = m.records("block", 18);
  int32_t d = m.field("d", "f16", block, {}, [&](auto) { return m.lit(0); });
  int32_t q = m.field("q", "ui4", block, {m.lit(32)},
                      [&](auto i) { return m.lit(16) + 8 * mod(i[0], 16) + 4 * floordiv(i[0], 16); });
  m.decodeTile([&](Ex i) { return (m.read(q, {i}) - 8) * m.read(d); });
  int32_t max = m.addTemp("m", {}, [&](auto) { return m.loop(Op::SignMax, 32, [&](Ex i) { return m.x({i}); }); });
  Ex scale = m.temp(max) / m.flt(-8);
  int32_t id = m.addTemp(
      "id", {}, [&](auto) { return m.select(m.op(Op::Eq, m.temp(max), m.flt(0)), m.flt(0), m.flt(1) / scale); });
  m.addStore(d, [&](auto) { return scale; });
  m.addStore(q, [&](auto i) {
    Ex code = m.round(m.x({i[0]}) * m.temp(id) + m.flt(8.5), "si32", Rounding::TowardZero);
    return m.op(Op::Min, m.lit(15), code);
  });
}

/// Bytes of owned streams as what bind takes.
inline StreamBytes view(const OwnedStreams &streams) {
  StreamBytes bytes;
  for (const auto &[name, data] : streams)
    bytes[name] = data;
  return bytes;
}

} // namespace quoin::spec

// Formats that no text describes: each rule that a format from a bundle is held to has its sentence.
#include "FormatMaker.h"

#include "runtime/spec/Check.h"

using namespace quoin;
using namespace quoin::spec;

namespace {
/// Codes whose columns are ordered by a stream, a list of exceptions, a table, an optional stream.
void makePlanar(FormatMaker &m) {
  m.format.name = "w";
  m.format.sizes = {"P"};
  int32_t codes = m.planar("codes", "ui8", {m.N(), m.K()}), order = m.planar("order", "si32", {m.K()});
  Ex p = m.ex(m.builder.size(0));
  int32_t rows = m.planar("rows", "si32", {p}), cols = m.planar("cols", "si32", {p}),
          values = m.planar("values", "f16", {p}), shift = m.planar("shift", "si8", {m.K()});
  Stream &stream = m.streamOf(shift);
  stream.optional = true, stream.defaultVars = {m.newVar("k")}, stream.defaultValue = m.lit(0).id;
  int32_t table = m.table("grid", "f32", {2}, {0, 0});
  m.format.permutes = {{1, order, true}};
  m.format.overlays = {{false, rows, cols, values}};
  m.format.requirements = {m.op(Op::Ge, m.K(), m.lit(1)).id};
  m.decode([&](Ex n, Ex k) { return m.read(codes, {n, k}) * m.look(table, {mod(k, 2)}) + m.read(shift, {k}); });
}

std::string sentence(const Format &format, const std::function<void(Format &)> &change) {
  Format copy = format;
  change(copy);
  auto result = checkFormat(copy);
  return result ? "accepted" : result.error().message;
}

const ScalarType oddFloat = {ScalarType::Kind::Float, 7, 2, 3}, wideInt = {ScalarType::Kind::UInt, 33};
enum Fields { codes, order, rows, cols, values, shift };
} // namespace

TEST(CheckFormat, CountsAndTypes) {
  FormatMaker m;
  makePlanar(m);
  auto error = [&](auto change) { return sentence(m.format, change); };
  ASSERT_EQ(error([](Format &) {}), "accepted");
  EXPECT_EQ(error([](Format &f) { f.vars.resize((1 << 16) + 1); }),
            "format \"w\" has more than 2^18 nodes or 2^16 variables");
  EXPECT_EQ(error([](Format &f) { f.sizes.resize(4097); }), "format \"w\" has more than 4096 items of one kind");
  EXPECT_EQ(error([](Format &f) { f.hasTile = true, f.tileRows = 1 << 11, f.tileCols = 1 << 10; }),
            "the tile of format \"w\" is out of range");
  EXPECT_EQ(error([](Format &f) { f.rounds.push_back({oddFloat}); }), "a rounding has an unknown type");
  EXPECT_EQ(error([](Format &f) { f.streams[codes].type = wideInt; }), "stream \"codes\" has an unknown type");
  EXPECT_EQ(error([](Format &f) { f.fields[codes].type = wideInt; }), "field \"codes\" has an unknown type");
  EXPECT_EQ(error([](Format &f) { f.tables[0].type = oddFloat; }), "table \"grid\" has an unknown type");
  EXPECT_EQ(oddFloat.name(), "float of 7 bits");
}

TEST(CheckFormat, Records) {
  FormatMaker m;
  makeFourBit(m);
  auto error = [&](auto change) { return sentence(m.format, change); };
  EXPECT_EQ(error([](Format &f) { f.streams[0].recordBytes = (1 << 24) + 1; }),
            "stream \"block\" has records of 16777217 bytes");
  EXPECT_EQ(error([](Format &f) { f.streams[0].optional = true; }),
            "stream \"block\" is made of records and can have no extents, default or field of its own");
  EXPECT_EQ(error([](Format &f) { f.hasTile = false; }),
            "stream \"block\" is made of records and the format has no tile");
  EXPECT_EQ(error([](Format &f) { f.decodeVars.clear(); }), "decode has 0 variables");
}

TEST(CheckFormat, StreamsAndFields) {
  FormatMaker m;
  makePlanar(m);
  NodeId number = m.flt(1).id;
  VarId bit = m.newVar("b");
  auto error = [&](auto change) { return sentence(m.format, change); };
  EXPECT_EQ(error([&](Format &f) { f.streams[codes].extents[0] = number; }),
            "the extents of stream \"codes\" are not integers or more than 8");
  EXPECT_EQ(error([](Format &f) { f.streams[codes].field = order; }),
            "the implicit field of stream \"codes\" is not one of its fields");
  EXPECT_EQ(error([](Format &f) { f.streams[shift].defaultVars.clear(); }),
            "the default of stream \"shift\" has the wrong type or number of variables");
  EXPECT_EQ(error([](Format &f) { f.streams[shift].field = -1; }),
            "field \"shift\" lies in stream \"shift\", which may be absent");
  EXPECT_EQ(error([](Format &f) { f.fields[codes].extents.pop_back(); }),
            "field \"codes\" has indices and extents that do not fit");
  EXPECT_EQ(error([&](Format &f) { f.fields[codes].bitVar = bit; }),
            "field \"codes\" has a map per bit that is not one of width 1");
  EXPECT_EQ(error([&](Format &f) { f.fields[codes].slices[0].offset = number; }),
            "an offset of field \"codes\" is not an integer");
  EXPECT_EQ(error([](Format &f) { f.tables[0].extents = {3}; }),
            "table \"grid\" has 2 values, which its extents do not give");
}

TEST(CheckFormat, PermutesOverlaysAndRequirements) {
  FormatMaker m;
  makePlanar(m);
  NodeId number = m.flt(1).id, read = m.read(order, {m.lit(0)}).id;
  auto error = [&](auto change) { return sentence(m.format, change); };
  EXPECT_EQ(error([](Format &f) { f.permutes[0].axis = 2; }), "a permute names no axis or no field");
  EXPECT_EQ(error([](Format &f) { f.permutes[0].field = codes; }), "\"codes\" cannot order an axis");
  EXPECT_EQ(error([](Format &f) { f.permutes.push_back(f.permutes[0]); }), "two permutes order the same axis");
  EXPECT_EQ(error([](Format &f) { f.overlays[0].rows = 6; }), "an overlay names no field");
  EXPECT_EQ(error([](Format &f) { f.overlays[0].cols = values; }), "\"values\" cannot be part of an overlay");
  EXPECT_EQ(error([&](Format &f) { f.requirements[0] = number; }), "a requirement is not an integer");
  EXPECT_EQ(error([&](Format &f) { f.requirements[0] = read; }), "a requirement reads stored contents");
  EXPECT_EQ(error([](Format &f) { f.decodeVars.pop_back(); }),
            "decode (i) counts elements of a tile and the format has none");
}

TEST(CheckFormat, EncodeRules) {
  FormatMaker m;
  makeFourBit(m); // rules: temps m and id, then d and q
  int32_t wide = m.field("wide", "ui32", 0, {}, [&](auto) { return m.lit(0); });
  auto error = [&](auto change) { return sentence(m.format, change); };
  EXPECT_EQ(error([](Format &f) { f.encode[3].vars.clear(); }),
            "an encode rule names no field or has the wrong number of variables");
  EXPECT_EQ(error([](Format &f) { f.encode[2].fields.clear(); }), "an encode rule names no field");
  EXPECT_EQ(error([](Format &f) { f.encode[2].value = -1; }),
            "the encode rule of \"d\" has no value or more than one field");
  EXPECT_EQ(error([](Format &f) { f.encode[3].value = f.encode[2].value; }),
            "\"q\" is of type ui4 and is encoded by an f32 value");
  EXPECT_EQ(error([](Format &f) { f.encode[1].extents = {0}; }),
            "temp \"id\" has no value, or indices and extents that do not fit");
  EXPECT_EQ(error([](Format &f) { f.encode[3].vars = {1 << 20}; }), "encode rule 3 has variables out of range");
  EXPECT_EQ(error([&](Format &f) {
              f.encode[2].kind = EncodeRule::Kind::Search;
              f.encode[2].fields = {wide};
            }),
            "the search for \"wide\" tries 2^32 codes");
}

TEST(CheckFormat, NodesOfTheWrongShape) {
  FormatMaker m;
  makePlanar(m);
  NodeId i = m.N().id, f = m.flt(1).id, w = m.read(order, {m.N()}).id;
  VarId v = m.newVar("v");
  const ValueType index = ValueType::Index, i32 = ValueType::I32, f32 = ValueType::F32;
  auto args = [](Op op, int64_t imm, std::vector<NodeId> ids) {
    return Node{.op = op, .type = ValueType::F32, .imm = imm, .args = std::move(ids)};
  };
  const std::vector<Node> wrong = {
      {.op = Op::Int, .type = f32},
      {.op = Op::Int, .type = i32, .imm = int64_t(1) << 40},
      {.op = Op::Float, .type = f32, .imm = -1},
      {.op = Op::Var, .type = index, .imm = 1 << 20},
      {.op = Op::Size, .type = index, .imm = 1},
      args(Op::Read, 99, {}),
      args(Op::Read, codes, {i}),
      args(Op::Read, order, {f}),
      args(Op::Table, 1, {i}),
      args(Op::Temp, 0, {}),
      args(Op::Weight, 0, {i, i, i}),
      {.op = Op::Add, .type = index, .a = i, .b = w},
      {.op = Op::Neg, .type = index, .a = i, .b = i},
      {.op = Op::Div, .type = index, .a = i, .b = i},
      {.op = Op::And, .type = index, .a = i, .b = i},
      {.op = Op::ToIndex, .type = index, .a = i},
      {.op = Op::Round, .type = f32, .a = f, .imm = 0},
      {.op = Op::Sum, .type = f32, .a = f, .imm = 4},
      {.op = Op::Search, .type = index, .a = f, .var = v, .imm = 4},
      {.op = Op::SplitAt, .type = index, .a = i},
      {.op = Op::SplitAt, .type = index, .a = f, .args = {i}, .vars = {v}},
      {.op = Op::SplitAt, .type = index, .a = i, .args = {i, f}, .cuts = {i}, .vars = {v, v}},
      {.op = Op::SplitAt, .type = index, .a = i, .args = {i, i}, .vars = {v, v}},
      {.op = Op::SplitAt, .type = index, .a = i, .args = {i, i}, .cuts = {w}, .vars = {v, v}},
      {.op = Op::SplitAt, .type = index, .a = i, .args = {i}, .vars = {v, v}},
      {.op = Op::SplitBy, .type = index, .a = i, .imm = 99, .args = {i}, .vars = {v}},
      {.op = Op::SplitBy, .type = index, .a = i, .imm = values, .args = {i}, .vars = {v}},
      {.op = Op::SplitAll, .type = index, .a = i, .imm = order, .args = {i, i}, .vars = {v, v}},
  };
  const std::string number = std::to_string(m.format.nodes.size());
  for (const Node &node : wrong) {
    std::string said = sentence(m.format, [&](Format &format) { format.nodes.push_back(node); });
    EXPECT_TRUE(said.starts_with("node " + number + " (") && said.ends_with("has operands of the wrong number or type"))
        << said;
  }
  for (const Node &node : {Node{.op = Op::Neg, .type = index, .a = NodeId(m.format.nodes.size())},
                           Node{.op = Op::Sum, .type = index, .a = i, .var = 1 << 20},
                           Node{.op = Op::SplitAt, .type = index, .a = i, .args = {i}, .vars = {-1}},
                           Node{.op = Op::SplitAt, .type = index, .a = i, .args = {-1}, .vars = {v}}}) {
    std::string said = sentence(m.format, [&](Format &format) { format.nodes.push_back(node); });
    EXPECT_TRUE(said.ends_with("refers to an operand or variable that does not come before it")) << said;
  }
}

TEST(CheckFormat, Scopes) {
  FormatMaker m;
  makePlanar(m);
  NodeId weight = m.x({m.N(), m.K()}).id;
  VarId lost = m.newVar("lost");
  NodeId unbound = m.op(Op::ToF32, m.var(lost)).id, position = m.var(lost).id;
  auto error = [&](auto change) { return sentence(m.format, change); };
  EXPECT_EQ(error([&](Format &f) { f.decodeValue = unbound; }),
            "variable \"lost\" is used in decode, where it is not bound");
  EXPECT_EQ(error([&](Format &f) { f.decodeValue = weight; }),
            "decode uses weights, temps or a loop of variable length");
  EXPECT_EQ(error([&](Format &f) { f.fields[codes].extents[0] = position; }),
            "variable \"lost\" is used in an extent of field \"codes\", where it is not bound");
  EXPECT_EQ(error([&](Format &f) { f.streams[shift].defaultValue = position; }),
            "variable \"lost\" is used in the default of \"shift\", where it is not bound");
  EXPECT_EQ(error([](Format &f) { f.decodeVars[1] = f.decodeVars[0]; }), "variable \"n\" is bound twice");

  FormatMaker deep;
  deep.decode([&](Ex, Ex) {
    Ex inner = deep.loop(Op::Sum, 1 << 12, [&](Ex v) { return v; });
    return deep.op(Op::ToF32, deep.loop(Op::Sum, 1 << 13, [&](Ex v) { return v + inner; }));
  });
  EXPECT_EQ(sentence(deep.format, [](Format &) {}), "nested loops in decode run over more than 2^24 steps");
}

#include "FormatMaker.h"

#include "runtime/spec/Check.h"
#include "runtime/spec/Print.h"

using namespace quoin;
using namespace quoin::spec;

TEST(NodeBuilder, EqualNodesAreOne) {
  FormatMaker m;
  VarId v = m.newVar("v");
  Ex a = m.var(v) + 1, b = m.var(v) + 1, c = m.var(v) + 2;
  EXPECT_EQ(a.id, b.id);
  EXPECT_NE(a.id, c.id);
  NodeBuilder again(m.format);
  EXPECT_EQ(again.binary(Op::Add, again.var(v), again.intConst(1)).value(), a.id);
}

TEST(NodeBuilder, LiteralsTakeTheOtherType) {
  FormatMaker m;
  int32_t s = m.planar("s", "si8", {});
  int32_t f = m.planar("f", "f32", {});
  EXPECT_EQ(m.builder.type((m.read(s) + 1).id), ValueType::I32);
  EXPECT_EQ(m.builder.type((m.read(f) + 1).id), ValueType::F32);
  EXPECT_EQ(m.builder.type((m.N() + 1).id), ValueType::Index);
  EXPECT_EQ(m.builder.type((m.read(s) + m.N()).id), ValueType::Index);
  EXPECT_EQ(m.builder.type((m.read(s) * m.read(f)).id), ValueType::F32);
  // A literal that i32 cannot hold makes the sum an index.
  EXPECT_EQ(m.builder.type((m.read(s) + (int64_t(1) << 40)).id), ValueType::Index);
  EXPECT_EQ(m.builder.type((m.lit(3) + 4).id), ValueType::Index);
  Ex literal = m.read(f) + 3;
  EXPECT_EQ(m.format.nodes[m.format.nodes[literal.id].b].op, Op::Float);
  EXPECT_EQ(m.builder.type(m.op(Op::And, m.N(), m.lit(0xFFFFFFFF)).id), ValueType::I32);
}

TEST(NodeBuilder, NegativeLiteralsAreLiterals) {
  FormatMaker m;
  Ex minus = m.op(Op::Neg, m.lit(8));
  EXPECT_EQ(m.format.nodes[minus.id].op, Op::Int);
  EXPECT_EQ(m.format.nodes[minus.id].imm, -8);
  Ex minusFloat = m.op(Op::Neg, m.flt(0));
  EXPECT_EQ(m.format.nodes[minusFloat.id].imm, 0x80000000);
}

TEST(NodeBuilder, TypeErrorsAreSentences) {
  FormatMaker m;
  int32_t f = m.planar("f", "f32", {m.lit(4)});
  NodeId i = m.lit(1).id, x = m.flt(1).id;
  auto message = [](Result<NodeId> result) { return result ? std::string() : result.error().message; };
  EXPECT_EQ(message(m.builder.binary(Op::Div, i, i)), "\"/\" divides f32 values and is given integers");
  EXPECT_EQ(message(m.builder.binary(Op::Mod, x, i)), "\"mod\" takes integers and is given an f32 value");
  EXPECT_EQ(message(m.builder.binary(Op::And, x, i)), "\"and\" takes integers and is given an f32 value");
  EXPECT_EQ(message(m.builder.read(f, {})), "\"f\" has 1 indices and is read with 0");
  EXPECT_EQ(message(m.builder.read(f, {x})), "an index of \"f\" is an f32 value");
  EXPECT_EQ(message(m.builder.read(7, {})), "there is no field number 7");
  EXPECT_EQ(message(m.builder.table(0, {})), "there is no table number 0");
  EXPECT_EQ(message(m.builder.temp(0, {})), "encode rule 0 is not a temp");
  EXPECT_EQ(message(m.builder.weight({i, i, i})), "\"x\" is read with 3 indices");
  EXPECT_EQ(message(m.builder.weight({x})), "an index of \"x\" is an f32 value");
  EXPECT_EQ(message(m.builder.unary(Op::Add, i)), "\"add\" does not take one operand");
  EXPECT_EQ(message(m.builder.binary(Op::Neg, i, i)), "\"neg\" does not take two operands");
  EXPECT_EQ(message(m.builder.unary(Op::Not, x)), "\"not\" takes an integer and is given an f32 value");
  EXPECT_EQ(message(m.builder.unary(Op::ToIndex, x)), "an f32 value stands where an integer is needed");
  EXPECT_EQ(message(m.builder.binary(Op::Ldexp, x, x)), "the exponent of \"ldexp\" is an f32 value");
  EXPECT_EQ(message(m.builder.loop(Op::Add, 0, 4, i)), "\"add\" is not a loop");
  EXPECT_EQ(message(m.builder.loop(Op::Search, 0, 4, x)), "the condition of \"search\" is an f32 value");
  EXPECT_EQ(message(m.builder.loopOver(Op::Search, 0, i, x)), "the condition of \"search\" is an f32 value");
  EXPECT_EQ(message(m.builder.loopOver(Op::Sum, 0, x, i)), "an f32 value stands where an integer is needed");
  EXPECT_NE(message(m.builder.select(x, i, i)), "");
  EXPECT_EQ(message(m.builder.splitAt(i, {i}, {i}, {0})), "a split at 1 cuts has 1 branches");
  EXPECT_EQ(message(m.builder.splitAt(i, {}, {}, {})), "a split has 0 branches and 0 variables");
  EXPECT_EQ(message(m.builder.splitAt(x, {}, {i}, {0})), "an f32 value stands where an integer is needed");
  EXPECT_EQ(message(m.builder.splitAt(i, {x}, {i, i}, {0, 1})), "an f32 value stands where an integer is needed");
  EXPECT_EQ(message(m.builder.splitBy(i, f, {i}, {0})), "\"f\" cannot hold the lengths of a split");
  EXPECT_EQ(message(m.builder.splitBy(i, f, {i}, {})), "a split has 1 branches and 0 variables");
  EXPECT_EQ(message(m.builder.splitAll(i, 7, 0, 1, i)), "there is no field number 7");
  int32_t table = m.table("t", "f32", {2}, {0, 0});
  EXPECT_EQ(message(m.builder.table(table, {})), "\"t\" has 1 indices and is read with 0");
  EXPECT_EQ(message(m.builder.table(table, {x})), "an index of \"t\" is an f32 value");
  int32_t rule = m.addTemp("once", {m.lit(2)}, [&](auto) { return m.flt(0); });
  EXPECT_EQ(message(m.builder.temp(rule, {})), "\"once\" has 1 indices and is read with 0");
  EXPECT_EQ(message(m.builder.temp(rule, {x})), "an index of \"once\" is an f32 value");
  EXPECT_NE(message(m.builder.loop(Op::Sum, 0, int64_t(1) << 40, i)), "");
}

TEST(NodeBuilder, ConstantsFold) {
  FormatMaker m;
  EXPECT_EQ(m.builder.constant(((m.lit(6) + 4) * 3).id), 30);
  EXPECT_EQ(m.builder.constant(ceildiv(m.lit(7), 2).id), 4);
  EXPECT_EQ(m.builder.constant(m.select(m.op(Op::Lt, m.lit(-1), m.lit(0)), m.lit(5), m.lit(6)).id), 5);
  EXPECT_EQ(m.builder.constant((m.N() + 1).id), std::nullopt);
  EXPECT_EQ(m.builder.constant((m.lit(INT64_MAX) + 1).id), std::nullopt);
  // A chain of shared operands: exponential for a walk without memory.
  Ex e = m.lit(1);
  for (int i = 0; i < 60; ++i)
    e = e + e;
  EXPECT_EQ(m.builder.constant(e.id), int64_t(1) << 60);
}

TEST(NodeBuilder, PrintsWhatItBuilt) {
  FormatMaker m;
  int32_t q = m.planar("q", "ui8", {m.lit(4)});
  VarId i = m.newVar("i");
  EXPECT_EQ(printExpression(m.format, (mod(m.K(), 32) + 2 * (m.N() - 1)).id), "K mod 32 + 2 * (N - 1)");
  EXPECT_EQ(printExpression(m.format, m.op(Op::ToF32, m.read(q, {m.var(i) + 1})).id), "f32(q[i + 1])");
  EXPECT_EQ(printExpression(m.format, (m.N() - (m.K() - 1)).id), "N - (K - 1)");
  EXPECT_EQ(printExpression(m.format, m.round(m.flt(0.5), "si8", Rounding::TowardZero).id), "round(0.5, si8, rtz)");
  Ex wide = m.N();
  for (int n = 0; n < 50; ++n)
    wide = wide * wide;
  EXPECT_LE(printExpression(m.format, wide.id, 100).size(), 103u);
}

TEST(Check, FindsWhatTheBuilderCannot) {
  FormatMaker m;
  makeFourBit(m);
  ASSERT_TRUE(checkFormat(m.format));
  auto broken = [&](auto change) {
    Format copy = m.format;
    change(copy);
    auto result = checkFormat(copy);
    return result ? std::string() : result.error().message;
  };
  EXPECT_NE(broken([](Format &f) { f.nodes[f.decodeValue].a = f.decodeValue; }), "");
  EXPECT_NE(broken([](Format &f) { f.fields[1].slices[0].width = 5; }), "");
  EXPECT_NE(broken([](Format &f) { f.fields[1].stream = 3; }), "");
  EXPECT_NE(broken([](Format &f) { f.decodeVars[0] = f.fields[1].indices[0]; }), "");
  EXPECT_NE(broken([](Format &f) { f.decodeValue = -1; }), "");
  EXPECT_NE(broken([](Format &f) { f.hasTile = false; }), "");
  EXPECT_NE(broken([](Format &f) { f.decodeValue = f.encode[0].value; }), ""); // weights outside encode
  EXPECT_NE(broken([](Format &f) { f.nodes[f.decodeValue].type = ValueType::I32; }), "");
}

TEST(Check, FieldsThatReadThemselvesAndDeepNesting) {
  FormatMaker m;
  m.planar("s", "ui8", {m.lit(4)});
  m.decode([&](Ex, Ex) { return m.flt(0); });
  m.field("loop", "ui8", 0, {}, [&](auto) { return m.lit(0); });
  m.format.fields.back().slices[0].offset = m.read(1).id;
  auto result = checkFormat(m.format);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "field \"loop\" reads itself");

  FormatMaker deep;
  deep.decode([&](Ex n, Ex) {
    Ex sum = n;
    for (int i = 0; i < 2000; ++i)
      sum = sum + n;
    return deep.op(Op::ToF32, sum);
  });
  EXPECT_FALSE(checkFormat(deep.format));
}

TEST(Check, LoopsMayShareAVariableButNotNest) {
  FormatMaker m;
  VarId v = m.newVar("v");
  Ex one = m.ex(m.builder.loop(Op::Sum, v, 4, m.var(v).id));
  Ex two = m.ex(m.builder.loop(Op::Sum, v, 4, (m.var(v) * 2).id));
  Ex nested = m.ex(m.builder.loop(Op::Sum, v, 4, (m.var(v) + one).id));
  m.decode([&](Ex, Ex) { return m.op(Op::ToF32, one + two); });
  auto result = checkFormat(m.format);
  ASSERT_FALSE(result); // the nested one is among the nodes
  m.format.nodes[nested.id] = m.format.nodes[one.id];
  EXPECT_TRUE(checkFormat(m.format));
  EXPECT_EQ(BoundFormat::bind(m.format, {1, 1}, {})->decode(0, 0).value(), 18.0f);
}

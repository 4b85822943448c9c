// The meaning of each operation, through the evaluator.
#include "FormatMaker.h"

#include <bit>
#include <cmath>

using namespace quoin;
using namespace quoin::spec;

namespace {
class Arithmetic : public ::testing::Test {
protected:
  void SetUp() override {
    m.decode([&](Ex, Ex) { return m.flt(0); });
  }
  Result<int64_t> tryValue(Ex e, std::vector<std::pair<VarId, int64_t>> vars = {}) {
    auto bound = BoundFormat::bind(m.format, {3, 40}, {});
    if (!bound)
      return std::unexpected(bound.error());
    return bound->evaluate(e.id, vars);
  }
  int64_t value(Ex e) {
    auto result = tryValue(e);
    EXPECT_TRUE(result) << result.error().message;
    return result.value_or(0);
  }
  float number(Ex e) { return std::bit_cast<float>(uint32_t(value(e))); }
  int64_t i32(Op op, int64_t a, int64_t b) { return value(m.op(op, m.lit32(a), m.lit32(b))); }
  int64_t index(Op op, int64_t a, int64_t b) { return value(m.op(op, m.lit(a), m.lit(b))); }
  float f32(Op op, float a, float b) { return number(m.op(op, m.flt(a), m.flt(b))); }

  FormatMaker m;
};
} // namespace

TEST_F(Arithmetic, I32Wraps) {
  EXPECT_EQ(i32(Op::Add, INT32_MAX, 1), INT32_MIN);
  EXPECT_EQ(i32(Op::Sub, INT32_MIN, 1), INT32_MAX);
  EXPECT_EQ(i32(Op::Mul, 65536, 65537), 65536);
  EXPECT_EQ(i32(Op::FloorDiv, INT32_MIN, -1), INT32_MIN);
  EXPECT_EQ(value(m.op(Op::Abs, m.lit32(INT32_MIN))), INT32_MIN);
  EXPECT_EQ(value(m.op(Op::Neg, m.lit32(INT32_MIN))), INT32_MIN);
}

TEST_F(Arithmetic, IndexIsExactOrAnError) {
  EXPECT_EQ(index(Op::Mul, int64_t(1) << 31, int64_t(1) << 31), int64_t(1) << 62);
  for (Ex e : {m.op(Op::Mul, m.lit(int64_t(1) << 32), m.lit(int64_t(1) << 32)), m.lit(INT64_MAX) + 1,
               m.op(Op::FloorDiv, m.lit(INT64_MIN), m.lit(-1))}) {
    auto result = tryValue(e);
    ASSERT_FALSE(result);
    EXPECT_NE(result.error().message.find("leaves 64 bits"), std::string::npos);
  }
}

TEST_F(Arithmetic, DivisionRoundsDown) {
  for (int64_t a : {-7, -6, -1, 0, 1, 6, 7})
    for (int64_t b : {3, 2, 1, -3, -2, -1}) {
      int64_t down = int64_t(std::floor(double(a) / double(b)));
      EXPECT_EQ(index(Op::FloorDiv, a, b), down);
      EXPECT_EQ(index(Op::Mod, a, b), a - down * b);
      EXPECT_EQ(index(Op::CeilDiv, a, b), int64_t(std::ceil(double(a) / double(b))));
      EXPECT_EQ(i32(Op::FloorDiv, a, b), down);
    }
  for (Op op : {Op::FloorDiv, Op::CeilDiv, Op::Mod})
    EXPECT_EQ(index(op, 5, 0), 0);
}

TEST_F(Arithmetic, ShiftsAndBits) {
  EXPECT_EQ(i32(Op::Shl, 1, 31), INT32_MIN);
  EXPECT_EQ(i32(Op::Shl, 1, 32), 0);
  EXPECT_EQ(i32(Op::Shl, 1, -1), 0);
  EXPECT_EQ(i32(Op::Shr, -1, 28), 15);
  EXPECT_EQ(i32(Op::Shr, -1, 0), -1);
  EXPECT_EQ(i32(Op::Shr, -1, 32), 0);
  EXPECT_EQ(i32(Op::And, 12, 10), 8);
  EXPECT_EQ(i32(Op::Or, 12, 10), 14);
  EXPECT_EQ(i32(Op::Xor, 12, 10), 6);
  EXPECT_EQ(value(m.op(Op::Not, m.lit32(5))), -6);
  EXPECT_EQ(value(m.op(Op::Parity, m.lit32(7))), 1);
  EXPECT_EQ(value(m.op(Op::Popcount, m.lit32(-1))), 32);
  EXPECT_EQ(value(m.op(Op::Clz, m.lit32(0))), 32);
  EXPECT_EQ(value(m.op(Op::Clz, m.lit32(1))), 31);
}

TEST_F(Arithmetic, FloatOperationsRoundOnce) {
  EXPECT_EQ(f32(Op::Add, 16777216.0f, 1.0f), 16777216.0f);
  EXPECT_EQ(f32(Op::Div, 1.0f, 3.0f), 1.0f / 3.0f);
  EXPECT_EQ(f32(Op::Div, 1.0f, 0.0f), INFINITY);
  // No contraction: the product rounds before the sum.
  volatile float product = 1.0000001f * 1.0000001f;
  Ex e = m.flt(1.0000001f) * m.flt(1.0000001f) - m.flt(1.0f);
  EXPECT_EQ(number(e), product - 1.0f);
  EXPECT_EQ(number(m.op(Op::ToF32, m.lit(16777217))), 16777216.0f);
  EXPECT_EQ(number(m.op(Op::ToF32, m.K())), 40.0f);
}

TEST_F(Arithmetic, MinAndMaxTakeTheSecondWithNan) {
  EXPECT_EQ(f32(Op::Min, NAN, 2.0f), 2.0f);
  EXPECT_TRUE(std::isnan(f32(Op::Min, 2.0f, NAN)));
  EXPECT_EQ(f32(Op::Max, NAN, 2.0f), 2.0f);
  EXPECT_TRUE(std::isnan(f32(Op::Max, 2.0f, NAN)));
  EXPECT_FALSE(std::signbit(f32(Op::Max, -0.0f, 0.0f)));
  EXPECT_TRUE(std::signbit(f32(Op::Max, 0.0f, -0.0f)));
}

TEST_F(Arithmetic, ComparisonsAndSelect) {
  EXPECT_EQ(value(m.op(Op::Lt, m.flt(NAN), m.flt(1))), 0);
  EXPECT_EQ(value(m.op(Op::Ne, m.flt(NAN), m.flt(NAN))), 1);
  EXPECT_EQ(value(m.op(Op::Eq, m.flt(-0.0f), m.flt(0))), 1);
  EXPECT_EQ(value(m.op(Op::Ge, m.lit(3), m.lit(3))), 1);
  EXPECT_EQ(value(m.select(m.op(Op::Gt, m.N(), m.lit(2)), m.lit(10), m.lit(20))), 10);
}

TEST_F(Arithmetic, ComparisonsOfEitherType) {
  struct Case {
    Op op;
    int less, equal, more;
  };
  for (Case c : {Case{Op::Lt, 1, 0, 0},
                 {Op::Le, 1, 1, 0},
                 {Op::Eq, 0, 1, 0},
                 {Op::Ne, 1, 0, 1},
                 {Op::Ge, 0, 1, 1},
                 {Op::Gt, 0, 0, 1}})
    for (auto [b, want] : {std::pair{4, c.less}, {3, c.equal}, {-2, c.more}}) {
      EXPECT_EQ(index(c.op, 3, b), want);
      EXPECT_EQ(i32(c.op, 3, b), want);
      EXPECT_EQ(value(m.op(c.op, m.flt(3), m.flt(float(b)))), want);
    }
  EXPECT_EQ(index(Op::Max, -5, 2), 2);
  EXPECT_EQ(i32(Op::Min, -5, 2), -5);
  Ex three = m.op(Op::ToF32, m.N());
  EXPECT_EQ(number(m.op(Op::Neg, three)), -3.0f);
  EXPECT_EQ(number(m.op(Op::Abs, m.op(Op::Neg, three))), 3.0f);
}

TEST_F(Arithmetic, LoopsOverIntegers) {
  int32_t table = m.table("t", "si32", {3}, {uint32_t(INT32_MIN), INT32_MAX, 0});
  auto over = [&](Op op, Ex added) { return value(m.loop(op, 3, [&](Ex v) { return m.look(table, {v}) + added; })); };
  EXPECT_EQ(over(Op::Sum, m.lit32(0)), -1);
  EXPECT_EQ(over(Op::AbsMax, m.lit32(0)), INT32_MAX) << "|the least i32| wraps to itself";
  EXPECT_EQ(over(Op::SignMax, m.lit32(0)), INT32_MIN) << "the least i32 has the largest magnitude";
  EXPECT_EQ(over(Op::SignMax, m.N() - 3), INT32_MIN) << "as an index too";
  EXPECT_EQ(over(Op::AbsMax, m.N() - 3), int64_t(1) << 31);
}

TEST_F(Arithmetic, Conversions) {
  auto toI32 = [&](float f) { return value(m.op(Op::ToI32, m.flt(f))); };
  EXPECT_EQ(toI32(-1.9f), -1);
  EXPECT_EQ(toI32(3e9f), INT32_MAX);
  EXPECT_EQ(toI32(-INFINITY), INT32_MIN);
  EXPECT_EQ(toI32(NAN), 0);
  EXPECT_EQ(value(m.op(Op::ToI32, m.lit(0x1FFFFFFFF) + m.N())), 2);
  EXPECT_EQ(number(m.op(Op::FromBits, m.lit32(0x3F800000))), 1.0f);
  EXPECT_EQ(value(m.op(Op::Bits, m.flt(-0.0f))), INT32_MIN);
  EXPECT_EQ(value(m.op(Op::ToIndex, m.lit32(-1))), -1);
  EXPECT_EQ(number(m.op(Op::Ldexp, m.flt(1.5f), m.lit32(-149))), 0x1p-148f); // 1.5 * 2^-149 is a tie
  EXPECT_EQ(number(m.op(Op::Ldexp, m.flt(1.0f), m.lit32(1000))), INFINITY);
  EXPECT_EQ(number(m.op(Op::Log2, m.flt(8.0f))), 3.0f);
  EXPECT_EQ(number(m.op(Op::Log2, m.flt(10.0f))), 3.32192809488736234787f);
  EXPECT_EQ(number(m.op(Op::Log2, m.flt(0.0f))), -INFINITY);
  EXPECT_TRUE(std::isnan(number(m.op(Op::Log2, m.flt(-1.0f)))));
}

TEST_F(Arithmetic, Round) {
  EXPECT_EQ(number(m.round(m.flt(2049.0f), "f16")), 2048.0f);
  EXPECT_EQ(number(m.round(m.flt(1e6f), "f16")), INFINITY);
  EXPECT_EQ(number(m.round(m.flt(1e6f), "f16", Rounding::NearestEven, true)), 65504.0f);
  EXPECT_EQ(value(m.round(m.flt(2.5f), "si8")), 2);
  EXPECT_EQ(value(m.round(m.flt(-2.5f), "si8", Rounding::NearestAway)), -3);
  EXPECT_EQ(value(m.round(m.flt(300.0f), "ui8")), 255);
  EXPECT_EQ(value(m.round(m.flt(NAN), "si8")), 0);
}

TEST_F(Arithmetic, Loops) {
  int32_t table = m.table("t", "f32", {4},
                          {std::bit_cast<uint32_t>(1.0f), std::bit_cast<uint32_t>(-3.0f), std::bit_cast<uint32_t>(3.0f),
                           std::bit_cast<uint32_t>(-3.0f)});
  auto over = [&](Op op) { return m.loop(op, 4, [&](Ex v) { return m.look(table, {v}); }); };
  EXPECT_EQ(number(over(Op::Sum)), -2.0f);
  EXPECT_EQ(number(over(Op::MaxOver)), 3.0f);
  EXPECT_EQ(number(over(Op::MinOver)), -3.0f);
  EXPECT_EQ(number(over(Op::AbsMax)), 3.0f);
  EXPECT_EQ(number(over(Op::SignMax)), -3.0f); // the first of equal magnitude
  EXPECT_EQ(value(over(Op::ArgMin)), 1);
  auto search = [&](int64_t from) {
    return value(m.loop(Op::Search, 10, [&](Ex v) { return m.op(Op::Ge, v, m.lit(from)); }));
  };
  EXPECT_EQ(search(0), 0);
  EXPECT_EQ(search(7), 7);
  EXPECT_EQ(search(10), 10);
  // Ascending order, starting with the first term: -0 stays -0.
  EXPECT_TRUE(std::signbit(number(m.loop(Op::Sum, 1, [&](Ex) { return m.flt(-0.0f); }))));
  EXPECT_EQ(number(m.loop(Op::Sum, 0, [&](Ex) { return m.flt(5); })), 0.0f);
  // Nested loops, the inner one depending on the outer variable.
  Ex nested = m.loop(Op::Sum, 3, [&](Ex a) { return m.loop(Op::Sum, 4, [&](Ex b) { return a * b; }); });
  EXPECT_EQ(value(nested), (0 + 1 + 2) * (0 + 1 + 2 + 3));
}

TEST_F(Arithmetic, TablesCheckTheirIndex) {
  int32_t table = m.table("grid", "si8", {2, 3}, {1, 2, 3, 4, 5, uint32_t(-6)});
  EXPECT_EQ(value(m.look(table, {m.lit(1), m.lit(2)})), -6);
  auto result = tryValue(m.look(table, {m.lit(1), m.lit(3)}));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "index [1, 3] of \"grid\" is outside its extents [2, 3]");
}

TEST_F(Arithmetic, SplitAtTakesOneBranch) {
  int32_t table = m.table("t", "si8", {2}, {10, 20});
  VarId e = m.newVar("e"), a = m.newVar("a"), b = m.newVar("b"), c = m.newVar("c");
  // The first branch would read outside the table for e >= 2: it is not evaluated there.
  Ex split =
      m.ex(m.builder.splitAt(m.var(e).id, {m.lit(2).id, m.lit(5).id},
                             {m.look(table, {m.var(a)}).id, (m.var(b) * 100).id, (m.var(c) * 1000 + 7).id}, {a, b, c}));
  int64_t want[] = {10, 20, 0, 100, 200, 7, 1007};
  for (int64_t v = 0; v < 7; ++v)
    EXPECT_EQ(tryValue(split, {{e, v}}).value(), want[v]);
}

TEST_F(Arithmetic, SplitsStayWithin64Bits) {
  VarId e = m.newVar("e"), a = m.newVar("a"), b = m.newVar("b");
  Ex split = m.ex(m.builder.splitAt(m.var(e).id, {m.lit(INT64_MIN).id}, {m.var(a).id, m.var(b).id}, {a, b}));
  EXPECT_EQ(tryValue(split, {{e, -1}}).value(), INT64_MAX);
  auto beyond = tryValue(split, {{e, 0}});
  ASSERT_FALSE(beyond);
  EXPECT_EQ(beyond.error().message, "index arithmetic (\"split\") leaves 64 bits");
}

TEST_F(Arithmetic, Matmul64AndSqnr) {
  std::vector<double> x = {1, 2, 3, -1, 0, 1}, w = {1, 1, 1, 0.5, -2, 4}, y(4);
  matmul64(x, w, 2, {2, 3}, y);
  EXPECT_EQ(y, (std::vector<double>{6, 8.5, 0, 3.5}));
  w.clear();
  for (int n = 0; n < 11; ++n) // more rows than are multiplied together, and some left
    w.insert(w.end(), {1.0 * n, 0.0, 1.0});
  y.assign(22, -1.0);
  matmul64(x, w, 2, {11, 3}, y);
  for (int n = 0; n < 11; ++n) {
    EXPECT_EQ(y[size_t(n)], n + 3.0);
    EXPECT_EQ(y[size_t(11 + n)], 1.0 - n);
  }
  std::vector<float> a = {3, 4}, b = {3, 3.5f};
  EXPECT_NEAR(sqnr(a, b), 20.0, 1e-12);
  EXPECT_EQ(sqnr(a, a), INFINITY);
}

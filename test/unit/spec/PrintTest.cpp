// Expressions as a message quotes them: in the language's own notation.
#include "FormatMaker.h"

#include "runtime/spec/Print.h"

using namespace quoin;
using namespace quoin::spec;

namespace {
class Print : public ::testing::Test {
protected:
  std::string text(Ex e) { return printExpression(m.format, e.id); }

  FormatMaker m;
};
} // namespace

TEST_F(Print, OperatorsAndFunctions) {
  Ex n = m.N(), k = m.K();
  EXPECT_EQ(text(m.op(Op::Le, n, k)), "N <= K");
  EXPECT_EQ(text(m.op(Op::Gt, n, k)), "N > K");
  EXPECT_EQ(text(m.op(Op::Ge, n, k)), "N >= K");
  EXPECT_EQ(text(m.op(Op::Lt, n, k + 1)), "N < K + 1");
  EXPECT_EQ(text(m.op(Op::Ne, n, k)), "ne(N, K)");
  EXPECT_EQ(text(m.select(m.op(Op::Eq, n, k), n, k)), "select(N == K, N, K)");
  EXPECT_EQ(text(floordiv(n, 8) + ceildiv(k, 8)), "N floordiv 8 + K ceildiv 8");
  EXPECT_EQ(text(m.op(Op::Neg, n + k)), "-(N + K)");
  EXPECT_EQ(text(m.flt(1) / (m.flt(3) - m.flt(0.5))), "1.0 / (3.0 - 0.5)");
  EXPECT_EQ(text(m.op(Op::Popcount, n)), "popcount(i32(N))");
  EXPECT_EQ(text(m.op(Op::FromBits, m.lit32(7))), "frombits(7)");
  EXPECT_EQ(text(m.round(m.flt(0.5), "si8", Rounding::NearestEven, true)), "round(0.5, si8, rne, sat)");
}

TEST_F(Print, WhatIsRead) {
  int32_t words = m.planar("words", "si32", {m.N(), m.K()});
  int32_t grid = m.table("grid", "f32", {4}, {0, 0, 0, 0});
  Ex n = m.var(m.newVar("n")), k = m.var(m.newVar("k"));
  EXPECT_EQ(text(m.read(words, {n, k - 1})), "words[n, k - 1]");
  EXPECT_EQ(text(m.look(grid, {mod(k, 4)})), "grid[k mod 4]");
  EXPECT_EQ(text(m.read(words, {n, k}) + n), "words[n, k] + n") << "a conversion to index is not written";
  int32_t largest = m.addTemp("largest", {m.N()}, [&](auto i) { return m.x({i[0], m.lit(0)}); });
  EXPECT_EQ(text(m.temp(largest, {n}) * m.x({n, k})), "largest[n] * x[n, k]");
}

TEST_F(Print, Loops) {
  VarId v = m.newVar("v");
  auto loop = [&](Op op) { return text(m.ex(m.builder.loop(op, v, 4, (m.var(v) * 2).id))); };
  EXPECT_EQ(loop(Op::Sum), "sum(v: 4, v * 2)");
  EXPECT_EQ(loop(Op::MaxOver), "max(v: 4, v * 2)");
  EXPECT_EQ(loop(Op::MinOver), "min(v: 4, v * 2)");
  EXPECT_EQ(loop(Op::ArgMin), "argmin(v: 4, v * 2)");
  EXPECT_EQ(text(m.ex(m.builder.loopOver(Op::AbsMax, v, m.K().id, m.var(v).id))), "absmax(v: K, v)");
}

TEST_F(Print, Splits) {
  int32_t lengths = m.planar("lengths", "ui8", {m.lit(2)});
  VarId a = m.newVar("a"), b = m.newVar("b"), c = m.newVar("c");
  Ex at = m.ex(
      m.builder.splitAt(m.K().id, {m.lit(8).id, m.lit(24).id}, {m.var(a).id, m.var(b).id, m.lit(0).id}, {a, b, c}));
  EXPECT_EQ(text(at), "split K at (8, 24) { (a) -> a, (b) -> b, (c) -> 0 }");
  Ex by = m.ex(m.builder.splitBy(m.N().id, lengths, {m.var(a).id, m.var(b).id}, {a, b}));
  EXPECT_EQ(text(by), "split N by lengths { (a) -> a, (b) -> b }");
  Ex all = m.ex(m.builder.splitAll(m.N().id, lengths, a, b, (m.var(a) + m.var(b)).id));
  EXPECT_EQ(text(all), "split N by lengths as (a, b) -> a + b");
}

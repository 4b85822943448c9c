"""Random pure expressions: every operation of the language, typed, with indices that stay inside what they read."""

from expression import Expr, call, let, lift, loop, read, round_to, split_at, var
from numbers_by_definition import FLOATS, MODES

ROUND_TYPES = sorted(FLOATS)


class Soup:
    """`integers` and `floats` are what an element can read; `index` an index expression to split and shift by."""

    def __init__(self, r, scheme, integers, floats, index):
        self.r, self.scheme, self.integers, self.floats, self.index = r, scheme, list(integers), list(floats), index
        self.names = 0

    def fresh(self):
        self.names += 1
        return f"s{self.names}"

    def integer(self, depth):
        r = self.r
        if depth == 0 or r.random() < 0.15:
            return r.choice(self.integers + [lift(r.randrange(-9, 17)), call("i32", self.index)])
        kind = r.randrange(14)
        one = lambda: self.integer(depth - 1)
        if kind < 3:
            return Expr(r.choice("+-*"), one(), one())
        if kind < 5:
            return call(r.choice(["and", "or", "xor"]), one(), one())
        if kind == 5:
            return call(r.choice(["shl", "shr"]), one(), r.choice([lift(r.randrange(0, 9)), call("and", one(), 63)]))
        if kind == 6:
            return call(r.choice(["not", "parity", "popcount", "clz", "abs"]), one())
        if kind == 7:
            return Expr(r.choice(["floordiv", "ceildiv", "mod"]), one(), r.randrange(1, 20))
        if kind == 8:
            return call(r.choice(["min", "max"]), one(), one())
        if kind == 9:
            return call("select", self.condition(depth - 1), one(), one())
        if kind == 10:
            return call("i32", self.real(depth - 1)) if r.random() < 0.5 else \
                round_to(self.real(depth - 1), f"{r.choice(['si', 'ui'])}{r.randrange(1, 17)}", r.choice([None, *MODES]))
        if kind == 11:
            return call("bits", call("f32", one()))
        if kind == 12:
            v = self.fresh()
            inner = self.with_integer(var(v))
            return loop("sum", v, r.randrange(1, 5), inner.integer(max(depth - 2, 0)))
        return -one()

    def condition(self, depth):
        r = self.r
        op = r.choice(["==", "<", "<=", ">", ">=", "ne"])
        make = self.integer if r.random() < 0.5 else self.real
        a, b = make(depth), make(depth)
        return call("ne", a, b) if op == "ne" else Expr(op, a, b)

    def real(self, depth):
        r = self.r
        if depth == 0 or r.random() < 0.15:
            return r.choice(self.floats + [lift(r.choice([0.5, -1.25, 3.0, 0.0, 1.0e-3])), call("f32", r.choice(self.integers))])
        kind = r.randrange(14)
        one = lambda: self.real(depth - 1)
        if kind < 5:
            return Expr(r.choice("+-**/"), one(), one())
        if kind == 5:
            return call(r.choice(["min", "max"]), one(), one())
        if kind == 6:
            return call("select", self.condition(depth - 1), one(), one())
        if kind == 7:
            return call("ldexp", one(), call("and", self.integer(depth - 1), 31) - 16)
        if kind == 8:
            return round_to(one(), r.choice(ROUND_TYPES), r.choice([None, *MODES]), r.random() < 0.4)
        if kind == 9:
            return call("f32", self.integer(depth - 1))
        if kind == 10:
            v = self.fresh()
            inner = self.with_integer(var(v))
            return loop(r.choice(["sum", "sum", "max", "min", "absmax", "signmax"]), v, r.randrange(1, 5),
                        inner.real(max(depth - 2, 0)))
        if kind == 11:
            v = self.fresh()
            inner = Soup(r, self.scheme, self.integers, [*self.floats, var(v)], self.index)
            inner.names = self.names + 100
            return let(v, one(), inner.real(depth - 1))
        if kind == 12:
            v, w = self.fresh(), self.fresh()
            period = r.randrange(2, 9)
            cut = r.randrange(1, period)
            return split_at(self.index % period, [cut], [(v, self.with_integer(var(v)).real(depth - 1)),
                                                         (w, self.with_integer(var(w)).real(depth - 1))])
        if r.random() < 0.3:
            return call("frombits", call("shl", self.integer(depth - 1), r.randrange(16, 24)))
        return -one() if r.random() < 0.5 else call("abs", one())

    def with_integer(self, index):
        inner = Soup(self.r, self.scheme, [*self.integers, call("i32", index)], self.floats, self.index)
        inner.names = self.names + 100
        return inner

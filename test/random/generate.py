#!/usr/bin/env python3
"""Makes a valid format text from a seed: storage of any kind, and values of each kind of normal form.

    generate.py SEED        prints the text
"""

import math
import random
import sys

from expression import Expr, call, lift, loop, read, round_to, split_all, split_at, split_by, var
from layout import RecordLayout, place_planar
from numbers_by_definition import MODES
from scheme import Rule, Scheme, Stream, Table
from soup import Soup

KINDS = {"affine": 32, "encoded": 12, "scalar_table": 16, "vector_table": 12, "rounded": 8, "general": 20}
SCALE_TYPES = ["f16", "f16", "f16", "bf16", "f32", "f32", "f8E4M3FN", "f8E8M0FNU", "f8E5M2", "f8E4M3FNUZ", "f8E4M3B11FNUZ",
               "f8E4M3", "f8E3M4", "f8E5M2FNUZ"]
CODE_FLOATS = ["f4E2M1FN", "f6E3M2FN", "f6E2M3FN", "f8E4M3FN", "f8E5M2", "f8E4M3FNUZ", "f8E3M4"]


def ceildiv(a, b):
    return Expr("ceildiv", a, b)


class Maker:
    def __init__(self, seed):
        self.r = random.Random(seed)
        self.s = Scheme(f"random_{seed}")
        self.names = 0

    def fresh(self, base):
        self.names += 1
        return f"{base}{self.names}"

    def flip(self, probability):
        return self.r.random() < probability

    def make(self):
        r = self.r
        self.kind = r.choices(list(KINDS), list(KINDS.values()))[0]
        self.begin_storage()
        value = getattr(self, self.kind)()
        if self.kind != "encoded":  # what is added has no rule
            value = self.vary(self.word_of(value) if self.flip(0.08) else value)
            self.patch()
        self.s.decode = (self.variables, value)
        if self.records:
            self.records.finish()
            self.s.streams.sort(key=lambda stream: not stream.record)
        return self.s

    # Storage.

    def begin_storage(self):
        r = self.r
        self.records = None
        if self.flip(0.45):
            self.group = r.choice([4, 8, 12, 16, 16, 20, 32, 32, 32, 40, 48, 64])
            groups = r.choice([1, 1, 1, 2, 3, 4, 8])
            rows = r.choice([1, 1, 1, 1, 1, 2, 4])
            cols = self.group * groups
            self.s.tile = (rows, cols)
            self.records = RecordLayout(r, self.s, "block")
            self.s.n_multiple, self.s.k_multiple = rows, cols
            if rows == 1 and self.flip(0.7) or self.flip(0.5):
                self.variables = ("i",)
                self.position = var("i")
            else:
                self.variables = ("n", "k")
                self.position = (var("n") % rows) * cols + var("k") % cols if rows > 1 else var("k") % cols
            self.column = self.position % cols if rows > 1 else self.position
            self.group_count = rows * groups
            self.group_at = self.position // self.group
        else:
            self.variables = ("n", "k")
            self.group = r.choice([4, 8, 16, 24, 32, 32, 64, 64, 128, 40, 6])
            self.position = self.column = var("k")
            self.group_length = lift(self.group)
            if self.flip(0.15):
                self.s.parameters["group"] = self.group
                self.group_length = var("group")
            if self.flip(0.5):
                self.s.requires.append(Expr("==", var("K") % self.group_length, 0))
                self.s.k_multiple = self.group
            if self.flip(0.3):
                self.s.lets["G"] = (None, ceildiv(var("K"), self.group_length))
                self.groups = var("G")
            else:
                self.groups = ceildiv(var("K"), self.group_length)
            self.group_at = var("k") // self.group_length

    def dims_of(self, per):
        n, k = ("n", var("N")), ("k", var("K"))
        return [n, ("g", self.groups)] if per == "group" else {"element": [n, k], "row": [n], "tensor": []}[per]

    def index_of(self, per):
        n, k = var("n"), var("k")
        return {"element": [n, k], "group": [n, self.group_at], "row": [n], "tensor": []}[per]

    def store(self, base, type_name, per):
        """Stored quantity, one `per` element, group, record, row or tensor; returns what reads it at the element."""
        name = self.fresh(base)
        if self.records and per in ("element", "group", "record"):
            rows, cols = self.s.tile
            count = {"element": rows * cols, "group": self.group_count, "record": 1}[per]
            at = {"element": self.position, "group": self.group_at, "record": None}[per]
            if count == 1:
                return self.records.place(name, type_name, (), ())()
            if per == "group" and rows > 1 and self.flip(0.3):
                reads = self.records.place(name, type_name, (rows, count // rows), ("a", "j"))
                return reads(at // (count // rows), at % (count // rows))
            return self.records.place(name, type_name, (count,), ("j",))(at)
        if per == "other" and self.records:
            per = "record"
        if per == "other":  # groups of a length of their own, which need not nest with the others
            length = self.r.choice([8, 12, 16, 20, 24, 40, 48, 96])
            reads = place_planar(self.r, self.s, name, type_name, [("n", var("N")), ("g", ceildiv(var("K"), length))])
            return reads(var("n"), var("k") // length)
        if self.records and (self.variables == ("i",) or per == "row" and self.flip(0.5)):
            per = "tensor"
        if per == "record":
            per = "row"
        if per == "group" and self.flip(0.12):  # blocks of rows, too
            block = self.r.choice([2, 4, 16])
            reads = place_planar(self.r, self.s, name, type_name, [("a", ceildiv(var("N"), block)), ("g", self.groups)])
            return reads(var("n") // block, self.group_at)
        dims = self.dims_of(per)
        return place_planar(self.r, self.s, name, type_name, dims)(*self.index_of(per))

    def constant_table(self, values, type_name, base="level"):
        name = self.fresh(base)
        self.s.tables.append(Table(name, type_name, (len(values),), tuple(values)))
        return name

    # Parts of values.

    def scale(self):
        """A coefficient: a float, or small integers under one, or a table's entry."""
        r = self.r
        kind = r.randrange(10)
        if kind < 5:
            return self.store("d", r.choice(SCALE_TYPES), r.choice(["group"] * 6 + ["record", "tensor"]))
        if kind < 8:
            width = r.randrange(2, 9)
            sub = self.store("sc", f"{r.choice(['ui', 'ui', 'si'])}{width}", "group")
            if self.flip(0.3):
                sub = sub - (1 << width - 1)
            if self.flip(0.2):
                sub = 2 * sub + 1
            outer = self.store("d", r.choice(["f16", "f32", "bf16"]), r.choice(["record", "tensor", "other"]))
            return outer * sub if self.flip(0.7) else sub * outer
        if kind == 8:
            exponent = self.store("e", r.choice(["ui8", "ui4", "ui5"]), "group")
            return call("ldexp", r.choice([1.0, 0.75]), exponent - r.choice([7, 16, 127]))
        name = self.constant_table([r.choice([0.25, 0.5, 1.0, 1.5, -2.0, 0.125]) * r.randrange(1, 8) for _ in range(16)],
                                   r.choice(["f32", "f16", "bf16"]), "factor")
        return read(name, self.store("sc", "ui4", "group")) * self.store("d", "f16", "tensor")

    def code(self, width=None):
        """Stored integer of an element and its number of bits."""
        r = self.r
        width = width or r.choice([1, 2, 2, 3, 3, 4, 4, 4, 5, 6, 7, 8, 8])
        signed = self.flip(0.3) and width > 1
        if width > 2 and not signed and self.flip(0.15):  # two fields, one of high bits
            low = r.randrange(1, width)
            high = self.store("h", f"ui{width - low}", "element")
            join = self.store("q", f"ui{low}", "element")
            joined = call("or", join, call("shl", high, low)) if self.flip(0.5) else join + (1 << low) * high
            return joined, width, False
        return self.store("q", f"{'si' if signed else 'ui'}{width}", "element"), width, signed

    # Kinds of values.

    def affine(self):
        r = self.r
        code, width, signed = self.code()
        zero = self.zero(width, signed)
        code = code - zero if zero is not None else code
        scale = self.scale()
        kind = r.randrange(8)
        if kind == 0:
            return code * scale + self.store("m", r.choice(["f16", "f32", "bf16"]), "group")
        if kind == 1:
            return scale * code - self.store("m", r.choice(["f16", "f32"]), r.choice(["group", "record"]))
        if kind == 2:
            width = r.randrange(2, 8)
            base = self.store("dm", "f16", "record") * self.store("mn", f"ui{width}", "group")
            return scale * code - base
        if kind == 3:
            return (code * r.choice([0.5, 0.125, 3.0])) * scale
        return scale * code if self.flip(0.5) else code * scale

    def encoded(self):
        """Plain affine values with rules that encode them; storage in the order of indices."""
        r, v = self.r, var("v")
        width, signed = r.randrange(2, 9), self.flip(0.3)
        code_type, scale_type = f"{'si' if signed else 'ui'}{width}", r.choice(["f16", "f32", "bf16", "f8E4M3FN"])
        if self.records:
            element = [("i", self.s.tile[0] * self.s.tile[1])]
            group = [("j", self.group_count)]
            place, at, group_of = self.records_place, [self.position], lambda position: [position // self.group]
            members = [self.group * var("j") + v]
        else:
            element, group = self.dims_of("element"), self.dims_of("group")
            place, at = self.planar_place, [var("n"), var("k")]
            group_of = lambda *position: [position[0], position[1] // self.group_length]
            members = [var("n"), self.group_length * var("g") + v]
        q, d = self.fresh("q"), self.fresh("d")
        place(q, code_type, element)
        place(d, scale_type, group)
        names = [name for name, _ in element]
        own = [var(name) for name in names]
        zero = 0 if signed else (1 << width - 1) - r.randrange(2)
        extreme = loop(r.choice(["absmax", "absmax", "signmax"]), "v", lift(self.group), read("x", *members))
        self.s.rules.append(Rule("temp", "step", tuple(group), extreme / float(max((1 << width - 1) - 1, 1))))
        self.s.rules.append(Rule("encode", d, tuple(name for name, _ in group),
                                 read("step", *(var(name) for name, _ in group))))
        if self.flip(0.15):
            self.s.rules.append(Rule("search", q, tuple(names)))
        else:
            quotient = read("x", *own) / read(d, *group_of(*own))
            nearest = round_to(quotient, f"si{width + 1}", r.choice([None, *MODES])) + zero
            low, high = (-(1 << width - 1), (1 << width - 1) - 1) if signed else (0, (1 << width) - 1)
            self.s.rules.append(Rule("encode", q, tuple(names), call("min", call("max", nearest, low), high)))
        return read(d, *group_of(*at)) * (read(q, *at) - zero)

    def records_place(self, name, type_name, dims):
        self.records.place(name, type_name, [count for _, count in dims], [v for v, _ in dims])

    def planar_place(self, name, type_name, dims):
        place_planar(self.r, self.s, name, type_name, dims, is_upright=True)

    def zero(self, width, signed):
        r = self.r
        kind = r.randrange(6)
        if kind < 2:
            return None
        if kind < 4:
            return lift(r.choice([1 << width - 1, r.randrange(0, 1 << width), 1]) if not signed else r.randrange(-4, 5))
        stored = self.store("z", f"ui{width}", "group")
        if kind == 5 and self.flip(0.4) and not self.records:
            return self.store("z", r.choice(["f16", "f32"]), "group")
        return stored + 1 if self.flip(0.2) else stored

    def scalar_table(self):
        r = self.r
        kind = r.randrange(5)
        if kind == 0:
            return self.store("q", r.choice(CODE_FLOATS), "element") * self.scale()
        width = r.choice([1, 2, 3, 4, 4, 4, 5, 6, 8])
        code = self.store("q", f"ui{width}", "element")
        if kind == 1:
            values = [r.randrange(-128, 128) for _ in range(1 << width)]
            return self.scale() * self.entry(self.constant_table(values, "si8"), code, width)
        if kind == 2:
            values = [round(r.uniform(-1, 1), 4) for _ in range(1 << width)]
            return self.entry(self.constant_table(values, r.choice(["f32", "f32", "f16"])), code, width) * self.scale()
        if kind == 3:  # computed
            name, v = self.fresh("level"), var("v")
            sign = call("select", Expr("<", v, 1 << width - 1), 1.0, -1.0)
            value = sign * call("ldexp", 1.0 + call("f32", call("and", v, 3)) * 0.25, call("popcount", v) - r.randrange(4))
            self.s.tables.append(Table(name, r.choice(["f32", "f16"]), (1 << width,), None, ("v",), value))
            return self.scale() * read(name, code)
        # A function of bits that is no table by its syntax.
        if self.flip(0.5):
            return call("select", Expr("<", code, 1 << width - 1), call("f32", code), -0.5 * code) * self.scale()
        return self.scale() * (call("xor", code, call("shr", code, 1)) - r.randrange(4))

    def entry(self, table, code, width):
        """A table's entry, or two of them, the other from the table's end."""
        r, one = self.r, read(table, code)
        if not self.flip(0.2):
            return one
        other = read(table, ((1 << width) - 1) - code) if self.flip(0.7) else read(table, self.store("q", f"ui{width}", "element"))
        if self.flip(0.5):
            return call("select", Expr("<", self.column % r.choice([2, 3, 16]), 1), one, other)
        return one + other if self.flip(0.5) else one - other

    def vector_table(self):
        r = self.r
        length = r.choice([2, 4, 4, 8])
        if self.group % length:
            length = 2
        if not self.records and self.s.k_multiple % length:
            self.s.requires.append(Expr("==", var("K") % length, 0))
            self.s.k_multiple = self.s.k_multiple * length
        width = r.choice([2, 3, 4, 6, 8])
        if self.records:
            count = self.s.tile[0] * self.s.tile[1] // length
            index = self.records.place(self.fresh("g"), f"ui{width}", (count,), ("j",))(self.position // length)
            signs = lambda w: self.records.place(self.fresh("s"), f"ui{w}", (count,), ("j",))(self.position // length)
        else:
            dims = [("n", var("N")), ("j", var("K") // length)]
            at = (var("n"), var("k") // length)
            index = place_planar(r, self.s, self.fresh("g"), f"ui{width}", dims)(*at)
            signs = lambda w: place_planar(r, self.s, self.fresh("s"), f"ui{w}", dims)(*at)
        t = self.position % length
        stored = self.flip(0.2)
        if stored:
            book = self.fresh("book")
            self.s.streams.append(Stream(book, r.choice(["f16", "f32", "bf16"]), (lift(1 << width), lift(length))))
        else:
            book = self.fresh("grid")
            of_integers = self.flip(0.6)
            values = [r.randrange(-3, 4) if of_integers else round(r.uniform(-1, 1), 3) for _ in range(length << width)]
            self.s.tables.append(Table(book, "si8" if of_integers else "f32", (1 << width, length), tuple(values)))
        value = read(book, index, t)
        if self.flip(0.35):
            self.s.lets["minus"] = (("w", "t"), call("and", call("shr", call(
                "or", var("w"), call("shl", call("parity", var("w")), length - 1)), var("t")), 1))
            sign = call("select", Expr("==", call("minus", signs(length - 1), t), 1), -1.0, 1.0)
            return self.scale() * value * sign
        if stored and self.flip(0.5):
            other = place_planar(r, self.s, self.fresh("g"), f"ui{width}", [("n", var("N")), ("j", var("K") // length)])(
                var("n"), var("k") // length) if not self.records else index
            return self.scale() * (value + read(book, other, t))
        return self.scale() * value

    def rounded(self):
        r = self.r
        code, width, signed = self.code(r.choice([2, 3, 4, 4, 5]))
        centre = 0 if signed else 1 << width - 1
        inner = round_to((code - centre) * self.store("sg", r.choice(["f16", "f16", "f8E4M3FN", "bf16"]), "group"),
                         r.choice(["si8", "si8", "si6", "si5"]), r.choice([None, None, "rna", "rtz", "floor"]))
        return inner * self.store("sr", r.choice(["f32", "f16"]), r.choice(["row", "tensor"]))

    def general(self):
        r = self.r
        integers = [self.code()[0]]
        if self.flip(0.4):
            integers.append(self.store("u", f"{r.choice(['ui', 'si'])}{r.randrange(1, 17)}", r.choice(["element", "group"])))
        floats = [self.store("d", r.choice(SCALE_TYPES), r.choice(["group", "record", "element"]))]
        if self.flip(0.4):
            name = self.constant_table([r.randrange(-100, 100) for _ in range(16)], "si8")
            integers.append(read(name, call("and", integers[0], 15)))
        if self.flip(0.3):
            name = self.fresh("plane")
            rows, cols = r.randrange(1, 4), r.randrange(2, 6)
            self.s.tables.append(Table(name, "f32", (rows, cols), None, ("a", "b"),
                                       call("f32", 3 * var("a") - var("b")) / (1.0 + call("f32", var("b")))))
            column = call("min", call("max", integers[0], 0), cols - 1)
            floats.append(read(name, self.column % rows, column))
        soup = Soup(r, self.s, integers, floats, self.column)
        value = soup.real(r.randrange(2, 5))
        if self.flip(0.02):
            value = call("log2", call("abs", value))
        return value if self.flip(0.5) else value * floats[0] + call("f32", integers[0])

    # What any scheme may have besides.

    def vary(self, value):
        r, n, k = self.r, var("n"), var("k")
        if self.variables != ("n", "k"):
            if self.flip(0.12):
                cut = r.randrange(1, max(2, self.s.tile[0] * self.s.tile[1]))
                # The whole value on one side; a plain one, of what is stored once, on the other.
                other = self.store("o", "f16", "record") * r.choice([1.0, -0.5])
                return split_at(var("i"), [cut], [("a", value), ("c", other)])
            return value
        choice = r.random()
        if choice < 0.06 and not self.records:  # columns of their own
            name = self.fresh("o")
            other = place_planar(r, self.s, name, "f16", [("n", var("N")), ("k", var("K"))])
            cut = lift(r.choice([8, 32])) if self.flip(0.5) else var("K") // 2
            return split_at(k, [cut], [("a", value), ("c", other(n, k))])
        if choice < 0.12:  # rows or columns by stored lengths, each with a factor
            axis, count = r.choice("nk"), r.randrange(1, 4)
            widths, gain = self.fresh("widths"), self.fresh("gain")
            self.s.streams.append(Stream(widths, r.choice(["si32", "ui16"]), (lift(count),), role=("lengths", axis)))
            self.s.streams.append(Stream(gain, "f32", (lift(count),)))
            if self.flip(0.6):
                factor = split_all(var(axis), widths, "s", "v", read(gain, var("s")))
            else:
                factor = split_by(var(axis), widths, [(f"v{j}", read(gain, j) * r.choice([1.0, 0.5])) for j in range(count)])
            return value * factor
        if choice < 0.18:
            axis = r.choice("nk")
            order = self.fresh("order")
            self.s.streams.append(Stream(order, r.choice(["si32", "ui32", "si16"]), (var(axis.upper()),), role=("order", axis)))
            self.s.permutes.append((axis, order, self.flip(0.5)))
            return value
        if choice < 0.24:  # a factor that may be absent
            name, per = self.fresh("maybe"), r.choice("nk")
            self.s.streams.append(Stream(name, "f32", (var(per.upper()),), default=(("a",), r.choice(
                [lift(1.0), call("f32", var("a") % 3 + 1)]))))
            return value * read(name, var(per))
        if choice < 0.32:
            return value * call("select", self.condition(), r.choice([2.0, 0.5]), 1.0)
        if choice < 0.38:  # a factor of places, near and far, or of the matrix's size
            of, length = var(r.choice(["n", "k", "N", "K"])), r.choice([3, 32, 48, 100])
            return value * call("f32", of // length % r.choice([2, 3]) + 1)
        return value

    def word_of(self, value):
        """A factor that turns on one number of a word too wide for chance to make it."""
        r, width, number_of = self.r, self.r.choice([9, 12, 16, 16, 24, 32, 32, 32]), lambda b: r.randrange(1 - (1 << b), 1 << b)
        signed = width == 32 or self.flip(0.5)
        number = number_of(width - 1) if signed else abs(number_of(width))
        word = self.store("w", f"{r.choice(['ui', 'si']) if width == 32 else 'si' if signed else 'ui'}{width}",
                          r.choice(["group", "group", "element", "row", "tensor"]))
        self.s.named[word.data] = number
        mask, bits = r.randrange(1, 1 << min(width, 31)), r.randrange(1, 9)
        either = r.choice([lambda w: w, lambda w: call("and", w, mask), lambda w: call("shr", w, bits), lambda w: w * 5 + 3,
                           lambda w: call("xor", w, mask), lambda w: call("f32", w)])
        condition = Expr(r.choice(["==", "==", "==", ">=", "<"]), either(word), either(lift(number)))
        return value * call("select", condition, r.choice([2.0, 0.5, -1.0]), 1.0)

    def condition(self):
        """A run of rows or columns somewhere, at a number that the text need not name, or where two of them meet."""
        r = self.r

        def along(name, most):
            at, place = var(name), r.randrange(most)
            rows, columns = self.s.reach
            self.s.reach = (max(rows, place + 1), columns) if name == "n" else (rows, max(columns, place + 1))
            kind, step = r.randrange(4), r.choice([1, 16, 32, 128])
            if kind == 0:
                return Expr("==", at // step, place // step)
            if kind == 1:
                return Expr(r.choice(["<", ">="]), at * 3, place * 3)
            if kind == 2:
                return call("and", Expr(">=", at, place), Expr("<", at, place + step))
            return Expr("==", at * at, place * place)

        kind = r.randrange(5)
        if kind == 4:  # one N or K, or some
            axis = r.choice("NK")
            unit = self.s.n_multiple if axis == "N" else math.lcm(self.s.k_multiple, self.group)
            size = unit * r.randrange(1, max(2, 3000 // unit))
            self.s.sizes_that_matter = (size, 0) if axis == "N" else (0, size)
            return r.choice([Expr("==", var(axis), size), Expr(">=", var(axis) * 2, size * 2),
                             Expr("==", var(axis) // 64, size // 64), Expr("==", var(axis) % 96, size % 96)])
        if kind == 0:
            self.s.reach = (64, 512)
            return Expr("==", (var("n") * var("K") + var("k")) // r.choice([1, 64]), r.randrange(100, 20000) // 64)
        if kind == 1:
            return along("n", 2000)
        if kind == 2:
            return along("k", 6000)
        return call("and", along("n", 200), along("k", 2500))

    def patch(self):
        r = self.r
        if self.variables == ("i",) and not self.flip(0.1) or not self.flip(0.1):
            return
        names = [self.fresh(base) for base in ("rows", "cols", "kept")]
        count = lift(r.randrange(1, 6))
        if self.flip(0.5):
            self.s.sizes.append("P")
            count = var("P")
        for name, axis in zip(names, "nk"):
            self.s.streams.append(Stream(name, r.choice(["si32", "ui16"]), (count,), role=("below", axis)))
        self.s.streams.append(Stream(names[2], r.choice(["f16", "f32", "si8"]), (count,)))
        self.s.overlays.append((r.choice(["replace", "add"]), *names))


def make(seed):
    return Maker(seed).make()


if __name__ == "__main__":
    print(make(int(sys.argv[1])).text(), end="")

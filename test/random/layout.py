"""Where the bits of a scheme's quantities lie: records that interleave fields, and planar streams of many shapes.

A `place_*` function declares storage in the scheme and returns what reads an element, given its indices as expressions.
"""

import math

import numbers_by_definition as numbers
from expression import Expr, call, lift, read, var
from scheme import Field, Stream


def _cut_width(r, width):
    """`width` bits as planes, low bits first."""
    if width < 2 or r.random() < 0.6:
        return [width]
    first = r.randrange(1, width)
    return [first] + (_cut_width(r, width - first) if r.random() < 0.3 else [width - first])


def _order(r, index, count):
    """A permutation of 0..count-1 as an expression of `index`."""
    divisors = [d for d in range(2, min(count, 65)) if count % d == 0]
    kind = r.randrange(5)
    if kind == 0 or not divisors:
        return index if r.random() < 0.7 else (count - 1) - index
    d = r.choice(divisors)
    if kind == 1:  # columns of a matrix
        return (index % d) * (count // d) + index // d
    if kind == 2:  # halves side by side, as nibbles are
        return (index % (count // d)) * d + index // (count // d)
    if kind == 3:  # a rotation in runs
        return (index // d) * d + (index + r.randrange(1, d)) % d
    if d & (d - 1) == 0:  # an exclusive or in runs
        return (index // d) * d + call("xor", index % d, r.randrange(1, d))
    return index


class RecordLayout:
    """Collects the fields of one record and then shares out its bits."""

    def __init__(self, r, scheme, name):
        self.r, self.scheme, self.name, self.wanted = r, scheme, name, []

    def place(self, name, type_name, counts, variables):
        """A field of index space `counts` (numbers); its bits are placed by `finish`."""
        self.wanted.append((name, type_name, tuple(counts), tuple(variables)))
        return lambda *index: read(name, *index)

    def finish(self):
        pieces = []  # (field number, slice number, width, count)
        for number, (_, type_name, counts, _) in enumerate(self.wanted):
            widths = _cut_width(self.r, numbers.scalar(type_name).width)
            pieces += [(number, j, w, math.prod(counts)) for j, w in enumerate(widths)]
        self.r.shuffle(pieces)
        offsets, at = {}, 0
        while pieces:
            number, j, width, count = pieces.pop()
            # Pieces of as many elements may lie side by side, element by element.
            together = [(number, j, width)]
            while pieces and pieces[-1][3] == count and self.r.random() < 0.25:
                together.append(pieces.pop()[:3])
            stride, inner = sum(w for _, _, w in together), 0
            for number, j, width in together:
                offsets[number, j] = (width, self._map(number, at + inner, stride, count))
                inner += width
            at += stride * count
        self._declare(offsets)
        spare = -at % 8 + 8 * self.r.randrange(2) * self.r.randrange(3)
        if spare and self.r.random() < 0.5:
            self.scheme.fields.append(Field(f"{self.name}_pad", "ui1", self.name, (("i", spare),), ((1, at + var("i")),)))
            spare_word = False
        else:
            spare_word = spare > 0
        self.scheme.streams.append(Stream(self.name, record=(at + spare) // 8, spare=spare_word))

    def _map(self, number, at, stride, count):
        _, _, counts, variables = self.wanted[number]
        linear = lift(0)
        for extent, variable in zip(counts, variables):
            linear = var(variable) if linear.op == "int" else linear * extent + var(variable)
        return lift(at) if count == 1 else at + stride * _order(self.r, linear, count)

    def _declare(self, offsets):
        for number, (name, type_name, counts, variables) in enumerate(self.wanted):
            slices = [offsets[key] for key in sorted(offsets) if key[0] == number]
            bit = ""
            if len(slices) == 1 and slices[0][0] > 1 and self.r.random() < 0.25:
                width, start = slices[0]
                bit = "b"
                turn = self.r.choice(["last first", "rotated", "plain"])
                place = {"last first": (width - 1) - var("b"), "rotated": (var("b") + self.r.randrange(width)) % width,
                         "plain": var("b")}[turn]
                slices = [(1, start + place)]
            self.scheme.fields.append(Field(name, type_name, self.name, tuple(zip(variables, counts)), tuple(slices), bit))


def place_planar(r, scheme, name, type_name, dims, is_upright=False):
    """Streams hold whole elements, or words of bits. `dims`: pairs of a variable and an extent (expression or number),
    which are stored in any order unless upright."""
    width = numbers.scalar(type_name).width
    order = list(range(len(dims)))
    if not is_upright and r.random() < 0.35:
        r.shuffle(order)
    turned = [dims[axis] for axis in order]
    if not dims or r.random() < (0.45 if width % 8 == 0 else 0.15):
        scheme.streams.append(Stream(name, type_name, tuple(extent for _, extent in turned)))
        return lambda *index: read(name, *(index[axis] for axis in order))
    word = r.choice([8, 8, 16, 32, 32])
    words = f"{name}_words"
    kind = r.choice(["flat", "rows", "stacked", "planes"] if len(dims) > 1 else ["flat", "planes"])
    linear, count = lift(0), lift(1)
    for variable, extent in turned:
        linear = var(variable) if linear.op == "int" else linear * extent + var(variable)
        count = lift(extent) if count.op == "int" and count.data == 1 else count * extent
    slices, bit, extents = None, "", None
    word_type = f"{r.choice(['ui', 'si'])}{word}"
    if kind == "flat":
        slices, extents = [(width, width * linear)], [_per_word(width * count, word)]
    elif kind == "planes":
        widths, slices, at = _cut_width(r, width), [], 0
        for w in widths:
            slices.append((w, at * count + w * linear if at else w * linear))
            at += w
        extents = [_per_word(width * count, word)]
    else:
        outer, (last, extent) = turned[:-1], turned[-1]
        row, rows = lift(0), lift(1)
        for variable, size in outer:
            row = var(variable) if row.op == "int" else row * size + var(variable)
            rows = lift(size) if rows.op == "int" and rows.data == 1 else rows * size
        per_row = _per_word(width * lift(extent), word)
        if kind == "rows":
            slices, extents = [(width, word * (row * per_row) + width * var(last))], [*(e for _, e in outer), per_row]
        else:  # words of neighbouring rows side by side; an element may cross them
            bit, place = "b", width * var(last) + var("b")
            slices = [(1, word * ((place // word) * rows + row) + place % word)]
            extents = [per_row, *(e for _, e in outer)]
    scheme.streams.append(Stream(words, word_type, tuple(extents), spare=True))
    scheme.fields.append(Field(name, type_name, words, tuple(dims), tuple(slices), bit))
    return lambda *index: read(name, *index)


def _per_word(bits, word):
    return Expr("ceildiv", bits, word)

"""A scheme: what one `quoin.format` says, its text, and what its stored bytes mean."""

import dataclasses

import numpy as np

import numbers_by_definition as numbers
from expression import Expr, Value, convert, evaluate, lift, text


@dataclasses.dataclass
class Stream:
    name: str
    type: str = ""  # planar streams
    extents: tuple = ()
    record: int = 0  # bytes of a record
    spare: bool = False
    default: tuple = None  # variables, expression
    role: tuple = None  # legal contents: ("order", axis), ("lengths", axis), ("below", axis), ("small", bound)


@dataclasses.dataclass
class Field:
    name: str
    type: str
    stream: str
    indices: tuple = ()  # (variable, extent)
    slices: tuple = ()  # (width, offset), low bits first
    bit: str = ""  # variable of a map for each bit; one slice then


@dataclasses.dataclass
class Table:
    name: str
    type: str
    extents: tuple
    values: tuple = None
    indices: tuple = None  # computed: variables
    value: Expr = None


@dataclasses.dataclass
class Rule:
    """temp or encode; `indices` of a temp are pairs of a variable and an extent, of an encode variables."""

    kind: str  # "temp", "encode", "search"
    name: str
    indices: tuple
    value: Expr = None


@dataclasses.dataclass
class Scheme:
    name: str
    tile: tuple = None
    parameters: dict = dataclasses.field(default_factory=dict)
    sizes: list = dataclasses.field(default_factory=list)
    requires: list = dataclasses.field(default_factory=list)
    lets: dict = dataclasses.field(default_factory=dict)  # name: (variables or None, expression)
    streams: list = dataclasses.field(default_factory=list)
    permutes: list = dataclasses.field(default_factory=list)  # (axis, stream, stored_to_logical)
    fields: list = dataclasses.field(default_factory=list)
    tables: list = dataclasses.field(default_factory=list)
    decode: tuple = ()  # variables, expression
    overlays: list = dataclasses.field(default_factory=list)  # (mode, rows, cols, values)
    rules: list = dataclasses.field(default_factory=list)
    n_multiple: int = 1
    k_multiple: int = 1
    reach: tuple = (1, 1)  # N and K at least, for what the scheme has far away
    sizes_that_matter: tuple = (0, 0)  # N and K that the scheme has a condition on, or 0
    named: dict = dataclasses.field(default_factory=dict)  # by stream or field, an integer that chance would not make

    def text(self):
        return "\n".join(_lines(self)) + "\n"


def _list(items):
    return ", ".join(str(item) for item in items)


def _lines(s):
    tile = f" tile [{s.tile[0]}, {s.tile[1]}]" if s.tile else ""
    if s.parameters:  # a family with other defaults, and the instance that is meant
        given = _list(f"{name} = {value}" for name, value in s.parameters.items())
        yield f"quoin.instance @{s.name} of @{s.name}_family<{given}>"
        defaults = _list(f"{name} = {2 * value}" for name, value in s.parameters.items())
        yield f"quoin.format @{s.name}_family<{defaults}>{tile} {{"
    else:
        yield f"quoin.format @{s.name}{tile} {{"
    yield from (f"  size {size}" for size in s.sizes)
    yield from (f"  requires {text(lift(condition))}" for condition in s.requires)
    for name, (variables, value) in s.lets.items():
        yield f"  let {name}{f'({_list(variables)})' if variables else ''} = {text(value)}"
    for stream in s.streams:
        line = f"  stream {stream.name} " + (f"record {stream.record}" if stream.record else
                                             f": {stream.type} [{_list(map(lift, stream.extents))}]")
        line += " spare" if stream.spare else ""
        if stream.default:
            line += " default " + (f"({_list(stream.default[0])}) " if stream.default[0] else "") + f"= {text(stream.default[1])}"
        yield line
    for axis, stream, forward in s.permutes:
        yield f"  permute {axis} by {stream} {'stored_to_logical' if forward else 'logical_to_stored'}"
    for field in s.fields:
        indices = "[" + _list(f"{v}: {lift(e)}" for v, e in field.indices) + "]" if field.indices else ""
        line = f"  field {field.name}{indices} : {field.type} in {field.stream} at "
        if field.bit:
            line += f"bit {field.bit}: {field.slices[0][1]}"
        elif len(field.slices) == 1:
            line += text(field.slices[0][1])
        else:
            line += "(" + _list(f"{width}: {offset}" for width, offset in field.slices) + ")"
        yield line
    for table in s.tables:
        if table.value is not None:
            extents = _list(f"{v}: {n}" for v, n in zip(table.indices, table.extents))
            yield f"  table {table.name}[{extents}] : {table.type} = {text(table.value)}"
        else:
            yield f"  table {table.name}[{_list(table.extents)}] : {table.type} = [{_list(map(lift, table.values))}]"
    yield f"  decode ({_list(s.decode[0])}) = {text(s.decode[1])}"
    yield from (f"  overlay {mode} rows {rows} cols {cols} values {values}" for mode, rows, cols, values in s.overlays)
    for rule in s.rules:
        if rule.kind == "temp":
            indices = "[" + _list(f"{v}: {lift(e)}" for v, e in rule.indices) + "]" if rule.indices else ""
            yield f"  temp {rule.name}{indices} = {text(rule.value)}"
        else:
            indices = f"[{_list(rule.indices)}]" if rule.indices else ""
            yield f"  encode {rule.name}{indices} " + (f"= {text(rule.value)}" if rule.kind == "encode" else "by search")
    yield "}"


class World:
    """A scheme at a shape with its stored bytes: what names in its expressions are."""

    def __init__(self, scheme, shape, sizes=()):
        self.scheme, (self.n, self.k), self.sizes = scheme, shape, dict(sizes)
        self.bits, self.weights, self.temps = {}, None, {}
        self.by_name = {each.name: each for group in (scheme.streams, scheme.fields, scheme.tables) for each in group}
        self.tables = {}

    # What expressions ask for.

    def name(self, name, env):
        fixed = {"N": self.n, "K": self.k, **self.sizes}
        if name in fixed:
            return Value("index", np.int64(fixed[name]))
        if name in self.scheme.parameters:
            return Value("index", np.int64(self.scheme.parameters[name]), True)
        if name in self.scheme.lets:
            return self.expand(name, [], env)
        return self.read(name, [], env)

    def macro(self, name):
        return name in self.scheme.lets

    def expand(self, name, arguments, env):
        variables, body = self.scheme.lets[name]
        inner = {"@record": env["@record"]} if "@record" in env else {}
        return evaluate(body, {**inner, **dict(zip(variables or (), arguments))}, self)

    def starts(self, stream):
        count = self.extents(self.by_name[stream])[0]
        lengths = self.read(stream, [np.arange(count)], {}).array
        return np.concatenate([[0], np.cumsum(lengths)])

    def read(self, name, index, env):
        if name == "x":
            return self._weight(index, env)
        if name in self.temps:
            kind, values, per_record = self.temps[name]
            index = ([env["@record"].array] if per_record else []) + list(index)
            return Value(kind, values[self._inside(index, values.shape)])
        found = self.by_name[name]
        if isinstance(found, Table):
            values = self._table(found)
            return Value("f32" if numbers.scalar(found.type).is_float else "i32", values[self._inside(index, values.shape)])
        return self._stored(found, index, env)

    @staticmethod
    def _inside(index, extents):
        """Branches that are not taken may ask for what is not there."""
        return tuple(np.clip(at, 0, max(extent - 1, 0)) for at, extent in zip(index, extents))

    # What is stored.

    def extents(self, of):
        list_ = [extent for _, extent in of.indices] if isinstance(of, Field) else of.extents
        return [int(evaluate(lift(extent), {}, self).array) for extent in list_]

    def stream_bytes(self, stream):
        if stream.record:
            return stream.record * (self.n // self.scheme.tile[0]) * (self.k // self.scheme.tile[1])
        return (int(np.prod(self.extents(stream), dtype=np.int64)) * numbers.scalar(stream.type).width + 7) // 8

    def store(self, name, data):
        self.bits[name] = np.unpackbits(np.frombuffer(data, dtype=np.uint8), bitorder="little")

    def stored(self, name):
        return np.packbits(self.bits[name], bitorder="little").tobytes()

    def places(self, found, index, env):
        """Bit positions of every bit of a field or planar stream, low bits first."""
        if isinstance(found, Stream):
            width, at = numbers.scalar(found.type).width, np.int64(0)
            for position, extent in zip(index, self.extents(found)):
                at = at * extent + position
            return found, [at * width + b for b in range(width)]
        stream = self.by_name[found.stream]
        inner = {v: Value("index", np.asarray(at)) for (v, _), at in zip(found.indices, index)}
        base = np.int64(0)
        if stream.record:
            inner["@record"] = env["@record"]
            base = env["@record"].array * (8 * stream.record)
        where = lambda offset, more: base + convert(evaluate(offset, {**inner, **more}, self), "index").array
        if found.bit:
            width = numbers.scalar(found.type).width
            return stream, [where(found.slices[0][1], {found.bit: Value("index", np.int64(b))}) for b in range(width)]
        result = []
        for width, offset in found.slices:
            start = where(lift(offset), {})
            result += [start + b for b in range(width)]
        return stream, result

    def _stored(self, found, index, env):
        index = self._inside(index, self.extents(found))
        of = numbers.scalar(found.type)
        stream = found if isinstance(found, Stream) else self.by_name[found.stream]
        if stream.name not in self.bits:
            variables, default = stream.default
            value = evaluate(default, {v: Value("index", np.asarray(at)) for v, at in zip(variables, index)}, self)
            codes = self._codes(of, value)
        else:
            stream, places = self.places(found, index, env)
            bits = self.bits[stream.name]
            codes = np.int64(0)
            for b, place in enumerate(places):
                codes = codes | bits[np.clip(place, 0, max(bits.size - 1, 0))].astype(np.int64) << b
        return Value("f32", numbers.decode_float(of, codes)) if of.is_float else Value("i32", numbers.decode_int(of, codes))

    @staticmethod
    def _codes(of, value):
        if of.is_float:
            return numbers.encode(of, convert(value, "f32").array)
        return convert(value, "i32").array & ((1 << of.width) - 1)

    def _table(self, table):
        if table.name not in self.tables:
            of = numbers.scalar(table.type)
            if table.value is None:
                # An element is converted to f32 first, then to the type.
                values = [evaluate(lift(each), {}, self) for each in table.values]
                values = [convert(each, "f32").array if of.is_float else each.array for each in values]
                values = np.array(values)
            else:
                grid = np.meshgrid(*(np.arange(n) for n in table.extents), indexing="ij")
                value = evaluate(table.value, {v: Value("index", at) for v, at in zip(table.indices, grid)}, self)
                values = np.broadcast_to(convert(value, "f32").array if of.is_float else value.array, tuple(table.extents))
            if of.is_float:
                values = numbers.decode_float(of, numbers.encode(of, values))
            self.tables[table.name] = np.asarray(values).reshape(table.extents)
        return self.tables[table.name]

    # Decoding.

    def decode(self):
        """The f32 matrix, as docs/language.md says."""
        n, k = np.meshgrid(np.arange(self.n), np.arange(self.k), indexing="ij")
        env = self._element(n, k)
        value = convert(evaluate(self.scheme.decode[1], env, self), "f32").array
        stored = np.array(np.broadcast_to(value, (self.n, self.k)), dtype=np.float32)
        for mode, rows, cols, values in self.scheme.overlays:
            count = self.extents(self.by_name[rows])[0]
            at = [self.read(name, [np.arange(count)], {}) for name in (rows, cols, values)]
            for row, col, patch in zip(at[0].array, at[1].array, convert(at[2], "f32").array):
                stored[row, col] = patch if mode == "replace" else stored[row, col] + patch
        result = np.empty_like(stored)
        result[np.ix_(self.logical("n", self.n), self.logical("k", self.k))] = stored
        return result

    def _element(self, n, k):
        variables, env = self.scheme.decode[0], {}
        if self.scheme.tile:
            rows, cols = self.scheme.tile
            env["@record"] = Value("index", n // rows * (self.k // cols) + k // cols)
            if len(variables) == 1:
                env[variables[0]] = Value("index", n % rows * cols + k % cols)
                return env
        env.update(zip(variables, (Value("index", n), Value("index", k))))
        return env

    def logical(self, axis, count):
        """Logical index by stored position."""
        for permuted, stream, forward in self.scheme.permutes:
            if permuted == axis:
                order = self.read(stream, [np.arange(count)], {}).array
                return order if forward else np.argsort(order)
        return np.arange(count)

    # Encoding.

    def encode(self, weights):
        """Runs the rules; the bytes of streams are then `stored`. Schemes with searches have no such oracle."""
        self.weights = weights
        written = {rule.name for rule in self.scheme.rules if rule.kind == "encode"}
        for stream in self.scheme.streams:
            inside = {field.name for field in self.scheme.fields if field.stream == stream.name} | {stream.name}
            if not stream.default or inside & written:
                self.bits[stream.name] = np.zeros(8 * self.stream_bytes(stream), np.uint8)
        for rule in self.scheme.rules:
            self._run(rule)

    def _run(self, rule):
        found = None if rule.kind == "temp" else self.by_name[rule.name]
        if found is None:
            variables, extents = [v for v, _ in rule.indices], [int(evaluate(lift(e), {}, self).array) for _, e in rule.indices]
            per_record = any(stream.record for stream in self.scheme.streams)
        else:
            variables, extents = rule.indices, self.extents(found)
            per_record = isinstance(found, Field) and bool(self.by_name[found.stream].record)
        index, env, shape = self._everywhere(variables, extents, per_record)
        value = evaluate(rule.value, env, self)
        if found is None:
            self.temps[rule.name] = (value.type, np.array(np.broadcast_to(value.array, shape)), per_record)
            return
        codes = np.broadcast_to(self._codes(numbers.scalar(found.type), value), shape)
        self.write(found, index, env, codes, np.ones(shape, bool))

    def _everywhere(self, variables, extents, per_record):
        """Indices of all elements, in all records; what names mean there; and how many there are along each."""
        records = (self.n // self.scheme.tile[0]) * (self.k // self.scheme.tile[1]) if per_record else 0
        grid = np.meshgrid(*(np.arange(e) for e in ([records] if per_record else []) + extents), indexing="ij")
        env = {"@record": Value("index", grid[0])} if per_record else {}
        index = grid[1:] if per_record else grid
        env.update((v, Value("index", at)) for v, at in zip(variables, index))
        return index, env, grid[0].shape if grid else ()

    def write(self, found, index, env, codes, where):
        stream, places = self.places(found, index, env)
        for b, place in enumerate(places):
            self.bits[stream.name][np.broadcast_to(place, where.shape)[where]] = (codes >> b & 1)[where]

    def sprinkle(self, name, number, rng):
        """Gives one element in eight of a stream or field the number or one next to it."""
        found = self.by_name[name]
        stream = found if isinstance(found, Stream) else self.by_name[found.stream]
        if stream.name not in self.bits:
            return
        variables = [v for v, _ in found.indices] if isinstance(found, Field) else [""] * len(found.extents)
        index, env, shape = self._everywhere(variables, self.extents(found), bool(stream.record))
        codes = number + rng.integers(-1, 2, shape) & (1 << numbers.scalar(found.type).width) - 1
        self.write(found, index, env, np.asarray(codes), rng.random(shape) < 0.125)

    def _weight(self, index, env):
        if len(index) == 2:
            n, k = index
        else:
            rows, cols = self.scheme.tile
            record = env["@record"].array
            outside = (index[0] < 0) | (index[0] >= rows * cols)
            n = record // (self.k // cols) * rows + index[0] // cols
            k = record % (self.k // cols) * cols + index[0] % cols
            n = np.where(outside, -1, n)
        inside = (n >= 0) & (n < self.n) & (k >= 0) & (k < self.k)
        picked = self.weights[np.clip(n, 0, self.n - 1), np.clip(k, 0, self.k - 1)]
        return Value("f32", np.where(inside, picked, np.float32(0)).astype(np.float32))


def random_contents(world, rng):
    """Fills the streams: random bits, but where a stream has a role; optional ones are absent half of the time."""
    limits = {"n": world.n, "k": world.k}
    for stream in world.scheme.streams:
        if stream.default and rng.random() < 0.5:
            continue
        size = world.stream_bytes(stream)
        world.store(stream.name, rng.bytes(size))
        if not stream.role:
            continue
        kind, bound = stream.role
        bound = limits.get(bound, bound)
        count, of = int(np.prod(world.extents(stream), dtype=np.int64)), numbers.scalar(stream.type)
        if kind == "order":
            values = rng.permutation(count)
        elif kind == "lengths":
            ends = np.sort(np.append(rng.integers(0, bound + 1, count - 1), bound))
            values = np.diff(ends, prepend=0)
        else:
            values = rng.integers(0, bound, count)
        bits = (values[:, None] >> np.arange(of.width)) & 1
        world.bits[stream.name][: count * of.width] = bits.reshape(-1)
    for name, number in world.scheme.named.items():
        world.sprinkle(name, number, rng)

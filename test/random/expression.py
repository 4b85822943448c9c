"""Expressions of the description language as trees: their text, and their values on whole arrays of points.

Written from docs/language.md alone, as an oracle for tools that share none of this code.
"""

import typing

import numpy as np

import numbers_by_definition as numbers

INFIX = {"+", "-", "*", "/", "floordiv", "ceildiv", "mod", "==", "<", "<=", ">", ">="}


class Expr:
    """A node: `op` with operands `args`; `data` is what is no expression (names, literals, types)."""

    __slots__ = ("op", "args", "data")

    def __init__(self, op, *args, data=None):
        self.op, self.args, self.data = op, tuple(lift(arg) for arg in args), data

    def __add__(self, other):
        return Expr("+", self, other)

    def __radd__(self, other):
        return Expr("+", other, self)

    def __sub__(self, other):
        return Expr("-", self, other)

    def __rsub__(self, other):
        return Expr("-", other, self)

    def __mul__(self, other):
        return Expr("*", self, other)

    def __rmul__(self, other):
        return Expr("*", other, self)

    def __truediv__(self, other):
        return Expr("/", self, other)

    def __floordiv__(self, other):
        return Expr("floordiv", self, other)

    def __mod__(self, other):
        return Expr("mod", self, other)

    def __neg__(self):
        return Expr("neg", self)

    def __str__(self):
        return text(self)


def lift(value):
    if isinstance(value, Expr):
        return value
    if isinstance(value, (float, np.floating)):
        return -Expr("float", data=-value) if np.signbit(value) else Expr("float", data=value)
    return -Expr("int", data=-value) if value < 0 else Expr("int", data=int(value))


def var(name):
    return Expr("name", data=name)


def call(name, *args):
    """A function of the language, or a let with parameters."""
    return Expr("call", *args, data=name)


def read(name, *index):
    return Expr("read", *index, data=name)


def loop(name, variable, extent, body):
    return Expr("loop", extent, body, data=(name, variable))


def let(variable, value, body):
    return Expr("let", value, body, data=variable)


def round_to(value, type_name, mode=None, saturate=False):
    return Expr("round", value, data=(type_name, mode, saturate))


def split_at(value, cuts, branches):
    """`branches`: pairs of a variable and an expression, one more than cuts."""
    return Expr("split_at", value, *cuts, *(body for _, body in branches), data=tuple(v for v, _ in branches))


def split_by(value, stream, branches):
    return Expr("split_by", value, *(body for _, body in branches), data=(stream, *(v for v, _ in branches)))


def split_all(value, stream, number, position, body):
    return Expr("split_all", value, body, data=(stream, number, position))


def _float_text(value):
    value = np.float32(value)
    if np.isnan(value):
        return "nan"
    if np.isinf(value):
        return "inf"
    return np.format_float_scientific(value, unique=True, trim="0")


def _operand(expr):
    compound = expr.op in INFIX or expr.op in ("let", "split_at", "split_by", "split_all", "neg")
    return f"({text(expr)})" if compound else text(expr)


def text(expr):
    op, args, data = expr.op, expr.args, expr.data
    if op == "int":
        return str(data)
    if op == "float":
        return _float_text(data)
    if op == "name":
        return data
    if op == "neg":
        return f"-{_operand(args[0])}"
    if op in INFIX:
        return f"{_operand(args[0])} {op} {_operand(args[1])}"
    if op == "call":
        return f"{data}({', '.join(map(text, args))})"
    if op == "read":
        return f"{data}[{', '.join(map(text, args))}]" if args else data
    if op == "loop":
        return f"{data[0]}({data[1]}: {text(args[0])}, {text(args[1])})"
    if op == "let":
        return f"let {data} = {text(args[0])} in {text(args[1])}"
    if op == "round":
        return f"round({', '.join([text(args[0]), data[0]] + ([data[1]] if data[1] else []) + (['sat'] if data[2] else []))})"
    if op == "split_all":
        return f"split {_operand(args[0])} by {data[0]} as ({data[1]}, {data[2]}) -> {text(args[1])}"
    branches, head = data, f"split {_operand(args[0])} "
    bodies = args[len(args) - len(data):]
    if op == "split_by":
        branches, bodies = data[1:], args[1:]
        head += f"by {data[0]}"
    else:
        head += f"at ({', '.join(map(text, args[1:len(args) - len(data)]))})"
    return head + " { " + ", ".join(f"({v}) -> {text(body)}" for v, body in zip(branches, bodies)) + " }"


class Value(typing.NamedTuple):
    """What an expression is at every point; integers are int64 arrays, floats float32 ones."""

    type: str  # "index", "i32" or "f32"
    array: np.ndarray
    literal: bool = False


def wrap(array):
    return (np.asarray(array, dtype=np.int64) + 2**31 & 0xFFFFFFFF) - 2**31


def convert(value, to):
    if value.type == to:
        return value
    if to == "f32":
        return Value(to, np.asarray(value.array, dtype=np.int64).astype(np.float32))
    return Value(to, wrap(value.array) if to == "i32" else value.array)


def unify(*values):
    if any(value.type == "f32" for value in values):
        to = "f32"
    else:
        plain = any(v.type == "index" and not (v.literal and -2**31 <= v.array < 2**31) for v in values)
        to = "i32" if not plain and any(value.type == "i32" for value in values) else "index"
    return [convert(value, to) for value in values]


def _floor_divide(a, b):
    return np.where(b == 0, 0, np.floor_divide(a, np.where(b == 0, 1, b)))


def _shift(a, count, left):
    bits, inside = np.asarray(a, dtype=np.int64) & 0xFFFFFFFF, (count >= 0) & (count <= 31)
    count = np.where(inside, count, 0)
    return np.where(inside, wrap(bits << count if left else bits >> count), 0)


def _popcount(a):
    bits = np.asarray(a, dtype=np.int64) & 0xFFFFFFFF
    return sum((bits >> b) & 1 for b in range(32))


def _clz(a):
    bits = np.asarray(a, dtype=np.int64) & 0xFFFFFFFF
    return 32 - sum((bits >> b != 0).astype(np.int64) for b in range(32))


def _truncate(f):
    wide = np.nan_to_num(f.astype(np.float64), nan=0.0, posinf=2.0**40, neginf=-2.0**40)
    return np.clip(np.trunc(wide), -2.0**31, 2.0**31 - 1).astype(np.int64)


def less_of(a, b):
    return np.where(a < b, a, b)


def greater_of(a, b):
    return np.where(a > b, a, b)


COMPARISONS = {"==": np.equal, "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal,
               "ne": np.not_equal}
BITWISE = {"and": np.bitwise_and, "or": np.bitwise_or, "xor": np.bitwise_xor}


def binary(op, a, b):
    if op in BITWISE or op in ("shl", "shr"):
        a, b = convert(a, "i32").array, convert(b, "i32").array
        return Value("i32", wrap(BITWISE[op](a, b)) if op in BITWISE else _shift(a, b, op == "shl"))
    if op == "ldexp":
        return Value("f32", np.ldexp(convert(a, "f32").array, np.clip(convert(b, "i32").array, -9999, 9999).astype(np.int32)))
    a, b = unify(a, b)
    if op in COMPARISONS:
        return Value("i32", COMPARISONS[op](a.array, b.array).astype(np.int64))
    if op in ("min", "max"):
        return Value(a.type, (less_of if op == "min" else greater_of)(a.array, b.array))
    if op == "/":
        return Value("f32", np.divide(a.array, b.array, dtype=np.float32))
    if op in ("floordiv", "ceildiv", "mod"):
        quotient = _floor_divide(a.array, b.array)
        rest = np.where(b.array == 0, 0, a.array - quotient * b.array)
        result = {"floordiv": quotient, "ceildiv": quotient + (rest != 0), "mod": rest}[op]
    else:
        result = {"+": np.add, "-": np.subtract, "*": np.multiply}[op](a.array, b.array)
    return Value(a.type, wrap(result) if a.type == "i32" else result)


def unary(op, a):
    if op in ("neg", "abs"):
        result = (np.negative if op == "neg" else np.abs)(a.array)
        return Value(a.type, wrap(result) if a.type == "i32" else result, a.literal and op == "neg")
    if op == "f32":
        return convert(a, "f32")
    if op == "i32":
        return Value("i32", _truncate(a.array)) if a.type == "f32" else convert(a, "i32")
    if op == "bits":
        return Value("i32", wrap(np.asarray(convert(a, "f32").array).view(np.uint32).astype(np.int64)))
    if op == "log2":
        return Value("f32", np.log2(convert(a, "f32").array.astype(np.longdouble)).astype(np.float32))
    bits = convert(a, "i32").array
    if op == "frombits":
        return Value("f32", (np.asarray(bits) & 0xFFFFFFFF).astype(np.uint32).view(np.float32))
    if op == "not":
        return Value("i32", wrap(~np.asarray(bits)))
    return Value("i32", {"parity": lambda: _popcount(bits) & 1, "popcount": lambda: _popcount(bits),
                         "clz": lambda: _clz(bits)}[op]())


def select(condition, a, b):
    a, b = unify(a, b)
    return Value(a.type, np.where(condition.array != 0, a.array, b.array))


def rounded(value, type_name, mode, saturate):
    to, source = numbers.scalar(type_name), convert(value, "f32").array
    if to.name == "f32" and not saturate:
        return Value("f32", source)
    codes = numbers.encode(to, source, mode or "rne", saturate)
    return Value("f32", numbers.decode_float(to, codes)) if to.is_float else Value("i32", numbers.decode_int(to, codes))


def evaluate(expr, env, world):
    """`env`: values of variables. `world` knows sizes and lets (`name`, `macro`) and what is stored (`read`, `starts`)."""
    op, args, data = expr.op, expr.args, expr.data
    ev = lambda each: evaluate(each, env, world)
    if op == "int":
        return Value("index", np.int64(data), True)
    if op == "float":
        return Value("f32", np.float32(data))
    if op == "name":
        return env[data] if data in env else world.name(data, env)
    if op == "neg":
        return unary("neg", ev(args[0]))
    if op in INFIX:
        return binary(op, ev(args[0]), ev(args[1]))
    if op == "round":
        return rounded(ev(args[0]), *data)
    if op == "let":
        return evaluate(args[1], {**env, data: ev(args[0])}, world)
    if op == "read":
        return world.read(data, [ev(arg).array for arg in args], env)
    if op == "loop":
        return _loop(data[0], data[1], int(ev(args[0]).array), args[1], env, world)
    if op.startswith("split"):
        return _split(expr, env, world)
    values = [ev(arg) for arg in args]
    if world.macro(data):
        return world.expand(data, values, env)
    if data == "select":
        return select(*values)
    return binary(data, *values) if len(values) == 2 else unary(data, values[0])


def _magnitude(value):
    return unary("abs", value).array


def _loop(kind, variable, extent, body, env, world):
    at = lambda v: evaluate(body, {**env, variable: Value("index", np.asarray(v, dtype=np.int64))}, world)
    if kind == "search":
        return Value("index", _bisect(at, extent))
    best, total = np.int64(0), None
    for v in range(extent):
        term = at(v)
        term = Value(term.type, _magnitude(term)) if kind == "absmax" else term
        if total is None:
            total = term
        elif kind == "sum":
            total = binary("+", total, term)
        elif kind == "argmin":
            smaller = term.array < total.array
            best, total = np.where(smaller, v, best), Value(term.type, np.where(smaller, term.array, total.array))
        elif kind == "signmax":
            larger = _magnitude(term) > _magnitude(total)
            total = Value(term.type, np.where(larger, term.array, total.array))
        else:
            total = binary("min" if kind == "min" else "max", total, term)
    if kind == "argmin":
        return Value("index", best)
    return total


def _bisect(condition, extent):
    low = high = None
    for _ in range(max(extent, 1).bit_length() + 1):
        middle = np.int64(extent // 2) if low is None else low + (high - low) // 2
        if low is None:
            low, high = np.int64(0), np.int64(extent)
        open_ = low < high
        holds = condition(np.minimum(middle, max(extent - 1, 0))).array != 0
        low, high = np.where(open_ & ~holds, middle + 1, low), np.where(open_ & holds, middle, high)
    return low


def _split(expr, env, world):
    position = convert(evaluate(expr.args[0], env, world), "index").array
    if expr.op == "split_all":
        stream, number, within = expr.data
        starts = world.starts(stream)
        which = np.clip(np.searchsorted(starts, position, side="right") - 1, 0, len(starts) - 2)
        inner = {**env, number: Value("index", which), within: Value("index", position - np.asarray(starts)[which])}
        return evaluate(expr.args[1], inner, world)
    if expr.op == "split_by":
        variables, bodies, starts = expr.data[1:], expr.args[1:], world.starts(expr.data[0])[:-1]
    else:
        variables, bodies = expr.data, expr.args[len(expr.args) - len(expr.data):]
        starts = [np.int64(0)] + [evaluate(cut, env, world).array for cut in expr.args[1:len(expr.args) - len(expr.data)]]
    values = unify(*(evaluate(body, {**env, v: Value("index", position - start)}, world)
                     for v, body, start in zip(variables, bodies, starts)))
    result = values[0].array
    for value, start in zip(values[1:], starts[1:]):
        result = np.where(position >= start, value.array, result)
    return Value(values[0].type, result)

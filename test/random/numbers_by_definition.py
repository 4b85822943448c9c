"""Scalar types and rounding by their definitions, on numpy arrays.

Everything passes through float64, in which the quotient of an f32 value by a power of two and its rounding are exact.
Codes are int64 arrays of the type's low bits.
"""

import dataclasses
import re

import numpy as np

MODES = ("rne", "rna", "rtz", "floor", "ceil")


@dataclasses.dataclass(frozen=True)
class Scalar:
    name: str
    kind: str  # "u", "s" or "f"
    width: int
    mantissa: int = 0
    bias: int = 0
    special: str = ""  # IEEE, FN (all ones is NaN), FNUZ (minus zero is NaN), Finite, E8M0 (no sign, 255 is NaN)

    @property
    def is_float(self):
        return self.kind == "f"


FLOATS = {each.name: each for each in (
    Scalar("f16", "f", 16, 10, 15, "IEEE"),
    Scalar("bf16", "f", 16, 7, 127, "IEEE"),
    Scalar("f32", "f", 32, 23, 127, "IEEE"),
    Scalar("f8E5M2", "f", 8, 2, 15, "IEEE"),
    Scalar("f8E5M2FNUZ", "f", 8, 2, 16, "FNUZ"),
    Scalar("f8E4M3FN", "f", 8, 3, 7, "FN"),
    Scalar("f8E4M3FNUZ", "f", 8, 3, 8, "FNUZ"),
    Scalar("f8E4M3B11FNUZ", "f", 8, 3, 11, "FNUZ"),
    Scalar("f8E4M3", "f", 8, 3, 7, "IEEE"),
    Scalar("f8E3M4", "f", 8, 4, 3, "IEEE"),
    Scalar("f6E3M2FN", "f", 6, 2, 3, "Finite"),
    Scalar("f6E2M3FN", "f", 6, 3, 1, "Finite"),
    Scalar("f4E2M1FN", "f", 4, 1, 1, "Finite"),
    Scalar("f8E8M0FNU", "f", 8, 0, 127, "E8M0"),
)}


def scalar(name):
    """The type called `name`: "ui5", "si8", "f16", ..."""
    if name in FLOATS:
        return FLOATS[name]
    kind, width = re.fullmatch(r"([us])i(\d+)", name).groups()
    return Scalar(name, kind, int(width))


def decode_int(of, codes):
    """Integers that codes of an integer type mean."""
    codes = np.asarray(codes, dtype=np.int64)
    if of.kind == "u" and of.width < 32:
        return codes
    top = np.int64(1) << (of.width - 1)
    return (codes ^ top) - top  # an i32 value: ui32 keeps its bits


def decode_float(of, codes):
    """The exact f32 values of codes of a float type; NaN has one payload."""
    codes = np.asarray(codes, dtype=np.int64)
    if of.width == 32:
        return codes.astype(np.uint32).view(np.float32)
    signed = of.special != "E8M0"
    top = 1 << (of.width - 1) if signed else 1 << of.width
    magnitude = codes & (top - 1)
    exponent, fraction = magnitude >> of.mantissa, magnitude & ((1 << of.mantissa) - 1)
    normal = (exponent > 0) | (of.special == "E8M0")
    significand = np.where(normal, fraction + (1 << of.mantissa), fraction).astype(np.float64)
    value = np.ldexp(significand, np.where(normal, exponent, 1) - of.bias - of.mantissa)
    if of.special == "IEEE":
        ones = exponent == (1 << (of.width - 1 - of.mantissa)) - 1
        value = np.where(ones, np.where(fraction == 0, np.inf, np.nan), value)
    elif of.special in ("FN", "E8M0"):
        value = np.where(magnitude == top - 1, np.nan, value)
    elif of.special == "FNUZ":
        value = np.where(codes == top, np.nan, value)
    if signed:
        value = np.where(codes & top != 0, -value, value)
    return value.astype(np.float32)


def _rounded(quotient, negative, mode):
    """A magnitude rounded to an integer; `negative` says which way is down."""
    if mode == "rne":
        return np.rint(quotient)
    if mode == "rna":
        return np.floor(quotient + 0.5)
    up = np.zeros(np.shape(quotient), bool) if mode == "rtz" else negative if mode == "floor" else ~negative
    return np.where(up, np.ceil(quotient), np.floor(quotient))


def _encode_int(of, values, mode):
    exact = np.clip(np.nan_to_num(values.astype(np.float64), nan=0.0, posinf=2.0**40, neginf=-2.0**40), -2.0**40, 2.0**40)
    magnitude = _rounded(np.abs(exact), np.signbit(exact), mode)
    low, high = (0, (1 << of.width) - 1) if of.kind == "u" else (-(1 << of.width - 1), (1 << of.width - 1) - 1)
    return np.clip(np.where(exact < 0, -magnitude, magnitude), low, high).astype(np.int64) & ((1 << of.width) - 1)


def encode(of, values, mode="rne", saturate=False):
    """Codes of `of` for f32 values: docs/language.md and runtime/spec/Type.h say what overflows become."""
    values = np.asarray(values, dtype=np.float32)
    if not of.is_float:
        return _encode_int(of, values, mode)
    signed = of.special != "E8M0"
    negative = np.signbit(values)
    exact = np.abs(values.astype(np.float64))
    finite = np.where(np.isfinite(exact), exact, 0.0)
    exponent = np.frexp(finite)[1].astype(np.int64) - 1
    lowest = 1 - of.bias if signed else -of.bias
    exponent = np.where(finite == 0, lowest, np.maximum(exponent, lowest))
    quotient = _rounded(np.ldexp(finite, of.mantissa - exponent), negative, mode)
    magnitude = ((exponent + of.bias - 1) << of.mantissa) + quotient.astype(np.int64)
    magnitude = np.where(finite == 0, 0, np.maximum(magnitude, 0))

    top = 1 << (of.width - 1) if signed else 1 << of.width
    infinity = top - (1 << of.mantissa)
    largest = {"IEEE": infinity - 1, "FN": top - 2, "E8M0": top - 2, "FNUZ": top - 1, "Finite": top - 1}[of.special]
    sign = np.where(negative & signed, top, 0)
    over = {"IEEE": infinity | sign, "FN": (top - 1) | sign, "E8M0": top - 1 + 0 * sign, "FNUZ": top + 0 * sign,
            "Finite": largest | sign}[of.special]
    inward = negative if mode == "ceil" else ~negative if mode == "floor" else np.full(np.shape(values), mode == "rtz")
    beyond = np.where(inward & np.isfinite(exact) | saturate, largest | sign, over)
    codes = np.where(np.isinf(exact) | (magnitude > largest), beyond, magnitude | sign)
    if of.special == "FNUZ":
        codes = np.where(codes == top, np.where(magnitude == 0, 0, codes), codes)
        codes = np.where(np.isinf(exact) | (magnitude > largest), beyond, codes)
    if not signed:
        codes = np.where(negative & (exact != 0), top - 1, codes)
    quiet = {"IEEE": infinity | 1 << max(of.mantissa - 1, 0), "FN": top - 1, "E8M0": top - 1, "FNUZ": top,
             "Finite": largest}[of.special]
    return np.where(np.isnan(values), quiet, codes).astype(np.int64)

"""Formats that exist nowhere but in our tests, by their definitions."""

import itertools

import ml_dtypes
import numpy as np

from case import NOVEL, Case, bit_stream, f16_scales
from hard import posit_value


def case(name, what, streams, want):
    return Case(name, what, streams, np.asarray(want, dtype=np.float32), f"{NOVEL}/{name}.mlir")


def ternary40(rng, n, groups):
    k = 40 * groups
    words = rng.integers(0, 256, (n, groups, 8)).astype(np.uint8)
    scales = np.resize(rng.permutation(256), (n, groups)).astype(np.uint8)
    order = rng.permutation(k)
    unit = np.float32(0.37)
    stored = np.zeros((n, groups, 40), dtype=np.float32)
    with np.errstate(all="ignore"):
        factor = scales.view(ml_dtypes.float8_e4m3fn).astype(np.float32) * unit
        for j, t in itertools.product(range(8), range(5)):
            stored[:, :, 5 * j + t] = (words[:, :, j].astype(np.int32) // 3**t % 3 - 1).astype(np.float32) * factor
    want = np.zeros((n, k), dtype=np.float32)
    want[:, order] = stored.reshape(n, k)
    streams = {"block": np.concatenate([words, scales[:, :, None]], axis=2), "order": order.astype(np.int32),
               "unit": np.array(unit)}
    return case("ternary40", f"{n} x {k}", streams, want)


def taper6(rng, rows, k):
    n = sum(rows)
    codes = np.resize(rng.permutation(64), (n, k))
    values = [posit_value(word, 6, 1) for word in range(64)]
    levels = np.array([np.nan if value is None else float(value) for value in values], dtype=np.float32)
    exponents = rng.integers(100, 150, (-(-n // 16), -(-k // 48))).astype(np.uint8)
    exponents.reshape(-1)[-1] = 255 if exponents.size > 2 else 0
    gain = np.array([1.5, -0.3], dtype=np.float32)
    with np.errstate(all="ignore"):
        scale = exponents.view(ml_dtypes.float8_e8m0fnu).astype(np.float32)
        spread = np.repeat(np.repeat(scale, 16, axis=0), 48, axis=1)[:n, :k]
        want = levels[codes] * (spread * np.repeat(gain, rows)[:, None])
    streams = {"codes": bit_stream(codes, 6, 8), "scale": exponents, "shards": np.array(rows, dtype=np.int32),
               "gain": gain}
    return case("taper6_b48", f"shards {rows}, K = {k}", streams, want)


def kept_vec4(rng, n, k):
    groups = -(-k // 48)
    vectors, signs = rng.integers(0, 32, (n, k // 4)), rng.integers(0, 8, (n, k // 4))
    scale_codes = rng.integers(0, 64, n * groups)
    scale_map = f16_scales(rng, 64, True)
    levels = np.array([[0.21, 0.60], [0.44, 1.0]], dtype=np.float32)
    want = np.zeros((n, k), dtype=np.float32)
    with np.errstate(all="ignore"):
        for row, column in itertools.product(range(n), range(k)):
            vector, sign = int(vectors[row, column // 4]), int(signs[row, column // 4])
            minus = [sign & 1, sign >> 1 & 1, sign >> 2 & 1]
            minus.append(sum(minus) % 2)
            scale = np.float32(scale_map[scale_codes[row * groups + column // 48]])
            value = scale * levels[vector >> 4, vector >> (column % 4) & 1]
            want[row, column] = value * np.float32(-1 if minus[column % 4] else 1)
    rows, cols = rng.integers(0, n, n), rng.integers(0, k, n)
    kept = rng.standard_normal(n).astype(np.float16)
    for p in range(n):
        want[rows[p], cols[p]] = kept[p]
    streams = {"codes": (vectors | signs << 5).astype(np.uint8), "scale_codes": bit_stream(scale_codes, 6, 8),
               "scale_map": scale_map, "kept_rows": rows.astype(np.int32), "kept_cols": cols.astype(np.int32),
               "kept": kept}
    return case("kept_vec4", f"{n} x {k}", streams, want)


def cases(rng, name):
    if name == "ternary40":
        yield ternary40(rng, 1, 1)
        yield ternary40(rng, 37, 7)
    if name == "taper6_b48":
        yield taper6(rng, (20, 13), 100)
        yield taper6(rng, (0, 1), 3)
        yield taper6(rng, (1, 0), 48)
    if name == "kept_vec4":
        yield kept_vec4(rng, 5, 100)
        yield kept_vec4(rng, 1, 4)

"""GGUF block types by PyPI's gguf, which other people wrote: dequantize, and quantize where it has it."""

import gguf
import numpy as np
from gguf import quants

from case import HARD, Case

TYPES = {name: gguf.GGMLQuantizationType[name.upper()] for name in (
    "q4_0", "q8_0", "q5_0", "q4_K", "q3_K", "q6_K", "iq4_nl", "iq2_xxs", "tq1_0", "mxfp4", "iq1_m")}
ENCODES = ("q4_0", "q8_0", "q5_0", "mxfp4", "tq1_0")
# Byte offsets of the f16 scales of a block; mxfp4 has a scale byte, iq1_m four nibbles (byte of each high nibble).
SCALES = {"q4_0": [0], "q8_0": [0], "q5_0": [0], "q4_K": [0, 2], "q3_K": [108], "q6_K": [208], "iq4_nl": [0],
          "iq2_xxs": [0], "tq1_0": [52], "mxfp4": [], "iq1_m": []}
SPECIALS = np.array([0x0000, 0x8000, 0x0001, 0x8001, 0x03FF, 0x0400, 0x3C00, 0xBC00, 0x7BFF, 0xFBFF, 0x7C00, 0xFC00,
                     0x7E00, 0xFE00, 0x2A66, 0xAA66], dtype="<u2")


def put_scales(blocks, name, scales):
    """Writes f16 bit patterns, one a block, over every scale of the block."""
    for offset in SCALES[name]:
        blocks[:, offset : offset + 2] = scales.astype("<u2").view(np.uint8).reshape(-1, 2)
    if name == "iq1_m":
        for nibble in range(4):
            top = ((scales >> (4 * nibble)) & 15).astype(np.uint8)
            blocks[:, 49 + 2 * nibble] = (blocks[:, 49 + 2 * nibble] & 15) | (top << 4)


def decoded(blocks, name, shape):
    with np.errstate(all="ignore"):
        return quants.dequantize(blocks, TYPES[name]).astype(np.float32).reshape(shape)


def case(rng, name, what, rows, blocks_a_row, scales):
    length, size = gguf.GGML_QUANT_SIZES[TYPES[name]]
    count = rows * blocks_a_row
    blocks = rng.integers(0, 256, (count, size), dtype=np.uint8)
    if scales == "special":
        put_scales(blocks, name, np.resize(SPECIALS, count))
    elif scales == "finite":
        put_scales(blocks, name, rng.standard_normal(count).astype("<f2").view("<u2"))
    elif scales == "exponents":  # a scale byte at 0: all of them, with every code
        blocks[:, 0] = np.arange(count)
        codes = np.arange(16, dtype=np.uint8)
        blocks[:, 1:] = codes | (codes[::-1] << 4)
    text = f"{HARD}/iq1_m.mlir" if name == "iq1_m" else ""
    return Case(name, what, {"block": blocks}, decoded(blocks, name, (rows, blocks_a_row * length)), text)


def one_bit(name):
    """A block a set bit, all scales 1 but where the bit lies in one: shows to which element each bit belongs."""
    length, size = gguf.GGML_QUANT_SIZES[TYPES[name]]
    count = 8 * size
    blocks = np.zeros((count, size), dtype=np.uint8)
    put_scales(blocks, name, np.full(count, 0x3C00))
    if name == "mxfp4":
        blocks[:, 0] = 128
    blocks[np.arange(count), np.arange(count) // 8] ^= (1 << (np.arange(count) % 8)).astype(np.uint8)
    text = f"{HARD}/iq1_m.mlir" if name == "iq1_m" else ""
    return Case(name, "one bit set", {"block": blocks}, decoded(blocks, name, (count, length)), text)


def cases(rng, name):
    yield case(rng, name, "random bytes", 5, 7, "raw")
    yield case(rng, name, "finite scales", 1, 3, "finite")
    yield case(rng, name, "special scales", 4, 8, "special")
    yield one_bit(name)
    if name == "mxfp4":
        yield case(rng, name, "every exponent", 16, 16, "exponents")


def awkward_weights(rng, name):
    """Rows that quantizers stumble over: ties, zeros, constants, outliers, ramps, tiny and huge."""
    length = gguf.GGML_QUANT_SIZES[TYPES[name]][0]
    k = 2 * length
    ramp = np.linspace(-1, 1, k, dtype=np.float32)
    rows = [rng.standard_normal(k), rng.standard_normal(k) * 1e-3 + 1, np.zeros(k), -np.zeros(k),
            np.ones(k), -np.ones(k),
            ramp, ramp * 3e4, ramp[::-1] * 1e-30, np.round(rng.standard_normal(k) * 8) / 8, rng.integers(-8, 9, k) / 2,
            np.where(np.arange(k) % length == 5, 100.0, rng.standard_normal(k)),
            np.where(np.arange(k) % length == 30, -100.0, rng.standard_normal(k)),
            np.where(np.arange(k) % 2, 1.0, -1.0), np.where(np.arange(k) == 7, 1.0, 0.0),
            rng.standard_normal(k) * np.exp2(rng.integers(-20, 14, k))]
    rows += [rng.standard_normal(k) * 10.0 ** e for e in range(-6, 5)]
    return np.stack(rows).astype(np.float32)


def away_from_log2_edge(w, length=32):
    """Nudges block maxima that lie a few ulp below a power of two, where float logarithms differ between libraries."""
    w = w.copy()
    blocks = w.reshape(-1, length)
    mantissa, _ = np.frexp(np.abs(blocks).max(axis=1))
    blocks[mantissa > 0.99999] *= np.float32(0.9)
    return w


def encoded(name, w):
    with np.errstate(all="ignore"):
        return {"block": quants.quantize(w, TYPES[name])}

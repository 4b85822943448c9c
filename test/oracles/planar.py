"""Checkpoints of GPTQ, AWQ, bitsandbytes and block FP8, built forward from known codes, scales and zeros."""

import ml_dtypes
import numpy as np

from case import Case, bit_stream, f16_scales, f32_scales

# The 16 levels of NF4 as bit patterns of float32.
NF4 = np.array([
    0xBF800000, 0xBF3239B1, 0xBF066B30, 0xBECA32A0, 0xBE91A24D, 0xBE3D353F, 0xBDBA7871, 0x00000000,
    0x3DA2FAFF, 0x3E24CAE3, 0x3E7C04DD, 0x3EAD033A, 0x3EE1A4B8, 0x3F1007AB, 0x3F3913B3, 0x3F800000,
], dtype=np.uint32).view(np.float32)
AWQ_ORDER = [0, 2, 4, 6, 1, 3, 5, 7]


def gptq(rng, bits, group, n, k, act_order=False, special=False):
    length = k if group == -1 else group
    groups = -(-k // length)
    codes = np.resize(rng.permutation(2**bits), (n, k)) if special else rng.integers(0, 2**bits, (n, k))
    zeros = rng.integers(1, 2**bits + 1, (groups, n))
    scales = f16_scales(rng, (groups, n), special)
    group_of = rng.permutation(np.arange(k) // length) if act_order else np.arange(k) // length
    streams = {
        "qweight": bit_stream(codes, bits, 32).T.copy(),
        "qzeros": bit_stream(zeros - 1, bits, 32),
        "scales": scales,
    }
    if act_order:
        streams["g_idx"] = group_of.astype(np.int32)
    with np.errstate(all="ignore"):
        want = scales.astype(np.float32)[group_of, :].T * (codes - zeros[group_of, :].T).astype(np.float32)
    what = f"{n} x {k}" + ", act-order" * act_order + ", special scales" * special
    return Case(f"w{bits}g{group}", what, streams, want)


def awq_words(codes, spare_code=0):
    rows, n = codes.shape
    padded = np.concatenate([codes, np.full((rows, -n % 8), spare_code)], axis=1).reshape(rows, -1, 8)
    words = np.zeros(padded.shape[:2], dtype=np.uint32)
    for nibble, column in enumerate(AWQ_ORDER):
        words |= padded[:, :, column].astype(np.uint32) << np.uint32(4 * nibble)
    return words


def awq(rng, n, k, special=False):
    groups = -(-k // 128)
    codes, zeros = rng.integers(0, 16, (k, n)), rng.integers(0, 16, (groups, n))
    scales = f16_scales(rng, (groups, n), special)
    with np.errstate(all="ignore"):
        spread = np.repeat(scales.astype(np.float32), 128, axis=0)[:k]
        want = ((codes - np.repeat(zeros, 128, axis=0)[:k]).astype(np.float32) * spread).T
    streams = {"qweight": awq_words(codes, 11), "qzeros": awq_words(zeros, 5), "scales": scales}
    return Case("awq", f"{n} x {k}" + ", special scales" * special, streams, want.copy())


def integers(values):
    """Nearest even, saturated to 16 bits, NaN to 0."""
    return np.clip(np.nan_to_num(np.rint(values), nan=0, posinf=1e9, neginf=-1e9), -32768, 32767).astype(np.int64)


def ranges(w, length):
    """Least and greatest weight, widened to hold zero, of each group along k: [G, N] each."""
    padded = np.zeros((w.shape[0], -(-w.shape[1] // length) * length), dtype=np.float32)
    padded[:, : w.shape[1]] = w
    grouped = padded.reshape(w.shape[0], -1, length)
    return np.minimum(grouped.min(axis=2), 0).T, np.maximum(grouped.max(axis=2), 0).T


def gptq_encoded(bits, group):
    """Encoder by the text's rule: the zero is 1 at least, where no weight is negative the step is one level wider."""
    top = 2**bits - 1

    def encoded(w):
        length = w.shape[1] if group == -1 else group
        lo, hi = ranges(w, length)
        with np.errstate(all="ignore"):
            scales = np.where(lo == 0, hi / np.float32(top - 1), (hi - lo) / np.float32(top)).astype(np.float16)
            wide = scales.astype(np.float32)
            zeros = np.clip(integers(-lo / wide), 1, top)
            spread, zero = (np.repeat(array, length, axis=0)[: w.shape[1]].T for array in (wide, zeros))
            codes = np.clip(integers(w / spread) + zero, 0, top)
        return {"qweight": bit_stream(codes, bits, 32, 0).T, "qzeros": bit_stream(zeros - 1, bits, 32, 0),
                "scales": scales}

    return encoded


def awq_encoded(w):
    lo, hi = ranges(w, 128)
    with np.errstate(all="ignore"):
        scales = np.maximum((hi - lo) / np.float32(15), np.float32(1e-5)).astype(np.float16)
        wide = scales.astype(np.float32)
        zeros = np.clip(integers(-lo / wide), 0, 15)
        spread, zero = (np.repeat(array, 128, axis=0)[: w.shape[1]].T for array in (wide, zeros))
        codes = np.clip(integers(w / spread) + zero, 0, 15)
    return {"qweight": awq_words(codes.T), "qzeros": awq_words(zeros), "scales": scales}


def nf4(rng, n, k, special=False):
    count = n * k
    blocks = -(-count // 64)
    codes = rng.integers(0, 16, count)
    absmax = rng.integers(0, 256, blocks)
    table = f32_scales(rng, 256, special)
    nested = f32_scales(rng, -(-blocks // 256), special)
    offset = np.float32(0.7)
    with np.errstate(all="ignore"):
        table *= np.float32(40)
        scales = table[absmax] * nested[np.arange(blocks) // 256] + offset
        want = NF4[codes] * scales[np.arange(count) // 64]
    padded = np.concatenate([codes, np.full(count % 2, 9)]).reshape(-1, 2)
    streams = {
        "weight": (padded[:, 0] << 4 | padded[:, 1]).astype(np.uint8), "absmax": absmax.astype(np.uint8),
        "nested_absmax": nested, "nested_quant_map": table, "nested_offset": np.array(offset),
    }
    return Case("nf4", f"{n} x {k}" + ", special scales" * special, streams, want.reshape(n, k))


def nf4_encoded(w):
    """The codes: how many midpoints of neighbouring levels x / absmax exceeds, so that ties go to the lower level."""
    flat = np.concatenate([w.reshape(-1), np.zeros(-w.size % 64, dtype=np.float32)]).reshape(-1, 64)
    largest = np.abs(flat).max(axis=1, keepdims=True)
    ratio = np.divide(flat, largest, out=np.zeros_like(flat), where=largest != 0).reshape(-1)[: w.size]
    codes = (ratio[:, None] > (NF4[:-1] + NF4[1:]) * np.float32(0.5)).sum(axis=1)
    padded = np.concatenate([codes, np.zeros(w.size % 2, dtype=codes.dtype)]).reshape(-1, 2)
    return {"weight": (padded[:, 0] << 4 | padded[:, 1]).astype(np.uint8)}


def nf4_map():
    """The signed dynamic map: 2^i midpoints of 2^i + 1 points in [0.1, 1] times 10^(i - 6), both signs, 0 and 1."""
    magnitudes = []
    for i in range(7):
        points = np.linspace(0.1, 1, 2**i + 1)
        magnitudes += list((points[:-1] + points[1:]) / 2 * 10.0 ** (i - 6))
    return {"nested_quant_map": np.array(sorted([-m for m in magnitudes] + magnitudes + [0.0, 1.0]))}


def fp8(rng, n, k, special=False):
    codes = np.resize(rng.permutation(256), (n, k)) if n * k >= 256 else rng.integers(0, 256, (n, k))
    codes = codes.astype(np.uint8)
    scales = f32_scales(rng, (-(-n // 128), -(-k // 128)), special)
    with np.errstate(all="ignore"):
        spread = np.repeat(np.repeat(scales, 128, axis=0), 128, axis=1)[:n, :k]
        want = codes.view(ml_dtypes.float8_e4m3fn).astype(np.float32) * spread
    return Case("fp8_e4m3_b128", f"{n} x {k}" + ", special scales" * special, {"weight": codes, "scale": scales}, want)


def fp8_encoded(w):
    n, k = w.shape
    scales = np.zeros((-(-n // 128), -(-k // 128)), dtype=np.float32)
    codes = np.zeros((n, k), dtype=np.uint8)
    for r in range(scales.shape[0]):
        for c in range(scales.shape[1]):
            here = np.s_[128 * r : 128 * r + 128, 128 * c : 128 * c + 128]
            scale = np.abs(w[here]).max() / np.float32(448)
            scales[r, c] = scale
            if scale:
                scaled = np.clip(w[here] / scale, -448, 448).astype(np.float32)
                codes[here] = scaled.astype(ml_dtypes.float8_e4m3fn).view(np.uint8)
    return {"weight": codes, "scale": scales}


def cases(rng, name):
    if name == "gptq":
        for bits, group, n, k in ((4, 128, 8, 256), (3, 128, 5, 256), (2, 64, 16, 128), (8, 32, 1, 96), (4, -1, 7, 104),
                                  (5, 16, 3, 33), (6, 40, 9, 100), (7, 128, 1, 1), (3, -1, 33, 70),
                                  (3, 32, 33, 70)):
            yield gptq(rng, bits, group, n, k)
            yield gptq(rng, bits, group, n, k, act_order=True, special=True)
    for n, k, special in ((8, 256, False), (16, 128, True), (1, 130, False), (13, 257, True)):
        if name == "awq":
            yield awq(rng, n, k, special)
        if name == "fp8_e4m3_b128":
            yield fp8(rng, n, k, special)
    if name == "fp8_e4m3_b128":
        yield fp8(rng, 200, 300, True)
    if name == "nf4":
        for n, k, special in ((4, 64, False), (3, 33, True), (1, 1, False), (130, 129, False), (7, 100, True)):
            yield nf4(rng, n, k, special)

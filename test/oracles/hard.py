"""Hard layouts, built forward from known codes by the loops that their authors' packers run."""

from fractions import Fraction

import ml_dtypes
import numpy as np

from case import HARD, Case, bit_stream, f16_scales


def case(name, what, streams, want):
    return Case(name, what, streams, np.asarray(want, dtype=np.float32), f"{HARD}/{name}.mlir")


def aqlm(rng, rows, k, special):
    n = sum(rows)
    codes = rng.integers(0, 256, (n, k // 8, 2))
    codebooks = f16_scales(rng, (6, 256, 1, 8), False)
    scales = f16_scales(rng, (n, 1, 1, 1), special)
    want = np.zeros((n, k), dtype=np.float32)
    shard_of = np.repeat(np.arange(3), rows)
    with np.errstate(all="ignore"):
        for row in range(n):
            for j in range(k // 8):
                pair = [codebooks[2 * shard_of[row] + m, codes[row, j, m], 0].astype(np.float32) for m in range(2)]
                want[row, 8 * j : 8 * j + 8] = scales.astype(np.float32)[row, 0, 0, 0] * (pair[0] + pair[1])
    streams = {"shards": np.array(rows, dtype=np.int32), "codes": codes.astype(np.uint8), "codebooks": codebooks,
               "scales": scales}
    return case("aqlm_2x8", f"shards {rows}, K = {k}", streams, want)


def hqq(rng, n, k, special):
    groups = n * k // 64
    step = -(-groups // 10)
    codes = rng.integers(0, 8, (groups, 64))
    padded = np.concatenate([codes, rng.integers(0, 8, (10 * step - groups, 64))]).astype(np.uint32)
    words = np.full((step, 64), rng.integers(0, 4) << 30, dtype=np.uint32)
    for block in range(10):
        words |= padded[block * step : (block + 1) * step] << np.uint32(27 - 3 * block)
    scale, zero = f16_scales(rng, groups, special), (rng.standard_normal(groups) * 4).astype(np.float16)
    with np.errstate(all="ignore"):
        want = (codes.astype(np.float32) - zero.astype(np.float32)[:, None]) * scale.astype(np.float32)[:, None]
    return case("hqq_3bit", f"{n} x {k}", {"W_q": words, "scale": scale, "zero": zero}, want.reshape(n, k))


def reordered_metadata(meta):
    """CUTLASS' order of 16-bit metadata [N, K/16], element by element."""
    n, columns = meta.shape
    out = np.zeros(n * columns, dtype=np.uint16)
    for r in range(n):
        for c in range(columns):
            row = (r // 64) * 64 + (r % 2) * 2 + (r % 8) // 4 + ((r % 4) // 2) * 32 + ((r % 64) // 8) * 4
            column = c
            if row % 2 == 0 and column % 2 == 1:
                row, column = row + 1, column - 1
            elif row % 2 == 1 and column % 2 == 0:
                row, column = row - 1, column + 1
            out[(column // 2) * 2 * n + row * 2 + column % 2] = meta[r, c]
    return out.reshape(columns // 2, 2 * n)


def marlin_24_words(codes):
    """Codes [N, K/2] into fragment order: tile rows of 16 compressed columns, 32 lanes, 4 words, 8 nibbles."""
    n, half = codes.shape
    words = np.zeros((half // 16, 2 * n), dtype=np.uint32)
    for tile in range(half // 16):
        for block in range(n // 64):
            for lane in range(32):
                for j in range(4):
                    word = 0
                    for i in range(8):
                        column = 16 * tile + 2 * (lane % 4) + [0, 8, 0, 8, 1, 9, 1, 9][i]
                        row = 64 * block + 16 * (lane // 8) + 8 * ((lane // 4) % 2) + j
                        row += 4 * [0, 0, 1, 1, 0, 0, 1, 1][i]
                        word |= int(codes[row, column]) << (4 * i)
                    words[tile, block * 128 + lane * 4 + j] = word
    return words


def marlin_24(rng, n, k, special):
    pairs = [(0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3)]
    chosen = rng.integers(0, 6, (n, k // 4))
    codes = rng.integers(0, 16, (n, k // 2))
    scales = f16_scales(rng, (k // 128, n), special)
    want = np.zeros((n, k), dtype=np.float32)
    meta = np.zeros((n, k // 16), dtype=np.uint16)
    with np.errstate(all="ignore"):
        for row in range(n):
            for quad in range(k // 4):
                first, second = pairs[chosen[row, quad]]
                meta[row, quad // 4] |= (first | second << 2) << (4 * (quad % 4))
                for place, t in enumerate((first, second)):
                    scale = np.float32(scales[(4 * quad) // 128, row])
                    want[row, 4 * quad + t] = scale * np.float32(int(codes[row, 2 * quad + place]) - 8)
    stored = scales
    if k > 128:
        stored = scales.reshape(-1, 8)[:, [0, 4, 1, 5, 2, 6, 3, 7]].reshape(scales.shape)
    streams = {"B_24": marlin_24_words(codes), "B_meta": reordered_metadata(meta), "s": stored.copy()}
    return case("marlin_24", f"{n} x {k}", streams, want)


def claq(rng, n, widths, kept):
    k = sum(widths)
    order = rng.permutation(k)
    bits = np.repeat([2, 3, 4], widths)
    codebook = f16_scales(rng, (k, 16), True)
    stored = np.zeros((n, k), dtype=np.float32)
    packed = {2: [], 3: [], 4: []}
    for column in range(k):
        codes = rng.integers(0, 2 ** bits[column], n)
        packed[bits[column]].append(bit_stream(codes, bits[column], 8))
        stored[:, column] = codebook[column].astype(np.float32)[codes]
    rows, cols = rng.integers(0, n, kept), rng.integers(0, k, kept)
    values = rng.standard_normal(kept).astype(np.float16)
    for p in range(kept):  # places may repeat: the last one stays
        stored[rows[p], cols[p]] = values[p]
    want = np.zeros_like(stored)
    for column in range(k):
        want[:, order[column]] = stored[:, column]
    streams = {"order": order.astype(np.int32), "widths": np.array(widths, dtype=np.int32), "codebook": codebook,
               "kept_rows": rows.astype(np.int32), "kept_cols": cols.astype(np.int32), "kept": values}
    for width in packed:
        streams[f"codes{width}"] = np.array(packed[width], dtype=np.uint8)
    return case("claq", f"{n} rows, widths {widths}, {kept} kept", streams, want)


def posit_value(word, bits, es):
    """Exact value of a posit by its definition, None for NaR."""
    if word == 0:
        return Fraction(0)
    if word == 1 << (bits - 1):
        return None
    negative = word >> (bits - 1)
    if negative:
        word = (1 << bits) - word
    text = format(word, f"0{bits}b")[1:]
    run = len(text) - len(text.lstrip(text[0]))
    regime = run - 1 if text[0] == "1" else -run
    rest = text[run + 1 :]
    exponent = int((rest[:es] + "0" * es)[:es] or "0", 2)
    fraction = rest[es:]
    value = Fraction(2) ** (regime * 2**es + exponent) * (1 + Fraction(int(fraction or "0", 2), 2 ** len(fraction)))
    return -value if negative else value


def posit_encoded(value, bits, es):
    """Nearest even on the bit string regime, exponent, fraction; never to zero or NaR."""
    if not np.isfinite(value):
        return 1 << (bits - 1)
    if value == 0:
        return 0
    exact = abs(Fraction(float(value)))
    scale = exact.numerator.bit_length() - exact.denominator.bit_length()
    scale -= Fraction(2) ** scale > exact
    regime, exponent = scale >> es, scale & ((1 << es) - 1)
    text = "1" * (regime + 1) + "0" if regime >= 0 else "0" * -regime + "1"
    text += format(exponent, f"0{es}b") if es else ""
    fraction = exact / Fraction(2) ** scale - 1
    for _ in range(bits + 30):
        fraction *= 2
        text += "1" if fraction >= 1 else "0"
        fraction -= fraction >= 1
    keep = bits - 1
    code = int(text[:keep], 2)
    above_half = "1" in text[keep + 1 :] or fraction > 0
    code += text[keep] == "1" and (above_half or code & 1)
    code = min(max(code, 1), (1 << keep) - 1)
    return (1 << bits) - code if value < 0 else code


def posit16(rng):
    words = rng.permutation(65536).astype(np.uint16).reshape(128, 512)
    values = [posit_value(int(word), 16, 1) for word in words.reshape(-1)]
    want = np.array([np.nan if value is None else float(value) for value in values]).reshape(words.shape)
    return case("posit16_1", "every word", {"weight": words}, want)


def posit16_encoded(w):
    return {"weight": np.array([posit_encoded(v, 16, 1) for v in w.reshape(-1)], dtype=np.uint16).reshape(w.shape)}


def qqq(rng, n, k):
    codes = rng.integers(0, 16, (n, k))
    group = (rng.random((k // 128, n)) * 15).astype(np.float16)
    channel = (rng.standard_normal(n) * 0.01).astype(np.float32)
    words = np.zeros((k // 16, 2 * n), dtype=np.uint32)
    for tile in range(k // 16):
        for block in range(n // 64):
            for lane in range(32):
                for j in range(4):
                    for i in range(8):
                        column = 16 * tile + 4 * (lane % 4) + [0, 2, 0, 2, 1, 3, 1, 3][i]
                        row = 64 * block + 16 * j + lane // 4 + [0, 0, 8, 8, 0, 0, 8, 8][i]
                        words[tile, block * 128 + lane * 4 + j] |= np.uint32(int(codes[row, column]) << (4 * i))
    integers = np.rint((codes - 8) * np.repeat(group.astype(np.float64).T, 128, axis=1))
    assert np.abs(integers).max() <= 127
    want = integers.astype(np.int8).astype(np.float32) * channel[:, None]
    grouped = [p // 8 + 8 * (p % 8) for p in range(64)]
    single = [2 * (p // 8) + 8 * ((p % 8) // 2) + p % 2 for p in range(32)]
    streams = {"B": words, "s_channel": channel.reshape(-1, 32)[:, single].reshape(1, n),
               "s_group": group.reshape(-1, 64)[:, grouped].reshape(k // 128, n)}
    return case("qqq_g128", f"{n} x {k}", streams, want)


def mxfp4_ocp(rng, n, k):
    codes = rng.integers(0, 16, (n, k)).astype(np.uint8)
    groups = -(-k // 32)
    exponents = np.resize(rng.permutation(256), (n, groups)).astype(np.uint8)
    with np.errstate(all="ignore"):
        spread = np.repeat(exponents.view(ml_dtypes.float8_e8m0fnu).astype(np.float32), 32, axis=1)[:, :k]
        want = codes.view(ml_dtypes.float4_e2m1fn).astype(np.float32) * spread
    streams = {"weight": codes[:, 0::2] | codes[:, 1::2] << 4, "scale": exponents}
    return case("mxfp4_ocp", f"{n} x {k}", streams, want)


def mxfp4_ocp_encoded(w):
    n, k = w.shape
    groups = -(-k // 32)
    padded = np.zeros((n, groups * 32), dtype=np.float32)
    padded[:, :k] = w
    largest = np.abs(padded.reshape(n, groups, 32)).max(axis=2)
    exponent = np.clip(np.frexp(largest)[1] - 1 - 2, -127, 127)
    exponent[largest == 0] = -127
    scaled = np.clip(padded.reshape(n, groups, 32) / np.exp2(exponent.astype(np.float64))[:, :, None], -6, 6)
    codes = scaled.astype(np.float32).astype(ml_dtypes.float4_e2m1fn).view(np.uint8).reshape(n, -1)[:, :k] & 15
    return {"weight": codes[:, 0::2] | codes[:, 1::2] << 4, "scale": (exponent + 127).astype(np.uint8)}


def cases(rng, name):
    if name == "aqlm_2x8":
        yield aqlm(rng, (2, 3, 4), 16, False)
        yield aqlm(rng, (5, 0, 1), 64, True)
        yield aqlm(rng, (0, 0, 1), 8, True)
    if name == "hqq_3bit":
        for n, k, special in ((12, 64, False), (5, 128, True), (1, 64, False), (64, 33, True), (23, 64, True)):
            yield hqq(rng, n, k, special)
    if name == "marlin_24":
        yield marlin_24(rng, 64, 128, False)
        yield marlin_24(rng, 128, 256, True)
    if name == "claq":
        yield claq(rng, 9, (3, 2, 4), 5)
        yield claq(rng, 1, (1, 0, 2), 0)
        yield claq(rng, 16, (0, 8, 8), 12)
    if name == "posit16_1":
        yield posit16(rng)
    if name == "qqq_g128":
        yield qqq(rng, 64, 128)
        yield qqq(rng, 128, 256)
    if name == "mxfp4_ocp":
        yield mxfp4_ocp(rng, 16, 512)
        yield mxfp4_ocp(rng, 1, 2)
        yield mxfp4_ocp(rng, 7, 70)

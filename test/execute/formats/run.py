#!/usr/bin/env python3
"""Decodes and encodes every format with quoin-format and compares with the oracles in test/oracles.

    run.py QUOIN_FORMAT [decode|encode] [FORMAT...]      all formats unless some are named

Decode: streams with every code and every special scale, written as raw bytes; the result must have the oracle's bits
(NaN as NaN, signed zeros as they are). Encode: the same bytes as the oracle's quantizer where there is one; elsewhere
the error stays below the format's bound, and encoding the decoded weights changes nothing or next to nothing.
"""

import dataclasses
import pathlib
import subprocess
import sys
import tempfile
import typing

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "oracles"))
import blocks  # noqa: E402
import hard  # noqa: E402
import novel  # noqa: E402
import planar  # noqa: E402
from case import HARD, NOVEL, ROOT, sqnr  # noqa: E402

DECODES = {name: blocks.cases for name in blocks.TYPES}
DECODES |= {name: planar.cases for name in ("gptq", "awq", "nf4", "fp8_e4m3_b128")}
DECODES |= {name: hard.cases for name in (
    "aqlm_2x8", "hqq_3bit", "marlin_24", "claq", "posit16_1", "qqq_g128", "mxfp4_ocp")}
DECODES |= {name: novel.cases for name in ("ternary40", "taper6_b48", "kept_vec4")}


@dataclasses.dataclass
class Encode:
    """How a format's encoder is judged on matrices of `shapes`."""

    streams: str  # names, separated by blanks
    shapes: list
    floor: float = -np.inf  # least SQNR in dB on normal weights
    again: float = np.inf  # least SQNR of encoding the decoded weights once more; inf: they do not change
    text: str = ""
    oracle: typing.Callable | None = None  # bytes of streams that must come out, by name, of W
    near: typing.Callable | None = None  # f32 streams that must come out within a few ulp


GPTQ = "qweight qzeros scales"
NF4 = "weight absmax nested_absmax nested_quant_map nested_offset"
# Floors: what the rule reaches on these weights less about a dB; one wrong bit or a lost scale costs far more.
ENCODES = {
    "q4_0": Encode("block", [(3, 64)]),
    "q8_0": Encode("block", [(3, 64)]),
    "q5_0": Encode("block", [(3, 64)]),
    "mxfp4": Encode("block", [(3, 64)]),
    "tq1_0": Encode("block", [(3, 512)]),
    "q4_K": Encode("block", [(4, 512), (1, 256)], 21, 60),
    "q3_K": Encode("block", [(4, 512), (1, 256)], 14.5, 60),
    "q6_K": Encode("block", [(4, 512), (1, 256)], 33.5, 60),
    "iq4_nl": Encode("block", [(4, 512), (1, 32)], 21, 60),
    "iq2_xxs": Encode("block", [(2, 256)], 8, 60),
    "w4g128": Encode(GPTQ, [(8, 256), (1, 130), (5, 7)], 18.5, 60, oracle=planar.gptq_encoded(4, 128)),
    "w3g128": Encode(GPTQ, [(8, 256), (3, 33)], 12, 60, oracle=planar.gptq_encoded(3, 128)),
    "W2G64": Encode(GPTQ, [(16, 128)], 6, 60, oracle=planar.gptq_encoded(2, 64)),
    "w8g32": Encode(GPTQ, [(4, 96)], 45.5, 60, oracle=planar.gptq_encoded(8, 32)),
    "W4G-1": Encode(GPTQ, [(6, 300), (1, 1)], 17.5, 60, oracle=planar.gptq_encoded(4, -1)),
    "w5g40": Encode(GPTQ, [(6, 300)], 27, 60, oracle=planar.gptq_encoded(5, 40)),
    "awq": Encode(GPTQ, [(8, 256), (1, 130), (11, 7)], 18.5, 60, oracle=planar.awq_encoded),
    "nf4": Encode(NF4, [(8, 256), (3, 33), (1, 1)], 19.5, 45, oracle=planar.nf4_encoded, near=planar.nf4_map),
    "fp8_e4m3_b128": Encode("weight scale", [(8, 256), (130, 200), (1, 1)], 30.5, 60, oracle=planar.fp8_encoded),
}
HARD_ENCODES = {
    "iq1_m": Encode("block", [(1, 256)], 5.5, 24),
    "aqlm_2x8": Encode("shards codes codebooks scales", [(7, 64), (1, 8)], 8, 25),
    "hqq_3bit": Encode("W_q scale zero", [(12, 64), (3, 128), (64, 33)], 12, 60),
    "marlin_24": Encode("B_24 B_meta s", [(64, 128), (64, 256)], 8, 60),
    "posit16_1": Encode("weight", [(8, 100), (1, 1)], 75, oracle=hard.posit16_encoded),
    "qqq_g128": Encode("B s_channel s_group", [(64, 128), (128, 256)], 18, 22),
    "mxfp4_ocp": Encode("weight scale", [(8, 256), (3, 34), (1, 2)], 18, 60, oracle=hard.mxfp4_ocp_encoded),
}
NOVEL_ENCODES = {
    "ternary40": Encode("block order unit", [(5, 120), (1, 40)], 2.5, 60),
    "taper6_b48": Encode("codes scale shards gain", [(33, 100), (1, 3)], 24.5, 60),
    "kept_vec4": Encode("codes scale_codes scale_map kept_rows kept_cols kept", [(5, 100), (1, 4)], 7, 20),
}
for folder, group in ((HARD, HARD_ENCODES), (NOVEL, NOVEL_ENCODES)):
    for name, rule in group.items():
        rule.text = f"{folder}/{name}.mlir"
ENCODES |= HARD_ENCODES | NOVEL_ENCODES


class Failure(Exception):
    pass


def run(command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise Failure(f"exit {done.returncode}: {' '.join(map(str, command))}\n{done.stderr.strip()}")


def decode(tool, name, text, shape, streams):
    """W as quoin-format decodes it from arrays by stream name."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        command = [tool, "decode", f"@{name}", *text, f"--shape={shape[0]},{shape[1]}", "-o", folder / "W.npy"]
        for stream, array in streams.items():
            path = folder / f"{stream}.bin"
            path.write_bytes(np.ascontiguousarray(array).tobytes())
            command += ["--in", f"{stream}={path}"]
        run(command)
        return np.load(folder / "W.npy")


def encode(tool, name, rule, w):
    """Bytes of each stream as quoin-format encodes W."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        np.save(folder / "W.npy", w)
        text = [ROOT / rule.text] if rule.text else []
        command = [tool, "encode", f"@{name}", *text, "--in", folder / "W.npy"]
        for stream in rule.streams.split():
            command += ["--out", f"{stream}={folder / stream}.bin"]
        run(command)
        return {stream: np.fromfile(folder / f"{stream}.bin", dtype=np.uint8) for stream in rule.streams.split()}


def expect_bits(want, got):
    """Bitwise equality of f32 matrices, any NaN for any NaN."""
    if got.dtype != np.float32 or got.shape != want.shape:
        raise Failure(f"got {got.dtype} {got.shape}, want float32 {want.shape}")
    differ = (want.view(np.uint32) != got.view(np.uint32)) & ~(np.isnan(want) & np.isnan(got))
    if differ.any():
        n, k = np.argwhere(differ)[0]
        raise Failure(f"{differ.sum()} of {differ.size} differ, first ({n}, {k}): "
                      f"got {got[n, k]!r}, want {want[n, k]!r}")


def expect_bytes(want, got):
    for stream, array in want.items():
        bytes_wanted = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
        if bytes_wanted.size != got[stream].size:
            raise Failure(f'stream "{stream}" has {got[stream].size} bytes, want {bytes_wanted.size}')
        differ = np.flatnonzero(bytes_wanted != got[stream])
        if differ.size:
            at = differ[0]
            raise Failure(f'stream "{stream}": {differ.size} of {bytes_wanted.size} bytes differ, first {at}: '
                          f"got {got[stream][at]}, want {bytes_wanted[at]}")


def expect_near(want, got):
    for stream, array in want.items():
        found = got[stream].view(np.float32)
        if not np.allclose(found, array, rtol=1e-6, atol=0):
            at = np.argmax(~np.isclose(found, array, rtol=1e-6, atol=0))
            raise Failure(f'stream "{stream}": element {at} is {found[at]!r}, want {array[at]!r}')


def expect_floor(what, value, floor):
    if not value >= floor:
        raise Failure(f"{what} is {value:.2f} dB, want at least {floor} dB")


def decode_checks(tool, name):
    for case in DECODES[name](np.random.default_rng(7), name):
        def check(case=case):
            expect_bits(case.want, decode(tool, case.format, case.file, case.shape, case.streams))
        yield f"decode {case.format} {case.what}", check


def exact_checks(tool, name, rule):
    def check():
        rng = np.random.default_rng(11)
        w = blocks.awkward_weights(rng, name)
        if name == "mxfp4":
            w = blocks.away_from_log2_edge(w)
        expect_bytes(blocks.encoded(name, w), encode(tool, name, rule, w))
    yield f"encode {name} awkward rows, byte for byte", check


def normal_weights(rng, shape):
    """Normal weights whose rows differ in size, one of them ten times larger in one place."""
    w = rng.standard_normal(shape) * np.exp2(rng.integers(-3, 3, (shape[0], 1)))
    if len(w) > 2:  # groups of one sign
        w[0], w[1] = np.abs(w[0]), -np.abs(w[1])
    return w.astype(np.float32)


def awkward_weights(rng, k):
    """Rows that roundings stumble over: ties, zeros, constants, outliers, the tiny and the huge."""
    ramp = np.linspace(-1, 1, k)
    rows = [np.zeros(k), np.ones(k), -np.ones(k), ramp, ramp * 3e4, ramp * 1e-6, rng.integers(-16, 17, k) / 16,
            np.where(np.arange(k) == k // 2, 1000.0, rng.standard_normal(k)),
            rng.standard_normal(k) * np.exp2(rng.integers(-20, 14, k)), np.exp2(rng.integers(-40, 40, k))]
    return np.stack(rows).astype(np.float32)


def round_trip(tool, name, rule, w):
    streams = encode(tool, name, rule, w)
    return streams, decode(tool, name, [ROOT / rule.text] if rule.text else [], w.shape, streams)


def bounded_checks(tool, name, rule, report):
    for shape in rule.shapes:
        def check(shape=shape):
            w = normal_weights(np.random.default_rng(13), shape)
            streams, first = round_trip(tool, name, rule, w)
            if rule.oracle:
                expect_bytes(rule.oracle(w), streams)
            if rule.near:
                expect_near(rule.near(), streams)
            second = round_trip(tool, name, rule, first)[1]
            found, again = sqnr(w, first), sqnr(first, second)
            report(f"{found:.2f} dB, again {again:.2f} dB")
            if w.size >= 256:
                expect_floor("the error", found, rule.floor)
                expect_floor("the change of a second encoding", again, rule.again)
            if rule.again == np.inf:
                expect_bits(first, second)
        yield f"encode {name} {shape[0]} x {shape[1]}", check

    def awkward():
        w = awkward_weights(np.random.default_rng(17), rule.shapes[0][1])
        expect_bytes(rule.oracle(w), encode(tool, name, rule, w))
    if rule.oracle:
        yield f"encode {name} awkward rows, byte for byte", awkward

    def special():
        w = np.zeros(rule.shapes[0], dtype=np.float32)
        if not np.array_equal(round_trip(tool, name, rule, w)[1], w):
            raise Failure("zeros do not decode to zeros")
        w[:, ::3] = 1
        w[0, -1] = -1000
        if not np.isfinite(round_trip(tool, name, rule, w)[1]).all():
            raise Failure("finite weights do not decode to finite ones")
    yield f"encode {name} zeros and outliers", special


def encode_checks(tool, name, report):
    rule = ENCODES[name]
    exact = name in blocks.ENCODES
    return exact_checks(tool, name, rule) if exact else bounded_checks(tool, name, rule, report)


def checks(tool, what, names, report):
    for name in DECODES if what != "encode" else ():
        if not names or name in names:
            yield from decode_checks(tool, name)
    for name in ENCODES if what != "decode" else ():
        if not names or name in names:
            yield from encode_checks(tool, name, report)


def main():
    arguments = sys.argv[1:]
    if not arguments:
        sys.exit(__doc__)
    tool = str(pathlib.Path(arguments.pop(0)).resolve())
    what = arguments.pop(0) if arguments and arguments[0] in ("decode", "encode") else ""
    unknown = [name for name in arguments if name not in DECODES and name not in ENCODES]
    if unknown:
        sys.exit(f'"{unknown[0]}" is not one of {", ".join(dict.fromkeys([*DECODES, *ENCODES]))}')
    passed = failed = 0
    notes = []
    for title, check in checks(tool, what, arguments, notes.append):
        notes.clear()
        try:
            check()
            passed += 1
            print(f"ok   {title}", *notes, flush=True)
        except Failure as failure:
            failed += 1
            print(f"FAIL {title}: {failure}", *notes, flush=True)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()

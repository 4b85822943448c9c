"""Multiplies with weights whose optional order of groups is absent, given as its default, or shuffled.

act_order.py QUOIN_RUN BUNDLE FOLDER: prints what becomes of Y, or the error. Shuffled scales and shuffled zero points are tried apart:
the one is constant where the other is not.
"""

import pathlib
import subprocess
import sys

import numpy

tool, bundle, folder = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
folder.mkdir(parents=True, exist_ok=True)
rng = numpy.random.default_rng(1)
N, K, GROUP = 16, 256, 128
words = lambda rows, columns: rng.integers(0, 2**32, (rows, columns), dtype=numpy.uint32)
numpy.save(folder / "x.npy", rng.normal(size=(4, K)).astype(numpy.float32))
default = (numpy.arange(K) // GROUP).astype(numpy.int32)
codes, scales = words(4 * K // 32, N), rng.normal(size=(K // GROUP, N)).astype(numpy.float16)
zeros = words(1, 4 * N // 32)
zeros = numpy.concatenate([zeros, ~zeros])  # every row of W has another zero point in each group


def product(scales, zeros, order, command="run"):
    """Y, or the sentence of the error; of pack, the sentence alone."""
    streams = {"qweight": codes, "qzeros": zeros, "scales": scales} | ({} if order is None else {"g_idx": order})
    words = [tool, command, bundle, "@matmul_w4g128_int8_32", f"--shape={N},{K}", "-o", folder / "y.npy"]
    words += [f"--x={folder / 'x.npy'}"] if command == "run" else []
    for name, values in streams.items():
        values.tofile(folder / name)
        words += ["--weights", f"{name}={folder / name}"]
    (folder / "y.npy").unlink(missing_ok=True)
    done = subprocess.run(words, stderr=subprocess.PIPE, text=True)
    if done.returncode and not (folder / "y.npy").exists():
        return done.stderr.strip()
    return numpy.load(folder / "y.npy") if command == "run" else "packed"


absent = product(scales, zeros, None)
print("absent:", "finite" if numpy.isfinite(absent).all() else "not finite")
print("default:", "the same" if (product(scales, zeros, default) == absent).all() else "another")
shuffled = rng.permutation(default)
for name, one in (("scales", (scales, numpy.repeat(zeros[:1], 2, 0))), ("zeros", (numpy.repeat(scales[:1], 2, 0), zeros))):
    for command in ("run", "pack"):
        print(f"{command} of shuffled {name}:", product(*one, shuffled, command))
# Scales that are NaN in every group differ in what says nothing.
nan = numpy.repeat(numpy.array([[0x7E00], [0x7E01]], numpy.uint16), N, 1).view(numpy.float16)
for command in ("run", "pack"):
    made = product(nan, numpy.repeat(zeros[:1], 2, 0), shuffled, command)
    print(f"{command} of shuffled NaN:", made if isinstance(made, str) else "NaN" if numpy.isnan(made).all() else "not NaN")

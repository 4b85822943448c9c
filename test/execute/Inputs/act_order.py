"""Multiplies with weights whose optional order of groups is absent, given as its default, or shuffled.

act_order.py QUOIN_RUN BUNDLE FOLDER: prints what becomes of Y. Shuffled scales and shuffled zero points are tried apart:
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


def product(scales, zeros, order):
    streams = {"qweight": codes, "qzeros": zeros, "scales": scales} | ({} if order is None else {"g_idx": order})
    command = [tool, "run", bundle, "@matmul_w4g128_int8_32", f"--shape={N},{K}", f"--x={folder / 'x.npy'}", "-o", folder / "y.npy"]
    for name, values in streams.items():
        values.tofile(folder / name)
        command += ["--weights", f"{name}={folder / name}"]
    subprocess.run(command, check=True)
    return numpy.load(folder / "y.npy")


absent = product(scales, zeros, None)
print("absent:", "finite" if numpy.isfinite(absent).all() else "not finite")
print("default:", "the same" if (product(scales, zeros, default) == absent).all() else "another")
shuffled = rng.permutation(default)
for name, one in (("scales", (scales, numpy.repeat(zeros[:1], 2, 0))), ("zeros", (numpy.repeat(scales[:1], 2, 0), zeros))):
    y = product(*one, shuffled)
    print(f"shuffled {name}:", "NaN" if numpy.isnan(y).all() else "numbers")

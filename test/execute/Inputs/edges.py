"""edges.py STEM TEXT: kernels at stored words that random ones do not hit: the product with the unit matrix is W, bit for
bit, for f32, and nearly so for int8, where W is what a reading of the text gives."""

import subprocess, sys
import numpy as np

stem, text = sys.argv[1:]
LEAST = -(2**31)
rows, columns = 4, 32
words = np.resize(np.array([LEAST, LEAST + 1, -1, 0, 1, 2**31 - 1, 0x12345678, -3, 1000003], "i8"), (rows, columns))
group = np.array([[LEAST], [2**31 - 1], [2**24 + 1], [-5]], "i8")
low = np.resize(np.arange(16), (rows, columns))
ones = np.ones((rows, 1), "f2")
packed = (low[:, ::2] | low[:, 1::2] << 4).astype("u1")
quotient = lambda a, b: -(-a // b)
CASES = {
    "rare": ({"w": words.astype("i4"), "d": ones}, np.where(words == 0x12345678, 99, words & 15)),
    "least_zero": ({"w": packed, "z": group.astype("i4")}, low.astype("f4") - group.astype("f4")),
    "least_quotient": ({"w": words.astype("i4")}, quotient(words, 3) + words // 5 - words % 7),
}
np.save(f"{stem}.x.npy", np.eye(columns, dtype="f4"))
for name, (streams, want) in CASES.items():
    given = []
    for stream, array in streams.items():
        array.tofile(f"{stem}.{stream}")
        given += ["--weights", f"{stream}={stem}.{stream}"]
    for activations in "f32", "int8":
        subprocess.run(["quoin-compile", text, f"--format=@example_{name}", f"--activations={activations}", "-o",
                        f"{stem}.quoin"], check=True)
        subprocess.run(["quoin-run", "run", f"{stem}.quoin", f"--shape={rows},{columns}", *given, "--x", f"{stem}.x.npy",
                        "-o", f"{stem}.y.npy"], check=True)
        np.testing.assert_allclose(np.load(f"{stem}.y.npy"), want.astype("f4").T, rtol=0 if activations == "f32" else 1e-6,
                                   err_msg=f"{name} {activations}")

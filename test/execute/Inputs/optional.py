"""optional.py STEM TEXT: products with an optional stream given and left out, against numpy."""

import subprocess, sys
import numpy as np

stem, text = sys.argv[1:]
random = np.random.default_rng(1)
codes, zeros = (random.integers(0, 256, shape, dtype=np.uint8) for shape in ((8, 64), (8, 2)))
scales, x = random.standard_normal((8, 2)).astype("f2"), random.standard_normal((5, 64)).astype("f4")
for name, array in ("w", codes), ("z", zeros), ("s", scales):
    array.tofile(f"{stem}.{name}")
np.save(f"{stem}.x.npy", x)
subprocess.run(["quoin-compile", text, "--format=@example_optional", "--activations=f32", "-o", f"{stem}.quoin"], check=True)
for given in ("w", "z", "s"), ("w", "s"), ("w", "z"), ("w",):
    streams = [word for name in given for word in ("--weights", f"{name}={stem}.{name}")]
    subprocess.run(["quoin-run", "run", f"{stem}.quoin", "--shape=8,64", *streams, "--x", f"{stem}.x.npy", "-o",
                    f"{stem}.y.npy"], check=True)
    zero = zeros.astype("f8") if "z" in given else np.full((8, 2), 128.0)
    scale = scales.astype("f8") if "s" in given else np.ones((8, 2))
    want = x.astype("f8") @ ((codes - zero.repeat(32, 1)) * scale.repeat(32, 1)).T
    np.testing.assert_allclose(np.load(f"{stem}.y.npy"), want, rtol=1e-4, atol=1e-2)

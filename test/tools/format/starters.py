#!/usr/bin/env python3
"""starters.py QUOIN_FORMAT: verifies the starter texts: every width with every kind of code, every type of scale, and
groups that divide no round number; no check may be skipped."""

import itertools
import pathlib
import subprocess
import sys
import tempfile

tool = sys.argv[1]
kinds = ([], ["--zero"], ["--codebook"])
starters = [[f"--bits={bits}", f"--group={group}", *kind]
            for bits, group, kind in itertools.product(range(1, 9), (1, 33, 64), kinds)]  # fmt: skip
starters += [[f"--group={group}"] for group in (7, 12, 96, 100)]
starters += [["--group=13", f"--scale={scale}", *kind]
             for scale, kind in itertools.product(("bf16", "f32", "f8E4M3FN", "f8E5M2"), kinds)]  # fmt: skip
with tempfile.TemporaryDirectory() as folder:
    file = pathlib.Path(folder) / "s.mlir"
    for options in starters:
        text = subprocess.run([tool, "new", "s", *options], check=True, capture_output=True, text=True).stdout
        file.write_text(text)
        done = subprocess.run([tool, "verify", "s", file], capture_output=True, text=True)
        if done.returncode or "skipped" in done.stdout:
            sys.exit(f"{options}: {done.stdout}{done.stderr}")
print(len(starters), "starters verify")

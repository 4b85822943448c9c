#!/usr/bin/env python3
"""starters.py QUOIN_FORMAT: verifies the starter text of every width, with and without zero, for three groups."""

import pathlib
import subprocess
import sys
import tempfile

tool = sys.argv[1]
with tempfile.TemporaryDirectory() as folder:
    count = 0
    for bits in range(1, 9):
        for group in (1, 13, 64):
            for zero in ([], ["--zero"]):
                file = pathlib.Path(folder) / "s.mlir"
                options = [f"--bits={bits}", f"--group={group}", *zero]
                subprocess.run([tool, "new", "s", *options, "-o", file], check=True, stdout=subprocess.DEVNULL)
                done = subprocess.run([tool, "verify", "s", file], capture_output=True, text=True)
                if done.returncode:
                    sys.exit(f"{options}: {done.stdout}{done.stderr}")
                count += 1
print(count, "starters verify")

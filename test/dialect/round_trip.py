#!/usr/bin/env python3
"""Every format text parses, verifies and prints to a text that prints the same again.

    round_trip.py QUOIN_OPT FOLDER...
"""

import pathlib
import subprocess
import sys


def printed(tool, text, name):
    done = subprocess.run([tool, "-"], input=text, capture_output=True, text=True)
    if done.returncode:
        raise ValueError(f"{name}: {done.stderr.strip()}")
    return done.stdout


def check(tool, path):
    once = printed(tool, path.read_text(), path)
    twice = printed(tool, once, f"{path} as printed")
    if once != twice:
        first = next(pair for pair in zip(once.splitlines(), twice.splitlines()) if pair[0] != pair[1])
        raise ValueError(f"{path}: prints differently the second time:\n  {first[0]}\n  {first[1]}")
    if "quoin.format" not in once:
        raise ValueError(f"{path}: no format is left after printing")


def main():
    tool, *places = sys.argv[1:]
    paths = [path for place in places for path in sorted(pathlib.Path(place).rglob("*.mlir"))]
    failures = 0
    for path in paths:
        try:
            check(tool, path)
        except ValueError as error:
            failures += 1
            print(error, file=sys.stderr)
    print(f"{len(paths) - failures} of {len(paths)} texts round-trip")
    sys.exit(1 if failures or not paths else 0)


if __name__ == "__main__":
    main()

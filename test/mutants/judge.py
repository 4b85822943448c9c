#!/usr/bin/env python3
"""Which tests find planted bugs: runs the suites, the fastest first, for each bug until one fails.

    judge.py COPY BUILD [--only=N,N...] [--seconds=S] [--out=FILE]

COPY is what plant.py made and BUILD a build of it. Prints a line a bug and the totals, and keeps them in FILE (default
COPY/judged.json), which a later run continues. --seconds ends the run early. The order: unit tests, the texts that are
not executed, the texts that are, a slice of random schemes; a BUILD without the compiler has unit tests alone. Standard
library only.
"""

import argparse
import collections
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

UNIT = ("spec-unit-tests", "dialect-unit-tests", "library-unit-tests", "lowering-unit-tests", "conversions-unit-tests",
        "quoin-run-tests")
TEXTS = ("dialect", "lowering", "codegen", "tools", "runtime")
LIT = "/usr/lib/llvm-22/bin/lit"
# What takes so long has gone wrong: unit tests, and suites of texts.
UNIT_SECONDS, TEXTS_SECONDS = 120, 900


def passes(command, limit, environment, folder):
    try:
        return subprocess.run([str(word) for word in command], env=environment, cwd=folder, stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=limit).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def suites(copy, build):
    """Name and commands of each suite, the fastest first."""
    yield "unit", [[build / "bin" / name, "--gtest_fail_fast"] for name in UNIT if (build / "bin" / name).exists()]
    if not (build / "bin/quoin-compile").exists():
        return
    lit = [LIT, "-q", "--max-failures=1"]
    yield "lit", [[*lit, *(build / "test" / folder for folder in TEXTS)]]
    yield "execute", [[*lit, build / "test/execute"]]
    yield "random", [[sys.executable, copy / "test/random/run.py", build / "bin", 1, 60]]


def judge(number, copy, build):
    """The suite that finds a bug, "" where none does."""
    environment = dict(os.environ, QUOIN_MUTANT=str(number), PYTHONDONTWRITEBYTECODE="1")
    # Kernels compiled under another bug lie here by the compiler's hash, which is the same.
    shutil.rmtree(build / "test/matrix", ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, commands in suites(copy, build):
            limit = UNIT_SECONDS if name == "unit" else TEXTS_SECONDS
            if not all(passes(command, limit, environment, folder) for command in commands):
                return name
    return ""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("copy", type=pathlib.Path)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--only", type=lambda text: {int(word) for word in text.split(",")})
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--out", type=pathlib.Path)
    options = parser.parse_args()
    copy, build = options.copy.resolve(), options.build.resolve()
    out, start = options.out or copy / "judged.json", time.monotonic()
    known = json.loads(out.read_text()) if out.exists() else {}
    if "0" not in known:
        known["0"] = judge(0, copy, build)
    if known["0"]:
        sys.exit(f"without a bug the suite {known['0']} fails: nothing can be judged")
    for mutant in json.loads((copy / "mutants.json").read_text()):
        number = str(mutant["number"])
        if time.monotonic() - start > options.seconds or number in known or (options.only and mutant["number"] not in options.only):
            continue
        known[number] = judge(mutant["number"], copy, build)
        out.write_text(json.dumps(known, indent=1) + "\n")
        found = f"found by {known[number]}" if known[number] else "SURVIVED"
        print(f"{number:>4} {found:18} {mutant['file']}:{mutant['line']} {mutant['what']}: {mutant['text']}", flush=True)
    totals = collections.Counter(name or "survived" for number, name in known.items() if number != "0")
    print(", ".join(f"{count} {name}" for name, count in totals.most_common()))


if __name__ == "__main__":
    main()

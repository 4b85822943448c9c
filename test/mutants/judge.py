#!/usr/bin/env python3
"""Which tests find planted bugs: runs the suites of scripts/check, the fastest first, for each bug until one fails.

    judge.py COPY BUILD [--only=N,N...] [--seconds=S] [--out=FILE]

COPY is what plant.py made and BUILD a build of it. Prints a line a bug and the totals, and keeps them in FILE (default
COPY/judged.json), which a later run continues. --seconds begins no more bugs after so long. Where BUILD has a runtime
for AArch64 (scripts/run-tests.py BUILD aarch64 makes it) its kernels are run, too. Needs what the suites need: numpy.
"""

import argparse
import collections
import concurrent.futures
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time

UNIT = {"runtime/spec": ("spec", "dialect", "library"), "dialect": ("dialect",), "lowering": (),
        "runtime": ("runtime", "runtime-fault", "quoin-run")}
ALL_UNIT = ("spec", "dialect", "library", "runtime", "runtime-fault", "quoin-run", "lowering", "conversions")
LIT = "/usr/lib/llvm-22/bin/lit"
# A command that takes so long has gone wrong.
SECONDS = 900
# Texts and the matrix write into the build, a bug at a time.
in_build = threading.Lock()


def failure(command, environment, folder):
    """How a command fails, "" where it does not."""
    process = subprocess.Popen([str(word) for word in command], env=environment, cwd=folder, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        return "" if process.wait(SECONDS) == 0 else "fails"
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        process.wait()
        return f"takes more than {SECONDS} s"


def suites(file, copy, build):
    """Name, command and whether it writes into the build: the quick ones and those near to the file first."""
    lit = [LIT, "-q", "--max-failures=1"]
    matrix = [sys.executable, copy / "test/execute/matrix.py", build, copy]
    seeds = [sys.executable, copy / "test/random/run.py", build / "bin"]
    texts = build / "test"
    near = next((tests for folder, tests in UNIT.items() if file.startswith(folder)), ())

    def unit(name):
        program = build / "bin" / (name + ("-tests" if name == "quoin-run" else "-unit-tests"))
        program = build / "bin/runtime-fault-tests" if name == "runtime-fault" else program
        # Times are not what is judged.
        return "unit", [program, "--gtest_fail_fast", "--gtest_filter=-*bench*"], False

    yield from map(unit, near)
    yield "lit", [*lit, texts / "lowering"], True
    yield "random", [*seeds, 200, 5], False
    yield "lit", [*lit, texts / "dialect"], True
    yield "random", [*seeds, 205, 10], False
    yield "execute", [*lit, texts / "execute/formats", "--filter-out=compiled-decode|encode-hard"], True
    yield "random", [*seeds, 215, 20], False
    yield from (unit(name) for name in ALL_UNIT if name not in near)
    yield "lit", [*lit, texts / "codegen", texts / "tools", texts / "runtime"], True
    yield "random", [*seeds, 235, 65], False
    for part in ("operands", "stored", "texts", "targets", "activations"):
        yield "execute", [*matrix, part], True
    yield "execute", [*lit, texts / "execute", "--filter-out=matrix.test|formats/[^ce]"], True
    if (build / "runtime-aarch64/bin/quoin-run").exists():
        yield "aarch64", [*matrix, "aarch64"], True


class Judge:
    def __init__(self, copy, build):
        self.copy, self.build = copy, build
        self.sound = {}  # by command, whether it passes without a bug: asked when it first fails with one

    def run(self, number, command, writes):
        with tempfile.TemporaryDirectory() as folder, in_build if writes else contextlib.nullcontext():
            if writes:
                # Kernels compiled under another bug lie here by the compiler's hash, which is the same.
                shutil.rmtree(self.build / "test/matrix", ignore_errors=True)
            environment = dict(os.environ, QUOIN_MUTANT=str(number), PYTHONDONTWRITEBYTECODE="1", TMPDIR=folder,
                               TEST_TMPDIR=folder)
            return failure(command, environment, folder)

    def judge(self, number, file):
        """The suite that finds a bug, "" where none does."""
        for name, command, writes in suites(file, self.copy, self.build):
            said = self.run(number, command, writes)
            if said and self.is_sound(command, writes):
                return name if said == "fails" else f"{name}, {said}"
        return ""

    def is_sound(self, command, writes):
        key = tuple(map(str, command))
        if key not in self.sound:
            self.sound[key] = not self.run(0, command, writes)
            if not self.sound[key]:
                print("fails without a bug, and tells nothing:", *command, flush=True)
        return self.sound[key]


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
    judge = Judge(copy, build)

    def one(mutant):
        number = str(mutant["number"])
        if time.monotonic() - start > options.seconds or number in known:
            return
        known[number] = judge.judge(mutant["number"], mutant["file"])
        out.write_text(json.dumps(dict(known), indent=1) + "\n")
        found = f"found by {known[number]}" if known[number] else "SURVIVED"
        place = f"{mutant['file']}:{mutant['line']}"
        print(f"{number:>4} {found:18} {place} {mutant['what']}: {mutant['text']}", flush=True)

    mutants = json.loads((copy / "mutants.json").read_text())
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        list(pool.map(one, [each for each in mutants if not options.only or each["number"] in options.only]))
    totals = collections.Counter(name or "survived" for name in known.values())
    print(", ".join(f"{count} {name}" for name, count in totals.most_common()))


if __name__ == "__main__":
    main()

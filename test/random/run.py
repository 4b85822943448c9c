#!/usr/bin/env python3
"""Random schemes through every tool: each is verified, decoded and encoded against an evaluator in Python, compiled for
activations, a target and a layout drawn at random, and its kernels are checked.

    run.py BIN FIRST COUNT [--jobs=J] [--seconds=S] [--keep=DIR]    seeds FIRST, FIRST + 1, ...
    run.py BIN SEED --reduce [--keep=DIR]                           one failing seed as the smallest file that still fails

BIN holds the tools. A scheme that a tool refuses in one sentence of a known class counts as refused; what else goes wrong
(crashes, time-outs, differences, unknown errors) is a failure, whose text and command are kept in DIR. --seconds ends
the run early, and says how far it came. Needs numpy.
"""

import argparse
import collections
import concurrent.futures
import dataclasses
import math
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import time

import numpy as np

import generate
from scheme import World, random_contents

ACTIVATIONS = ("int8:32", "int8:128", "int8:256", "int8:token", "bf16", "f16", "f32")
# The last two run the loops of wider vectors and of other instruction sets; they take some times as long to compile.
TARGETS = ("x86-64-v3",) * 3 + ("host", "x86-64-v3-generic", "x86-64-v3-generic512")
LIMIT_SECONDS = 300

# What tools may say no to, and the class it is counted under.
REFUSALS = {
    "has no kernel": r"log2",
    "not every code occurred": r"not all codes of field",
}


@dataclasses.dataclass
class Outcome:
    """What became of a seed: `failure` is empty, or a stage with what it said; `notes` are counted."""

    seed: int
    notes: list = dataclasses.field(default_factory=list)
    failure: str = ""
    command: str = ""


class Failed(Exception):
    def __init__(self, stage, said, command=()):
        super().__init__(f"{stage}: {said.strip()}")
        self.command = " ".join(str(word) for word in command)


class Refused(Exception):
    pass


def classify(said):
    return next((name for name, pattern in REFUSALS.items() if re.search(pattern, said)), None)


class Trial:
    """One scheme on its way through the tools. `scheme` may be a reduced one; everything drawn depends on the seed."""

    def __init__(self, bin_dir, seed, folder, scheme=None):
        self.bin, self.seed, self.folder = bin_dir, seed, folder
        self.scheme = scheme or generate.make(seed)
        self.random, self.rng = random.Random(seed ^ 0x5EED), np.random.default_rng(seed)
        self.activations, self.target = self.random.choice(ACTIVATIONS), self.random.choice(TARGETS)
        self.layout = self.random.choice(["packed", "packed", "stored"])
        self.file = folder / f"{self.scheme.name}.mlir"
        self.file.write_text(self.scheme.text())
        self.notes = []

    def tool(self, stage, *command):
        """What a tool prints; a refusal of a known class is one, any other failure fails."""
        command = [self.bin / command[0], *command[1:]]
        try:
            done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=LIMIT_SECONDS,
                                  stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            raise Failed(stage, f"no end within {LIMIT_SECONDS} s", command) from None
        if done.returncode == 0:
            return done.stdout
        said = done.stderr or done.stdout
        if known := classify(said) if done.returncode == 1 else None:
            raise Refused(f"{stage}: {known}")
        raise Failed(stage, f"exit {done.returncode}: {said}", command)

    def run(self):
        outcome = Outcome(self.seed)
        for stage in (self.verify, self.decode, self.encode, self.multiply):
            try:
                stage()
            except Refused as refusal:
                self.notes.append(f"refused: {refusal}")
            except Failed as failed:
                outcome.failure, outcome.command = str(failed), failed.command
                break
        outcome.notes = self.notes
        return outcome

    def verify(self):
        command = [self.bin / "quoin-format", "verify", f"@{self.scheme.name}", self.file]
        try:
            done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            raise Failed("verify", f"no end within {LIMIT_SECONDS} s", command) from None
        states = dict(re.findall(r"^(coverage|codes|round trip|compiled decoder): (\w+)", done.stdout, re.MULTILINE))
        if len(states) != 4:
            raise Failed("verify", f"exit {done.returncode}: {done.stderr}{done.stdout}", command)
        for part in ("coverage", "codes", "compiled decoder"):
            if states[part] == "FAILED":
                raise Failed(f"verify {part}", done.stdout, command)
        if states["compiled decoder"] == "skipped":
            why = done.stdout.rpartition("compiled decoder: skipped")[2].strip()
            if not classify(why):
                raise Failed("verify compiled decoder", f"skipped: {why}", command)
            self.notes.append(f"refused: verify: {classify(why)}")
        self.notes += [f"verify: {part} {state}" for part, state in states.items() if state != "ok"]

    def shape(self, rows, columns):
        return (self.scheme.n_multiple * self.random.randrange(1, rows), self.scheme.k_multiple * max(
            1, self.random.randrange(1, max(2, columns // self.scheme.k_multiple + 1))))

    def decode(self):
        n, k = self.shape(6, 150)
        world = World(self.scheme, (n, k), {size: 3 for size in self.scheme.sizes})
        random_contents(world, self.rng)
        inputs = []
        for name in world.bits:
            path = self.folder / f"{self.seed}.{name}.bin"
            path.write_bytes(world.stored(name))
            inputs += ["--in", f"{name}={path}"]
        output = self.folder / f"{self.seed}.W.npy"
        command = ["quoin-format", "decode", f"@{self.scheme.name}", self.file, f"--shape={n},{k}", *inputs, "-o", output]
        self.tool("decode", *command)
        with np.errstate(all="ignore"):
            want = world.decode()
        self.compare("decode", np.load(output), want, command)

    @staticmethod
    def compare(stage, got, want, command):
        same = (got.view(np.uint32) == want.view(np.uint32)) | (np.isnan(got) & np.isnan(want))
        if not same.all():
            at = tuple(int(i[0]) for i in np.nonzero(~same))
            raise Failed(stage, f"{int((~same).sum())} of {same.size} differ, first at {at}: got {got[at]!r}, want {want[at]!r}",
                         command)

    def encode(self):
        rules = self.scheme.rules
        if not rules or any(rule.kind == "search" for rule in rules):
            return
        n, k = self.shape(5, 130)
        weights = self.rng.standard_normal((n, k)).astype(np.float32) * np.float32(0.1)
        weights[self.rng.random((n, k)) < 0.02] = 0
        source = self.folder / f"{self.seed}.X.npy"
        np.save(source, weights)
        world = World(self.scheme, (n, k))
        with np.errstate(all="ignore"):
            world.encode(weights)
        outputs = {name: self.folder / f"{self.seed}.{name}.out" for name in world.bits}
        command = ["quoin-format", "encode", f"@{self.scheme.name}", self.file, "--in", source]
        for name, path in outputs.items():
            command += ["--out", f"{name}={path}"]
        self.tool("encode", *command)
        for name, path in outputs.items():
            got, want = path.read_bytes(), world.stored(name)
            if got != want:
                first = next((i for i, (a, b) in enumerate(zip(got, want)) if a != b), min(len(got), len(want)))
                raise Failed("encode", f"stream {name} differs at byte {first} of {len(want)}", command)
        self.notes.append("encoded alike")

    def multiply(self):
        bundle = self.folder / f"{self.seed}.quoin"
        options = [f"--format=@{self.scheme.name}", f"--activations={self.activations}", f"--target={self.target}",
                   f"--layout={self.layout}"]
        self.tool("compile", "quoin-compile", self.file, *options, "-o", bundle)
        # A kernel may ask for more than the format: whole groups.
        wanted = re.findall(r"N a multiple of (\d+), K a multiple of (\d+)", self.tool("list", "quoin-run", "list", bundle))
        large = self.random.random() < 0.15
        sizes = map(max, self.shape(*(200, 2600) if large else (40, 400)), self.scheme.reach)
        sizes = [special or size for special, size in zip(self.scheme.sizes_that_matter, sizes)]
        multiples = (self.scheme.n_multiple, self.scheme.k_multiple)
        n, k = (size + -size % math.lcm(multiple, *map(int, steps))
                for size, multiple, steps in zip(sizes, multiples, zip(*wanted)))
        m = self.random.choice([1, 33, 65, 130] if large and n * k < 1000000 else [1, 2, 3, 5, 7, 13, 26])
        said = self.tool("check", "quoin-run", "check", bundle, f"--shape={m},{n},{k}", f"--seed={self.seed % 1000 + 1}",
                         f"--threads={3 if large else 1}")
        exact = "bits equal to the declared expression" in said
        self.notes.append(f"checked: {self.activations.split(':')[0]} {'exact' if exact else 'bounded'}")


def try_seed(bin_dir, seed, keep, scheme=None):
    with tempfile.TemporaryDirectory(prefix="quoin-random-") as name:
        folder = pathlib.Path(name)
        try:
            trial = Trial(bin_dir, seed, folder, scheme)
            outcome = trial.run()
        except Exception as error:  # the generator and the oracle are under test, too
            return Outcome(seed, [], f"{type(error).__name__}: {error}")
        if outcome.failure and keep:
            keep.mkdir(parents=True, exist_ok=True)
            kept = keep / trial.file.name
            kept.write_text(trial.file.read_text())
            outcome.command = outcome.command.replace(str(trial.file), str(kept))
            options = f"--activations={trial.activations} --target={trial.target} --layout={trial.layout}"
            (keep / f"{trial.file.stem}.txt").write_text(f"{outcome.failure}\n{outcome.command}\n{options}\n")
        return outcome


def show(outcomes, seconds):
    totals = collections.Counter(note for outcome in outcomes for note in outcome.notes)
    for note, count in sorted(totals.items()):
        print(f"{count:7} {note}")
    failed = [outcome for outcome in outcomes if outcome.failure]
    print(f"{len(outcomes) - len(failed)} passed, {len(failed)} failed, {seconds:.0f} s")
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bin", type=pathlib.Path)
    parser.add_argument("first", type=int)
    parser.add_argument("count", type=int, nargs="?", default=1)
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--keep", type=pathlib.Path)
    parser.add_argument("--reduce", action="store_true")
    options = parser.parse_args()
    if options.reduce:
        import reduce
        sys.exit(reduce.main(options.bin.resolve(), options.first, options.keep or pathlib.Path(".")))
    start, outcomes = time.monotonic(), []
    with concurrent.futures.ProcessPoolExecutor(options.jobs) as pool:
        waiting, seeds = set(), iter(range(options.first, options.first + options.count))
        while True:
            while len(waiting) < 2 * options.jobs and time.monotonic() - start < options.seconds:
                seed = next(seeds, None)
                if seed is None:
                    break
                waiting.add(pool.submit(try_seed, options.bin.resolve(), seed, options.keep))
            if not waiting:
                break
            done, waiting = concurrent.futures.wait(waiting, return_when=concurrent.futures.FIRST_COMPLETED)
            for future in done:
                outcome = future.result()
                outcomes.append(outcome)
                if outcome.failure:
                    print(f"FAILED seed {outcome.seed}: {outcome.failure}\n  {outcome.command}", flush=True)
    sys.exit(1 if show(outcomes, time.monotonic() - start) else 0)


if __name__ == "__main__":
    main()

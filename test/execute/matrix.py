#!/usr/bin/env python3
"""Compiles formats for many activations, layouts and targets, and lets quoin-run check every kernel.

    matrix.py BUILD SOURCE PART...      PART: activations, targets, native, operands, stored, texts, aarch64

Bundles are kept in BUILD/test/matrix and made anew when the compiler, the text or the options change.
"""

import concurrent.futures
import dataclasses
import hashlib
import os
import pathlib
import re
import subprocess
import sys

# M, N, K by the multiple that K has to be of: tiles of several widths for many rows of X, whose regime is made to begin at
# MANY; more than one panel and block of K with tails where the format allows them; then few rows of X, and small weights.
MANY = 9
SHAPES = {
    32: [(13, 37, 352), (5, 5, 32)],
    64: [(13, 37, 320), (5, 5, 64)],
    128: [(13, 13, 384), (5, 37, 128)],
    256: [(13, 37, 768), (5, 5, 256)],
}
LIBRARY = {
    "q4_0": 32, "q5_0": 32, "q8_0": 32, "iq4_nl": 32, "mxfp4": 32, "nf4": 64, "gptq": 128, "awq": 128, "fp8_e4m3_b128": 128,
    "q3_K": 256, "q4_K": 256, "q6_K": 256, "iq2_xxs": 256, "tq1_0": 256,
}
# Texts that are in no library.
TEXTS = {
    "hard/aqlm_2x8": [(13, 37, 200), (5, 64, 512)],
    "hard/claq": [(13, 37, 200), (5, 64, 512)],
    "hard/hqq_3bit": [(13, 37, 320), (5, 64, 64)],
    "hard/iq1_m": SHAPES[256],
    "hard/marlin_24": [(13, 64, 384)],
    "hard/mxfp4_ocp": SHAPES[32],
    "hard/posit16_1": [(13, 21, 37), (5, 1, 1)],
    "hard/qqq_g128": [(13, 64, 384)],
    "novel/kept_vec4": [(13, 37, 200), (5, 64, 512)],
    "novel/taper6_b48": [(13, 37, 384), (5, 64, 48)],
    "novel/ternary40": [(13, 37, 360), (5, 5, 40)],
}
ACTIVATIONS = ("int8:32", "int8:128", "int8:256", "int8:token", "f32", "bf16", "f16")
# Each way of packing weights into scratch memory as they are needed, with each way of multiplying them.
STORED = [("q4_0", "int8:32"), ("q4_K", "int8:256"), ("q8_0", "int8:token"), ("gptq", "int8:32"), ("iq2_xxs", "int8:128"),
          ("nf4", "bf16"), ("awq", "f16"), ("fp8_e4m3_b128", "f32"), ("tq1_0", "bf16")]
# Processors that qemu-user knows, each with no more than its target needs.
ARM = {"aarch64": "cortex-a72", "aarch64+dotprod": "neoverse-n1", "aarch64+i8mm": "max"}
# Targets with 64-byte vectors, without and with instructions for byte products and pairs of bf16.
WIDE = ("x86-64-v4", "znver4")
GRIDS = {"iq2_xxs", "iq1_m"}


@dataclasses.dataclass
class Case:
    name: str
    activations: str
    text: pathlib.Path
    shapes: list
    target: str = "x86-64-v3"
    layout: str = "packed"
    operands: str = ""  # in place of those that the schedule has from two rows of X on

    def title(self):
        return f"{self.name} {self.activations} {self.target} {self.layout} {self.operands}".rstrip()


def cases(part, source):
    def library(name, *rest):
        return Case(name, *rest[:1], source / "dialect/formats" / f"{name}.mlir", SHAPES[LIBRARY[name]], *rest[1:])

    if part == "activations":
        return [library(name, activations) for name in LIBRARY for activations in ACTIVATIONS]
    if part == "operands":  # of instructions that machines to test on lack, in plain vector code
        return [library(name, activations, target, "packed", operands)
                for name in ("q8_0", "q4_K", "q3_K", "gptq", "iq4_nl") for activations in ("int8:32", "int8:token")
                for target, operands in (("x86-64-v3-generic", "matrices"), ("x86-64-v3-generic512", "tiles"))]
    if part == "targets":
        odd = source / "test/dialect/hard/posit16_1.mlir"  # K cuts a pair of columns
        return [Case("posit16_1", "bf16", odd, TEXTS["hard/posit16_1"], "x86-64-v3-generic512")] + [
            library(name, activations, target) for name in LIBRARY
            for activations, target in (("int8:32", "x86-64-v3-generic"), ("int8:32", "x86-64-v3-generic512"),
                                        ("bf16", "x86-64-v3-generic512"))]
    if part == "native":  # the instructions of 64-byte vectors themselves, where this machine has them
        return [library(name, activations, target) for name in LIBRARY for target in WIDE for activations in ACTIVATIONS] + [
            library(name, activations, "znver4", "stored") for name, activations in STORED]
    if part == "aarch64":
        return [library(name, "int8:32", target) for name in LIBRARY for target in ARM] + [
            library(name, activations, "aarch64") for name in ("q4_0", "q4_K", "nf4") for activations in ("f32", "bf16")
        ] + [library("q4_K", "int8:256", "aarch64+dotprod", "stored")]
    if part == "stored":
        return [library(name, activations, "x86-64-v3", "stored") for name, activations in STORED]
    return [Case(name.split("/")[1], activations, source / "test/dialect" / f"{name}.mlir", shapes)
            for name, shapes in TEXTS.items() for activations in ("int8:32", "f32")]


class Matrix:
    def __init__(self, build):
        self.bin = build / "bin"
        self.folder = build / "test/matrix"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.compiler = hashlib.sha256((self.bin / "quoin-compile").read_bytes()).hexdigest()

    def run(self, *command, **more):
        return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True, **more).stdout

    def path(self, case, suffix):
        return self.folder / (case.title().replace(" ", "-").replace(":", "_") + suffix)

    def runner(self, target):
        """The command that runs kernels of a target."""
        if target not in ARM:
            return [self.bin / "quoin-run"]
        return ["qemu-aarch64", "-L", "/usr/aarch64-linux-gnu", "-cpu", ARM[target],
                self.bin.parent / "runtime-aarch64/bin/quoin-run"]

    def can_run(self, target):
        """Whether quoin-run would take an image of `target` here."""
        bundle = self.folder / f"probe-{target}.quoin"
        self.run(self.bin / "quoin-compile", "--format=@q8_0", "--activations=int8:32", f"--target={target}", "-o", bundle)
        return f"image {target} (taken)" in self.run(self.bin / "quoin-run", "list", bundle)

    def bundle(self, case):
        """The compiled kernel, from an earlier run where nothing has changed."""
        bundle = self.path(case, ".quoin")
        text = case.text.read_bytes()
        key = hashlib.sha256(b"\0".join([self.compiler.encode(), text, case.title().encode()])).hexdigest()
        mark = self.path(case, ".key")
        if bundle.exists() and mark.exists() and mark.read_text() == key:
            return bundle
        mark.unlink(missing_ok=True)
        source, options = self.lower_regimes(case)
        self.run(self.bin / "quoin-compile", source, *options, f"--target={case.target}", "-o", bundle)
        mark.write_text(key)
        return bundle

    def lower_regimes(self, case):
        """What to compile. The regime for many rows of X, if there is one, begins at fewer: shapes stay small."""
        options = [f"--format=@{case.name}", f"--activations={case.activations}", f"--layout={case.layout}"]
        text = self.run(self.bin / "quoin-compile", case.text, *options, f"--target={case.target}", "--emit=schedule")
        edited = re.sub(r"min_m = \d\d+", f"min_m = {MANY}", text)
        if case.operands == "matrices":
            edited = edited.replace("operands = bytes", "operands = matrices")
        if case.operands == "tiles":
            edited = re.sub(r"decode = panel, operands = bytes, rows = 64, cols = \d+",
                            "decode = panel, operands = tiles, rows = 64, cols = 16", edited)
        if f"operands = {case.operands or 'bytes'}" not in edited and case.activations.startswith("int8"):
            raise ValueError(f"the schedule has no operands to replace: {text}")
        if edited == text:
            return case.text, options
        path = self.path(case, ".mlir")
        path.write_text(edited)
        return path, []

    def check(self, case):
        bundle = self.bundle(case)
        for m, n, k in case.shapes:
            said = self.run(*self.runner(case.target), "check", bundle, f"--shape={m},{n},{k}", "--threads=1")
            matmul = said.splitlines()[0]
            exact = "bits equal to the declared expression" in matmul or "no order of operations declared" in matmul
            if not matmul.startswith("matmul_") or ": ok" not in matmul or not exact:
                raise ValueError(said)


def main():
    build, source = (pathlib.Path(path) for path in sys.argv[1:3])
    has_grids = not (build / "share/quoin/data/missing.txt").exists()
    matrix, failed = Matrix(build), 0
    lacking = {target for target in WIDE if "native" in sys.argv[3:] and not matrix.can_run(target)}
    for target in sorted(lacking):
        print(f"not run: kernels for {target}, whose instructions this processor lacks")
    todo = [case for part in sys.argv[3:] for case in cases(part, source)
            if (has_grids or case.name not in GRIDS) and case.target not in lacking]
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for case, future in [(case, pool.submit(matrix.check, case)) for case in todo]:
            try:
                future.result()
            except (ValueError, subprocess.CalledProcessError) as error:
                failed += 1
                said = getattr(error, "stderr", None) or str(error)
                print(f"FAILED {case.title()}: {said.strip()}")
    print(f"{len(todo) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()

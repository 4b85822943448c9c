#!/usr/bin/env python3
"""Runs every suite on a finished build and adds up what they counted.

    run-tests.py BUILD_DIR [SUITE...]       all suites unless some are named

A suite is a function below: it runs a command and returns how many tests passed, failed and were skipped. A suite that
ends badly without naming a failed test, or that runs no test, counts as one failure. Standard library only.
"""

import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree

ROOT = pathlib.Path(__file__).resolve().parent.parent
FUZZ_SECONDS = 5  # for each program; longer runs are for people
# The runtime alone is small by design; a dependency that creeps in shows as a jump.
RUNTIME_LIMIT_BYTES = 512 << 10
# The first seed and how many: one to two minutes on two cores.
RANDOM_SCHEMES = 200, 100


@dataclasses.dataclass
class Counts:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other):
        return Counts(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def run(command, **options):
    """Runs a command with its output shown; returns the exit status."""
    print("+", " ".join(str(word) for word in command), flush=True)
    return subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, **options).returncode


def one(status):
    """Counts of a suite that is a single test."""
    return Counts(passed=1) if status == 0 else Counts(failed=1)


def from_junit(report, status):
    """Counts from a JUnit file, as ctest and lit write it."""
    if not report.exists():
        return Counts(failed=1)
    counts = Counts()
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None or case.get("status") == "fail":
            counts.failed += 1
        elif case.find("skipped") is not None or case.get("status") in ("disabled", "notrun"):
            counts.skipped += 1
        else:
            counts.passed += 1
    if status != 0 and counts.failed == 0:
        counts.failed = 1
    return counts


def ctest(directory, report, *arguments):
    report.unlink(missing_ok=True)
    status = run(["ctest", "--test-dir", directory, "--output-on-failure", "--output-junit", report, *arguments])
    return from_junit(report, status)


def names(build):
    return one(run([sys.executable, ROOT / "test/no-format-names.py"]))


def unit(build):
    return ctest(build, build / "results/unit.xml", "-j", str(os.cpu_count() or 1))


def lit(build):
    program = shutil.which("lit", path="/usr/lib/llvm-22/bin") or shutil.which("lit")
    if not program:
        print("lit is not installed (package llvm-22-tools)", file=sys.stderr)
        return Counts(failed=1)
    report = build / "results/lit.xml"
    report.unlink(missing_ok=True)
    status = run([program, "-sv", f"--xunit-xml-output={report}", build / "test"])
    return from_junit(report, status)


def python(build):
    """Unit tests of the Python that measures, and the README's commands."""
    counts = Counts()
    for folder in ("bench", "test/docs"):
        command = [sys.executable, "-m", "unittest", "discover", "-v", "-s", ROOT / folder, "-p", "test_*.py"]
        print("+", *command, flush=True)
        environment = dict(os.environ, QUOIN_BUILD=str(build), PYTHONDONTWRITEBYTECODE="1")
        done = subprocess.run(command, env=environment, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL)
        sys.stderr.write(done.stderr)
        counts += from_unittest(done.stderr, done.returncode)
    return counts


def from_unittest(text, status):
    """Counts from what unittest prints: "Ran 5 tests" and "FAILED (failures=1, skipped=2)"."""
    ran = re.search(r"^Ran (\d+) tests?", text, re.MULTILINE)
    tally = {key: int(value) for key, value in re.findall(r"(failures|errors|skipped)=(\d+)", text.rpartition("\n\n")[2])}
    failed = tally.get("failures", 0) + tally.get("errors", 0)
    if not ran or (status != 0 and failed == 0):
        failed = max(failed, 1)
    skipped = tally.get("skipped", 0)
    return Counts(max(0, int(ran.group(1)) - failed - skipped) if ran else 0, failed, skipped)


def random(build):
    """Random schemes, always the same ones, through every tool; the first failures are kept in BUILD/random."""
    command = [sys.executable, ROOT / "test/random/run.py", build / "bin", *RANDOM_SCHEMES, f"--keep={build / 'random'}"]
    print("+", *command, flush=True)
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL)
    print(done.stdout, end="")
    totals = re.search(r"^(\d+) passed, (\d+) failed", done.stdout, re.MULTILINE)
    if not totals:
        return Counts(failed=1)
    return Counts(int(totals.group(1)), max(int(totals.group(2)), int(done.returncode != 0)))


def build_runtime(folder, *options, target="all"):
    """Configures and builds the runtime and its tool, without the rest of the project; returns the exit status."""
    configure = ["cmake", "-G", "Ninja", "-S", ROOT / "runtime", "-B", folder, *launchers(), *options]
    return run(configure) or run(["cmake", "--build", folder, "--target", target])


def launchers():
    if not shutil.which("ccache"):
        return []
    return [f"-DCMAKE_{language}_COMPILER_LAUNCHER=ccache" for language in ("C", "CXX")]


def runtime(build):
    """The runtime and its tool build on their own, need nothing of LLVM, and stay small."""
    alone = build / "runtime-alone"
    if build_runtime(alone, "-DCMAKE_BUILD_TYPE=Release", "-DQUOIN_BUILD_TESTS=OFF"):
        return Counts(failed=1)
    counts = Counts(passed=1)
    library = alone / "libquoin_runtime.so"
    needed = subprocess.run(["ldd", library], capture_output=True, text=True).stdout
    names = subprocess.run(["nm", "-C", library], capture_output=True, text=True).stdout
    counts += one(1 if re.search(r"LLVM|MLIR", needed) or re.search(r"\b(llvm|mlir)::", names) or not needed else 0)
    stripped = alone / "stripped.so"
    if run(["strip", "-o", stripped, library]):
        return counts + Counts(failed=1)
    size = stripped.stat().st_size
    print(f"{library.name}: {size} bytes of at most {RUNTIME_LIMIT_BYTES}")
    return counts + one(0 if size <= RUNTIME_LIMIT_BYTES else 1)


def sanitizers(build):
    """The runtime's tests again with address and undefined-behaviour sanitizers: its readers take hostile files."""
    folder = build / "runtime-sanitized"
    if build_runtime(folder, "-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_CXX_FLAGS_DEBUG=-O1", "-DQUOIN_SANITIZE=address,undefined"):
        return Counts(failed=1)
    return ctest(folder, build / "results/sanitizers.xml")


def aarch64(build):
    """Kernels for AArch64 by emulation: each has the bits of the declared expression, as those of other targets have."""
    folder = build / "runtime-aarch64"
    if build_runtime(folder, "-DCMAKE_BUILD_TYPE=Release", "-DQUOIN_BUILD_TESTS=OFF", f"-DQUOIN_SYSROOT={build / 'aarch64'}",
                     f"-DCMAKE_TOOLCHAIN_FILE={ROOT / 'cmake/aarch64-linux-gnu.cmake'}"):  # fmt: skip
        return Counts(failed=1)
    matrix = [sys.executable, ROOT / "test/execute/matrix.py", build, ROOT, "aarch64"]
    done = subprocess.run([str(word) for word in matrix], stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL)
    print(done.stdout, end="", flush=True)
    said = re.search(r"^(\d+) passed, (\d+) failed$", done.stdout, re.MULTILINE)
    return Counts(int(said.group(1)), int(said.group(2))) if said else Counts(failed=1)


def fuzz(build):
    """Every fuzzer on its seeds, then a few seconds on what libFuzzer makes of them."""
    folder = build / "runtime-fuzz"
    compilers = ["-DCMAKE_C_COMPILER=clang-22", "-DCMAKE_CXX_COMPILER=clang++-22"]
    options = ["-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_CXX_FLAGS_DEBUG=-O1", "-DQUOIN_BUILD_TESTS=OFF"]
    sanitize = "-DQUOIN_SANITIZE=fuzzer-no-link,address,undefined"
    if build_runtime(folder, *compilers, *options, sanitize, target="fuzzers"):
        return Counts(failed=1)
    counts = Counts()
    for program in sorted((folder / "bin").glob("fuzz-*")):
        seeds = ROOT / "test/fuzz/seeds" / program.name.removeprefix("fuzz-")
        made = folder / "made" / program.name
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir(parents=True)
        limits = [f"-max_total_time={FUZZ_SECONDS}", "-malloc_limit_mb=64", "-timeout=60"]
        counts += one(run([program, *limits, f"-artifact_prefix={build}/results/{program.name}-", made, seeds]))
    return counts


def threads(build):
    """64 threads share bundles, kernels, weights and a pool, under the thread sanitizer."""
    folder = build / "runtime-threads"
    options = ["-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_CXX_FLAGS_DEBUG=-O1", "-DQUOIN_SANITIZE=thread"]
    configure = ["cmake", "-G", "Ninja", "-S", ROOT / "runtime", "-B", folder, *launchers(), *options]
    if run(configure) or run(["cmake", "--build", folder, "--target", "runtime-thread-tests"]):
        return Counts(failed=1)
    return ctest(folder, build / "results/threads.xml", "-R", "Threads")


def install(build):
    """What is installed can be found by another project, and runs."""
    prefix, consumer = build / "installed", build / "consumer"
    shutil.rmtree(prefix, ignore_errors=True)
    shutil.rmtree(consumer, ignore_errors=True)
    steps = [
        ["cmake", "--install", build, "--prefix", prefix],
        ["cmake", "-G", "Ninja", "-S", ROOT / "test/install", "-B", consumer, f"-DCMAKE_PREFIX_PATH={prefix}"],
        ["cmake", "--build", consumer],
    ]
    if any(run(step, stdout=subprocess.DEVNULL) for step in steps):
        return Counts(failed=1)
    return ctest(consumer, build / "results/install.xml")


SUITES = {suite.__name__: suite for suite in (names, unit, lit, random, python, runtime, sanitizers, threads, aarch64, fuzz, install)}


def main():
    if len(sys.argv) < 2 or any(name not in SUITES for name in sys.argv[2:]):
        sys.exit(f"run-tests.py BUILD_DIR [{' | '.join(SUITES)}]...")
    build = pathlib.Path(sys.argv[1]).resolve()
    (build / "results").mkdir(exist_ok=True)
    total, lines = Counts(), []
    for name in sys.argv[2:] or SUITES:
        print(f"--- {name}", flush=True)
        start = time.monotonic()
        counts = SUITES[name](build)
        if counts == Counts():
            print(f"the suite {name} ran no test", file=sys.stderr)
            counts.failed = 1
        lines.append(f"{name:10} {time.monotonic() - start:6.1f} s  {counts}")
        total += counts
    print("--- summary", *lines, total, sep="\n", flush=True)
    sys.exit(1 if total.failed else 0)


if __name__ == "__main__":
    main()
